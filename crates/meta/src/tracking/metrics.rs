//! Metrics as logged: histories, and the latest value of each key.

use super::{Runs, json_list};
use crate::filter::{Page, Paged};
use crate::store::Step;
use brickyard_error::Result;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    pub key: String,
    /// NaN as logged; infinities as the largest and smallest finite number.
    pub value: f64,
    pub timestamp_ms: i64,
    pub step: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RunMetricRow {
    pub run_id: String,
    pub metric: MetricRow,
}

/// Which part of a metric's history to sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// First and last step, both included; None: all.
    pub steps: Option<(i64, i64)>,
    /// Rows of a run at most; the first and the last are always among them.
    pub max_rows: i64,
}

impl FromRow<'_, SqliteRow> for MetricRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let is_nan: bool = row.try_get("is_nan")?;
        let value = if is_nan { f64::NAN } else { row.try_get("value")? };
        Ok(MetricRow {
            key: row.try_get("key")?,
            value,
            timestamp_ms: row.try_get("timestamp_ms")?,
            step: row.try_get("step")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for RunMetricRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(RunMetricRow { run_id: row.try_get("run_id")?, metric: MetricRow::from_row(row)? })
    }
}

impl Runs {
    /// All values of a key in the order of time; empty when the run logged none.
    pub async fn metric_history(&self, run_id: &str, key: &str, page: Page) -> Result<Paged<MetricRow>> {
        let (run_id, key) = (run_id.to_owned(), key.to_owned());
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let mut query =
                        sqlx::QueryBuilder::new("SELECT key, value, timestamp_ms, step, is_nan FROM metrics");
                    query.push(" WHERE run_id = ").push_bind(run_id).push(" AND key = ").push_bind(key);
                    query.push(" ORDER BY timestamp_ms, step, value");
                    page.push(&mut query);
                    Ok(page.cut(query.build_query_as().fetch_all(connection).await?))
                })
            })
            .await
    }

    /// The histories of a key in several runs, by run id and time, at most `max_rows` in all.
    pub async fn metric_histories(&self, run_ids: Vec<String>, key: &str, max_rows: i64) -> Result<Vec<RunMetricRow>> {
        let key = key.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query_as(
                        "SELECT run_id, key, value, timestamp_ms, step, is_nan FROM metrics
                         WHERE run_id IN (SELECT value FROM json_each(?)) AND key = ?
                         ORDER BY run_id, timestamp_ms, step, value LIMIT ?",
                    )
                    .bind(json_list(&run_ids))
                    .bind(key)
                    .bind(max_rows)
                    .fetch_all(connection)
                    .await?;
                    Ok(rows)
                })
            })
            .await
    }

    /// Evenly spaced values of a key, run by run in the order given, by step.
    pub async fn metric_samples(
        &self,
        run_ids: Vec<String>,
        key: &str,
        interval: Interval,
    ) -> Result<Vec<RunMetricRow>> {
        let key = key.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let mut samples = Vec::new();
                    for run_id in run_ids {
                        samples.extend(sample(connection, run_id, &key, interval).await?);
                    }
                    Ok(samples)
                })
            })
            .await
    }
}

/// Row `i` of `n` is kept when `i * (max - 1) / (n - 1)` reaches a new whole number there: `max` rows with both ends.
async fn sample(
    connection: &mut SqliteConnection,
    run_id: String,
    key: &str,
    interval: Interval,
) -> Step<Vec<RunMetricRow>> {
    let (first_step, last_step) = interval.steps.unwrap_or((i64::MIN, i64::MAX));
    let rows = sqlx::query_as(
        "WITH numbered AS (
             SELECT run_id, key, value, timestamp_ms, step, is_nan, count(*) OVER () AS total,
                    row_number() OVER (ORDER BY step, timestamp_ms, value, is_nan) - 1 AS position
             FROM metrics WHERE run_id = ?1 AND key = ?2 AND step BETWEEN ?3 AND ?4)
         SELECT run_id, key, value, timestamp_ms, step, is_nan FROM numbered
         WHERE position = total - 1
            OR (?5 > 1 AND (total <= ?5 OR position = 0
                OR position * (?5 - 1) / (total - 1) > (position - 1) * (?5 - 1) / (total - 1)))
         ORDER BY position",
    )
    .bind(run_id)
    .bind(key.to_owned())
    .bind(first_step)
    .bind(last_step)
    .bind(interval.max_rows.max(1))
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// The latest values of the runs in this JSON list.
pub(super) async fn latest(connection: &mut SqliteConnection, ids: &str) -> Step<HashMap<String, Vec<MetricRow>>> {
    let rows: Vec<RunMetricRow> = sqlx::query_as(
        "SELECT run_id, key, value, timestamp_ms, step, is_nan FROM latest_metrics
         WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, key",
    )
    .bind(ids.to_owned())
    .fetch_all(connection)
    .await?;
    let mut of_run: HashMap<String, Vec<MetricRow>> = HashMap::new();
    for row in rows {
        of_run.entry(row.run_id).or_default().push(row.metric);
    }
    Ok(of_run)
}
