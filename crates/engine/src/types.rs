//! Spark's names for types in its three spellings: DDL, JSON and the tree of `printSchema`.

use arrow::datatypes::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use brickyard_functions::types::{list_of, map_fields, map_of};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type, matrix_type, vector_type};
use brickyard_ml::schema::METADATA_KEY;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;

pub use brickyard_functions::types::{parse_ddl, parse_ddl_schema, simple_string, sql_name, timestamp, timestamp_ntz};

/// A DDL string as `spark.read.schema("…")` takes it.
pub fn ddl_parse(text: &str) -> Result<DataType> {
    parse_ddl(text)
}

/// The schema as Spark's JSON object.
pub fn to_json(schema: &Schema) -> Json {
    json!({"type": "struct", "fields": schema.fields().iter().map(|field| field_json(field)).collect::<Vec<_>>()})
}

fn field_json(field: &Field) -> Json {
    let metadata = field.metadata().get(METADATA_KEY).and_then(|text| serde_json::from_str::<Json>(text).ok());
    json!({
        "name": field.name(),
        "type": type_json(field.data_type()),
        "nullable": field.is_nullable(),
        "metadata": metadata.unwrap_or_else(|| json!({})),
    })
}

/// A type as Spark's JSON: a word, or an object for nested types and vectors.
pub fn type_json(data_type: &DataType) -> Json {
    if is_vector_type(data_type) {
        return udt_json("Vector", data_type);
    }
    if is_matrix_type(data_type) {
        return udt_json("Matrix", data_type);
    }
    match data_type {
        DataType::Struct(fields) => to_json(&Schema::new(fields.clone())),
        DataType::List(item) => json!({
            "type": "array",
            "elementType": type_json(item.data_type()),
            "containsNull": item.is_nullable(),
        }),
        DataType::Map(..) => match map_fields(data_type) {
            Some((key, value)) => json!({
                "type": "map",
                "keyType": type_json(key.data_type()),
                "valueType": type_json(value.data_type()),
                "valueContainsNull": value.is_nullable(),
            }),
            None => json!("map"),
        },
        other => json!(json_name(other)),
    }
}

fn udt_json(kind: &str, data_type: &DataType) -> Json {
    let DataType::Struct(fields) = data_type else { return Json::Null };
    json!({
        "type": "udt",
        "class": format!("org.apache.spark.ml.linalg.{kind}UDT"),
        "pyClass": format!("pyspark.ml.linalg.{kind}UDT"),
        "sqlType": to_json(&Schema::new(fields.clone())),
    })
}

/// `integer` for int, `long` for bigint, …
fn json_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Int8 => "byte".to_owned(),
        DataType::Int16 => "short".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "long".to_owned(),
        other => simple_string(other),
    }
}

/// A schema from Spark's JSON object.
pub fn from_json(text: &str) -> Result<Schema> {
    let json: Json = serde_json::from_str(text).map_err(|error| unreadable(text).because(error))?;
    match type_from_json(&json)? {
        DataType::Struct(fields) => Ok(Schema::new(fields)),
        other => Ok(Schema::new(vec![Field::new("value", other, true)])),
    }
}

fn unreadable(text: &str) -> Failure {
    Failure::new(&codes::sql::SYNTAX, format!("{text} is no schema in Spark's JSON"))
}

pub fn type_from_json(json: &Json) -> Result<DataType> {
    let wrong = || unreadable(&json.to_string());
    let Json::Object(object) = json else {
        let name = json.as_str().ok_or_else(wrong)?;
        return parse_ddl(name);
    };
    let part = |name: &str| object.get(name).ok_or_else(wrong);
    let flag = |name: &str| object.get(name).and_then(Json::as_bool).unwrap_or(true);
    match object.get("type").and_then(Json::as_str) {
        Some("struct") => {
            let fields = part("fields")?.as_array().ok_or_else(wrong)?;
            let fields = fields.iter().map(field_from_json).collect::<Result<Vec<_>>>()?;
            Ok(DataType::Struct(fields.into()))
        }
        Some("array") => Ok(list_of(type_from_json(part("elementType")?)?, flag("containsNull"))),
        Some("map") => {
            let (key, value) = (type_from_json(part("keyType")?)?, type_from_json(part("valueType")?)?);
            Ok(map_of(key, value, flag("valueContainsNull")))
        }
        Some("udt") => match object.get("class").or(object.get("pyClass")).and_then(Json::as_str) {
            Some(class) if class.ends_with("VectorUDT") => Ok(vector_type()),
            Some(class) if class.ends_with("MatrixUDT") => Ok(matrix_type()),
            _ => type_from_json(part("sqlType")?),
        },
        _ => Err(wrong()),
    }
}

