//! `TargetEncoder`: category indices to the mean of the target among their rows, smoothed towards the mean of all.

use super::one_pass::{Learn, OnePass, register_learner};
use super::stage::{Stage, Staged, register_model};
use super::target_statistics::{ColumnTargets, CountTargets, TargetStatistics, Targets};
use crate::hash_order;
use crate::instances::raised;
use crate::linalg::java_double;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, Saved, double_lists, table};
use crate::schema::{self, Attr, spark_name};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys under which Spark saves nulls, and all rows together.
const NULL_KEY: f64 = -1.0;
const ALL_KEY: f64 = 2_147_483_647.0;
const SPECS: &[ParamSpec] = &[
    ParamSpec::new(
        "handleInvalid",
        Kind::Text,
        Default::Text("error"),
        "what to do with unseen categories: error, or keep: encode them as the mean of all",
    )
    .checked(|value| matches!(value, Value::Text(value) if value == "error" || value == "keep")),
    shared::INPUT_COL,
    shared::INPUT_COLS,
    shared::LABEL_COL,
    shared::OUTPUT_COL,
    shared::OUTPUT_COLS,
    ParamSpec::new("smoothing", Kind::Double, Default::Double(0.0), "rows that the mean of all counts as (>= 0)")
        .checked(check::at_least_zero),
    ParamSpec::new("targetType", Kind::Text, Default::Text("binary"), "type of the target: binary or continuous")
        .checked(|value| matches!(value, Value::Text(value) if value == "binary" || value == "continuous")),
];

pub fn register(registry: &mut Registry) {
    register_learner::<TargetEncoder>(registry);
    register_model::<TargetEncoderModel>(registry);
    registry.pass::<CountTargets>();
}

/// (input, output); without outputs they are called `<input>_indexed`.
fn columns(params: &Params) -> Result<Vec<(String, String)>> {
    let wrong =
        |text: String| Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, format!("requirement failed: {text}")));
    let several = |one: &str, many: &str| match (params.is_set(one), params.is_set(many)) {
        (true, _) => params.text(one).map(|one| Some(vec![one])),
        (_, true) => params.texts(many).map(Some),
        _ => Ok(None),
    };
    let inputs = several("inputCol", "inputCols")?.unwrap_or_default();
    if inputs.is_empty() {
        return wrong("At least one input column must be specified.".to_owned());
    }
    let indexed = || inputs.iter().map(|input| format!("{input}_indexed")).collect();
    let outputs: Vec<String> = several("outputCol", "outputCols")?.unwrap_or_else(indexed);
    if inputs.len() != outputs.len() {
        let (inputs, outputs) = (inputs.len(), outputs.len());
        return wrong(format!(
            "The number of input columns {inputs} must be the same as the number of output columns {outputs}."
        ));
    }
    Ok(inputs.into_iter().zip(outputs).collect())
}

fn number(schema: &Schema, column: &str) -> Result<Input> {
    let failed = |code, text: String| {
        let condition = Condition::new("_LEGACY_ERROR_TEMP_3103", "XXKST", SparkException::Spark);
        Err(Failure::new(code, &text).with_condition(condition.with("message", text)))
    };
    match schema.field_with_name(column) {
        Err(_) => failed(&codes::ml::COLUMN_MISSING, format!("No column named {column} found on dataset.")),
        Ok(field) if field.data_type().is_numeric() => Ok(Input::number(column)),
        Ok(field) => {
            let kind = spark_name(field.data_type());
            failed(
                &codes::ml::COLUMN_TYPE,
                format!("Data type for column {column} is {kind}, but a subclass of NumericType is required."),
            )
        }
    }
}

struct TargetEncoder;

impl Learn for TargetEncoder {
    const CLASS: &'static str = "org.apache.spark.ml.feature.TargetEncoder";
    const SPECS: &'static [ParamSpec] = SPECS;
    type Pass = CountTargets;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let label = params.text("labelCol")?;
        let inputs = columns(params)?.into_iter().map(|(input, _)| input).chain([label]);
        inputs.map(|input| number(schema, &input)).collect()
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<CountTargets>> {
        let columns = columns(params)?;
        schema::no_such_columns(schema, columns.iter().map(|(_, output)| output.as_str()))?;
        let binary = params.text("targetType")? == "binary";
        let pass = CountTargets { columns: columns.len(), binary };
        let params = params.clone();
        Ok(OnePass::new(pass, move |statistics| {
            let model: Box<dyn Transformer> =
                Box::new(Staged::new(params, TargetEncoderModel::learn(statistics, binary)?));
            Ok(model)
        }))
    }
}

