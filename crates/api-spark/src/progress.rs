//! How far an execution is, told to its client from time to time.

use crate::operation::Operation;
use crate::proto::execute_plan_response::execution_progress::StageInfo;
use crate::proto::execute_plan_response::{ExecutionProgress, ResponseType};
use brickyard_error::Result;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Often enough for a bar to move, rare enough to cost nothing.
const INTERVAL: Duration = Duration::from_millis(250);

/// How much is done, in whatever units the work has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub done: u64,
    pub total: u64,
}

fn message(so_far: Option<Done>, finished: bool) -> ResponseType {
    let Done { done, total } = so_far.unwrap_or(Done { done: 0, total: 1 });
    let done = if finished { total } else { done.min(total) };
    let stage = StageInfo {
        stage_id: 0,
        num_tasks: total as i64,
        num_completed_tasks: done as i64,
        input_bytes_read: 0,
        done: finished,
    };
    ResponseType::ExecutionProgress(ExecutionProgress { stages: vec![stage], num_inflight_tasks: i64::from(!finished) })
}

/// Runs the work and tells the client how far it is until it ends; short work is not told of.
pub async fn reporting<T>(
    operation: &Operation,
    so_far: impl Fn() -> Option<Done>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::pin!(work);
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + INTERVAL, INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            outcome = &mut work => {
                if told && outcome.is_ok() {
                    operation.send_type(message(so_far(), true)).await?;
                }
                return outcome;
            }
            _ = ticks.tick() => {
                operation.send_type(message(so_far(), false)).await?;
                told = true;
            }
        }
    }
}