fn field_from_json(json: &Json) -> Result<Field> {
    let wrong = || unreadable(&json.to_string());
    let name = json.get("name").and_then(Json::as_str).ok_or_else(wrong)?;
    let data_type = type_from_json(json.get("type").ok_or_else(wrong)?)?;
    let field = Field::new(name, data_type, json.get("nullable").and_then(Json::as_bool).unwrap_or(true));
    let metadata = json.get("metadata").and_then(Json::as_object).filter(|metadata| !metadata.is_empty());
    Ok(match metadata {
        Some(metadata) => with_metadata(field, metadata),
        None => field,
    })
}

fn with_metadata(field: Field, metadata: &Map<String, Json>) -> Field {
    field.with_metadata(HashMap::from([(METADATA_KEY.to_owned(), Json::Object(metadata.clone()).to_string())]))
}

/// What `printSchema` prints, down to `level` levels where given.
pub fn tree_string(schema: &Schema, level: Option<usize>) -> String {
    let mut text = "root\n".to_owned();
    let most = level.unwrap_or(usize::MAX);
    schema.fields().iter().for_each(|field| tree_field(field, " |", most, &mut text));
    text
}

fn tree_field(field: &Field, prefix: &str, level: usize, text: &mut String) {
    if level == 0 {
        return;
    }
    let kind = tree_name(field.data_type());
    text.push_str(&format!("{prefix}-- {}: {kind} (nullable = {})\n", field.name(), field.is_nullable()));
    tree_below(field.data_type(), &format!("{prefix}    |"), level - 1, text);
}

fn tree_below(data_type: &DataType, prefix: &str, level: usize, text: &mut String) {
    if level == 0 || is_vector_type(data_type) || is_matrix_type(data_type) {
        return;
    }
    let mut inner = |name: &str, field: &Arc<Field>, flag: Option<&str>| {
        let kind = tree_name(field.data_type());
        let note = flag.map_or(String::new(), |flag| format!(" ({flag} = {})", field.is_nullable()));
        text.push_str(&format!("{prefix}-- {name}: {kind}{note}\n"));
        tree_below(field.data_type(), &format!("{prefix}    |"), level - 1, text);
    };
    match data_type {
        DataType::Struct(fields) => fields.iter().for_each(|field| tree_field(field, prefix, level, text)),
        DataType::List(item) => inner("element", item, Some("containsNull")),
        DataType::Map(..) => {
            if let Some((key, value)) = map_fields(data_type) {
                inner("key", key, None);
                inner("value", value, Some("valueContainsNull"));
            }
        }
        _ => {}
    }
}

fn tree_name(data_type: &DataType) -> String {
    match data_type {
        _ if is_vector_type(data_type) || is_matrix_type(data_type) => simple_string(data_type),
        DataType::Struct(_) => "struct".to_owned(),
        DataType::List(_) => "array".to_owned(),
        DataType::Map(..) => "map".to_owned(),
        other => json_name(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_go_to_json_and_back() {
        let ddl = "a INT NOT NULL, b ARRAY<DECIMAL(10,2)>, c MAP<STRING, DATE>, d STRUCT<e: BIGINT>, v VECTOR";
        let schema = parse_ddl_schema(ddl).unwrap();
        assert_eq!(from_json(&to_json(&schema).to_string()).unwrap(), schema);
        let vector = &to_json(&schema)["fields"][4]["type"];
        assert_eq!(vector["class"], "org.apache.spark.ml.linalg.VectorUDT");
    }

    #[test]
    fn trees_are_printed() {
        let schema = parse_ddl_schema("id BIGINT NOT NULL, xs ARRAY<STRUCT<a: STRING>>, v VECTOR").unwrap();
        let wanted = "root\n |-- id: long (nullable = false)\n |-- xs: array (nullable = true)\n |    |-- element: struct \
                      (containsNull = true)\n |    |    |-- a: string (nullable = true)\n |-- v: vector (nullable = true)\n";
        assert_eq!(tree_string(&schema, None), wanted);
    }
}
