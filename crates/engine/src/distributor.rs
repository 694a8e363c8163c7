//! Running a query elsewhere: the server puts a cluster behind it, where there is one.

use async_trait::async_trait;
use brickyard_error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

#[async_trait]
pub trait Distributor: Send + Sync {
    /// The rows of the plan; `None` when the plan is better run in process.
    async fn run(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<Option<SendableRecordBatchStream>>;
}
