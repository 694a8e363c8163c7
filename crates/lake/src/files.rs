//! Listed files of a columnar or line format as a table: one place that knows DataFusion's listing.

use crate::spark_types::engine;
use crate::{Location, ReadRequest};
use arrow_schema::{Schema, SchemaRef};
use brickyard_error::{Failure, Result, codes};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::file_format::{FileFormat, parquet::ParquetFormat};
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::SessionContext;
use std::path::Path;
use std::sync::Arc;

pub(crate) async fn read_parquet(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    let format = Arc::new(ParquetFormat::default().with_force_view_types(false));
    listing(context, request, format, request.schema.clone()).await
}

/// A frame over every data file at the request's locations; `schema` is that of the files, inferred when absent.
pub(crate) async fn listing(
    context: &SessionContext,
    request: &ReadRequest,
    format: Arc<dyn FileFormat>,
    schema: Option<SchemaRef>,
) -> Result<DataFrame> {
    let state = context.state();
    let options = ListingOptions::new(format).with_file_extension("");
    let urls = table_urls(&request.locations()?)?;
    let schema = match schema {
        Some(schema) => schema,
        None => {
            let first = urls.first().ok_or_else(|| nothing_to_infer(request))?;
            let inferred = options.infer_schema(&state, first).await.map_err(engine)?;
            Arc::new(Schema::new(inferred.fields().clone()))
        }
    };
    if schema.fields().is_empty() {
        return Err(nothing_to_infer(request));
    }
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
    let table = ListingTable::try_new(config).map_err(engine)?;
    context.read_table(Arc::new(table)).map_err(engine)
}

/// Each location as one URL or, for folders, one a file: DataFusion would also read Spark's `_SUCCESS` and `.crc` files.
fn table_urls(locations: &[Location]) -> Result<Vec<ListingTableUrl>> {
    let mut urls = Vec::new();
    for location in locations {
        if location.is_glob() {
            urls.push(ListingTableUrl::parse(location.url()?).map_err(engine)?);
            continue;
        }
        for file in location.files()? {
            urls.push(file_url(&file)?);
        }
    }
    Ok(urls)
}

pub(crate) fn file_url(file: &Path) -> Result<ListingTableUrl> {
    let url = url::Url::from_file_path(file)
        .map_err(|()| Failure::internal(format!("{} is not absolute", file.display())))?;
    ListingTableUrl::try_new(url, None).map_err(engine)
}

pub(crate) fn nothing_to_infer(request: &ReadRequest) -> Failure {
    use brickyard_error::{Condition, SparkException};
    let format = request.format.to_uppercase();
    let text =
        format!("unable to infer schema for {format}; it must be specified manually, with .schema(\"a int, …\")");
    let condition = Condition::new("UNABLE_TO_INFER_SCHEMA", "42KD9", SparkException::Analysis).with("format", format);
    Failure::new(&codes::data::SCHEMA_NOT_INFERRED, text).with_condition(condition)
}
