//! `StringIndexer`: texts become indices, the most frequent first (or in another order).

use super::columns::pairs;
use super::label_counts::CountLabels;
use super::one_pass::OnePass;
use super::text::{as_text, is_text_or_number, java_order};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::{Column, Saved, nested_text_lists, table};
use crate::schema::{self, Attr, spark_name};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Estimator, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use std::collections::HashMap;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.StringIndexer";
const MODEL_CLASS: &str = "org.apache.spark.ml.feature.StringIndexerModel";
/// The category that `handleInvalid = "keep"` adds.
const UNKNOWN: &str = "__unknown";
const ORDERS: [&str; 4] = ["frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"];
pub(super) const SPECS: &[ParamSpec] = &[
    shared::HANDLE_INVALID,
    shared::INPUT_COL,
    shared::INPUT_COLS,
    shared::OUTPUT_COL,
    shared::OUTPUT_COLS,
    ParamSpec::new(
        "stringOrderType",
        Kind::Text,
        Default::Text("frequencyDesc"),
        "how the labels are ordered; the first gets index 0: frequencyDesc, frequencyAsc, alphabetDesc, alphabetAsc",
    )
    .checked(|value| matches!(value, Value::Text(value) if ORDERS.contains(&value.as_str()))),
];

pub fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(StringIndexer { params: Params::new(uid, SPECS) }),
            |_, saved| Ok(Operator::estimator(StringIndexer { params: saved.params(SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| Ok(Operator::transformer(StringIndexerModel::load(saved)?)))
        .pass::<CountLabels>();
}

/// Learns the labels of one column or many.
#[derive(Debug, Clone)]
pub struct StringIndexer {
    params: Params,
}

impl Estimator for StringIndexer {
    type Fit = OnePass<CountLabels>;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        pairs(&self.params)?.iter().map(|(input, _)| checked_input(schema, input)).collect()
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Self::Fit> {
        let pairs = pairs(&self.params)?;
        schema::no_such_columns(schema, pairs.iter().map(|(_, output)| output.as_str()))?;
        let pass = CountLabels { columns: pairs.into_iter().map(|(input, _)| input).collect() };
        let params = self.params.clone();
        let order = params.text("stringOrderType")?;
        Ok(OnePass::new(pass, move |counts| {
            let labels = counts.0.into_iter().map(|counts| ordered(counts, &order)).collect();
            Ok(Box::new(StringIndexerModel::new(params, labels)))
        }))
    }
}

/// Ties are broken by the label, ascending, whatever the order of frequencies.
pub(super) fn ordered(counts: HashMap<String, u64>, order: &str) -> Vec<String> {
    let mut labels: Vec<(String, u64)> = counts.into_iter().collect();
    labels.sort_by(|(a, count_a), (b, count_b)| match order {
        "frequencyAsc" => count_a.cmp(count_b).then_with(|| java_order(a, b)),
        "alphabetDesc" => java_order(b, a),
        "alphabetAsc" => java_order(a, b),
        _ => count_b.cmp(count_a).then_with(|| java_order(a, b)),
    });
    labels.into_iter().map(|(label, _)| label).collect()
}

fn checked_input(schema: &Schema, column: &str) -> Result<Input> {
    let field = schema.field_with_name(column).map_err(|_| {
        let text = format!("Input column {column} does not exist.");
        let condition = Condition::new("_LEGACY_ERROR_TEMP_3103", "XXKST", SparkException::Spark);
        Failure::new(&codes::ml::COLUMN_MISSING, &text).with_condition(condition.with("message", text))
    })?;
    if !is_text_or_number(field.data_type()) {
        let kind = spark_name(field.data_type());
        let text = format!(
            "requirement failed: The input column {column} must be either string type or numeric type, but got {kind}."
        );
        return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
    }
    Ok(Input::any(column))
}

/// Indexes texts by the labels it learned.
#[derive(Debug, Clone)]
pub struct StringIndexerModel {
    params: Params,
    columns: Arc<[Labels]>,
}

/// The labels of one column.
#[derive(Debug)]
struct Labels {
    in_order: Vec<String>,
    index: HashMap<String, u32>,
}

impl StringIndexerModel {
    /// `labels` holds a list for each input column, in the order of indices.
    pub fn new(params: Params, labels: Vec<Vec<String>>) -> Self {
        let columns = labels.into_iter().map(|in_order| {
            let index = in_order.iter().enumerate().map(|(index, label)| (label.clone(), index as u32)).collect();
            Labels { in_order, index }
        });
        Self { params, columns: columns.collect() }
    }

    /// A model of labels that the user gives, for one column or many: `StringIndexerModel.from_labels`.
    pub fn from_labels(uid: &str, labels: Vec<Vec<String>>) -> Self {
        Self::new(Params::new(uid, SPECS), labels)
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let labels = if rows.has("labelsArray") {
            rows.nested_text_list("labelsArray")?
        } else {
            vec![rows.text_list("labels")?]
        };
        Ok(Self::new(saved.params(SPECS)?, labels))
    }

    fn labels(&self) -> Vec<Vec<String>> {
        self.columns.iter().map(|labels| labels.in_order.clone()).collect()
    }

    /// (input, output, labels) of the inputs that the schema has: a pipeline that indexes its label is applied to
    /// rows without one.
    fn present(&self, schema: &Schema) -> Result<Vec<(String, String, &Labels)>> {
        let pairs = pairs(&self.params)?;
        if pairs.len() != self.columns.len() {
            let text =
                format!("{} has {} lists of labels for {} columns", self.params.uid(), self.columns.len(), pairs.len());
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        let all = pairs.into_iter().zip(self.columns.iter()).map(|((input, output), labels)| (input, output, labels));
        Ok(all.filter(|(input, _, _)| schema.field_with_name(input).is_ok()).collect())
    }
}

impl Transformer for StringIndexerModel {
    fn class(&self) -> &'static str {
        MODEL_CLASS
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        self.present(schema)?.iter().map(|(input, _, _)| checked_input(schema, input)).collect()
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(pairs(&self.params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Text)).collect())
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let columns = self.present(schema)?;
        schema::no_such_columns(schema, columns.iter().map(|(_, output, _)| output.as_str()))?;
        let keep = self.params.text("handleInvalid")? == "keep";
        let field = |(_, output, labels): &(String, String, &Labels)| {
            let mut values = labels.in_order.clone();
            values.extend(keep.then(|| UNKNOWN.to_owned()));
            let attr = Attr::Nominal { name: Some(output.clone()), values };
            schema::with_metadata(Field::new(output, DataType::Float64, false), &schema::attr_metadata(&attr))
        };
        Ok(columns.iter().map(field).collect())
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let invalid = self.params.text("handleInvalid")?;
        let mut keep = (invalid == "skip").then(|| vec![true; batch.num_rows()]);
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (input, _, labels) in self.present(batch.schema_ref())? {
            let texts = as_text(&input, &checked_input(batch.schema_ref(), &input)?.read(batch)?)?;
            let beyond = labels.in_order.len() as f64;
            let mut indices = Vec::with_capacity(texts.len());
            for row in 0..texts.len() {
                let text = texts.is_valid(row).then(|| texts.value(row));
                match (text.and_then(|text| labels.index.get(text)), &mut keep) {
                    (Some(index), _) => indices.push(f64::from(*index)),
                    (None, Some(keep)) => {
                        keep[row] = false;
                        indices.push(beyond);
                    }
                    (None, None) if invalid == "keep" => indices.push(beyond),
                    (None, None) => return Err(unseen(text)),
                }
            }
            columns.push(Arc::new(Float64Array::from(indices)));
        }
        Ok(Output { columns, keep: keep.map(BooleanArray::from) })
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match (name, self.columns.as_ref()) {
            ("labels", [labels]) => Ok(labels.in_order.clone().into()),
            ("labels", _) => Err(Failure::new(
                &codes::ml::ATTRIBUTE_UNKNOWN,
                "this model indexes several columns: ask for labelsArray",
            )),
            ("labelsArray", _) => Ok(Attribute::Value(Value::NestedTexts(self.labels()))),
            ("toString", _) => Ok(Attribute::text(format!(
                "StringIndexerModel: uid={}, handleInvalid={}",
                self.params.uid(),
                self.params.text("handleInvalid")?
            ))),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let rows = table([Column::optional("labelsArray", nested_text_lists([self.labels()]))])?;
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", rows))
    }
}

fn unseen(text: Option<&str>) -> Failure {
    invalid_row(match text {
        None => {
            "StringIndexer encountered NULL value. To handle or skip NULLS, try setting StringIndexer.handleInvalid."
                .to_owned()
        }
        Some(text) => {
            format!("Unseen label: {text}. To handle unseen labels, set Param handleInvalid to keep.")
        }
    })
}
