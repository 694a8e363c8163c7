//! `OneHotEncoder`: a category index becomes a sparse vector with a single 1.

use super::category_sizes::LargestIndices;
use super::columns::pairs;
use super::one_pass::OnePass;
use crate::linalg::{VectorBuilder, java_double, vector_type};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::{Column, Saved, int_lists, table};
use crate::schema::{self, Attr, Slots};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Estimator, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.OneHotEncoder";
const MODEL_CLASS: &str = "org.apache.spark.ml.feature.OneHotEncoderModel";
pub(super) const SPECS: &[ParamSpec] = &[
    ParamSpec::new("dropLast", Kind::Bool, Default::Bool(true), "whether the last category is the vector of zeros"),
    ParamSpec::new(
        "handleInvalid",
        Kind::Text,
        Default::Text("error"),
        "what to do with unseen categories: error, or keep them as a category of their own",
    )
    .checked(|value| matches!(value, Value::Text(value) if value == "error" || value == "keep")),
    shared::INPUT_COL,
    shared::INPUT_COLS,
    shared::OUTPUT_COL,
    shared::OUTPUT_COLS,
];

pub fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(OneHotEncoder { params: Params::new(uid, SPECS) }),
            |_, saved| Ok(Operator::estimator(OneHotEncoder { params: saved.params(SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| Ok(Operator::transformer(OneHotEncoderModel::load(saved)?)))
        .pass::<LargestIndices>();
}

/// Learns the number of categories of each column.
#[derive(Debug, Clone)]
pub struct OneHotEncoder {
    params: Params,
}

impl Estimator for OneHotEncoder {
    type Fit = OnePass<LargestIndices>;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        numeric_inputs(&self.params, schema)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Self::Fit> {
        let pairs = pairs(&self.params)?;
        schema::no_such_columns(schema, pairs.iter().map(|(_, output)| output.as_str()))?;
        let known =
            |(input, _): &(String, String)| Ok(category_names(schema::field(schema, input)?)?.map(|names| names.len()));
        let known: Vec<Option<usize>> = pairs.iter().map(known).collect::<Result<_>>()?;
        let unknown = pairs.into_iter().zip(&known).map(|((input, _), size)| size.is_none().then_some(input));
        let pass = LargestIndices { columns: unknown.collect() };
        let params = self.params.clone();
        Ok(OnePass::new(pass, move |largest| {
            let sizes = known.iter().zip(largest.0).map(|(known, largest)| known.unwrap_or(largest as usize + 1));
            Ok(Box::new(OneHotEncoderModel { params, sizes: sizes.collect() }))
        }))
    }
}

fn numeric_inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
    let inputs: Vec<Input> = pairs(params)?.iter().map(|(input, _)| Input::number(input)).collect();
    inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
    Ok(inputs)
}

/// The names of a column's categories, as far as its metadata tells.
fn category_names(field: &Field) -> Result<Option<Vec<String>>> {
    let numbered = |count: usize| (0..count).map(|index| index.to_string()).collect();
    Ok(match schema::attr(field) {
        Attr::Nominal { values, .. } | Attr::Binary { values: Some(values), .. } => Some(values),
        Attr::NominalCount { count, .. } => Some(numbered(count)),
        Attr::Binary { values: None, .. } => Some(numbered(2)),
        Attr::Numeric { .. } => {
            let text = format!("The input column {} cannot be continuous-value.", field.name());
            return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
        }
        Attr::Unknown => None,
    })
}

/// Encodes category indices.
#[derive(Debug, Clone)]
pub struct OneHotEncoderModel {
    params: Params,
    /// Number of categories of each input, before `dropLast` and `handleInvalid`.
    sizes: Arc<[usize]>,
}

impl OneHotEncoderModel {
    /// `sizes` holds the number of categories of each input.
    pub(super) fn new(params: Params, sizes: Vec<usize>) -> Self {
        Self { params, sizes: sizes.into() }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let sizes = saved.rows("data")?.int_list("categorySizes")?;
        Ok(Self { params: saved.params(SPECS)?, sizes: sizes.into_iter().map(|size| size.max(0) as usize).collect() })
    }

    fn columns(&self) -> Result<Vec<(String, String, usize)>> {
        let pairs = pairs(&self.params)?;
        if pairs.len() != self.sizes.len() {
            let text = format!(
                "requirement failed: The number of input columns {} does not match the number of category sizes {}.",
                pairs.len(),
                self.sizes.len()
            );
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        Ok(pairs.into_iter().zip(self.sizes.iter()).map(|((input, output), size)| (input, output, *size)).collect())
    }

    fn switches(&self) -> Result<(bool, bool)> {
        Ok((self.params.bool("dropLast")?, self.params.text("handleInvalid")? == "keep"))
    }
}

impl Transformer for OneHotEncoderModel {
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
        numeric_inputs(&self.params, schema)
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(pairs(&self.params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Number)).collect())
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let columns = self.columns()?;
        schema::no_such_columns(schema, columns.iter().map(|(_, output, _)| output.as_str()))?;
        let (drop_last, keep_invalid) = self.switches()?;
        let field = |(input, output, size): &(String, String, usize)| -> Result<Field> {
            let names = category_names(schema::field(schema, input)?)?;
            let mut names = match names {
                Some(names) if names.len() == *size => names,
                Some(names) => {
                    let text = format!(
                        "requirement failed: OneHotEncoderModel expected {size} categorical values for input column \
                         {input}, but the input column had metadata specifying {} values.",
                        names.len()
                    );
                    return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
                }
                None => (0..*size).map(|index| index.to_string()).collect(),
            };
            match (drop_last, keep_invalid) {
                (true, false) => drop(names.pop()),
                (false, true) => names.push("invalidValues".to_owned()),
                _ => {}
            }
            let slots = names.into_iter().map(|name| Attr::Binary { name: Some(name), values: None });
            let metadata = schema::slots_metadata(&Slots::Known(slots.collect()));
            Ok(schema::with_metadata(Field::new(output, vector_type(), true), &metadata))
        };
        columns.iter().map(field).collect()
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let (drop_last, keep_invalid) = self.switches()?;
        let encoded = |(input, _, size): (String, String, usize)| -> Result<ArrayRef> {
            let indices = Input::number(&input).read(batch)?;
            let indices = indices.as_primitive::<Float64Type>();
            let slots = size + usize::from(keep_invalid) - usize::from(drop_last).min(size + usize::from(keep_invalid));
            let mut vectors = VectorBuilder::with_capacity(indices.len(), indices.len());
            for row in 0..indices.len() {
                if indices.is_null(row) {
                    vectors.push_null();
                    continue;
                }
                let index = match indices.value(row) {
                    index if index >= 0.0 && index < size as f64 => index as usize,
                    _ if keep_invalid => size,
                    index => return Err(unseen(index)),
                };
                vectors.push_sparse(slots, (index < slots).then_some((index as i32, 1.0)));
            }
            Ok(vectors.finish())
        };
        Ok(Output::all(self.columns()?.into_iter().map(encoded).collect::<Result<_>>()?))
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "categorySizes" => Ok(self.sizes.iter().map(|size| *size as i64).collect::<Vec<_>>().into()),
            "toString" => Ok(Attribute::text(format!(
                "OneHotEncoderModel: uid={}, dropLast={}, handleInvalid={}",
                self.params.uid(),
                self.params.bool("dropLast")?,
                self.params.text("handleInvalid")?
            ))),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let sizes: Vec<i32> = self.sizes.iter().map(|size| *size as i32).collect();
        let rows = table([Column::optional("categorySizes", int_lists([sizes]))])?;
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", rows))
    }
}

fn unseen(index: f64) -> Failure {
    let shown = java_double(index);
    invalid_row(if index < 0.0 {
        format!(
            "Negative value: {shown}. Input can't be negative. To handle invalid values, set Param handleInvalid to keep"
        )
    } else {
        format!("Unseen value: {shown}. To handle unseen values, set Param handleInvalid to keep")
    })
}
