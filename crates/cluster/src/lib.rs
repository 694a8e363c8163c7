//! Executor processes of this same binary under an embedded Ballista scheduler: queries and training passes run on them,
//! and a lost executor costs time, not the result.
//!
//! Everything is planned on the driver; what travels is a physical plan. Adaptive planning stays off: with it a job may
//! hang when an executor is lost.

mod codec;
mod coordinator;
mod eligible;
mod executor;
mod pass_exec;
mod runner;
mod session;
mod supervisor;
mod training_blocks;

pub use coordinator::{Cluster, ClusterOptions, ExecutorInfo};
pub use executor::{ExecutorOptions, run_executor};
pub use runner::ClusterRunner;
