//! Regressors: one number a row, as a column of a batch or for one vector.

use crate::linalg::vector_column;
use crate::schema::{no_such_columns, with_metadata};
use crate::{Attribute, Input, Output, Transformer, Value};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::{Map, json};
use std::sync::Arc;

/// What a fitted regressor adds to the common part.
pub trait Regressor: Transformer {
    /// Size of the vectors it reads.
    fn width(&self) -> usize;

    /// The prediction of every row. A row gets the same bits alone as in a batch.
    fn predict(&self, features: &dyn Array) -> Result<Vec<f64>>;
}

/// The features column.
pub fn inputs(model: &dyn Regressor, schema: &Schema) -> Result<Vec<Input>> {
    let features = Input::vector(&model.params().text("featuresCol")?);
    features.find(schema)?;
    Ok(vec![features])
}

/// The prediction, if it has a name.
pub fn outputs(model: &dyn Regressor, schema: &Schema) -> Result<Vec<Field>> {
    let Some(name) = model.params().optional_text("predictionCol") else { return Ok(Vec::new()) };
    no_such_columns(schema, [name.as_str()])?;
    Ok(vec![prediction_field(&name)])
}

/// A prediction column with the metadata that Spark gives it: a numeric attribute without a name.
pub fn prediction_field(name: &str) -> Field {
    let metadata = Map::from_iter([("ml_attr".to_owned(), json!({}))]);
    with_metadata(Field::new(name, DataType::Float64, false), &metadata)
}

/// The column of [`outputs`].
pub fn transform(model: &dyn Regressor, batch: &RecordBatch) -> Result<Output> {
    if model.params().optional_text("predictionCol").is_none() {
        return Ok(Output::all(Vec::new()));
    }
    let features = Input::vector(&model.params().text("featuresCol")?).read(batch)?;
    let predictions = model.predict(features.as_ref())?;
    Ok(Output::all(vec![Arc::new(Float64Array::from(predictions)) as ArrayRef]))
}

/// The attributes that all regressors have; `None` for others.
pub fn attribute(model: &dyn Regressor, name: &str, arguments: &[Value]) -> Result<Option<Attribute>> {
    match (name, arguments) {
        ("numFeatures", _) => Ok(Some((model.width() as i64).into())),
        ("predict", [Value::Vector(vector)]) => {
            Ok(Some(model.predict(vector_column([Some(vector)]).as_ref())?[0].into()))
        }
        ("predict", _) => Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "predict takes one vector")),
        _ => Ok(None),
    }
}
