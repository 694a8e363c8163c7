//! JSON in strings: paths into it, structs to it and from it.

use crate::format::{self, Style};
use crate::parse;
use crate::types::{map_fields, nullable_inside, parse_ddl};
use crate::udf::{Definition, Input, kernel};
use crate::zone::{Zone, time_zone};
use arrow::array::types::*;
use arrow::array::*;
use arrow::datatypes::{DataType, TimeUnit};
use brickyard_error::{Failure, Result};
use datafusion::common::ScalarValue;
use serde_json::{Map, Number, Value as Json};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_get_json_object", |_| Ok(DataType::Utf8), get_json_object),
    Definition::new("spark_json_array_length", |_| Ok(DataType::Int32), array_length),
    Definition::new("spark_to_json", |_| Ok(DataType::Utf8), to_json),
    Definition::new("spark_from_json", |types| parse_ddl(types.text(1)?).map(|t| nullable_inside(&t)), from_json),
];

/// `$.a.b[0]`: null where the path leads nowhere.
fn get_json_object(input: &Input) -> Result<ArrayRef> {
    let (texts, paths) = (input.strings(0)?, input.strings(1)?);
    let found = texts.iter().zip(&paths).map(|(text, path)| {
        let json: Json = serde_json::from_str(text?).ok()?;
        match walk(&json, path?)? {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    });
    Ok(Arc::new(found.collect::<StringArray>()))
}

fn walk<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    let mut rest = path.strip_prefix('$')?;
    let mut here = json;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            here = here.get(&after[..end])?;
            rest = &after[end..];
        } else {
            let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
            here = match inside.trim_matches(['\'', '"']) {
                name if name.len() < inside.len() => here.get(name)?,
                number => here.get(number.parse::<usize>().ok()?)?,
            };
            rest = after;
        }
    }
    Some(here)
}

fn array_length(input: &Input) -> Result<ArrayRef> {
    let lengths = input
        .strings(0)?
        .iter()
        .map(|text| {
            let json: Json = serde_json::from_str(text?).ok()?;
            json.as_array().map(|items| items.len() as i32)
        })
        .collect::<Int32Array>();
    Ok(Arc::new(lengths))
}

