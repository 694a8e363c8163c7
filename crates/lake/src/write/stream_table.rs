//! A frame's result as a table that another session can scan once: how a query's stream reaches the Delta writer
//! without being held in memory.

use crate::spark_types::engine;
use arrow_schema::SchemaRef;
use brickyard_error::Result;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::provider_as_source;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, SendableRecordBatchStream};
use futures::StreamExt;
use std::sync::Arc;

pub(super) async fn scan(frame: DataFrame, schema: SchemaRef) -> Result<LogicalPlan> {
    let context = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await.map_err(engine)?;
    let partitions = plan.output_partitioning().partition_count();
    let part = |index| -> Arc<dyn PartitionStream> {
        Arc::new(Part { plan: plan.clone(), index, context: context.clone(), schema: schema.clone() })
    };
    let table = StreamingTable::try_new(schema.clone(), (0..partitions).map(part).collect()).map_err(engine)?;
    LogicalPlanBuilder::scan("data", provider_as_source(Arc::new(table)), None)
        .and_then(LogicalPlanBuilder::build)
        .map_err(engine)
}

#[derive(Debug)]
struct Part {
    plan: Arc<dyn ExecutionPlan>,
    index: usize,
    context: Arc<TaskContext>,
    schema: SchemaRef,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The stored schema has the same columns and types; it only says nullable, and has no metadata.
    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = self.schema.clone();
        let stream = match self.plan.execute(self.index, self.context.clone()) {
            Ok(stream) => stream,
            Err(error) => {
                let failed = futures::stream::once(async move { Err(error) });
                return Box::pin(RecordBatchStreamAdapter::new(schema, failed));
            }
        };
        let renamed = schema.clone();
        let batches = stream.map(move |batch| relabelled(batch?, &renamed));
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

/// The batch with the stored schema, which has the same columns and types under other labels.
pub(super) fn relabelled(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DataFusionError> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| datafusion::arrow::compute::cast(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}