/// Rows and mean target of each category of a column.
#[derive(Debug)]
struct Encoding {
    /// By Spark's keys, in the order of Spark's map.
    entries: Vec<(f64, Mean)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Mean {
    rows: f64,
    mean: f64,
    /// The mean, or the sum of targets that are 0 or 1: what Spark saves.
    statistic: f64,
}

impl Mean {
    fn of(rows: f64, statistic: f64, binary: bool) -> Self {
        Self { rows, mean: if binary { statistic / rows } else { statistic }, statistic }
    }
}

impl Encoding {
    /// Entries in the order in which Spark adds them to its map: it learns them in a mutable one, and saves the other.
    fn of(added: Vec<(f64, Mean)>) -> Self {
        Self { entries: in_order(added, hash_order::immutable) }
    }

    fn get(&self, key: f64) -> Option<Mean> {
        self.entries.iter().find(|(known, _)| *known == key).map(|(_, mean)| *mean)
    }

    /// Of every entry, the mean of its rows and `smoothing` rows more of the mean of all.
    fn values(&self, smoothing: f64) -> impl Iterator<Item = (f64, f64)> {
        let of_all = self.get(ALL_KEY).map_or(f64::NAN, |all| all.mean);
        self.entries.iter().map(move |(key, mean)| {
            let weight = mean.rows / (mean.rows + smoothing);
            (*key, weight * mean.mean + (1.0 - weight) * of_all)
        })
    }

    /// The different values, in the order of Spark's set of them.
    fn different_values(&self, smoothing: f64) -> Vec<f64> {
        let mut different: Vec<f64> = Vec::new();
        for (_, value) in self.values(smoothing) {
            if !different.contains(&value) {
                different.push(value);
            }
        }
        let hashes: Vec<i32> = different.iter().map(|value| hash_order::scala::double(*value)).collect();
        hash_order::immutable(&hashes).into_iter().map(|place| different[place]).collect()
    }
}

/// The entries as a hash table lists them.
fn in_order(entries: Vec<(f64, Mean)>, table: fn(&[i32]) -> Vec<usize>) -> Vec<(f64, Mean)> {
    let hashes: Vec<i32> = entries.iter().map(|(key, _)| hash_order::scala::double(*key)).collect();
    table(&hashes).into_iter().map(|place| entries[place]).collect()
}

/// Encodes categories by what was learned.
#[derive(Debug)]
struct TargetEncoderModel {
    columns: Vec<Encoding>,
}

impl TargetEncoderModel {
    fn learn(statistics: TargetStatistics, binary: bool) -> Result<Self> {
        let column = |targets: ColumnTargets| {
            if targets.all.rows == 0.0 {
                let text = "TargetEncoder was given no rows with a label";
                return Err(Failure::new(&codes::ml::EMPTY_DATASET, text));
            }
            let key = |category: Option<u32>| category.map_or(NULL_KEY, f64::from);
            let all = targets.categories.into_iter().map(|(category, targets)| (key(category), targets));
            let entry = |(key, Targets { rows, sum }): (f64, Targets)| {
                (key, Mean::of(rows, if binary { sum } else { sum / rows }, binary))
            };
            Ok(Encoding::of(in_order(all.chain([(ALL_KEY, targets.all)]).map(entry).collect(), hash_order::mutable)))
        };
        Ok(Self { columns: statistics.columns.into_iter().map(column).collect::<Result<_>>()? })
    }

