//! Sessions, SQL and relations to DataFusion plans, and their execution in process.
//!
//! SQL text and a client's relations become the same tree of [`brickyard_spec`]; one resolver gives names, types and
//! nullability by Spark's rules and builds the plan. DataFusion optimises and executes it.

mod cache;
mod compute_late;
mod conf;
mod distributor;
mod engine;
mod expand;
mod failures;
mod frame;
mod functions;
mod load;
mod planner;
mod platform;
mod resolve;
mod rows;
mod session;
mod show;
mod sql;
mod statement;
pub mod types;

pub use brickyard_python::{PythonOptions, PythonUsers};
pub use conf::{Conf, Setting};
pub use distributor::Distributor;
pub use engine::{Engine, EngineOptions};
pub use failures::engine_failure;
pub use frame::{ExplainMode, Frame};
pub use platform::{EndpointEntry, ModelEntry, ModelOption, NewModel, Platform};
pub use session::{Session, SqlOutcome};
