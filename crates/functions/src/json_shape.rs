//! What JSON texts are made of: their types, their keys, their fields as columns.

use crate::types::{list_of, sql_name};
use crate::udf::{Definition, Input, Types};
use arrow::array::*;
use arrow::datatypes::{DataType, Field, Fields};
use brickyard_error::{Failure, Result, codes};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_schema_of_json", |_| Ok(DataType::Utf8), schema_of_json),
    Definition::new("spark_json_object_keys", |_| Ok(list_of(DataType::Utf8, true)), object_keys),
    Definition::new("spark_json_tuple", tuple_type, tuple),
];

fn schema_of_json(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    Ok(Arc::new(input.rows_of::<_, StringArray>(1, |row| {
        let text = texts.value(row);
        let json = serde_json::from_str(text)
            .map_err(|error| Failure::new(&codes::sql::VALUE, format!("'{text}' is no JSON: {error}; correct it")))?;
        Ok(Some(sql_name(&whole(type_of(&json)))))
    })?))
}

/// The type of a value; of nothing where it is null.
fn type_of(json: &Json) -> DataType {
    match json {
        Json::Null => DataType::Null,
        Json::Bool(_) => DataType::Boolean,
        Json::Number(number) if number.is_i64() => DataType::Int64,
        Json::Number(number) => match number.as_u64() {
            Some(large) => DataType::Decimal128(large.to_string().len() as u8, 0),
            None => DataType::Float64,
        },
        Json::String(_) => DataType::Utf8,
        Json::Array(items) => list_of(items.iter().map(type_of).fold(DataType::Null, wider), true),
        Json::Object(object) => {
            let fields: BTreeMap<&String, DataType> = object.iter().map(|(name, json)| (name, type_of(json))).collect();
            DataType::Struct(fields.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect())
        }
    }
}

/// A type that holds values of both; a string where there is no other.
fn wider(a: DataType, b: DataType) -> DataType {
    use DataType::*;
    match (a, b) {
        (Null, other) | (other, Null) => other,
        (a, b) if a == b => a,
        (Int64, Float64) | (Float64, Int64) => Float64,
        (List(a), List(b)) => list_of(wider(a.data_type().clone(), b.data_type().clone()), true),
        (Struct(a), Struct(b)) => {
            let mut fields: BTreeMap<String, DataType> = BTreeMap::new();
            for field in a.iter().chain(&b) {
                let known = fields.remove(field.name()).unwrap_or(Null);
                fields.insert(field.name().clone(), wider(known, field.data_type().clone()));
            }
            Struct(fields.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect())
        }
        _ => Utf8,
    }
}

/// With strings where nothing is known.
fn whole(data_type: DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::Utf8,
        DataType::List(item) => list_of(whole(item.data_type().clone()), true),
        DataType::Struct(fields) => {
            let field = |field: &Arc<Field>| Field::new(field.name(), whole(field.data_type().clone()), true);
            DataType::Struct(fields.iter().map(field).collect())
        }
        other => other,
    }
}

/// Null for what is no object.
fn object_keys(input: &Input) -> Result<ArrayRef> {
    let field = Field::new("element", DataType::Utf8, true);
    let mut out = ListBuilder::new(StringBuilder::new()).with_field(field);
    for text in &input.strings(0)? {
        match text.map(serde_json::from_str) {
            Some(Ok(Json::Object(object))) => {
                object.keys().for_each(|key| out.values().append_value(key));
                out.append(true);
            }
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn tuple_type(types: &Types) -> Result<DataType> {
    let field = |index: usize| Field::new(format!("c{index}"), DataType::Utf8, true);
    Ok(DataType::Struct((0..types.types.len() - 1).map(field).collect::<Fields>()))
}

/// `(text, name, …)`: the fields of these names, a struct.
fn tuple(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let names = (1..input.len()).map(|index| input.strings(index)).collect::<Result<Vec<_>>>()?;
    let mut columns: Vec<StringBuilder> = names.iter().map(|_| StringBuilder::new()).collect();
    for row in 0..input.rows {
        let json: Option<Json> = texts.is_valid(row).then(|| serde_json::from_str(texts.value(row)).ok()).flatten();
        for (column, names) in columns.iter_mut().zip(&names) {
            let name = names.is_valid(row).then(|| names.value(row));
            let found = json.as_ref().zip(name).and_then(|(json, name)| json.get(name));
            column.append_option(match found {
                None | Some(Json::Null) => None,
                Some(Json::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            });
        }
    }
    let DataType::Struct(fields) = &input.returns else { return Err(Failure::internal("a struct that is none")) };
    let columns = columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef).collect();
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None).map_err(crate::udf::kernel)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found() {
        for (text, wanted) in [
            ("[{\"col\":0}]", "ARRAY<STRUCT<col: BIGINT>>"),
            ("{\"b\": 1, \"a\": null}", "STRUCT<a: STRING, b: BIGINT>"),
            ("[1, 1.5]", "ARRAY<DOUBLE>"),
            ("[1, \"x\"]", "ARRAY<STRING>"),
            ("[{\"a\": 1}, {\"b\": true}]", "ARRAY<STRUCT<a: BIGINT, b: BOOLEAN>>"),
            ("[]", "ARRAY<STRING>"),
        ] {
            assert_eq!(sql_name(&whole(type_of(&serde_json::from_str(text).unwrap()))), wanted, "{text}");
        }
    }
}
