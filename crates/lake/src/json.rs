//! JSON lines as Spark reads them: columns in alphabetical order, whole numbers as `bigint`.

use crate::spark_types::engine;
use crate::{ReadRequest, files};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use brickyard_error::{Failure, Result};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::logical_expr::ident;
use datafusion::prelude::SessionContext;
use std::sync::Arc;

pub(crate) async fn read(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    if request.flag("multiLine")? {
        return Err(Failure::unsupported("JSON with multiLine; write one object a line"));
    }
    let format: Arc<dyn FileFormat> = Arc::new(JsonFormat::default().with_schema_infer_max_rec(usize::MAX));
    let frame = files::listing(context, request, format.clone(), request.schema.clone()).await?;
    if request.schema.is_some() {
        return Ok(frame);
    }
    let inferred: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let sorted = Schema::new(sorted_by_name(inferred.fields()));
    let columns: Vec<_> = sorted.fields().iter().map(|field| ident(field.name())).collect();
    let frame = files::listing(context, request, format, Some(Arc::new(sorted))).await?;
    frame.select(columns).map_err(engine)
}

fn sorted_by_name(fields: &Fields) -> Fields {
    let mut sorted: Vec<Arc<Field>> = fields.iter().map(|field| Arc::new(sorted_field(field))).collect();
    sorted.sort_by(|a, b| a.name().cmp(b.name()));
    sorted.into()
}

fn sorted_field(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(sorted_by_name(fields)),
        DataType::List(item) => DataType::List(Arc::new(sorted_field(item))),
        // A column that is null in every row is text in Spark.
        DataType::Null => DataType::Utf8,
        other => other.clone(),
    };
    field.clone().with_data_type(data_type).with_nullable(true)
}