    fn encoded(&self, params: &Params, input: &str, encoding: &Encoding, batch: &RecordBatch) -> Result<ArrayRef> {
        let (smoothing, keep) = (params.double("smoothing")?, params.text("handleInvalid")? == "keep");
        let all: Vec<(f64, f64)> = encoding.values(smoothing).collect();
        let known = |key: f64| all.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
        let (of_null, of_all) = (known(NULL_KEY), known(ALL_KEY).unwrap_or(f64::NAN));
        let of_category = all.iter().filter(|(key, _)| *key != NULL_KEY && *key != ALL_KEY);
        let values: BTreeMap<u32, f64> = of_category.map(|(key, value)| (*key as u32, *value)).collect();
        let indices = number(batch.schema_ref(), input)?.read(batch)?;
        let unseen = |what: String| {
            let text = format!(
                "Unseen value {what} in feature {input}. To handle unseen values, set Param handleInvalid to keep."
            );
            raised(&codes::ml::INVALID_ROW, text)
        };
        let encode = |index: Option<f64>| match index {
            None if of_null.is_none() && !keep => Err(unseen("null".to_owned())),
            None => Ok(of_null.unwrap_or(of_all)),
            Some(index) => {
                let whole = index >= 0.0 && index.fract() == 0.0 && index < ALL_KEY;
                match whole.then(|| values.get(&(index as u32))).flatten() {
                    Some(value) => Ok(*value),
                    None if keep => Ok(of_all),
                    None => Err(unseen(java_double(index))),
                }
            }
        };
        let encoded = indices.as_primitive::<Float64Type>().iter().map(encode).collect::<Result<Vec<f64>>>()?;
        Ok(Arc::new(Float64Array::from(encoded)))
    }
}

impl Stage for TargetEncoderModel {
    const CLASS: &'static str = "org.apache.spark.ml.feature.TargetEncoderModel";
    const SPECS: &'static [ParamSpec] = SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let columns = columns(params)?;
        if columns.len() != self.columns.len() {
            let (found, known) = (columns.len(), self.columns.len());
            let text = format!("requirement failed: {found} columns for encodings of {known}");
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        columns.iter().map(|(input, _)| number(schema, input)).collect()
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(columns(params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Number)).collect())
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        let smoothing = params.double("smoothing")?;
        let field = |((_, output), encoding): ((String, String), &Encoding)| {
            let values = encoding.different_values(smoothing).into_iter().map(java_double).collect();
            let attr = Attr::Nominal { name: Some(output.clone()), values };
            schema::with_metadata(Field::new(output, DataType::Float64, true), &schema::attr_metadata(&attr))
        };
        Ok(columns(params)?.into_iter().zip(&self.columns).map(field).collect())
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let columns = columns(params)?.into_iter().zip(&self.columns);
        let encoded = columns.map(|((input, _), encoding)| self.encoded(params, &input, encoding, batch));
        Ok(Output::all(encoded.collect::<Result<_>>()?))
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => {
                let columns = columns(params)?.len();
                Ok(Attribute::text(format!(
                    "TargetEncoderModel: uid={}, handleInvalid={}, targetType={}, numInputCols={columns}, \
                     numOutputCols={columns}, smoothing={}",
                    params.uid(),
                    params.text("handleInvalid")?,
                    params.text("targetType")?,
                    java_double(params.double("smoothing")?)
                )))
            }
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let binary = saved.params(SPECS)?.text("targetType")? == "binary";
        let rows = saved.rows("data")?;
        let lists = [rows.double_lists("categories")?, rows.double_lists("counts")?, rows.double_lists("stats")?];
        let mut columns: Vec<(i64, Encoding)> = Vec::new();
        for (row, index) in rows.ints("index")?.into_iter().enumerate() {
            let [categories, counts, stats] = [&lists[0][row], &lists[1][row], &lists[2][row]];
            let entry = |((key, rows), stat): ((&f64, &f64), &f64)| (*key, Mean::of(*rows, *stat, binary));
            columns.push((index, Encoding::of(categories.iter().zip(counts).zip(stats).map(entry).collect())));
        }
        columns.sort_by_key(|(index, _)| *index);
        Ok(Self { columns: columns.into_iter().map(|(_, encoding)| encoding).collect() })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let list = |of: &dyn Fn(f64, Mean) -> f64| {
            let one =
                |encoding: &Encoding| encoding.entries.iter().map(|(key, mean)| of(*key, *mean)).collect::<Vec<f64>>();
            double_lists(self.columns.iter().map(one))
        };
        let rows = table([
            Column::required("index", Arc::new(Int32Array::from_iter_values(0..self.columns.len() as i32))),
            Column::optional("categories", list(&|key, _| key)),
            Column::optional("counts", list(&|_, mean| mean.rows)),
            Column::optional("stats", list(&|_, mean| mean.statistic)),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}
