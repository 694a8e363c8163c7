//! `DESCRIBE …`

use super::{frame_of, schema_name, strings};
use crate::types::simple_string;
use crate::{Frame, Session, failures};
use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use brickyard_spec::{DescribeTarget, ObjectName, Relation};
use std::sync::Arc;

pub(super) async fn describe(session: &Arc<Session>, target: DescribeTarget, extended: bool) -> Result<Frame> {
    match target {
        DescribeTarget::Query(relation) => columns(session, &relation, Vec::new()).await,
        DescribeTarget::Table(name) => {
            let relation = Relation::table(name.clone());
            let is_table = session.view(&name).is_none();
            let details = if extended && is_table { details(session, &name).await? } else { Vec::new() };
            columns(session, &relation, details).await
        }
        DescribeTarget::Schema(name) => {
            let (catalog, schema) = schema_name(session, &name)?;
            super::define::use_place(session, None, Some(session.current_schema())).await?;
            if !session.engine().lake().schema_exists(&catalog, &schema).await? {
                return Err(failures::form(format!("the schema {schema} cannot be found")));
            }
            let row = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
            let rows = vec![row("Catalog Name", failures::spark_catalog(&catalog)), row("Namespace Name", &schema)];
            strings(session, &["info_name", "info_value"], rows)
        }
        DescribeTarget::Function(name) => {
            let lower = name.to_lowercase();
            if crate::functions::find(&lower).is_none() {
                let near = crate::functions::nearest(&lower);
                return Err(failures::unresolved_routine(&name, &near, &session.place.read()));
            }
            strings(session, &["function_desc"], vec![vec![format!("Function: {lower}")]])
        }
    }
}

async fn columns(session: &Arc<Session>, relation: &Relation, details: Vec<(String, String)>) -> Result<Frame> {
    let schema = session.frame(relation).await?.schema();
    let mut rows: Vec<(String, String)> =
        schema.fields().iter().map(|field| (field.name().clone(), simple_string(field.data_type()))).collect();
    rows.extend(details);
    let fields = vec![
        Field::new("col_name", DataType::Utf8, false),
        Field::new("data_type", DataType::Utf8, false),
        Field::new("comment", DataType::Utf8, true),
    ];
    let names: StringArray = rows.iter().map(|row| Some(row.0.as_str())).collect();
    let types: StringArray = rows.iter().map(|row| Some(row.1.as_str())).collect();
    let comments: StringArray = rows.iter().map(|_| None::<&str>).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(names), Arc::new(types), Arc::new(comments)];
    frame_of(session, fields, columns, rows.len())
}

async fn details(session: &Arc<Session>, name: &ObjectName) -> Result<Vec<(String, String)>> {
    let table = session.table_name(name)?;
    let version = session.engine().lake().version_of(&table).await?;
    let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(vec![
        row("", ""),
        row("# Detailed Table Information", ""),
        row("Catalog", failures::spark_catalog(&table.catalog)),
        row("Database", &table.schema),
        row("Table", &table.name),
        row("Type", "MANAGED"),
        row("Provider", "delta"),
        row("Version", &version.to_string()),
    ])
}

/// `DESCRIBE HISTORY t`: the commits, newest first.
pub(super) async fn history(session: &Arc<Session>, name: &ObjectName) -> Result<Frame> {
    let table = session.table_name(name)?;
    let commits = session.engine().lake().history(&table, None).await?;
    let fields = vec![
        Field::new("version", DataType::Int64, true),
        Field::new("timestamp", crate::types::timestamp(), true),
        Field::new("operation", DataType::Utf8, true),
        Field::new("operationParameters", DataType::Utf8, true),
    ];
    let versions: Int64Array = commits.iter().map(|commit| Some(commit.version as i64)).collect();
    let times: Vec<Option<i64>> = commits.iter().map(|commit| commit.timestamp_ms.map(|ms| ms * 1000)).collect();
    let operations: StringArray = commits.iter().map(|commit| commit.operation.clone()).collect();
    let parameters: StringArray = commits.iter().map(|commit| serde_json::to_string(&commit.parameters).ok()).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(versions),
        Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")),
        Arc::new(operations),
        Arc::new(parameters),
    ];
    frame_of(session, fields, columns, commits.len())
}
