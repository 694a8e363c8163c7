//! Tables of saved operators as Parquet files: Spark's physical form out, any writer's in.

use crate::spark_schema::spark_schema;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type, matrix_type, vector_type};
use brickyard_ml::persist::SPARK_VERSION;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

/// One Parquet file of the rows: Snappy, lists of `element`, and Spark's schema in the footer.
pub fn encode(rows: &RecordBatch) -> Result<Bytes> {
    let wrong = |error| Failure::internal("writing a table of a saved model").because(error);
    let footer = vec![
        KeyValue::new("org.apache.spark.version".to_owned(), SPARK_VERSION.to_owned()),
        KeyValue::new(
            "org.apache.spark.sql.parquet.row.metadata".to_owned(),
            spark_schema(rows.schema_ref())?.to_string(),
        ),
    ];
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_coerce_types(true)
        .set_key_value_metadata(Some(footer));
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        .with_skip_arrow_metadata(true)
        .with_schema_root("spark_schema".to_owned());
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut file, rows.schema(), options).map_err(wrong)?;
    writer.write(rows).and_then(|()| writer.close()).map_err(wrong)?;
    Ok(file.into())
}

/// The rows of all parts of a folder, in order, with the types this crate's readers know; `None` without any part.
pub fn decode(folder: &str, parts: Vec<(String, Bytes)>) -> Result<Option<RecordBatch>> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    for (name, part) in parts {
        for batch in decode_part(&format!("{folder}/{name}"), part)? {
            let schema = batches.first().map_or_else(|| canonical_schema(batch.schema_ref()), RecordBatch::schema);
            batches.push(
                cast_to(&batch, schema).map_err(|failure| damaged(&format!("{folder}/{name}")).because(failure))?,
            );
        }
    }
    let Some(first) = batches.first() else { return Ok(None) };
    concat_batches(first.schema_ref(), &batches).map(Some).map_err(|error| damaged(folder).because(error))
}

/// The batches of a part; one without rows if it is empty, so that its schema is not lost.
fn decode_part(path: &str, part: Bytes) -> Result<Vec<RecordBatch>> {
    let wrong = |error| damaged(path).because(error);
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(part, options).map_err(wrong)?;
    let empty = RecordBatch::new_empty(builder.schema().clone());
    let reader = builder.build().map_err(wrong)?;
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| damaged(path).because(error))?;
    Ok(if batches.is_empty() { vec![empty] } else { batches })
}

fn canonical_schema(schema: &Schema) -> Arc<Schema> {
    Arc::new(Schema::new(schema.fields().iter().map(|field| canonical_field(field)).collect::<Vec<_>>()))
}

fn canonical_field(field: &Field) -> Field {
    Field::new(field.name(), canonical(field.data_type()), field.is_nullable())
}

/// Writers differ in the names of list elements, in nullability and in the width of strings and lists.
fn canonical(data_type: &DataType) -> DataType {
    match data_type {
        _ if is_vector_type(data_type) => vector_type(),
        _ if is_matrix_type(data_type) => matrix_type(),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::List(element) | DataType::LargeList(element) => {
            DataType::List(Arc::new(canonical_field(element).with_name(Field::LIST_FIELD_DEFAULT_NAME)))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| canonical_field(field)).collect()),
        other => other.clone(),
    }
}

/// The batch's columns by name, as the schema has them.
fn cast_to(batch: &RecordBatch, schema: Arc<Schema>) -> Result<RecordBatch> {
    let column = |field: &Arc<Field>| -> Result<ArrayRef> {
        let column = batch
            .column_by_name(field.name())
            .ok_or_else(|| Failure::internal(format!("a part lacks the column {}", field.name())))?;
        arrow_cast::cast(column, field.data_type()).map_err(|error| Failure::internal("casting a part").because(error))
    };
    let columns = schema.fields().iter().map(column).collect::<Result<_>>()?;
    let nullable: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(nullable)), columns)
        .map_err(|error| Failure::internal("reading a part").because(error))
}

fn damaged(path: &str) -> Failure {
    Failure::new(&codes::ml::MODEL_FILES, format!("the saved model's file {path} is not readable Parquet"))
}
