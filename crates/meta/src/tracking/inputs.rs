//! What a run read and made: datasets in, logged models in and out.

use super::{Pair, Runs, active_run, json_list};
use crate::store::Step;
use brickyard_error::Result;
use sqlx::SqliteConnection;
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DatasetRow {
    pub name: String,
    /// Identifies the content together with the name, within an experiment.
    pub digest: String,
    pub source_type: String,
    pub source: String,
    pub schema: Option<String>,
    pub profile: Option<String>,
}

/// A dataset as one run used it; the tag `mlflow.data.context` says for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDataset {
    pub dataset: DatasetRow,
    pub tags: Vec<Pair>,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DatasetSummary {
    pub experiment_id: i64,
    pub name: String,
    pub digest: String,
    pub context: Option<String>,
}

const SUMMARIES_AT_MOST: i64 = 1000;

impl Runs {
    /// Adds inputs to an active run; one that it has already stays as it is.
    pub async fn log_inputs(&self, run_id: &str, datasets: Vec<RunDataset>, model_ids: Vec<String>) -> Result<()> {
        let run_id = run_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let experiment_id = active_run(connection, &run_id).await?;
                    for dataset in datasets {
                        add_dataset(connection, experiment_id, &run_id, dataset).await?;
                    }
                    for model_id in model_ids {
                        sqlx::query("INSERT OR IGNORE INTO run_model_inputs (run_id, model_id) VALUES (?, ?)")
                            .bind(run_id.clone())
                            .bind(model_id)
                            .execute(&mut *connection)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Adds models that an active run made, each with the training step.
    pub async fn log_outputs(&self, run_id: &str, models: Vec<(String, i64)>) -> Result<()> {
        let run_id = run_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_run(connection, &run_id).await?;
                    for (model_id, step) in models {
                        sqlx::query(
                            "INSERT OR IGNORE INTO run_model_outputs (run_id, model_id, step) VALUES (?, ?, ?)",
                        )
                        .bind(run_id.clone())
                        .bind(model_id)
                        .bind(step)
                        .execute(&mut *connection)
                        .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The distinct datasets of experiments with the contexts they were used in.
    pub async fn search_datasets(&self, experiment_ids: Vec<i64>) -> Result<Vec<DatasetSummary>> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let summaries = sqlx::query_as(
                        "SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value AS context FROM datasets AS d
                         JOIN run_datasets AS i ON i.dataset_id = d.dataset_id
                         LEFT JOIN run_dataset_tags AS t
                         ON t.run_id = i.run_id AND t.dataset_id = i.dataset_id AND t.key = 'mlflow.data.context'
                         WHERE d.experiment_id IN (SELECT value FROM json_each(?))
                         ORDER BY d.name, d.digest, context LIMIT ?",
                    )
                    .bind(json_list(&experiment_ids))
                    .bind(SUMMARIES_AT_MOST)
                    .fetch_all(connection)
                    .await?;
                    Ok(summaries)
                })
            })
            .await
    }
}

async fn add_dataset(
    connection: &mut SqliteConnection,
    experiment_id: i64,
    run_id: &str,
    input: RunDataset,
) -> Step<()> {
    let dataset = input.dataset;
    sqlx::query(
        "INSERT OR IGNORE INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(experiment_id)
    .bind(dataset.name.clone())
    .bind(dataset.digest.clone())
    .bind(dataset.source_type)
    .bind(dataset.source)
    .bind(dataset.schema)
    .bind(dataset.profile)
    .execute(&mut *connection)
    .await?;
    let dataset_id: i64 =
        sqlx::query_scalar("SELECT dataset_id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?")
            .bind(experiment_id)
            .bind(dataset.name)
            .bind(dataset.digest)
            .fetch_one(&mut *connection)
            .await?;
    let added = sqlx::query("INSERT OR IGNORE INTO run_datasets (run_id, dataset_id) VALUES (?, ?)")
        .bind(run_id.to_owned())
        .bind(dataset_id)
        .execute(&mut *connection)
        .await?;
    if added.rows_affected() == 0 {
        return Ok(());
    }
    for tag in input.tags {
        sqlx::query("INSERT OR REPLACE INTO run_dataset_tags (run_id, dataset_id, key, value) VALUES (?, ?, ?, ?)")
            .bind(run_id.to_owned())
            .bind(dataset_id)
            .bind(tag.key)
            .bind(tag.value)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The datasets of the runs in this JSON list.
pub(super) async fn datasets_of(
    connection: &mut SqliteConnection,
    ids: &str,
) -> Step<HashMap<String, Vec<RunDataset>>> {
    #[derive(sqlx::FromRow)]
    struct Input {
        run_id: String,
        dataset_id: i64,
        #[sqlx(flatten)]
        dataset: DatasetRow,
    }
    let inputs: Vec<Input> = sqlx::query_as(
        "SELECT i.run_id, d.* FROM run_datasets AS i JOIN datasets AS d ON d.dataset_id = i.dataset_id
         WHERE i.run_id IN (SELECT value FROM json_each(?)) ORDER BY i.run_id, i.dataset_id",
    )
    .bind(ids.to_owned())
    .fetch_all(&mut *connection)
    .await?;
    let tags: Vec<(String, i64, String, String)> = sqlx::query_as(
        "SELECT run_id, dataset_id, key, value FROM run_dataset_tags
         WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY key",
    )
    .bind(ids.to_owned())
    .fetch_all(connection)
    .await?;
    let mut of_input: HashMap<(String, i64), Vec<Pair>> = HashMap::new();
    for (run_id, dataset_id, key, value) in tags {
        of_input.entry((run_id, dataset_id)).or_default().push(Pair { key, value });
    }
    let mut of_run: HashMap<String, Vec<RunDataset>> = HashMap::new();
    for Input { run_id, dataset_id, dataset } in inputs {
        let tags = of_input.remove(&(run_id.clone(), dataset_id)).unwrap_or_default();
        of_run.entry(run_id).or_default().push(RunDataset { dataset, tags });
    }
    Ok(of_run)
}

pub(super) async fn model_inputs_of(
    connection: &mut SqliteConnection,
    ids: &str,
) -> Step<HashMap<String, Vec<String>>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT run_id, model_id FROM run_model_inputs WHERE run_id IN (SELECT value FROM json_each(?))",
    )
    .bind(ids.to_owned())
    .fetch_all(connection)
    .await?;
    let mut of_run: HashMap<String, Vec<String>> = HashMap::new();
    for (run_id, model_id) in rows {
        of_run.entry(run_id).or_default().push(model_id);
    }
    Ok(of_run)
}

pub(super) async fn model_outputs_of(
    connection: &mut SqliteConnection,
    ids: &str,
) -> Step<HashMap<String, Vec<(String, i64)>>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT run_id, model_id, step FROM run_model_outputs
         WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY step",
    )
    .bind(ids.to_owned())
    .fetch_all(connection)
    .await?;
    let mut of_run: HashMap<String, Vec<(String, i64)>> = HashMap::new();
    for (run_id, model_id, step) in rows {
        of_run.entry(run_id).or_default().push((model_id, step));
    }
    Ok(of_run)
}
