//! Functions of users, run by Python inside queries.
//!
//! A client pickles a function and says what it takes ([`brickyard_spec::PythonWay`]). Worker processes of PySpark's own
//! (`pyspark.daemon`, `pyspark.worker`) run it: [`Workers`] starts them, `wire` speaks their framing, `conversation`
//! sends rows in while rows come out. In a plan a scalar function is a [`PythonCall`] that the rule [`PythonCalls`]
//! brings into a [`PythonNode`]; functions over frames and groups are such nodes from the start. [`PythonPlanner`]
//! makes each node a [`PythonExec`].

mod call;
mod context;
mod conversation;
mod exec;
mod groups;
mod node;
mod planner;
mod results;
mod wire;
mod workers;

pub use call::{PythonCall, PythonCalls, has_python_call};
pub use context::Context;
pub use exec::PythonExec;
pub use node::{Call, Frame, Operation, PythonNode};
pub use planner::PythonPlanner;
pub use workers::{PythonOptions, PythonUsers, Workers};

use brickyard_error::Failure;
use datafusion::common::DataFusionError;

/// A failure of ours on its way through DataFusion.
pub(crate) fn external(failure: Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}

/// A failure of DataFusion's; one of ours inside it comes out as it is.
pub(crate) fn internal(error: DataFusionError) -> Failure {
    match Failure::find(&error) {
        Some(failure) => failure.repeat(),
        None => Failure::internal("rows for Python").because(error),
    }
}
