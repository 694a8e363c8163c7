//! Spark's functions where DataFusion and datafusion-spark differ, and models as functions.
//!
//! A function here has no state: what it needs to know (a result type, a time zone, ANSI or not) is a constant
//! argument, so that a plan is whole in itself.

pub mod aggregate;
pub mod arithmetic;
mod array;
mod cast;
mod date_pattern;
mod datetime;
mod explanation;
pub mod failures;
mod fold;
pub mod format;
mod hash;
mod json;
mod math;
mod model;
pub mod parse;
mod regular;
mod sampling;
mod string;
pub mod summarizer;
pub mod types;
pub mod udf;
mod vector;
mod zone;

pub use cast::{can_cast, is_total as cast_is_total};
pub use explanation::ExplanationFunction;
pub use fold::fold;
pub use model::{KEEP, ModelFunction, ModelSource};
pub use udf::{Definition, call};
pub use zone::{Zone, time_zone};

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use std::sync::Arc;

/// Every scalar function of this crate.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    [
        arithmetic::DEFINITIONS,
        array::DEFINITIONS,
        cast::DEFINITIONS,
        datetime::DEFINITIONS,
        hash::DEFINITIONS,
        json::DEFINITIONS,
        math::DEFINITIONS,
        regular::DEFINITIONS,
        sampling::DEFINITIONS,
        string::DEFINITIONS,
        vector::DEFINITIONS,
    ]
    .into_iter()
    .flatten()
}

/// Registers datafusion-spark's functions and ours over them.
pub fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    datafusion_spark::register_all(registry)?;
    for definition in definitions() {
        registry.register_udf(Arc::new(ScalarUDF::from(udf::SparkFunction::new(definition))))?;
    }
    for function in aggregate::all().into_iter().chain([summarizer::aggregate_metrics()]) {
        registry.register_udaf(Arc::new(AggregateUDF::clone(&function)))?;
    }
    registry.register_higher_order_function(fold())?;
    Ok(())
}
