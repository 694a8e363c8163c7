//! Parameter values as Spark writes them in metadata: doubles with a point, non-finite ones as strings.

use crate::{Kind, Matrix, Value, Vector};
use serde_json::{Value as Json, json};

/// A value in Spark's JSON. Every kind has a form; absent values are null.
pub fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Double(value) => double(*value),
        Value::Text(value) => json!(value),
        Value::Ints(values) => json!(values),
        Value::Doubles(values) => doubles(values),
        Value::Texts(values) => json!(values),
        Value::NestedTexts(values) => json!(values),
        Value::NestedDoubles(values) => values.iter().map(|values| doubles(values)).collect(),
        Value::Vector(Vector::Dense(values)) => json!({"type": 1, "values": doubles(values)}),
        Value::Vector(Vector::Sparse { size, indices, values }) => {
            json!({"type": 0, "size": size, "indices": indices, "values": doubles(values)})
        }
        Value::Matrix(Matrix { rows, columns, values, transposed }) => json!({
            "type": 1, "numRows": rows, "numCols": columns, "values": doubles(values), "isTransposed": transposed,
        }),
    }
}

fn double(value: f64) -> Json {
    match value {
        _ if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Inf"),
        f64::NEG_INFINITY => json!("-Inf"),
        _ => json!(value),
    }
}

fn doubles(values: &[f64]) -> Json {
    values.iter().copied().map(double).collect()
}

/// The value of a parameter of this kind; `None` where the JSON does not suit it.
pub fn value_from_json(json: &Json, kind: Kind) -> Option<Value> {
    Some(match kind {
        Kind::Bool => Value::Bool(json.as_bool()?),
        Kind::Int | Kind::Long => Value::Int(whole(json)?),
        Kind::Double => Value::Double(number(json)?),
        Kind::Text => Value::Text(json.as_str()?.to_owned()),
        Kind::Ints => Value::Ints(list(json, whole)?),
        Kind::Doubles => Value::Doubles(list(json, number)?),
        Kind::Texts => Value::Texts(list(json, |item| item.as_str().map(ToOwned::to_owned))?),
        Kind::NestedDoubles => Value::NestedDoubles(list(json, |inner| list(inner, number))?),
        Kind::Vector => Value::Vector(vector(json)?),
        Kind::Matrix => Value::Matrix(matrix(json)?),
    })
}

fn list<T>(json: &Json, item: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.as_array()?.iter().map(item).collect()
}

fn number(json: &Json) -> Option<f64> {
    match json.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Inf") => Some(f64::INFINITY),
        Some("-Inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => json.as_f64(),
    }
}

fn whole(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_f64().filter(|value| value.fract() == 0.0).map(|value| value as i64))
}

fn vector(json: &Json) -> Option<Vector> {
    let values = list(json.get("values")?, number)?;
    if json.get("type")?.as_u64()? == 1 {
        return Some(Vector::Dense(values));
    }
    let indices = list(json.get("indices")?, |index| u32::try_from(index.as_u64()?).ok())?;
    Some(Vector::Sparse { size: json.get("size")?.as_u64()? as usize, indices, values })
}

fn matrix(json: &Json) -> Option<Matrix> {
    let size = |key: &str| Some(json.get(key)?.as_u64()? as usize);
    let (rows, columns) = (size("numRows")?, size("numCols")?);
    let values = list(json.get("values")?, number)?;
    let transposed = json.get("isTransposed")?.as_bool()?;
    if json.get("type")?.as_u64()? == 1 {
        return (values.len() == rows * columns).then_some(Matrix { rows, columns, values, transposed });
    }
    let starts = list(json.get("colPtrs")?, whole)?;
    let indices = list(json.get("rowIndices")?, whole)?;
    Matrix::from_compressed(rows, columns, transposed, &starts, &indices, &values)
}
