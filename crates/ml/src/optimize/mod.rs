//! Minimisation as a pure state machine: it says where to look, is told value and gradient there, and says
//! where to look next. Who evaluates the objective (a pass over a cluster, a local function) is not its business.
//!
//! L-BFGS with a strong Wolfe line search, and OWL-QN for L1 penalties. Steps, safeguards and stopping rules are those of
//! breeze 2.1, which Spark minimises with, so that histories of the objective agree.

mod bounded;
mod gradient_descent;
mod inverse_hessian;
mod line_search;
mod quasi_newton;

pub use bounded::{BoundedQuasiNewton, Bounds};
pub use gradient_descent::GradientDescent;
pub use quasi_newton::{Options, QuasiNewton, Solution};

/// The scalar product, summed left to right.
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The Euclidean norm.
pub fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}