fn to_json(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let zone = time_zone(input.text(1)?)?;
    let mut out = StringBuilder::new();
    for row in 0..array.len() {
        match array.is_null(row) {
            true => out.append_null(),
            false => out.append_value(value(&array, row, zone)?.to_string()),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// Nulls of structs are left out.
fn value(array: &ArrayRef, row: usize, zone: Zone) -> Result<Json> {
    if array.is_null(row) {
        return Ok(Json::Null);
    }
    let double = |value: f64| Number::from_f64(value).map_or_else(|| Json::String(value.to_string()), Json::Number);
    Ok(match array.data_type() {
        DataType::Null => Json::Null,
        DataType::Boolean => Json::Bool(array.as_boolean().value(row)),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float32 => double(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let text = format::plain_decimal(array.as_primitive::<Decimal128Type>().value(row), *scale);
            text.parse().map(double).unwrap_or(Json::String(text))
        }
        DataType::Struct(fields) => {
            let mut object = Map::new();
            for (field, column) in fields.iter().zip(array.as_struct().columns()) {
                if !column.is_null(row) && *column.data_type() != DataType::Null {
                    object.insert(field.name().clone(), value(column, row, zone)?);
                }
            }
            Json::Object(object)
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Json::Array((0..items.len()).map(|index| value(&items, index, zone)).collect::<Result<_>>()?)
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let keys = format::to_strings(entries.column(0), Style { zone, is_pretty: false })?;
            let mut object = Map::new();
            for index in 0..entries.len() {
                object.insert(keys.value(index).to_owned(), value(entries.column(1), index, zone)?);
            }
            Json::Object(object)
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let local = zone.local(micros).unwrap_or_default();
            let offset = chrono::FixedOffset::east_opt(zone.offset_at(local)).map(|offset| offset.to_string());
            let offset = if zone.is_utc() { "Z".to_owned() } else { offset.unwrap_or_default() };
            Json::String(format!("{}{offset}", local.format("%Y-%m-%dT%H:%M:%S%.3f")))
        }
        _ => {
            let text = format::to_strings(&array.slice(row, 1), Style { zone, is_pretty: false })?;
            Json::String(text.value(0).to_owned())
        }
    })
}

fn from_json(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let zone = time_zone(input.text(2)?)?;
    let parsed = |text: Option<&str>| -> Result<ScalarValue> {
        let json = text.and_then(|text| serde_json::from_str::<Json>(text).ok());
        match (json, &input.returns) {
            (Some(json), wanted) => scalar(&json, wanted, zone),
            // A text that is no JSON gives a struct of nulls.
            (None, wanted) if text.is_some_and(|text| !text.trim().is_empty()) => {
                scalar(&Json::Object(Map::new()), wanted, zone)
            }
            (None, wanted) => ScalarValue::try_from(wanted).map_err(kernel),
        }
    };
    let scalars = texts.iter().map(parsed).collect::<Result<Vec<_>>>()?;
    if scalars.is_empty() {
        return Ok(new_empty_array(&input.returns));
    }
    ScalarValue::iter_to_array(scalars).map_err(kernel)
}

/// The value as the type, null where it is another.
pub(crate) fn scalar(json: &Json, wanted: &DataType, zone: Zone) -> Result<ScalarValue> {
    let null = || ScalarValue::try_from(wanted).map_err(kernel);
    let text = || match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number = json.as_i64();
    Ok(match wanted {
        _ if json.is_null() => return null(),
        DataType::Boolean => ScalarValue::Boolean(json.as_bool()),
        DataType::Int8 => ScalarValue::Int8(number.and_then(|value| value.try_into().ok())),
        DataType::Int16 => ScalarValue::Int16(number.and_then(|value| value.try_into().ok())),
        DataType::Int32 => ScalarValue::Int32(number.and_then(|value| value.try_into().ok())),
        DataType::Int64 => ScalarValue::Int64(number),
        DataType::Float32 => ScalarValue::Float32(json.as_f64().map(|value| value as f32)),
        DataType::Float64 => ScalarValue::Float64(json.as_f64()),
        DataType::Utf8 => ScalarValue::Utf8(Some(text())),
        DataType::Date32 => ScalarValue::Date32(parse::date(&text())),
        DataType::Timestamp(_, Some(name)) => {
            ScalarValue::TimestampMicrosecond(parse::timestamp(&text(), &zone), Some(Arc::clone(name)))
        }
        DataType::Timestamp(_, None) => ScalarValue::TimestampMicrosecond(parse::timestamp_ntz(&text()), None),
        DataType::Decimal128(precision, scale) => {
            let value = parse::decimal(&text());
            let value =
                value.and_then(|(unscaled, digits)| crate::cast::rescaled(unscaled, digits, *scale, *precision));
            ScalarValue::Decimal128(value, *precision, *scale)
        }
        DataType::Struct(fields) => {
            let Json::Object(object) = json else { return null() };
            let mut columns = Vec::new();
            for field in fields {
                let item = object.get(field.name()).unwrap_or(&Json::Null);
                columns.push(scalar(item, field.data_type(), zone)?.to_array().map_err(kernel)?);
            }
            ScalarValue::Struct(Arc::new(StructArray::try_new(fields.clone(), columns, None).map_err(kernel)?))
        }
        DataType::List(item) => {
            let Json::Array(items) = json else { return null() };
            let scalars = items.iter().map(|json| scalar(json, item.data_type(), zone)).collect::<Result<Vec<_>>>()?;
            ScalarValue::List(ScalarValue::new_list(&scalars, item.data_type(), true))
        }
        DataType::Map(..) => match map_fields(wanted) {
            Some(_) => return Err(Failure::unsupported("from_json to maps; use a struct")),
            None => return null(),
        },
        other => return Err(Failure::unsupported(format!("from_json to {}", crate::types::simple_string(other)))),
    })
}
