//! Rows of a table taken out, others put in, as one commit: only files that lose rows are written anew, the rest stays.

use super::conflicts;
use super::stream_table::relabelled;
use crate::delta_scan::delta;
use crate::numbered::{NumberedDelta, place_of};
use crate::spark_types::engine;
use crate::{Lake, ResolvedDelta, TableName, rules};
use arrow_schema::SchemaRef;
use brickyard_error::{Failure, Result};
use datafusion::arrow::array::{AsArray, BooleanArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::ExecutionPlanProperties;
use datafusion::prelude::SessionContext;
use deltalake_core::DeltaTable;
use deltalake_core::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake_core::kernel::{Action, Add};
use deltalake_core::operations::write::WriterStatsConfig;
use deltalake_core::protocol::DeltaOperation;
use deltalake_core::table::config::TablePropertiesExt;
use futures::StreamExt;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// A table's snapshot being changed. Nothing is seen by others before [`Rewrite::commit`].
pub struct Rewrite {
    pub(super) table: DeltaTable,
    snapshot: Arc<ResolvedDelta>,
    /// The columns in the order of the table's schema.
    schema: SchemaRef,
    writer: DeltaWriter,
    /// The rows taken out of each file, by the file's place in the snapshot's list.
    taken: BTreeMap<usize, RowSet>,
    started: Instant,
}

/// What a commit says of itself.
#[derive(Debug)]
pub struct Reason {
    pub operation: DeltaOperation,
    /// Its name in the history, where that is another than the operation's.
    pub title: Option<&'static str>,
    pub user: String,
    /// Rows and the like, by Delta's names of operation metrics.
    pub metrics: Vec<(&'static str, u64)>,
    pub reads: Reads,
}

/// What of the table the outcome depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Rows are only added.
    Nothing,
    /// The rows there; new ones elsewhere may count as later.
    Files,
    /// New rows as well.
    Everything,
}

/// What every change counts, by Delta's names.
const METRICS: [&str; 6] =
    ["numAddedFiles", "numRemovedFiles", "numCopiedRows", "numAddedBytes", "numRemovedBytes", "executionTimeMs"];
const MERGE_METRICS: [&str; 6] = [
    "numTargetFilesAdded",
    "numTargetFilesRemoved",
    "numTargetRowsCopied",
    "numTargetBytesAdded",
    "numTargetBytesRemoved",
    "executionTimeMs",
];

impl Lake {
    /// Begins to change rows of a table.
    ///
    /// # Errors
    /// The table asks for something that a change of rows would not keep.
    pub async fn rewrite(&self, name: &TableName) -> Result<Rewrite> {
        let table = self.open_table(name, None).await?;
        rules::must_be_changeable(&table, name)?;
        Rewrite::new(table)
    }

    /// Begins to add rows to a table.
    pub async fn appending(&self, name: &TableName) -> Result<Rewrite> {
        let table = self.open_table(name, None).await?;
        rules::must_be_writable(&table, name)?;
        Rewrite::new(table)
    }
}

impl Rewrite {
    pub(super) fn new(table: DeltaTable) -> Result<Self> {
        let state = table.snapshot().map_err(delta)?;
        let schema = state.snapshot().arrow_schema();
        let statistics = WriterStatsConfig::from_config(state.snapshot().table_configuration());
        let config = WriterConfig::new(
            Arc::clone(&schema),
            state.metadata().partition_columns().to_vec(),
            None,
            Some(state.table_config().target_file_size()),
            None,
            statistics.num_indexed_cols,
            statistics.stats_columns,
        );
        let writer = DeltaWriter::new(table.object_store(), config);
        let snapshot = Arc::new(ResolvedDelta::new(&table)?);
        Ok(Self { table, snapshot, schema, writer, taken: BTreeMap::new(), started: Instant::now() })
    }

    /// The snapshot's rows with their numbers in the column [`crate::ROW`].
    pub fn target(&self) -> Arc<dyn TableProvider> {
        Arc::new(NumberedDelta::new(&self.snapshot, |_| true))
    }

    /// The table's columns, which [`Rewrite::write`] takes in this order.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What rows must fulfil.
    pub fn rules(&self) -> Result<Vec<rules::Rule>> {
        rules::of(&self.table)
    }

    /// Takes rows out; gives how many of them were out already.
    pub fn take(&mut self, rows: &Int64Array) -> usize {
        let mut repeated = 0;
        for row in rows.iter().flatten() {
            let (file, place) = place_of(row);
            repeated += usize::from(!self.taken.entry(file).or_default().insert(place));
        }
        repeated
    }

    /// Takes every row out; gives their number, where the log tells it.
    pub fn take_all(&mut self) -> Option<u64> {
        for (place, _) in self.snapshot.files.iter().enumerate() {
            self.taken.insert(place, RowSet::All);
        }
        self.snapshot.rows()
    }

    /// Puts rows in: the columns of [`Rewrite::schema`].
    pub async fn write(&mut self, rows: RecordBatch) -> Result<()> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let rows = relabelled(rows, &self.schema).map_err(engine)?;
        self.writer.write(&rows).await.map_err(delta)
    }

    /// Throws away what was written.
    pub async fn abandon(self) {
        let _ = self.writer.abort().await;
    }

    /// Writes the rows that stay of the files that lose some, and commits.
    pub async fn commit(mut self, context: &SessionContext, reason: Reason) -> Result<()> {
        let copied = self.copy_what_stays(context).await?;
        let mut actions = self.removals()?;
        let added = self.writer.close().await.map_err(delta)?;
        let removed: Vec<usize> = self.taken.keys().copied().collect();
        if added.is_empty() && removed.is_empty() {
            return Ok(());
        }
        let bytes_removed: u64 = removed.iter().map(|place| self.snapshot.files[*place].bytes).sum();
        let bytes_added: u64 = added.iter().map(|add| u64::try_from(add.size).unwrap_or_default()).sum();
        let is_merge = matches!(reason.operation, DeltaOperation::Merge { .. });
        let names = if is_merge { MERGE_METRICS } else { METRICS };
        let time = self.started.elapsed().as_millis() as u64;
        let counts = [added.len() as u64, removed.len() as u64, copied, bytes_added, bytes_removed, time];
        let counted = names.into_iter().zip(counts).chain(reason.metrics.iter().copied());
        let metrics = counted.map(|(name, value)| (name.to_owned(), Value::String(value.to_string()))).collect();
        actions.extend(added.into_iter().map(|add| Action::Add(Add { data_change: true, ..add })));
        let commit = conflicts::Commit { read: &self.table, actions, reason: &reason, metrics };
        commit.run().await
    }

    /// Copies the rows that were not taken out of files that lose others; gives their number.
    async fn copy_what_stays(&mut self, context: &SessionContext) -> Result<u64> {
        let files = &self.snapshot.files;
        let loses_all = |place: usize| match (self.taken.get(&place), files[place].rows) {
            (Some(RowSet::All), _) => true,
            (Some(taken), Some(rows)) => taken.len() == rows,
            _ => false,
        };
        let partly: Vec<usize> = self.taken.keys().copied().filter(|place| !loses_all(*place)).collect();
        if partly.is_empty() {
            return Ok(0);
        }
        let scan = NumberedDelta::new(&self.snapshot, |place| partly.binary_search(&place).is_ok());
        let columns = scan.schema();
        let last = columns.fields().len() - 1;
        let in_order: Vec<usize> = self
            .schema
            .fields()
            .iter()
            .map(|field| columns.index_of(field.name()))
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::internal(format!("a column of the table is not in its snapshot: {error}")))?;
        let plan = scan.scan(&context.state(), None, &[], None).await.map_err(engine)?;
        let mut copied = 0;
        for partition in 0..plan.output_partitioning().partition_count() {
            let mut rows = plan.execute(partition, context.task_ctx()).map_err(engine)?;
            while let Some(batch) = rows.next().await {
                let batch = batch.map_err(engine)?;
                let stays: BooleanArray = batch
                    .column(last)
                    .as_primitive::<Int64Type>()
                    .values()
                    .iter()
                    .map(|row| {
                        let (file, place) = place_of(*row);
                        Some(!self.taken.get(&file).is_some_and(|taken| taken.contains(place)))
                    })
                    .collect();
                let kept = filter_record_batch(&batch, &stays).and_then(|kept| kept.project(&in_order));
                let kept = kept.map_err(|error| engine(error.into()))?;
                copied += kept.num_rows() as u64;
                self.write(kept).await?;
            }
        }
        Ok(copied)
    }

    /// The log's entries that remove the files that lost rows.
    fn removals(&self) -> Result<Vec<Action>> {
        let state = self.table.snapshot().map_err(delta)?;
        let lost: Vec<&str> = self.taken.keys().map(|place| self.snapshot.files[*place].path.as_str()).collect();
        let files = state.log_data();
        let is_lost = |path: &str| lost.contains(&crate::delta_scan::percent_decoded(path).as_str());
        let removed = files.iter().filter(|file| is_lost(&file.path()));
        Ok(removed.map(|file| Action::Remove(file.remove_action(true))).collect())
    }
}

/// Rows of one file.
#[derive(Debug)]
enum RowSet {
    All,
    /// A bit a row, and how many are set.
    These(Vec<u64>, u64),
}

impl Default for RowSet {
    fn default() -> Self {
        RowSet::These(Vec::new(), 0)
    }
}

impl RowSet {
    /// False when the row was there already.
    fn insert(&mut self, row: u32) -> bool {
        let RowSet::These(words, count) = self else { return false };
        let (word, bit) = (row as usize / 64, 1 << (row % 64));
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        let is_new = words[word] & bit == 0;
        words[word] |= bit;
        *count += u64::from(is_new);
        is_new
    }

    fn contains(&self, row: u32) -> bool {
        match self {
            RowSet::All => true,
            RowSet::These(words, _) => words.get(row as usize / 64).is_some_and(|word| word & (1 << (row % 64)) != 0),
        }
    }

    /// Rows; of all rows the file knows the number.
    fn len(&self) -> u64 {
        match self {
            RowSet::All => u64::MAX,
            RowSet::These(_, count) => *count,
        }
    }
}
