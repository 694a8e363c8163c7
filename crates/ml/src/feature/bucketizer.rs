//! `Bucketizer`: numbers to the index of the interval they lie in.

use super::columns::pairs;
use crate::linalg::java_double;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::{self, Attr};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::json;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.Bucketizer";
const SPECS: &[ParamSpec] = &[
    shared::HANDLE_INVALID,
    shared::INPUT_COL,
    shared::INPUT_COLS,
    shared::OUTPUT_COL,
    shared::OUTPUT_COLS,
    ParamSpec::new("splits", Kind::Doubles, Default::None, "n + 1 increasing bounds of n buckets")
        .checked(|value| matches!(value, Value::Doubles(splits) if increases(splits))),
    ParamSpec::new("splitsArray", Kind::NestedDoubles, Default::None, "bounds for each input column")
        .checked(|value| matches!(value, Value::NestedDoubles(all) if all.iter().all(|splits| increases(splits)))),
];

fn increases(splits: &[f64]) -> bool {
    splits.len() >= 3 && splits.windows(2).all(|pair| pair[0] < pair[1])
}

pub fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::transformer(Bucketizer { params: Params::new(uid, SPECS) }),
        |_, saved| Ok(Operator::transformer(Bucketizer { params: saved.params(SPECS)? })),
    );
}

/// Numbers to buckets.
#[derive(Debug, Clone)]
pub struct Bucketizer {
    params: Params,
}

impl Bucketizer {
    /// With the columns and `handleInvalid` of other parameters, and splits for each input column.
    pub fn of_splits(params: &Params, mut splits: Vec<Vec<f64>>) -> Result<Self> {
        let mut params = params.carry_to(SPECS);
        params.set("handleInvalid", Value::Text(params.text("handleInvalid")?))?;
        match (params.is_set("inputCols"), splits.pop()) {
            (false, Some(only)) => params.set("splits", Value::Doubles(only))?,
            (_, last) => {
                splits.extend(last);
                params.set("splitsArray", Value::NestedDoubles(splits))?;
            }
        }
        Ok(Self { params })
    }

    /// (input, output, splits).
    fn columns(&self) -> Result<Vec<(String, String, Vec<f64>)>> {
        let pairs = pairs(&self.params)?;
        let splits = match (self.params.get("splitsArray"), self.params.get("splits")) {
            (Some(Value::NestedDoubles(all)), _) if self.params.is_set("inputCols") => all,
            (_, Some(Value::Doubles(splits))) => vec![splits; pairs.len()],
            _ => return Err(Failure::new(&codes::ml::PARAMETER_MISSING, "Failed to find a default value for splits")),
        };
        if splits.len() != pairs.len() {
            let text = format!("requirement failed: {} lists of splits for {} columns", splits.len(), pairs.len());
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        Ok(pairs.into_iter().zip(splits).map(|((input, output), splits)| (input, output, splits)).collect())
    }
}

impl Transformer for Bucketizer {
    fn class(&self) -> &'static str {
        CLASS
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
        let inputs: Vec<Input> = pairs(&self.params)?.iter().map(|(input, _)| Input::number(input)).collect();
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(pairs(&self.params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Number)).collect())
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let columns = self.columns()?;
        schema::no_such_columns(schema, columns.iter().map(|(_, output, _)| output.as_str()))?;
        let field = |(_, output, splits): &(String, String, Vec<f64>)| {
            let bounds = splits.windows(2).map(|pair| format!("{}, {}", java_double(pair[0]), java_double(pair[1])));
            let mut metadata = schema::attr_metadata(&Attr::Nominal { name: None, values: bounds.collect() });
            if let Some(attr) = metadata.get_mut("ml_attr") {
                attr["ord"] = json!(true);
            }
            schema::with_metadata(Field::new(output, DataType::Float64, true), &metadata)
        };
        Ok(columns.iter().map(field).collect())
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let invalid = self.params.text("handleInvalid")?;
        let mut keep = (invalid == "skip").then(|| vec![true; batch.num_rows()]);
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (input, _, splits) in self.columns()? {
            let column = Input::number(&input).read(batch)?;
            let values = column.as_primitive::<Float64Type>();
            let mut buckets = Vec::with_capacity(values.len());
            for (row, value) in values.iter().enumerate() {
                let missing = value.is_none_or(f64::is_nan);
                if let (true, Some(keep)) = (missing, &mut keep) {
                    keep[row] = false;
                    buckets.push(None);
                    continue;
                }
                buckets.push(value.map(|value| bucket(&splits, value, invalid == "keep")).transpose()?);
            }
            columns.push(Arc::new(Float64Array::from(buckets)));
        }
        Ok(Output { columns, keep: keep.map(BooleanArray::from) })
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "getSplits" => self.params.get("splits").map(Attribute::Value),
            "getSplitsArray" => self.params.get("splitsArray").map(Attribute::Value),
            _ => None,
        }
        .ok_or_else(|| no_attribute(CLASS, name))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}

/// The last bucket includes its upper bound; NaN, where kept, has a bucket of its own behind the last.
fn bucket(splits: &[f64], value: f64, keep_nan: bool) -> Result<f64> {
    let (buckets, lowest, highest) = (splits.len() - 1, splits[0], splits[splits.len() - 1]);
    if value.is_nan() {
        let text = "Bucketizer encountered NaN value. To handle or skip NaNs, try setting Bucketizer.handleInvalid.";
        return if keep_nan { Ok(buckets as f64) } else { Err(invalid_row(text)) };
    }
    if value < lowest || value > highest {
        return Err(invalid_row(format!(
            "Feature value {} out of Bucketizer bounds [{}, {}].  Check your features, or loosen the lower/upper bound \
             constraints.",
            java_double(value),
            java_double(lowest),
            java_double(highest)
        )));
    }
    let below = splits.partition_point(|split| *split <= value);
    Ok((below - 1).min(buckets - 1) as f64)
}
