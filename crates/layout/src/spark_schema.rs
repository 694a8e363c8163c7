//! An Arrow schema in Spark's JSON, which Parquet footers carry: without it Spark cannot read vectors and matrices.

use arrow_schema::{DataType, Field, Fields, Schema};
use brickyard_error::{Failure, Result};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type};
use brickyard_ml::persist::PACKAGE_KEY;
use serde_json::{Value as Json, json};

/// The package of vectors and matrices whose field names no other one.
const PACKAGE: &str = "org.apache.spark.ml.linalg";

/// Spark's JSON of a schema whose vectors and matrices are told by their shape.
pub fn spark_schema(schema: &Schema) -> Result<Json> {
    fields_json(schema.fields(), PACKAGE)
}

fn fields_json(fields: &Fields, package: &str) -> Result<Json> {
    let field = |field: &Field| {
        let package = field.metadata().get(PACKAGE_KEY).map_or(package, String::as_str);
        let data_type = type_json(field.data_type(), package)?;
        Ok(json!({"name": field.name(), "type": data_type, "nullable": field.is_nullable(), "metadata": {}}))
    };
    let fields = fields.iter().map(|one| field(one)).collect::<Result<Vec<Json>>>()?;
    Ok(json!({"type": "struct", "fields": fields}))
}

fn type_json(data_type: &DataType, package: &str) -> Result<Json> {
    Ok(match data_type {
        DataType::Struct(fields) if is_vector_type(data_type) => user_defined("Vector", fields, package)?,
        DataType::Struct(fields) if is_matrix_type(data_type) => user_defined("Matrix", fields, package)?,
        DataType::Struct(fields) => fields_json(fields, package)?,
        DataType::List(element) => json!({
            "type": "array",
            "elementType": type_json(element.data_type(), package)?,
            "containsNull": element.is_nullable(),
        }),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(entry) if entry.len() == 2 => json!({
                "type": "map",
                "keyType": type_json(entry[0].data_type(), package)?,
                "valueType": type_json(entry[1].data_type(), package)?,
                "valueContainsNull": entry[1].is_nullable(),
            }),
            _ => return Err(no_name(data_type)),
        },
        DataType::Boolean => json!("boolean"),
        DataType::Int8 => json!("byte"),
        DataType::Int16 => json!("short"),
        DataType::Int32 => json!("integer"),
        DataType::Int64 => json!("long"),
        DataType::Float32 => json!("float"),
        DataType::Float64 => json!("double"),
        DataType::Utf8 => json!("string"),
        _ => return Err(no_name(data_type)),
    })
}

fn user_defined(name: &str, fields: &Fields, package: &str) -> Result<Json> {
    Ok(json!({
        "type": "udt",
        "class": format!("{package}.{name}UDT"),
        "pyClass": format!("{}.{name}UDT", package.replace("org.apache.spark", "pyspark")),
        "sqlType": fields_json(fields, package)?,
    }))
}

fn no_name(data_type: &DataType) -> Failure {
    Failure::internal(format!("a saved table has a column of {data_type}, which Spark's models do not have"))
}
