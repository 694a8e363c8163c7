//! A table's upkeep: its particulars, older states back, small files together, files nobody needs away.

use crate::delta_scan::delta;
use crate::{Lake, ResolvedDelta, TableName, Version, rules};
use brickyard_error::{Failure, Result, codes};
use chrono::Duration;
use deltalake_core::kernel::schema::partitions::{FilterLiteral, FilterOp, FilterValue};
use deltalake_core::kernel::transaction::{CommitProperties, TransactionError};
use deltalake_core::operations::optimize::{Metrics, OptimizeType};
use deltalake_core::operations::vacuum::VacuumMode;
use deltalake_core::table::config::TablePropertiesExt;
use deltalake_core::{DeltaTable, DeltaTableError};
use std::collections::BTreeMap;

/// Times that OPTIMIZE begins anew because another commit came first.
const ATTEMPTS: usize = 5;

/// What `DESCRIBE DETAIL` tells.
#[derive(Debug, Clone, PartialEq)]
pub struct TableDetail {
    pub id: String,
    pub location: String,
    pub comment: Option<String>,
    pub created_ms: Option<i64>,
    pub modified_ms: Option<i64>,
    pub partition_columns: Vec<String>,
    pub files: u64,
    pub bytes: u64,
    pub properties: BTreeMap<String, String>,
    pub min_reader_version: i32,
    pub min_writer_version: i32,
    pub features: Vec<String>,
}

/// What a restoration changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    pub files: u64,
    pub bytes: u64,
    pub removed_files: u64,
    pub removed_bytes: u64,
    pub restored_files: u64,
    pub restored_bytes: u64,
}

/// Files before or after an optimisation; sizes in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FileSizes {
    pub min: i64,
    pub max: i64,
    pub average: f64,
    pub files: i64,
    pub bytes: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimized {
    pub added: FileSizes,
    pub removed: FileSizes,
    pub partitions: i64,
    pub batches: i64,
    pub considered_files: i64,
    pub skipped_files: i64,
}

impl Lake {
    pub async fn detail(&self, name: &TableName) -> Result<TableDetail> {
        let table = self.open_table(name, None).await?;
        let state = table.snapshot().map_err(delta)?;
        let (metadata, protocol) = (state.metadata(), state.protocol());
        let resolved = ResolvedDelta::new(&table)?;
        let mut features: Vec<String> = Vec::new();
        for all in [protocol.reader_features(), protocol.writer_features()].into_iter().flatten() {
            features.extend(all.iter().map(ToString::to_string));
        }
        features.sort();
        features.dedup();
        Ok(TableDetail {
            id: metadata.id().to_owned(),
            location: resolved.root.trim_end_matches('/').to_owned(),
            comment: metadata.description().map(ToOwned::to_owned),
            created_ms: metadata.created_time(),
            modified_ms: state.version_timestamp(state.version()),
            partition_columns: resolved.partition_columns.clone(),
            files: resolved.files.len() as u64,
            bytes: resolved.bytes(),
            properties: metadata.configuration().iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            min_reader_version: protocol.min_reader_version(),
            min_writer_version: protocol.min_writer_version(),
            features,
        })
    }

    /// Makes an older state the latest one.
    pub async fn restore(&self, name: &TableName, version: Version) -> Result<Restored> {
        let table = self.open_table(name, None).await?;
        rules::must_be_writable(&table, name)?;
        let older = self.open_table(name, Some(version)).await?;
        let older_version = older.version().unwrap_or_default();
        let (before, after) = (ResolvedDelta::new(&table)?, ResolvedDelta::new(&older)?);
        table.restore().with_version_to_restore(older_version).await.map_err(delta)?;
        let gone = |from: &ResolvedDelta, to: &ResolvedDelta| {
            let lost = from.files.iter().filter(|file| !to.files.iter().any(|other| other.path == file.path));
            lost.fold((0, 0), |(files, bytes), file| (files + 1, bytes + file.bytes))
        };
        let ((removed_files, removed_bytes), (restored_files, restored_bytes)) =
            (gone(&before, &after), gone(&after, &before));
        Ok(Restored {
            files: after.files.len() as u64,
            bytes: after.bytes(),
            removed_files,
            removed_bytes,
            restored_files,
            restored_bytes,
        })
    }

