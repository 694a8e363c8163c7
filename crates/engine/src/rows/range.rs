//! `range(start, end, step)` as a table that makes its numbers as they are read.

use arrow::array::{Int64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::memory::{LazyBatchGenerator, LazyMemoryExec};
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;

const BATCH_ROWS: i128 = 8192;

#[derive(Debug)]
pub(crate) struct RangeTable {
    start: i64,
    step: i64,
    rows: i128,
    /// At most.
    partitions: Option<i64>,
    schema: SchemaRef,
}

impl RangeTable {
    pub fn new(start: i64, end: i64, step: i64, partitions: Option<i64>) -> Self {
        let distance = i128::from(end) - i128::from(start);
        let rows = if (distance > 0) == (step > 0) && distance != 0 {
            let (distance, step) = (distance.unsigned_abs(), i128::from(step).unsigned_abs());
            distance.div_ceil(step) as i128
        } else {
            0
        };
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        Self { start, step, rows, partitions, schema }
    }
}

#[async_trait]
impl TableProvider for RangeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let threads = state.config().target_partitions() as i128;
        let most = self.partitions.map_or(threads, |partitions| threads.min(partitions.into()));
        let partitions = most.min(self.rows / BATCH_ROWS + 1).max(1);
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let generators = (0..partitions).map(|partition| {
            let (from, to) = (self.rows * partition / partitions, self.rows * (partition + 1) / partitions);
            let part = Part { start: self.start, step: self.step, next: from, from, to, schema: Arc::clone(&schema) };
            Arc::new(RwLock::new(part)) as Arc<RwLock<dyn LazyBatchGenerator>>
        });
        let generators = generators.collect();
        Ok(Arc::new(LazyMemoryExec::try_new(schema, generators)?))
    }
}

/// The rows from one place of the range up to another.
#[derive(Debug)]
struct Part {
    start: i64,
    step: i64,
    next: i128,
    from: i128,
    to: i128,
    schema: SchemaRef,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "range: rows {} to {}", self.from, self.to)
    }
}

impl LazyBatchGenerator for Part {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn generate_next_batch(&mut self) -> Result<Option<RecordBatch>> {
        if self.next >= self.to {
            return Ok(None);
        }
        let end = (self.next + BATCH_ROWS).min(self.to);
        let value = |row: i128| (i128::from(self.start) + row * i128::from(self.step)) as i64;
        let options = RecordBatchOptions::new().with_row_count(Some((end - self.next) as usize));
        let columns = match self.schema.fields().is_empty() {
            true => Vec::new(),
            false => vec![Arc::new((self.next..end).map(value).collect::<Int64Array>()) as _],
        };
        self.next = end;
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?))
    }

    fn reset_state(&self) -> Arc<RwLock<dyn LazyBatchGenerator>> {
        let schema = Arc::clone(&self.schema);
        Arc::new(RwLock::new(Part {
            start: self.start,
            step: self.step,
            next: self.from,
            from: self.from,
            to: self.to,
            schema,
        }))
    }
}
