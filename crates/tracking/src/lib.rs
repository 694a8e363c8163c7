//! Experiments, runs, the model registry and artifacts: what MLflow keeps, for every door and room alike.
//!
//! Rules of form (names, limits, the filter language) are decided here; rules that depend on what is stored hold in
//! `meta`, inside the transaction.

mod artifact_path;
mod artifacts;
mod experiments;
mod filters;
mod grammar;
mod limits;
mod location;
mod logged_models;
mod model_uri;
mod names;
mod paging;
mod registry;
mod registry_filters;
mod runs;
mod versions;

pub use artifact_path::ArtifactPath;
pub use artifacts::{ArtifactBytes, ArtifactEntry, Artifacts};
pub use experiments::ExperimentQuery;
pub use location::{ModelLocation, ResolvedModel};
pub use logged_models::{LoggedModelQuery, LoggedModelRequest, MetricOrder};
pub use model_uri::{ModelUri, Selector};
pub use paging::PageOf;
pub use registry::{RegistryQuery, VersionRequest};
pub use runs::{RunQuery, RunRequest};
pub use versions::PendingVersion;

/// Rows as the store keeps them.
pub mod rows {
    pub use brickyard_meta::registry::{Alias, RegisteredModelRow, Stage, VersionRow, VersionStatus};
    pub use brickyard_meta::tracking::{
        Batch, DatasetRow, DatasetSummary, ExperimentRow, Interval, Lifecycle, LoggedModelRow, LoggedModelStatus,
        MetricEntry, MetricRow, ModelMetricRow, Pair, RunChange, RunDataset, RunMetricRow, RunRow, RunStatus, View,
    };
}

use brickyard_error::Result;
use brickyard_meta::Meta;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since 1970, UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Artifact URIs that the server itself keeps begin so.
pub const ARTIFACT_SCHEME: &str = "mlflow-artifacts:";

/// The room. Cloning is cheap.
#[derive(Clone)]
pub struct Tracking {
    meta: Meta,
    artifacts: Artifacts,
    clock: Clock,
}

impl Tracking {
    /// Opens the room over a store, with artifacts in this folder, which is created when absent.
    ///
    /// # Errors
    /// When the folder cannot be made or the store fails.
    pub async fn open(meta: Meta, artifacts_root: &Path) -> Result<Tracking> {
        Self::open_with_clock(meta, artifacts_root, Arc::new(system_time_ms)).await
    }

    /// The same with a clock of the caller's.
    pub async fn open_with_clock(meta: Meta, artifacts_root: &Path, clock: Clock) -> Result<Tracking> {
        let artifacts = Artifacts::open(artifacts_root)?;
        meta.experiments().ensure_default(&format!("{ARTIFACT_SCHEME}/0"), clock()).await?;
        Ok(Tracking { meta, artifacts, clock })
    }

    pub fn artifacts(&self) -> &Artifacts {
        &self.artifacts
    }

    /// What the room's clock says.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }
}

fn system_time_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

/// A new id: 32 hexadecimal digits.
fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The request is impossible, whatever is stored.
fn invalid(why: impl std::fmt::Display) -> brickyard_error::Failure {
    brickyard_error::Failure::new(&brickyard_error::codes::tracking::INVALID, why.to_string())
}

#[cfg(test)]
mod tests;
