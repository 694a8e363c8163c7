//! All algorithms, sans-IO: *a model is a function, a training step is an aggregate*.
//!
//! An [`Estimator`] never reads data. It asks for [`Pass`]es; whoever runs them (threads, a cluster, a test) hands the
//! merged result back, and the fit asks for the next pass or is done with a [`Transformer`]: a scalar function over
//! columns that batch, SQL, streams and HTTP call alike. No I/O, no clock, no runtime.

pub mod block;
pub mod cluster;
pub mod evaluate;
pub mod feature;
pub mod fit;
pub mod instances;
mod java_random;
pub mod linalg;
pub mod linear;
pub mod optimize;
pub mod param;
pub mod persist;
pub mod pipeline;
pub mod random;
pub mod registry;
pub mod runner;
pub mod schema;
pub mod statistics;
#[doc(hidden)]
pub mod testkit;
pub mod transform;
pub mod tree;

pub use block::{Block, Input, InputKind};
pub use fit::{
    AnyAcc, AnyEstimator, AnyFit, AnyPass, AnyStep, Estimator, Fit, FitReport, Merge, Pass, Step, View, Wire,
};
pub use linalg::{Matrix, Vector};
pub use param::{Kind, ParamSpec, Params, Value};
pub use registry::{Operator, Registry};
pub use transform::{Argument, Attribute, Evaluator, Output, RawInput, RawKind, Transformer};
