//! Predictions as JSON. Doubles are written in the shortest form that reads back to the same bits.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::linalg::{VectorColumn, is_vector_type};
use serde_json::{Map, Value as Json, json};

/// `{"predictions": […]}`: the column `prediction`, or records of the columns asked for.
pub fn predictions(batch: &RecordBatch, columns: Option<&[String]>) -> Result<String> {
    let values: Vec<Json> = match columns {
        None => {
            let column = batch.column_by_name("prediction").or_else(|| batch.columns().last());
            let column = column.ok_or_else(|| Failure::internal("the model gave no column"))?;
            (0..batch.num_rows()).map(|row| value(column.as_ref(), row)).collect::<Result<_>>()?
        }
        Some(names) => {
            let found = names.iter().map(|name| {
                let missing = || {
                    let known: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
                    Failure::new(
                        &codes::serving::SCHEMA,
                        format!("there is no column {name}; there are {}", known.join(", ")),
                    )
                };
                batch.column_by_name(name).ok_or_else(missing).map(|column| (name, column))
            });
            let found = found.collect::<Result<Vec<_>>>()?;
            let record = |row| -> Result<Json> {
                let cells = found.iter().map(|(name, column)| Ok(((*name).clone(), value(column.as_ref(), row)?)));
                Ok(Json::Object(cells.collect::<Result<Map<String, Json>>>()?))
            };
            (0..batch.num_rows()).map(record).collect::<Result<_>>()?
        }
    };
    Ok(json!({ "predictions": values }).to_string())
}

fn value(column: &dyn Array, row: usize) -> Result<Json> {
    if column.is_null(row) {
        return Ok(Json::Null);
    }
    Ok(match column.data_type() {
        DataType::Float64 => double(column.as_primitive::<Float64Type>().value(row)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        data_type if is_vector_type(data_type) => {
            let vector = VectorColumn::new(column)?.get(row).to_vector().to_dense();
            Json::Array(vector.into_iter().map(double).collect())
        }
        other => return Err(Failure::unsupported(format!("answering a column of type {other}"))),
    })
}

/// JSON has no NaN and no infinities; MLflow writes them as texts.
fn double(value: f64) -> Json {
    match value {
        _ if value.is_finite() => json!(value),
        _ if value.is_nan() => json!("NaN"),
        _ if value > 0.0 => json!("Infinity"),
        _ => json!("-Infinity"),
    }
}
