//! ExecutePlan: runs a query or a command and writes its result into the operation's buffer.
//!
//! The order is Spark's: schema, progress, rows, metrics for a query; the command's own result for a command; always
//! `ResultComplete` or an error at the end.

use crate::analysis::analysed;
use crate::arrow_rows::{Chunking, RowFramer};
use crate::lower::raise_schema;
use crate::operation::{Operation, until_cancelled};
use crate::plan;
use crate::progress::reporting;
use crate::proto::execute_plan_response::{Metrics, ResponseType};
use crate::proto::get_status_response::{OperationStatus, operation_status::OperationState};
use crate::proto::{ExecutePlanResponse, Plan, Relation};
use crate::sessions::ClientSession;
use crate::state::SparkState;
use arrow::array::RecordBatch;
use brickyard_engine::Frame;
use brickyard_error::{Failure, Result};
use futures::{FutureExt, StreamExt};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// One execution with all it needs.
pub struct Execution {
    pub state: Arc<SparkState>,
    pub session: Arc<ClientSession>,
    pub operation: Arc<Operation>,
    pub chunking: Chunking,
}

impl Execution {
    /// Runs to the end, whatever it is: a result, a failure, an interrupt or a panic.
    pub async fn run(self, plan: Plan) {
        let work = AssertUnwindSafe(self.execute(plan)).catch_unwind();
        let outcome = tokio::select! {
            biased;
            failure = until_cancelled(&self.operation) => Err(failure),
            outcome = work => outcome.unwrap_or_else(|_| Err(Failure::internal("the execution panicked; see the log"))),
        };
        if let Err(failure) = &outcome {
            tracing::debug!(operation_id = %self.operation.ids.operation, ?failure, "execution failed");
        }
        self.operation.finish(outcome.map_err(|failure| self.session.status(&failure))).await;
    }

    async fn execute(&self, plan: Plan) -> Result<()> {
        match plan::operation(plan)? {
            plan::Operation::Query(relation) => self.query(relation).await,
            plan::Operation::Command(command) => self.command(command).await,
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
        let mut rows = reporting(&self.operation, || None, frame.stream()).await?;
        let mut is_empty = true;
        while let Some(batch) = reporting(&self.operation, || None, async { Ok(rows.next().await) }).await? {
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
