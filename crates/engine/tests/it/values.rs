//! Values of columns as the JSON of the gold files.

use arrow::array::types::*;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, TimeUnit};
use brickyard_functions::format::{date, plain_decimal};
use serde_json::{Map, Value as Json, json};

pub fn value(array: &ArrayRef, row: usize) -> Json {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Json::Null;
    }
    let double = |value: f64| match value {
        _ if value.is_nan() => json!({"double": "nan"}),
        _ if value.is_infinite() => json!({"double": if value > 0.0 { "inf" } else { "-inf" }}),
        _ => json!(value),
    };
    match array.data_type() {
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Int8 => json!(array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => json!(array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => double(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Binary => json!({"base64": base64(array.as_binary::<i32>().value(row))}),
        DataType::Date32 => json!({"date": date(array.as_primitive::<Date32Type>().value(row))}),
        DataType::Decimal128(_, scale) => {
            json!({"decimal": python_decimal(array.as_primitive::<Decimal128Type>().value(row), *scale)})
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let time = chrono::DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
            let form = if micros % 1_000_000 == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.6f" };
            json!({"timestamp": time.format(form).to_string()})
        }
        DataType::Duration(_) => json!({"microseconds": array.as_primitive::<DurationMicrosecondType>().value(row)}),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|index| value(&items, index)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let pairs = fields.iter().zip(columns).map(|(field, column)| (field.name().clone(), value(column, row)));
            json!({"struct": pairs.collect::<Map<_, _>>()})
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let pair = |index: usize| json!([value(entries.column(0), index), value(entries.column(1), index)]);
            json!({"map": (0..entries.len()).map(pair).collect::<Vec<_>>()})
        }
        other => panic!("no JSON for {other}"),
    }
}

/// As Python's `str(Decimal)`: an exponent below six zeros.
fn python_decimal(unscaled: i128, scale: i8) -> String {
    let digits = unscaled.unsigned_abs().to_string();
    let adjusted = digits.len() as i32 - 1 - i32::from(scale);
    if adjusted >= -6 {
        return plain_decimal(unscaled, scale);
    }
    let sign = if unscaled < 0 { "-" } else { "" };
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}E{adjusted}")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().enumerate().fold(0u32, |word, (index, byte)| word | u32::from(*byte) << (16 - 8 * index));
        for index in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= chunk.len() { letter as char } else { '=' });
        }
    }
    out
}
