//! Logging metrics, params and tags to a run: all of a batch or nothing.

use super::runs::{NAME_TAG, SET_TAG};
use super::{MetricRow, Pair, Runs, active_run, json_list, refused, set_pairs};
use crate::store::Step;
use brickyard_error::Result;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;

/// Rows of one INSERT; far below SQLite's limit of 32766 bound values.
const ROWS_PER_INSERT: usize = 500;

#[derive(Debug, Clone, PartialEq)]
pub struct MetricEntry {
    pub metric: MetricRow,
    /// The logged model that was measured, if it was one.
    pub model_id: Option<String>,
    pub dataset_name: Option<String>,
    pub dataset_digest: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    pub metrics: Vec<MetricEntry>,
    pub params: Vec<Pair>,
    pub tags: Vec<Pair>,
}

/// A value as it is stored: finite, and whether it was NaN.
fn stored(value: f64) -> (f64, bool) {
    match value.is_nan() {
        true => (0.0, true),
        false => (value.clamp(f64::MIN, f64::MAX), false),
    }
}

impl Runs {
    /// Logs the batch to an active run. The latest value of a metric is the one with the greatest step, then time, then
    /// value; a value logged twice is kept once.
    ///
    /// # Errors
    /// [`brickyard_error::codes::tracking::INVALID`] when a param exists with another value; then nothing is logged.
    pub async fn log(&self, run_id: &str, batch: Batch) -> Result<()> {
        let run_id = run_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_run(connection, &run_id).await?;
                    log_params(connection, &run_id, batch.params).await?;
                    for entries in batch.metrics.chunks(ROWS_PER_INSERT) {
                        log_metrics(connection, &run_id, entries).await?;
                    }
                    log_model_metrics(connection, &run_id, &batch.metrics).await?;
                    if let Some(name) = batch.tags.iter().rfind(|tag| tag.key == NAME_TAG) {
                        sqlx::query("UPDATE runs SET name = ? WHERE run_id = ?")
                            .bind(name.value.clone())
                            .bind(run_id.clone())
                            .execute(&mut *connection)
                            .await?;
                    }
                    set_pairs(connection, SET_TAG, run_id, batch.tags).await
                })
            })
            .await
    }
}

async fn log_params(connection: &mut SqliteConnection, run_id: &str, params: Vec<Pair>) -> Step<()> {
    if params.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = params.iter().map(|param| param.key.as_str()).collect();
    let existing: Vec<Pair> = sqlx::query_as(
        "SELECT key, value FROM run_params WHERE run_id = ? AND key IN (SELECT value FROM json_each(?))",
    )
    .bind(run_id.to_owned())
    .bind(json_list(&keys))
    .fetch_all(&mut *connection)
    .await?;
    let existing: HashMap<String, String> = existing.into_iter().map(|pair| (pair.key, pair.value)).collect();
    for Pair { key, value } in params {
        match existing.get(&key) {
            Some(old) if *old != value => {
                return Err(refused(format!(
                    "changing param values is not allowed. param with key='{key}' was already logged with \
                     value='{old}' for run ID='{run_id}'. attempted logging new value '{value}'"
                ))
                .into());
            }
            Some(_) => {}
            None => {
                sqlx::query("INSERT INTO run_params (run_id, key, value) VALUES (?, ?, ?)")
                    .bind(run_id.to_owned())
                    .bind(key)
                    .bind(value)
                    .execute(&mut *connection)
                    .await?;
            }
        }
    }
    Ok(())
}

async fn log_metrics(connection: &mut SqliteConnection, run_id: &str, entries: &[MetricEntry]) -> Step<()> {
    let mut history = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO metrics ");
    push_rows(&mut history, run_id, entries);
    history.build().execute(&mut *connection).await?;

    let mut latest = QueryBuilder::<Sqlite>::new("INSERT INTO latest_metrics ");
    push_rows(&mut latest, run_id, entries);
    latest.push(
        " ON CONFLICT (run_id, key) DO UPDATE SET step = excluded.step, timestamp_ms = excluded.timestamp_ms,
          value = excluded.value, is_nan = excluded.is_nan
          WHERE (excluded.step, excluded.timestamp_ms, excluded.value) > (step, timestamp_ms, value)",
    );
    latest.build().execute(connection).await?;
    Ok(())
}

fn push_rows(query: &mut QueryBuilder<Sqlite>, run_id: &str, entries: &[MetricEntry]) {
    query.push("(run_id, key, timestamp_ms, step, value, is_nan) ");
    query.push_values(entries, |mut row, entry| {
        let (value, is_nan) = stored(entry.metric.value);
        row.push_bind(run_id.to_owned())
            .push_bind(entry.metric.key.clone())
            .push_bind(entry.metric.timestamp_ms)
            .push_bind(entry.metric.step)
            .push_bind(value)
            .push_bind(is_nan);
    });
}

async fn log_model_metrics(connection: &mut SqliteConnection, run_id: &str, entries: &[MetricEntry]) -> Step<()> {
    for entry in entries {
        let Some(model_id) = entry.model_id.clone() else { continue };
        let (value, is_nan) = stored(entry.metric.value);
        // The model may be unknown here (logged to another server); the run keeps its metric all the same.
        sqlx::query(
            "INSERT INTO logged_model_metrics
             (model_id, key, timestamp_ms, step, run_id, value, is_nan, dataset_name, dataset_digest)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM logged_models WHERE model_id = ?1)
             ON CONFLICT DO NOTHING",
        )
        .bind(model_id)
        .bind(entry.metric.key.clone())
        .bind(entry.metric.timestamp_ms)
        .bind(entry.metric.step)
        .bind(run_id.to_owned())
        .bind(value)
        .bind(is_nan)
        .bind(entry.dataset_name.clone())
        .bind(entry.dataset_digest.clone())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
