//! A commit over a snapshot that others may have changed meanwhile: what they did either does not matter, or the
//! statement has to be run again.
//!
//! Two snapshots are compared, rather than the commits between them: what counts is whether a file that was read is
//! still there. A file that another commit only moved rows out of (`OPTIMIZE`) is gone as well.

use super::{Reads, Reason};
use crate::delta_scan::delta;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use deltalake_core::kernel::Action;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::table::state::DeltaTableState;
use deltalake_core::{DeltaTable, DeltaTableError};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Times that another commit may come first.
const ATTEMPTS: usize = 30;

pub(super) struct Commit<'a> {
    /// The table as it was read.
    pub read: &'a DeltaTable,
    pub actions: Vec<Action>,
    pub reason: &'a Reason,
    /// Operation metrics.
    pub metrics: Map<String, Value>,
}

impl Commit<'_> {
    pub async fn run(self) -> Result<()> {
        let mut latest = self.read.clone();
        for _ in 0..ATTEMPTS {
            latest.update_incremental(None).await.map_err(delta)?;
            if latest.version() != self.read.version() {
                must_not_conflict(self.read, &latest, self.reason)?;
            }
            let metadata = [
                ("operationMetrics".to_owned(), Value::Object(self.metrics.clone())),
                ("readVersion".to_owned(), json!(self.read.version().unwrap_or_default())),
                ("isBlindAppend".to_owned(), json!(self.reason.reads == Reads::Nothing)),
                ("userName".to_owned(), json!(self.reason.user)),
            ];
            // Without retries it fails as soon as another commit came first, and the comparison is done again.
            let properties = CommitProperties::default().with_max_retries(0).with_metadata(metadata);
            let state = latest.snapshot().map_err(delta)?;
            let commit = CommitBuilder::from(properties)
                .with_actions(self.actions())
                .build(Some(state), latest.log_store(), self.reason.operation.clone())
                .await;
            match commit {
                Ok(_) => return Ok(()),
                Err(DeltaTableError::Transaction { source: TransactionError::MaxCommitAttempts(_) }) => {}
                Err(error) => return Err(delta(error)),
            }
        }
        Err(conflict("DELTA_MAX_COMMIT_RETRIES_EXCEEDED", "40000", "other commits came first again and again"))
    }
}

impl Commit<'_> {
    fn actions(&self) -> Vec<Action> {
        let mut actions = self.actions.clone();
        if let Some(title) = self.reason.title {
            let mut info = self.reason.operation.get_commit_info();
            info.timestamp = Some(chrono::Utc::now().timestamp_millis());
            info.operation = Some(title.to_owned());
            actions.insert(0, Action::CommitInfo(info));
        }
        actions
    }
}

fn must_not_conflict(read: &DeltaTable, latest: &DeltaTable, reason: &Reason) -> Result<()> {
    let (before, after) = (read.snapshot().map_err(delta)?, latest.snapshot().map_err(delta)?);
    if before.protocol() != after.protocol() {
        return Err(conflict("DELTA_PROTOCOL_CHANGED", "2D521", "the table's protocol was changed meanwhile"));
    }
    if before.metadata() != after.metadata() {
        return Err(conflict("DELTA_METADATA_CHANGED", "2D521", "the table's metadata was changed meanwhile"));
    }
    let paths = |table: &DeltaTableState| -> HashSet<String> {
        table.log_data().iter().map(|file| file.path().into_owned()).collect()
    };
    let (was, is) = (paths(before), paths(after));
    if reason.reads != Reads::Nothing && was.difference(&is).next().is_some() {
        let text = "files that this statement read were deleted or written anew meanwhile";
        return Err(conflict("DELTA_CONCURRENT_DELETE_READ", "2D521", text));
    }
    let isolation = before.metadata().configuration().get("delta.isolationLevel");
    let is_serializable = isolation.is_some_and(|level| level == "Serializable");
    if (reason.reads == Reads::Everything || is_serializable && reason.reads == Reads::Files)
        && is.difference(&was).next().is_some()
    {
        let text = "rows that this statement should have read were added meanwhile";
        return Err(conflict("DELTA_CONCURRENT_APPEND", "2D521", text));
    }
    Ok(())
}

fn conflict(class: &str, sql_state: &str, text: &str) -> Failure {
    let condition = Condition::new(class, sql_state, SparkException::Spark);
    Failure::new(&codes::data::CONFLICT, format!("{text}; run the statement again")).with_condition(condition)
}
