//! ExecutePlan: runs a query or a command and writes its result into the operation's buffer.
//!
//! The order is Spark's: schema, progress, rows, metrics for a query; the command's own result for a command; always
//! `ResultComplete` or an error at the end.

use crate::analysis::analysed;
use crate::arrow_rows::{Chunking, RowFramer};
use crate::lower::raise_schema;
use crate::operation::{Operation, until_cancelled};
use crate::plan;
use crate::progress::{self, Busy};
use crate::proto::execute_plan_response::{Metrics, ResponseType};
use crate::proto::get_status_response::{OperationStatus, operation_status::OperationState};
use crate::proto::{ExecutePlanResponse, Plan, Relation};
use crate::sessions::ClientSession;
use crate::state::SparkState;
use crate::workers::joined;
use arrow::array::RecordBatch;
use brickyard_engine::Frame;
use brickyard_error::Result;
use futures::StreamExt;
use std::sync::Arc;

/// One execution with all it needs.
pub struct Execution {
    pub state: Arc<SparkState>,
    pub session: Arc<ClientSession>,
    pub operation: Arc<Operation>,
    pub chunking: Chunking,
    pub busy: Busy,
}

impl Execution {
    /// Runs to the end, whatever it is: a result, a failure, an interrupt or a panic. The work itself has threads of its
    /// own; this only watches over it.
    pub async fn run(self: Arc<Self>, plan: Plan) {
        let execution = Arc::clone(&self);
        let mut work = self.state.workers.spawn(async move { execution.execute(plan).await });
        let mut ticks = progress::ticks();
        let mut told = false;
        let mut outcome = loop {
            tokio::select! {
                biased;
                failure = until_cancelled(&self.operation) => {
                    work.abort();
                    break Err(failure);
                }
                outcome = &mut work => break joined(outcome),
                _ = ticks.tick() => {
                    told = true;
                    if let Err(failure) = self.tell_progress(false).await {
                        work.abort();
                        break Err(failure);
                    }
                }
            }
        };
        if told && outcome.is_ok() {
            outcome = self.tell_progress(true).await;
        }
        if let Err(failure) = &outcome {
            tracing::debug!(operation_id = %self.operation.ids.operation, ?failure, "execution failed");
        }
        self.operation.finish(outcome.map_err(|failure| self.session.status(&failure))).await;
    }

    async fn tell_progress(&self, is_done: bool) -> Result<()> {
        self.operation.send_type(self.busy.message(self.state.trainer.watch(), is_done)).await
    }

    async fn execute(&self, plan: Plan) -> Result<()> {
        match plan::operation(plan)? {
            plan::Operation::Query(relation) => self.query(*relation).await,
            plan::Operation::Command(command) => self.command(*command).await,
        }
    }

    async fn query(&self, relation: Relation) -> Result<()> {
        let frame = analysed(&self.state, &self.session, relation).await?;
        self.send_rows(&frame).await
    }

    /// The schema, the rows (at least one batch, perhaps without rows), the metrics.
    pub async fn send_rows(&self, frame: &Frame) -> Result<()> {
        let schema = frame.schema();
        let response = ExecutePlanResponse { schema: Some(raise_schema(&schema)?), ..Default::default() };
        self.operation.send(response).await?;

        let mut framer = RowFramer::new(self.chunking);
        let mut rows = frame.stream().await?;
        let mut is_empty = true;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(brickyard_engine::engine_failure)?;
            if batch.num_rows() > 0 {
                is_empty = false;
                self.send_batch(&mut framer, &batch).await?;
            }
        }
        if is_empty {
            self.send_batch(&mut framer, &RecordBatch::new_empty(schema)).await?;
        }
        self.operation.send(ExecutePlanResponse { metrics: Some(Metrics::default()), ..Default::default() }).await
    }

    async fn send_batch(&self, framer: &mut RowFramer, batch: &RecordBatch) -> Result<()> {
        for message in framer.frame(batch)? {
            self.operation.send_type(ResponseType::ArrowBatch(message)).await?;
        }
        Ok(())
    }
}

/// The state of the operations asked for, of all if none is named.
pub fn operation_statuses(session: &ClientSession, asked: &[String]) -> Vec<OperationStatus> {
    let status = |operation_id: String, state: OperationState| OperationStatus {
        operation_id,
        state: state as i32,
        ..Default::default()
    };
    let found = session.operations().into_iter().map(|operation| {
        let state = if operation.is_running() { OperationState::Running } else { OperationState::Succeeded };
        status(operation.ids.operation.clone(), state)
    });
    if asked.is_empty() {
        return found.collect();
    }
    let found: Vec<_> = found.collect();
    let of = |id: &String| {
        let known = found.iter().find(|status| status.operation_id == *id).cloned();
        known.unwrap_or_else(|| status(id.clone(), OperationState::Unknown))
    };
    asked.iter().map(of).collect()
}
