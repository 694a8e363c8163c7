//! A snapshot whose rows have numbers, by file and place in it: what changes single rows of a table scans it.

use crate::ResolvedDelta;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;

/// The column with a row's number; no name of SQL is written so.
pub const ROW: &str = "#row";

/// Numbers of one file's rows: a Parquet file of the tables here has fewer.
const ROWS_OF_A_FILE: i64 = 1 << 32;

/// The file and the place in it of a numbered row.
pub(crate) fn place_of(row: i64) -> (usize, u32) {
    ((row / ROWS_OF_A_FILE) as usize, (row % ROWS_OF_A_FILE) as u32)
}

/// The columns of a snapshot in its order, then [`ROW`].
#[derive(Debug)]
pub(crate) struct NumberedDelta {
    /// The number of a file's first row is one more partition column.
    inner: ResolvedDelta,
}

impl NumberedDelta {
    /// The files with these places in the snapshot's list.
    pub fn new(snapshot: &ResolvedDelta, wanted: impl Fn(usize) -> bool) -> Self {
        let mut inner = snapshot.clone();
        let mut fields: Vec<Arc<Field>> = inner.schema.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(ROW, DataType::Int64, false)));
        inner.schema = Arc::new(Schema::new(fields));
        inner.partition_columns.push(ROW.to_owned());
        let files = inner.files.into_iter().enumerate().filter(|(place, _)| wanted(*place));
        let numbered = files.map(|(place, mut file)| {
            file.partition_values.push(Some((place as i64 * ROWS_OF_A_FILE).to_string()));
            file
        });
        inner.files = numbered.collect();
        Self { inner }
    }
}

#[async_trait]
impl TableProvider for NumberedDelta {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.inner.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Reads every row: a row that a filter skips would not be counted.
    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let last = self.inner.schema.fields().len() - 1;
        let place = match projection {
            None => Some(last),
            Some(wanted) => wanted.iter().position(|index| *index == last),
        };
        let scan = self.inner.scan(session, projection, &[], None).await?;
        Ok(match place {
            None => scan,
            Some(column) => Arc::new(NumberRows::new(scan, column)),
        })
    }
}

/// Counts the rows of each file on. It shows no input: nothing may be pushed into the scan or split it.
#[derive(Debug)]
struct NumberRows {
    scan: Arc<dyn ExecutionPlan>,
    column: usize,
    properties: Arc<PlanProperties>,
}

impl NumberRows {
    fn new(scan: Arc<dyn ExecutionPlan>, column: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(scan.schema()),
            scan.output_partitioning().clone(),
            scan.pipeline_behavior(),
            scan.boundedness(),
        );
        Self { scan, column, properties: Arc::new(properties) }
    }
}

impl DisplayAs for NumberRows {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberRows: partitions={}", self.scan.output_partitioning().partition_count())
    }
}

impl ExecutionPlan for NumberRows {
    fn name(&self) -> &str {
        "NumberRows"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("NumberRows has no input") }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (column, schema) = (self.column, self.scan.schema());
        let rows = self.scan.execute(partition, context)?;
        // The file being read, by its first row's number, and the rows of it so far.
        let mut file = (-1, 0);
        let numbered = rows.map(move |batch| numbered(batch?, column, &mut file));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, numbered)))
    }
}

fn numbered(batch: RecordBatch, column: usize, file: &mut (i64, i64)) -> Result<RecordBatch> {
    let firsts = batch.column(column).as_primitive::<Int64Type>();
    let mut numbers = Vec::with_capacity(batch.num_rows());
    for first in firsts.values() {
        if *first != file.0 {
            *file = (*first, 0);
        }
        numbers.push(first + file.1);
        file.1 += 1;
    }
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    columns[column] = Arc::new(Int64Array::from(numbers));
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
