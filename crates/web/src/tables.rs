//! The catalog as the page browses it: every table with its size; columns, first rows and commits of one.

use crate::answer::Answer;
use crate::cells::type_name;
use crate::sql::{Table, first_rows, session};
use crate::{Page, Services};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Extension, Json, Router};
use brickyard_auth::Principal;
use brickyard_engine::SqlOutcome;
use brickyard_lake::{HistoryEntry, TableName, TableSummary};
use serde::Serialize;
use serde_json::Value;

const PREVIEW_ROWS: usize = 100;
const HISTORY_COMMITS: usize = 100;

#[derive(Serialize)]
struct Summary {
    catalog: String,
    schema: String,
    name: String,
    format: &'static str,
    rows: Option<u64>,
    bytes: Option<u64>,
    version: Option<u64>,
    modified_ms: Option<i64>,
}

impl From<TableSummary> for Summary {
    fn from(of: TableSummary) -> Self {
        Self {
            catalog: of.name.catalog,
            schema: of.name.schema,
            name: of.name.name,
            format: "delta",
            rows: of.rows,
            bytes: of.bytes,
            version: of.version,
            modified_ms: of.modified_ms,
        }
    }
}

#[derive(Serialize)]
struct Detail {
    columns: Vec<ColumnDetail>,
    preview: Table,
    history: Vec<Commit>,
}

#[derive(Serialize)]
struct ColumnDetail {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    nullable: bool,
}

#[derive(Serialize)]
struct Commit {
    version: u64,
    timestamp_ms: Option<i64>,
    operation: Option<String>,
    parameters: serde_json::Map<String, Value>,
}

impl From<HistoryEntry> for Commit {
    fn from(of: HistoryEntry) -> Self {
        Self { version: of.version, timestamp_ms: of.timestamp_ms, operation: of.operation, parameters: of.parameters }
    }
}

pub fn routes() -> Router<Page> {
    Router::new().route("/tables", get(tables)).route("/tables/{catalog}/{schema}/{name}", get(table))
}

async fn tables(State(services): State<Services>) -> Answer<Vec<Summary>> {
    let tables = services.engine.lake().tables().await?;
    Ok(Json(tables.into_iter().map(Summary::from).collect()))
}

async fn table(
    State(services): State<Services>,
    principal: Option<Extension<Principal>>,
    Path((catalog, schema, name)): Path<(String, String, String)>,
) -> Answer<Detail> {
    let name = TableName::new(&catalog, &schema, &name);
    let history = services.engine.lake().history(&name, Some(HISTORY_COMMITS)).await?;
    let statement = format!("SELECT * FROM {} LIMIT {PREVIEW_ROWS}", quoted(&name));
    let frame = match session(&services, principal).sql(&statement, Vec::new(), Vec::new()).await? {
        SqlOutcome::Query(frame) | SqlOutcome::Command(frame) => frame,
    };
    let column = |field: &arrow::datatypes::FieldRef| ColumnDetail {
        name: field.name().clone(),
        type_name: type_name(field.data_type()),
        nullable: field.is_nullable(),
    };
    Ok(Json(Detail {
        columns: frame.schema().fields().iter().map(column).collect(),
        preview: first_rows(&frame, PREVIEW_ROWS).await?,
        history: history.into_iter().map(Commit::from).collect(),
    }))
}

fn quoted(name: &TableName) -> String {
    let part = |part: &String| format!("`{}`", part.replace('`', "``"));
    [&name.catalog, &name.schema, &name.name].map(part).join(".")
}
