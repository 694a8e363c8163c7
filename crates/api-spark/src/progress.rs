//! How far an execution is, told to its client from time to time.

use crate::proto::execute_plan_response::execution_progress::StageInfo;
use crate::proto::execute_plan_response::{ExecutionProgress, ResponseType};
use brickyard_train::Watch;
use parking_lot::Mutex;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// Often enough for a bar to move, rare enough to cost nothing. Shorter executions are not told of.
const INTERVAL: Duration = Duration::from_millis(250);

/// When to tell.
pub fn ticks() -> Interval {
    let mut ticks = tokio::time::interval_at(Instant::now() + INTERVAL, INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What an execution is busy with: a training counts its passes, a query is one task.
#[derive(Default)]
pub struct Busy(Mutex<Option<String>>);

impl Busy {
    /// From now on, the training of the estimator with this uid.
    pub fn training(&self, uid: &str) {
        *self.0.lock() = Some(uid.to_owned());
    }

    pub fn message(&self, watch: &Watch, is_done: bool) -> ResponseType {
        let running = self.0.lock().as_deref().and_then(|uid| watch.of(uid));
        let (done, total) = running.and_then(|fit| fit.progress).map_or((0, 1), |fit| (fit.done, fit.total.max(1)));
        let done = if is_done { total } else { done.min(total) };
        let stage = StageInfo {
            stage_id: 0,
            num_tasks: total as i64,
            num_completed_tasks: done as i64,
            input_bytes_read: 0,
            done: is_done,
        };
        let num_inflight_tasks = i64::from(!is_done);
        ResponseType::ExecutionProgress(ExecutionProgress { stages: vec![stage], num_inflight_tasks })
    }
}
