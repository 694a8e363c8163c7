//! Functions of a window: ranks, neighbours.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use datafusion::functions_window as native;
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction};
use datafusion::logical_expr::{Expr, WindowFunctionDefinition, WindowUDF, lit};
use std::sync::Arc;

pub(super) const FAMILY: Family = &[
    ("row_number", |call| ranking(call, native::row_number::row_number_udwf(), DataType::Int32)),
    ("rank", |call| ranking(call, native::rank::rank_udwf(), DataType::Int32)),
    ("dense_rank", |call| ranking(call, native::rank::dense_rank_udwf(), DataType::Int32)),
    ("percent_rank", |call| ranking(call, native::rank::percent_rank_udwf(), DataType::Float64)),
    ("cume_dist", |call| ranking(call, native::cume_dist::cume_dist_udwf(), DataType::Float64)),
    ("ntile", ntile),
    ("lag", |call| neighbour(call, native::lead_lag::lag_udwf())),
    ("lead", |call| neighbour(call, native::lead_lag::lead_udwf())),
    ("nth_value", nth_value),
];

pub(super) fn window_call(function: Arc<WindowUDF>, arguments: Vec<Expr>, ignore_nulls: bool) -> Expr {
    let mut call = WindowFunction::new(WindowFunctionDefinition::WindowUDF(function), arguments);
    call.params.null_treatment = ignore_nulls.then_some(NullTreatment::IgnoreNulls);
    Expr::WindowFunction(Box::new(call))
}

/// Spark counts in ints.
fn ranking(call: &mut Call, function: Arc<WindowUDF>, data_type: DataType) -> Result<Typed> {
    call.takes(0..=0)?;
    let expr = datafusion::logical_expr::cast(window_call(function, Vec::new(), false), data_type.clone());
    Ok(Typed::new(expr, data_type, false, call.sql()))
}

fn ntile(call: &mut Call) -> Result<Typed> {
    call.takes(0..=1)?;
    let count = match call.arguments.first() {
        Some(count) => count.integer().ok_or_else(|| call.mismatch(0, "INT"))?,
        None => 1,
    };
    let ntile = window_call(native::ntile::ntile_udwf(), vec![lit(count)], false);
    let expr = datafusion::logical_expr::cast(ntile, DataType::Int32);
    Ok(Typed::new(expr, DataType::Int32, false, call.sql()))
}

/// `lag(value, offset, default)`, with a flag at the end for `IGNORE NULLS`.
fn neighbour(call: &mut Call, function: Arc<WindowUDF>) -> Result<Typed> {
    call.takes(1..=4)?;
    let mut shown: Vec<String> = call.arguments.iter().map(|argument| argument.sql.clone()).collect();
    if shown.len() == 1 {
        shown.push("1".to_owned());
    }
    if shown.len() == 2 {
        shown.push("NULL".to_owned());
    }
    let sql = format!("{}({})", call.name, shown.join(", "));
    let data_type = call.type_of(0).clone();
    let offset = match call.arguments.get(1) {
        Some(offset) => offset.integer().ok_or_else(|| call.mismatch(1, "INT"))?,
        None => 1,
    };
    let mut arguments = vec![call.argument(0).expr, lit(offset)];
    let mut nullable = true;
    if let Some(default) = call.arguments.get(2).cloned() {
        let default = call.resolver.implicit(default, &data_type)?;
        nullable = default.nullable || call.arguments[0].nullable;
        arguments.push(default.expr);
    }
    let ignore_nulls = call.arguments.len() == 4;
    Ok(Typed::new(window_call(function, arguments, ignore_nulls), data_type, nullable, sql))
}

fn nth_value(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let position = call.arguments[1].integer().filter(|position| *position > 0);
    let position = position.ok_or_else(|| failures::form("nth_value takes a constant position from 1"))?;
    let arguments = vec![call.argument(0).expr, lit(position)];
    let expr = window_call(native::nth_value::nth_value_udwf(), arguments, call.arguments.len() == 3);
    Ok(Typed::new(expr, call.type_of(0).clone(), true, call.sql()))
}
