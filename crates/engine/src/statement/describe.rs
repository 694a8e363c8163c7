//! `DESCRIBE …`

use super::maintain::{maps, rows_of};
use super::{frame_of, schema_name, strings};
use crate::types::simple_string;
use crate::{Frame, Session, failures};
use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use brickyard_lake::HistoryEntry;
use brickyard_spec::{DescribeTarget, ObjectName, Relation};
use serde_json::Value as Json;
use std::collections::BTreeMap;
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
    let text = |value: &dyn Fn(&HistoryEntry) -> Option<String>| -> ArrayRef {
        Arc::new(commits.iter().map(value).collect::<StringArray>())
    };
    let long = |value: &dyn Fn(&HistoryEntry) -> Option<u64>| -> ArrayRef {
        Arc::new(commits.iter().map(|commit| value(commit).map(|value| value as i64)).collect::<Int64Array>())
    };
    let times: Vec<Option<i64>> = commits.iter().map(|commit| commit.timestamp_ms.map(|ms| ms * 1000)).collect();
    let parameters: Vec<_> = commits.iter().map(|commit| Some(as_text(&commit.parameters))).collect();
    let metrics: Vec<_> = commits.iter().map(|commit| Some(as_text(&commit.metrics))).collect();
    let blind: BooleanArray = commits.iter().map(|commit| commit.is_blind_append).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("version", long(&|commit| Some(commit.version))),
        ("timestamp", Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))),
        ("userId", text(&|_| None)),
        ("userName", text(&|commit| commit.user.clone())),
        ("operation", text(&|commit| commit.operation.clone())),
        ("operationParameters", maps(&parameters)?),
        ("readVersion", long(&|commit| commit.read_version)),
        ("isolationLevel", text(&|commit| commit.isolation_level.clone())),
        ("isBlindAppend", Arc::new(blind)),
        ("operationMetrics", maps(&metrics)?),
        ("userMetadata", text(&|commit| commit.user_metadata.clone())),
        ("engineInfo", text(&|commit| commit.engine.clone())),
    ];
    rows_of(session, columns)
}

/// The values as text: strings as they are.
fn as_text(values: &serde_json::Map<String, Json>) -> BTreeMap<String, String> {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    values.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}
