//! An Arrow schema in Spark's JSON, which Parquet footers carry: without it Spark cannot read vectors and matrices.

use arrow_schema::{DataType, Field, Fields, Schema};
use brickyard_error::{Failure, Result};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type};
use serde_json::{Value as Json, json};

/// Spark's JSON of a schema whose vectors and matrices are told by their shape.
pub fn spark_schema(schema: &Schema) -> Result<Json> {
    fields_json(schema.fields())
}

fn fields_json(fields: &Fields) -> Result<Json> {
    let field = |field: &Field| {
        let data_type = type_json(field.data_type())?;
        Ok(json!({"name": field.name(), "type": data_type, "nullable": field.is_nullable(), "metadata": {}}))
    };
    let fields = fields.iter().map(|one| field(one)).collect::<Result<Vec<Json>>>()?;
    Ok(json!({"type": "struct", "fields": fields}))
}

fn type_json(data_type: &DataType) -> Result<Json> {
    Ok(match data_type {
        DataType::Struct(fields) if is_vector_type(data_type) => user_defined("Vector", fields)?,
        DataType::Struct(fields) if is_matrix_type(data_type) => user_defined("Matrix", fields)?,
        DataType::Struct(fields) => fields_json(fields)?,
        DataType::List(element) => json!({
            "type": "array",
            "elementType": type_json(element.data_type())?,
            "containsNull": element.is_nullable(),
        }),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(entry) if entry.len() == 2 => json!({
                "type": "map",
                "keyType": type_json(entry[0].data_type())?,
                "valueType": type_json(entry[1].data_type())?,
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

fn user_defined(name: &str, fields: &Fields) -> Result<Json> {
    Ok(json!({
        "type": "udt",
        "class": format!("org.apache.spark.ml.linalg.{name}UDT"),
        "pyClass": format!("pyspark.ml.linalg.{name}UDT"),
        "sqlType": fields_json(fields)?,
    }))
}

fn no_name(data_type: &DataType) -> Failure {
    Failure::internal(format!("a saved table has a column of {data_type}, which Spark's models do not have"))
}
