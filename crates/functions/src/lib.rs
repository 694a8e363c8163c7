//! Spark's functions where DataFusion and datafusion-spark differ, and models as functions.
//!
//! A function here has no state: what it needs to know (a result type, a time zone, ANSI or not) is a constant
//! argument, so that a plan is whole in itself.

pub mod aggregate;
pub mod arithmetic;
mod array;
mod array_change;
mod bitmap;
mod bytes;
mod cast;
mod cipher;
mod csv;
mod date_pattern;
mod datetime;
mod explanation;
pub mod failures;
mod fold;
pub mod format;
mod hash;
mod histogram;
mod json;
mod json_shape;
mod lambda;
mod make_time;
mod map;
mod math;
mod model;
mod number_format;
pub mod one_state;
mod order;
pub mod parse;
mod regular;
mod sampling;
mod string;
pub mod summarizer;
mod text;
pub mod types;
pub mod udf;
mod url;
mod vector;
mod zone;

pub use cast::{can_cast, is_total as cast_is_total};
pub use explanation::ExplanationFunction;
pub use fold::fold;
pub use histogram::histogram_type;
pub use lambda::{each, each_of};
pub use model::{KEEP, ModelFunction, ModelSource};
pub use number_format::NumberFormat;
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
        array_change::DEFINITIONS,
        bitmap::DEFINITIONS,
        bytes::DEFINITIONS,
        cast::DEFINITIONS,
        cipher::DEFINITIONS,
        csv::DEFINITIONS,
        datetime::DEFINITIONS,
        hash::DEFINITIONS,
        json::DEFINITIONS,
        json_shape::DEFINITIONS,
        lambda::DEFINITIONS,
        make_time::DEFINITIONS,
        map::DEFINITIONS,
        math::DEFINITIONS,
        number_format::DEFINITIONS,
        order::DEFINITIONS,
        regular::DEFINITIONS,
        sampling::DEFINITIONS,
        string::DEFINITIONS,
        text::DEFINITIONS,
        url::DEFINITIONS,
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
    let aggregates = aggregate::all().into_iter().chain(one_state::all()).chain([summarizer::aggregate_metrics()]);
    for function in aggregates {
        registry.register_udaf(Arc::new(AggregateUDF::clone(&function)))?;
    }
    for function in [fold()].into_iter().chain(each()) {
        registry.register_higher_order_function(function)?;
    }
    Ok(())
}
