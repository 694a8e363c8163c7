//! CSV as Spark reads it: text is parsed to the columns' types by Spark's rules, rows of another form are kept, dropped or
//! refused, and inference looks at every row and narrows to `int`, `bigint`, `double`, `date`, `timestamp`, `boolean` or
//! `string`.

mod column;
mod dialect;
mod fields;
mod infer;
mod remembered;
mod share;
mod table;

use crate::spark_types::engine;
use crate::{ReadRequest, files};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use brickyard_error::Result;
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use dialect::Dialect;
use share::Share;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) async fn read(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    let dialect = Arc::new(Dialect::new(request)?);
    let mut files: Vec<PathBuf> = Vec::new();
    for location in request.locations()? {
        files.extend(location.files()?);
    }
    let schema = match &request.schema {
        Some(schema) => schema.clone(),
        None => schema_of(context, request, &dialect, &files).await?,
    };
    schema.fields().iter().try_for_each(|field| column::must_be_flat(field.name(), field.data_type()))?;
    context.read_table(Arc::new(table::CsvTable { files, dialect, schema })).map_err(engine)
}

async fn schema_of(
    context: &SessionContext,
    request: &ReadRequest,
    dialect: &Arc<Dialect>,
    files: &[PathBuf],
) -> Result<SchemaRef> {
    let names = column_names(dialect, files)?.ok_or_else(|| files::nothing_to_infer(request))?;
    if !request.flag("inferSchema")? {
        let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
        return Ok(Arc::new(Schema::new(fields)));
    }
    let read = remembered::Read::of(dialect, files)?;
    if let Some(schema) = read.schema() {
        return Ok(schema);
    }
    let partitions = context.state().config().target_partitions();
    let schema = infer::infer(&names, dialect, Share::deal(files, dialect, partitions)?).await?;
    read.remember(schema.clone());
    Ok(schema)
}

/// Names from the first row that there is: the header, else `_c0`, `_c1`, ….
fn column_names(dialect: &Dialect, files: &[PathBuf]) -> Result<Option<Vec<String>>> {
    for path in files {
        let mut lines = Share::whole(path.clone()).open_with_header(dialect)?;
        let first = lines.next().map_err(|error| crate::paths::unreadable(path, error))?;
        let Some(first) = first else { continue };
        let mut fields = fields::Fields::new(dialect);
        let line = fields.split(first);
        let name = |index: usize| match line.get(index) {
            Some(name) if dialect.has_header && !dialect.is_null(name) => name.to_owned(),
            _ => format!("_c{index}"),
        };
        return Ok(Some(distinct((0..line.len()).map(name).collect())));
    }
    Ok(None)
}

/// A name that comes twice gets its position appended, as in Spark.
fn distinct(names: Vec<String>) -> Vec<String> {
    let repeated = |name: &String| names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() > 1;
    let rename = |(index, name): (usize, &String)| if repeated(name) { format!("{name}{index}") } else { name.clone() };
    names.iter().enumerate().map(rename).collect()
}
