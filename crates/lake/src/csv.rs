//! CSV as Spark reads it: fields are text first, then cast by Spark's rules; inference looks at every row and narrows to
//! `int`, `bigint`, `double`, `date`, `timestamp`, `boolean` or `string`.

mod field;
mod infer;

use crate::spark_types::engine;
use crate::{ReadRequest, files};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use brickyard_error::{Failure, Result, codes};
use datafusion::common::parsers::CompressionTypeVariant;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::logical_expr::{Expr, ScalarUDF, ident};
use datafusion::prelude::SessionContext;
use field::{CsvField, OnMalformed};
use futures::TryStreamExt;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) async fn read(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    let names: Vec<String> = match &request.schema {
        Some(schema) => schema.fields().iter().map(|field| field.name().clone()).collect(),
        None => column_names(context, request).await?,
    };
    let fields = names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>();
    let first = data_files(request)?.into_iter().next();
    let format = Arc::new(format(request, compression(first.as_ref()))?);
    let text = files::listing(context, request, format, Some(Arc::new(Schema::new(fields)))).await?;
    let null = request.option("nullValue").unwrap_or_default().to_owned();
    let schema = match &request.schema {
        Some(schema) => schema.clone(),
        None if request.flag("inferSchema")? => infer::infer(text.clone(), &null).await?,
        None => text_schema(&names),
    };
    cast(text, &schema, &null, on_malformed(request)?)
}

fn on_malformed(request: &ReadRequest) -> Result<OnMalformed> {
    match request.option("mode").map(str::to_uppercase).as_deref() {
        None | Some("PERMISSIVE") => Ok(OnMalformed::Null),
        Some("FAILFAST") => Ok(OnMalformed::Fail),
        Some("DROPMALFORMED") => Err(Failure::unsupported("CSV mode DROPMALFORMED; read PERMISSIVE and drop nulls")),
        Some(other) => Err(Failure::new(
            &codes::data::OPTION_INVALID,
            format!("option mode is {other}; it is PERMISSIVE, DROPMALFORMED or FAILFAST"),
        )),
    }
}

/// Every column through `csv_field(text) → its type`.
fn cast(text: DataFrame, schema: &SchemaRef, null: &str, on_malformed: OnMalformed) -> Result<DataFrame> {
    let column = |field: &Arc<Field>| -> Result<Expr> {
        let function = CsvField::new(field.name(), field.data_type(), null, on_malformed)?;
        Ok(ScalarUDF::from(function).call(vec![ident(field.name())]).alias(field.name()))
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    text.select(columns).map_err(engine)
}

fn text_schema(names: &[String]) -> SchemaRef {
    let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    Arc::new(Schema::new(fields))
}

fn format(request: &ReadRequest, compression: FileCompressionType) -> Result<CsvFormat> {
    let comment = request.option("comment").filter(|text| text.len() == 1).map(|text| text.as_bytes()[0]);
    Ok(CsvFormat::default()
        .with_has_header(request.flag("header")?)
        .with_delimiter(request.character(&["sep", "delimiter"], b',')?)
        .with_quote(request.character(&["quote"], b'"')?)
        .with_escape(Some(request.character(&["escape"], b'\\')?).filter(|escape| *escape != b'"'))
        .with_comment(comment)
        .with_newlines_in_values(request.flag("multiLine")?)
        .with_truncated_rows(true)
        .with_file_compression_type(compression))
}

fn compression(file: Option<&PathBuf>) -> FileCompressionType {
    let extension = file.and_then(|file| file.extension()).map(|extension| extension.to_string_lossy().to_lowercase());
    FileCompressionType::from(match extension.as_deref() {
        Some("gz") => CompressionTypeVariant::GZIP,
        Some("bz2") => CompressionTypeVariant::BZIP2,
        Some("zst") => CompressionTypeVariant::ZSTD,
        Some("xz") => CompressionTypeVariant::XZ,
        _ => CompressionTypeVariant::UNCOMPRESSED,
    })
}

fn data_files(request: &ReadRequest) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for location in request.locations()? {
        if !location.is_glob() {
            files.extend(location.files()?);
        }
    }
    Ok(files)
}

/// Names from the first row that there is: the header, else `_c0`, `_c1`, ….
async fn column_names(context: &SessionContext, request: &ReadRequest) -> Result<Vec<String>> {
    let mut candidates = Vec::new();
    for location in request.locations()? {
        if location.is_glob() {
            let url = ListingTableUrl::parse(location.url()?).map_err(engine)?;
            candidates.extend(listed(context, &url).await?);
        } else {
            for file in location.files()? {
                candidates.extend(listed(context, &files::file_url(&file)?).await?);
            }
        }
    }
    let Some((url, first)) = candidates.into_iter().find(|(_, object)| object.size > 0) else {
        return Err(files::nothing_to_infer(request));
    };
    let state = context.state();
    let store = state.runtime_env().object_store(&url).map_err(engine)?;
    let path = PathBuf::from(first.location.to_string());
    let format = format(request, compression(Some(&path)))?.with_schema_infer_max_rec(1);
    let schema = format.infer_schema(&state, &store, &[first]).await.map_err(engine)?;
    let header = request.flag("header")?;
    let named = schema.fields().iter().enumerate().map(|(index, field)| match (header, field.name().trim()) {
        (true, name) if !name.is_empty() => name.to_owned(),
        _ => format!("_c{index}"),
    });
    Ok(distinct(named.collect()))
}

async fn listed(
    context: &SessionContext,
    url: &ListingTableUrl,
) -> Result<Vec<(ListingTableUrl, datafusion::object_store::ObjectMeta)>> {
    let state = context.state();
    let store = state.runtime_env().object_store(url).map_err(engine)?;
    let objects = url.list_all_files(&state, store.as_ref(), "").await.map_err(engine)?;
    let mut objects: Vec<_> = objects.try_collect().await.map_err(engine)?;
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(objects.into_iter().map(|object| (url.clone(), object)).collect())
}

/// A name that comes twice gets its position appended, as in Spark.
fn distinct(names: Vec<String>) -> Vec<String> {
    let repeated = |name: &String| names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() > 1;
    let rename = |(index, name): (usize, &String)| if repeated(name) { format!("{name}{index}") } else { name.clone() };
    names.iter().enumerate().map(rename).collect()
}
