//! Experiments, runs, what runs log, and logged models. Rules that depend on what is stored (a deleted run takes no
//! metrics, a parameter never changes) hold here, inside the transaction; all other rules are the tracking room's.

mod batch;
mod experiments;
mod inputs;
mod logged_models;
mod metrics;
mod run_search;
mod runs;

pub use batch::{Batch, MetricEntry};
pub use experiments::{ExperimentColumn, ExperimentField, ExperimentRow, ExperimentSearch, Experiments, parse_id};
pub use inputs::{DatasetRow, DatasetSummary, RunDataset};
pub use logged_models::{
    DatasetName, LoggedModelColumn, LoggedModelField, LoggedModelOrder, LoggedModelRow, LoggedModelSearch,
    LoggedModelStatus, LoggedModels, ModelMetricRow, NewLoggedModel,
};
pub use metrics::{Interval, MetricRow, RunMetricRow};
pub use run_search::{DatasetColumn, RunColumn, RunField, RunOrder, RunSearch};
pub use runs::{NewRun, RunChange, RunRow, RunStatus, Runs};

use crate::store::Step;
use brickyard_error::{Failure, codes};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// A tag or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Pair {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "lowercase")]
pub enum Lifecycle {
    Active,
    Deleted,
}

impl Lifecycle {
    pub fn as_str(self) -> &'static str {
        match self {
            Lifecycle::Active => "active",
            Lifecycle::Deleted => "deleted",
        }
    }
}

/// Which of the living and the deleted a search sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    ActiveOnly,
    DeletedOnly,
    All,
}

impl View {
    /// Appends the condition on a `lifecycle_stage` column.
    pub(crate) fn push(self, query: &mut QueryBuilder<Sqlite>) {
        query.push(match self {
            View::ActiveOnly => "lifecycle_stage = 'active'",
            View::DeletedOnly => "lifecycle_stage = 'deleted'",
            View::All => "lifecycle_stage IN ('active', 'deleted')",
        });
    }
}

fn missing(what: impl std::fmt::Display) -> Failure {
    Failure::new(&codes::tracking::NOT_FOUND, what.to_string())
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new(&codes::tracking::INVALID, why.to_string())
}

/// The active experiment's artifact location.
async fn active_experiment(connection: &mut SqliteConnection, experiment_id: i64) -> Step<String> {
    let found: Option<(String, Lifecycle)> =
        sqlx::query_as("SELECT artifact_location, lifecycle_stage FROM experiments WHERE experiment_id = ?")
            .bind(experiment_id)
            .fetch_optional(connection)
            .await?;
    match found {
        Some((location, Lifecycle::Active)) => Ok(location),
        Some((_, Lifecycle::Deleted)) => Err(refused(format!(
            "the experiment {experiment_id} must be in the 'active' state, it is deleted; restore it first"
        ))
        .into()),
        None => Err(missing(format!("no experiment with id={experiment_id} exists")).into()),
    }
}

/// The active run's experiment.
async fn active_run(connection: &mut SqliteConnection, run_id: &str) -> Step<i64> {
    let found: Option<(i64, Lifecycle)> =
        sqlx::query_as("SELECT experiment_id, lifecycle_stage FROM runs WHERE run_id = ?")
            .bind(run_id.to_owned())
            .fetch_optional(connection)
            .await?;
    match found {
        Some((experiment_id, Lifecycle::Active)) => Ok(experiment_id),
        Some((_, Lifecycle::Deleted)) => {
            Err(refused(format!("the run {run_id} must be in the 'active' state, it is deleted; restore it first"))
                .into())
        }
        None => Err(missing(format!("run with id={run_id} not found")).into()),
    }
}

/// Sets tags of one owner; of a key given twice the last counts.
async fn set_pairs<'q, Owner>(
    connection: &mut SqliteConnection,
    upsert: &'static str,
    owner: Owner,
    pairs: Vec<Pair>,
) -> Step<()>
where
    Owner: Clone + Send + sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite> + 'q,
{
    for pair in pairs {
        sqlx::query(upsert).bind(owner.clone()).bind(pair.key).bind(pair.value).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Ids as a JSON list, for `IN (SELECT value FROM json_each(?))`.
fn json_list<Item: serde::Serialize>(items: &[Item]) -> String {
    serde_json::json!(items).to_string()
}
