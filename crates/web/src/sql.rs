//! SQL statements of the page: run with a limit of rows, listed while they run, stopped on request.

use crate::answer::Answer;
use crate::cells::{self, Column};
use crate::statements::Statements;
use crate::{Page, Services};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Extension, Json, Router};
use brickyard_auth::Principal;
use brickyard_engine::{Frame, Session, SqlOutcome};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// All statements that a user runs on the page share a session, and so its views and settings.
const SESSION: &str = "web";
const ROWS_AT_MOST: usize = 100_000;

#[derive(Deserialize)]
struct Request {
    /// Chosen by the page, to stop the statement by.
    id: String,
    statement: String,
    max_rows: usize,
}

#[derive(Serialize)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
}

#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    table: Table,
    row_count: usize,
    /// There are more rows than these.
    truncated: bool,
    elapsed_ms: f64,
}

pub fn routes() -> Router<Page> {
    Router::new().route("/sql", post(run)).route("/sql/{id}/cancel", post(cancel))
}

pub fn session(services: &Services, principal: Option<Extension<Principal>>) -> Arc<Session> {
    let user = principal.map_or_else(Principal::local, |Extension(principal)| principal).name;
    services.engine.session(&user, SESSION)
}

async fn run(
    State(services): State<Services>,
    State(statements): State<Statements>,
    principal: Option<Extension<Principal>>,
    Json(request): Json<Request>,
) -> Answer<Outcome> {
    let started = Instant::now();
    let session = session(&services, principal);
    let entered = statements.enter(&request.id, &request.statement, session.user(), (services.clock)());
    let entry = entered.ok_or_else(|| {
        Failure::new(
            &codes::web::STATEMENT_ID_TAKEN,
            format!("a statement {} runs already; choose another id", request.id),
        )
    })?;
    let limit = request.max_rows.min(ROWS_AT_MOST);
    let (table, truncated) = tokio::select! {
        outcome = answer(&session, &request.statement, limit) => outcome?,
        () = entry.stop.cancelled() => {
            tracing::info!(user = session.user(), "statement cancelled");
            return Err(Failure::new(&codes::web::STATEMENT_CANCELLED, "the statement was cancelled").into());
        }
    };
    Ok(Json(Outcome {
        row_count: table.rows.len(),
        table,
        truncated,
        elapsed_ms: started.elapsed().as_secs_f64() * 1e3,
    }))
}

/// A statement's rows, at most `limit`, and whether there are more.
async fn answer(session: &Arc<Session>, statement: &str, limit: usize) -> Result<(Table, bool)> {
    let frame = match session.sql(statement, Vec::new(), Vec::new()).await? {
        SqlOutcome::Query(frame) | SqlOutcome::Command(frame) => frame,
    };
    let mut table = first_rows(&frame, limit + 1).await?;
    let truncated = table.rows.len() > limit;
    table.rows.truncate(limit);
    Ok((table, truncated))
}

pub async fn first_rows(frame: &Frame, limit: usize) -> Result<Table> {
    let batches = frame.take(limit).await?;
    Ok(Table { columns: cells::columns(&frame.schema()), rows: cells::rows(&batches)? })
}

async fn cancel(State(statements): State<Statements>, Path(id): Path<String>) -> Answer<Value> {
    if statements.stop(&id) {
        return Ok(Json(json!({})));
    }
    let text = format!("no statement {id} is running; it may have ended already");
    Err(Failure::new(&codes::web::STATEMENT_NOT_RUNNING, text).into())
}
