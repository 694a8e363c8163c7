//! Runs: what is known of a run itself, and its tags and lifecycle.

use super::metrics::{MetricRow, latest};
use super::run_search::{RunSearch, find};
use super::{Lifecycle, Pair, RunDataset, active_experiment, active_run, inputs, json_list, missing, set_pairs};
use crate::Meta;
use crate::filter::Paged;
use crate::store::Step;
use brickyard_error::Result;
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// See [`Meta::runs`].
#[derive(Clone)]
pub struct Runs {
    pub(crate) meta: Meta,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "UPPERCASE")]
pub enum RunStatus {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

/// A run with everything it logged, of metrics the latest values.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct RunRow {
    pub run_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub user_id: String,
    pub status: RunStatus,
    pub start_time_ms: i64,
    pub end_time_ms: Option<i64>,
    pub artifact_uri: String,
    pub lifecycle_stage: Lifecycle,
    #[sqlx(skip)]
    pub metrics: Vec<MetricRow>,
    #[sqlx(skip)]
    pub params: Vec<Pair>,
    #[sqlx(skip)]
    pub tags: Vec<Pair>,
    #[sqlx(skip)]
    pub datasets: Vec<RunDataset>,
    /// Ids of logged models that the run read.
    #[sqlx(skip)]
    pub model_inputs: Vec<String>,
    /// Ids of logged models that the run made, each with the training step.
    #[sqlx(skip)]
    pub model_outputs: Vec<(String, i64)>,
}

#[derive(Debug, Clone)]
pub struct NewRun {
    pub run_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub user_id: String,
    pub start_time_ms: i64,
    pub tags: Vec<Pair>,
}

/// What to change of a run; None stays.
#[derive(Debug, Clone, Default)]
pub struct RunChange {
    pub status: Option<RunStatus>,
    pub end_time_ms: Option<i64>,
    pub name: Option<String>,
}

pub(super) const SET_TAG: &str = "INSERT INTO run_tags (run_id, key, value) VALUES (?, ?, ?)
                                  ON CONFLICT DO UPDATE SET value = excluded.value";
/// The tag in which clients look for a run's name.
pub(super) const NAME_TAG: &str = "mlflow.runName";

impl Runs {
    /// Starts a run; its artifacts go under the experiment's location.
    pub async fn create(&self, run: NewRun) -> Result<RunRow> {
        self.meta.write(move |connection| Box::pin(create(connection, run))).await
    }

    /// Active or deleted.
    pub async fn get(&self, run_id: &str) -> Result<RunRow> {
        let run_id = run_id.to_owned();
        self.meta.read(move |connection| Box::pin(get(connection, run_id))).await
    }

