//! All algorithms, sans-IO: *a model is a function, a training step is an aggregate*.
//!
//! An [`Estimator`] never reads data. It asks for [`Pass`]es; whoever runs them (threads, a cluster, a test) hands the
//! merged result back, and the fit asks for the next pass or is done with a [`Transformer`]: a scalar function over
//! columns that batch, SQL, streams and HTTP call alike. No I/O, no clock, no runtime.

pub mod answer;
pub mod bayes;
pub mod block;
pub mod boosting;
pub mod cluster;
pub mod evaluate;
pub mod explain;
pub mod factorised;
pub mod factorization;
pub mod feature;
pub mod fit;
pub mod glm;
mod hash_order;
pub mod instances;
pub mod isotonic;
pub mod linalg;
pub mod linear;
pub mod mixture;
pub mod neighbours;
pub mod optimize;
pub mod param;
pub mod patterns;
pub mod perceptron;
pub mod persist;
pub mod pipeline;
pub mod predictor;
pub mod random;
pub mod registry;
pub mod runner;
pub mod schema;
pub mod search;
pub mod special;
pub mod statistics;
pub mod survival;
#[doc(hidden)]
pub mod testkit;
pub mod topics;
pub mod transform;
pub mod tree;
pub mod turn;

pub use block::{Block, Input, InputKind};
pub use fit::{
    AnyAcc, AnyEstimator, AnyFit, AnyPass, AnyStep, Estimator, Fit, FitReport, Merge, Pass, Step, View, Wire,
};
pub use linalg::{Matrix, Vector};
pub use param::{Kind, ParamSpec, Params, Value};
pub use registry::{Operator, Registry};
pub use transform::{Argument, Attribute, Evaluator, Output, RawInput, RawKind, Transformer};
