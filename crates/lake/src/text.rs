//! Text files: one row a line, in one column `value`.

use crate::ReadRequest;
use crate::paths::unreadable;
use crate::spark_types::engine;
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result};
use datafusion::arrow::array::StringArray;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use std::path::Path;
use std::sync::Arc;

pub(crate) async fn read(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    let whole = request.flag("wholetext")?;
    let locations = request.locations()?;
    let mut lines = Vec::new();
    for location in &locations {
        for file in location.files()? {
            let text = tokio::fs::read(&file).await.map_err(|error| unreadable(&file, error))?;
            let text = String::from_utf8(text).map_err(|error| not_utf8(&file).because(error))?;
            if whole {
                lines.push(text);
            } else {
                lines.extend(text.lines().map(ToOwned::to_owned));
            }
        }
    }
    let schema = Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(StringArray::from(lines))]);
    context.read_batch(batch.map_err(|error| engine(error.into()))?).map_err(engine)
}

fn not_utf8(file: &Path) -> Failure {
    Failure::new(&brickyard_error::codes::data::UNREADABLE, format!("{} is not UTF-8 text", file.display()))
}