    /// How many runs there are that nobody deleted.
    pub async fn count(&self) -> Result<u64> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'")
                        .fetch_one(connection)
                        .await?;
                    Ok(count.unsigned_abs())
                })
            })
            .await
    }

    pub async fn update(&self, run_id: &str, change: RunChange) -> Result<RunRow> {
        let run_id = run_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_run(connection, &run_id).await?;
                    sqlx::query(
                        "UPDATE runs SET status = coalesce(?, status), end_time_ms = coalesce(?, end_time_ms),
                         name = coalesce(?, name) WHERE run_id = ?",
                    )
                    .bind(change.status)
                    .bind(change.end_time_ms)
                    .bind(change.name.clone())
                    .bind(run_id.clone())
                    .execute(&mut *connection)
                    .await?;
                    if let Some(value) = change.name {
                        let tag = Pair { key: NAME_TAG.to_owned(), value };
                        set_pairs(connection, SET_TAG, run_id.clone(), vec![tag]).await?;
                    }
                    get(connection, run_id).await
                })
            })
            .await
    }

    /// Deletes or restores the run; in that stage already is fine.
    pub async fn set_lifecycle(&self, run_id: &str, stage: Lifecycle, now_ms: i64) -> Result<()> {
        let run_id = run_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let deleted_time_ms = (stage == Lifecycle::Deleted).then_some(now_ms);
                    let done = sqlx::query("UPDATE runs SET lifecycle_stage = ?, deleted_time_ms = ? WHERE run_id = ?")
                        .bind(stage)
                        .bind(deleted_time_ms)
                        .bind(run_id.clone())
                        .execute(connection)
                        .await?;
                    match done.rows_affected() {
                        0 => Err(missing(format!("run with id={run_id} not found")).into()),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    pub async fn delete_tag(&self, run_id: &str, key: &str) -> Result<()> {
        let (run_id, key) = (run_id.to_owned(), key.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_run(connection, &run_id).await?;
                    let done = sqlx::query("DELETE FROM run_tags WHERE run_id = ? AND key = ?")
                        .bind(run_id.clone())
                        .bind(key.clone())
                        .execute(connection)
                        .await?;
                    match done.rows_affected() {
                        0 => Err(missing(format!("no tag with name: {key} in run with id {run_id}")).into()),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// In the order asked for with what is absent last, then newest first, then by id.
    pub async fn search(&self, search: RunSearch) -> Result<Paged<RunRow>> {
        self.meta.read(move |connection| Box::pin(find(connection, search))).await
    }
}

async fn create(connection: &mut SqliteConnection, run: NewRun) -> Step<RunRow> {
    let location = active_experiment(connection, run.experiment_id).await?;
    let artifact_uri = format!("{}/{}/artifacts", location.trim_end_matches('/'), run.run_id);
    sqlx::query(
        "INSERT INTO runs (run_id, experiment_id, name, user_id, status, start_time_ms, artifact_uri, lifecycle_stage)
         VALUES (?, ?, ?, ?, 'RUNNING', ?, ?, 'active')",
    )
    .bind(run.run_id.clone())
    .bind(run.experiment_id)
    .bind(run.name)
    .bind(run.user_id)
    .bind(run.start_time_ms)
    .bind(artifact_uri)
    .execute(&mut *connection)
    .await?;
    set_pairs(connection, SET_TAG, run.run_id.clone(), run.tags).await?;
    get(connection, run.run_id).await
}

async fn get(connection: &mut SqliteConnection, run_id: String) -> Step<RunRow> {
    let found: Option<RunRow> = sqlx::query_as("SELECT * FROM runs WHERE run_id = ?")
        .bind(run_id.clone())
        .fetch_optional(&mut *connection)
        .await?;
    let mut rows: Vec<RunRow> = found.into_iter().collect();
    complete(connection, &mut rows).await?;
    rows.pop().ok_or_else(|| missing(format!("run with id={run_id} not found")).into())
}

/// Adds everything that the runs logged.
pub(super) async fn complete(connection: &mut SqliteConnection, rows: &mut [RunRow]) -> Step<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.run_id.as_str()).collect();
    let ids = json_list(&ids);
    let mut metrics = latest(connection, &ids).await?;
    let params = "SELECT run_id, key, value FROM run_params
                  WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, key";
    let mut params = pairs(connection, params, &ids).await?;
    let tags = "SELECT run_id, key, value FROM run_tags
                WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, key";
    let mut tags = pairs(connection, tags, &ids).await?;
    let mut datasets = inputs::datasets_of(connection, &ids).await?;
    let mut model_inputs = inputs::model_inputs_of(connection, &ids).await?;
    let mut model_outputs = inputs::model_outputs_of(connection, &ids).await?;
    for row in rows {
        row.metrics = metrics.remove(&row.run_id).unwrap_or_default();
        row.params = params.remove(&row.run_id).unwrap_or_default();
        row.tags = tags.remove(&row.run_id).unwrap_or_default();
        row.datasets = datasets.remove(&row.run_id).unwrap_or_default();
        row.model_inputs = model_inputs.remove(&row.run_id).unwrap_or_default();
        row.model_outputs = model_outputs.remove(&row.run_id).unwrap_or_default();
    }
    Ok(())
}

/// Keys and values by the id in the first column.
pub(super) async fn pairs(
    connection: &mut SqliteConnection,
    select: &'static str,
    ids: &str,
) -> Step<HashMap<String, Vec<Pair>>> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(select).bind(ids.to_owned()).fetch_all(connection).await?;
    let mut of_owner: HashMap<String, Vec<Pair>> = HashMap::new();
    for (owner, key, value) in rows {
        of_owner.entry(owner).or_default().push(Pair { key, value });
    }
    Ok(of_owner)
}