    /// Writes small files together; with `order_by` all files, sorted along a Z-curve over these columns. `filters`
    /// choose partitions: (column, operator, value as the log writes it).
    pub async fn optimize(
        &self,
        name: &TableName,
        filters: &[(String, String, String)],
        order_by: &[String],
    ) -> Result<Optimized> {
        for _ in 0..ATTEMPTS {
            let table = self.open_table(name, None).await?;
            rules::must_be_writable(&table, name)?;
            let wanted: Vec<FilterLiteral> = filters
                .iter()
                .map(|(column, operator, value)| {
                    Ok((column.as_str(), operator.parse::<FilterOp>()?, FilterValue::Scalar(value)))
                })
                .collect::<Result<_, DeltaTableError>>()
                .map_err(delta)?;
            let how = match order_by {
                [] => OptimizeType::Compact,
                columns => OptimizeType::ZOrder(columns.to_vec()),
            };
            // Another commit may have moved the same rows: begin with what it left.
            let properties = CommitProperties::default().with_max_retries(0);
            let done = table.optimize().with_type(how).with_filters(&wanted).with_commit_properties(properties).await;
            match done {
                Ok((_, metrics)) => return Ok(optimized(&metrics)),
                Err(DeltaTableError::Transaction { source: TransactionError::MaxCommitAttempts(_) }) => {}
                Err(error) => return Err(delta(error)),
            }
        }
        let text = format!("other commits to {name} came first again and again; run OPTIMIZE again");
        Err(Failure::new(&codes::data::CONFLICT, text))
    }

    /// Deletes files that no state of the last `retention` has; with `dry_run` only names them.
    pub async fn vacuum(&self, name: &TableName, retention: Option<Duration>, dry_run: bool) -> Result<Vec<String>> {
        let table = self.open_table(name, None).await?;
        rules::must_be_writable(&table, name)?;
        let kept = retention.unwrap_or(default_retention(&table)?);
        let vacuum = table.vacuum().with_retention_period(kept).with_enforce_retention_duration(false);
        let (_, metrics) = vacuum.with_mode(VacuumMode::Full).with_dry_run(dry_run).await.map_err(delta)?;
        Ok(metrics.files_deleted)
    }

    /// How long files that were removed are kept, by the table's property.
    pub async fn retention(&self, name: &TableName) -> Result<Duration> {
        default_retention(&self.open_table(name, None).await?)
    }

    /// The folder of a table.
    pub async fn location(&self, name: &TableName) -> Result<String> {
        Ok(self.open_table(name, None).await?.table_url().to_string().trim_end_matches('/').to_owned())
    }
}

fn default_retention(table: &DeltaTable) -> Result<Duration> {
    let kept = table.snapshot().map_err(delta)?.table_config().deleted_file_retention_duration();
    Duration::from_std(kept).map_err(|_| Failure::internal("a retention of more than an age"))
}

fn optimized(metrics: &Metrics) -> Optimized {
    let sizes = |of: &deltalake_core::operations::optimize::MetricDetails| match of.total_files {
        0 => FileSizes::default(),
        files => FileSizes { min: of.min, max: of.max, average: of.avg, files: files as i64, bytes: of.total_size },
    };
    Optimized {
        added: sizes(&metrics.files_added),
        removed: sizes(&metrics.files_removed),
        partitions: metrics.partitions_optimized as i64,
        batches: metrics.num_batches as i64,
        considered_files: metrics.total_considered_files as i64,
        skipped_files: metrics.total_files_skipped as i64,
    }
}
