//! All partitions of a plan as one stream in their order: computed side by side, handed out one after the other.

use crate::failures::engine_failure;
use arrow::array::RecordBatch;
use brickyard_error::Result;
use datafusion::common::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use futures::stream::{BoxStream, StreamExt};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Batches that a partition may be ahead of its reader.
const AHEAD: usize = 4;

type Rows = BoxStream<'static, Result<RecordBatch, DataFusionError>>;

pub(crate) fn in_order(plan: Arc<dyn ExecutionPlan>, task: Arc<TaskContext>) -> Result<Rows> {
    let count = plan.properties().output_partitioning().partition_count();
    if count == 1 {
        return Ok(plan.execute(0, task).map_err(engine_failure)?.boxed());
    }
    let mut running = JoinSet::new();
    let mut receivers = Vec::with_capacity(count);
    for partition in 0..count {
        let mut rows = plan.execute(partition, Arc::clone(&task)).map_err(engine_failure)?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        running.spawn(async move {
            while let Some(batch) = rows.next().await {
                // Nobody listens any more: stop computing.
                if sender.send(batch).await.is_err() {
                    return;
                }
            }
        });
        receivers.push(receiver);
    }
    let rows = futures::stream::unfold((receivers.into_iter(), None, running), next_batch);
    Ok(rows.boxed())
}

type Receiver = mpsc::Receiver<Result<RecordBatch, DataFusionError>>;
type State = (std::vec::IntoIter<Receiver>, Option<Receiver>, JoinSet<()>);

async fn next_batch(
    (mut waiting, mut current, running): State,
) -> Option<(Result<RecordBatch, DataFusionError>, State)> {
    loop {
        let mut receiver = match current.take() {
            Some(receiver) => receiver,
            None => waiting.next()?,
        };
        if let Some(batch) = receiver.recv().await {
            return Some((batch, (waiting, Some(receiver), running)));
        }
    }
}
