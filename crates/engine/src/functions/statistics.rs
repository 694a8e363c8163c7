//! Aggregates of pairs, histograms, bitmaps, grouping sets.

use super::aggregates::{aggregate, pair};
use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::histogram_type;
use brickyard_functions::one_state;
use brickyard_functions::types::is_numeric;
use datafusion::functions_aggregate as native;
use datafusion::logical_expr::{AggregateUDF, cast};
use std::sync::Arc;

pub(super) const FAMILY: Family = &[
    ("regr_avgx", |call| pair(call, native::regr::regr_avgx_udaf())),
    ("regr_avgy", |call| pair(call, native::regr::regr_avgy_udaf())),
    ("regr_sxx", |call| pair(call, native::regr::regr_sxx_udaf())),
    ("regr_sxy", |call| pair(call, native::regr::regr_sxy_udaf())),
    ("regr_syy", |call| pair(call, native::regr::regr_syy_udaf())),
    ("regr_slope", |call| pair(call, native::regr::regr_slope_udaf())),
    ("regr_intercept", |call| pair(call, native::regr::regr_intercept_udaf())),
    ("regr_r2", |call| pair(call, native::regr::regr_r2_udaf())),
    ("regr_count", regr_count),
    ("product", product),
    ("histogram_numeric", histogram_numeric),
    ("bitmap_construct_agg", |call| bitmap(call, "spark_bitmap_construct_agg", DataType::Int64)),
    ("bitmap_or_agg", |call| bitmap(call, "spark_bitmap_or_agg", DataType::Binary)),
    ("bitmap_and_agg", |call| bitmap(call, "spark_bitmap_and_agg", DataType::Binary)),
    ("grouping_id", grouping_id),
];

fn own(name: &str) -> Result<Arc<AggregateUDF>> {
    let found = one_state::all().into_iter().find(|function| function.name() == name);
    found.ok_or_else(|| brickyard_error::Failure::internal(format!("the aggregate {name} vanished")))
}

/// Rows in which neither is null.
fn regr_count(call: &mut Call) -> Result<Typed> {
    let typed = pair(call, native::regr::regr_count_udaf())?;
    Ok(Typed { expr: cast(typed.expr, DataType::Int64), data_type: DataType::Int64, nullable: false, ..typed })
}

fn product(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.convert(0, &DataType::Float64)?;
    Ok(Typed::new(aggregate(own("spark_product")?, call.exprs(), call.distinct), DataType::Float64, true, sql))
}

fn histogram_numeric(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    let value = call.type_of(0).clone();
    let is_time = matches!(value, DataType::Date32 | DataType::Timestamp(..));
    if !is_numeric(&value) || is_time {
        return Err(call.mismatch(0, "NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL"));
    }
    let bins = call.arguments[1].integer();
    let bins = bins.ok_or_else(|| failures::not_constant(&sql, "`nb`", "\"INT\"", &call.arguments[1].sql))?;
    if bins < 2 {
        let details = [
            ("exprName", "nb".to_owned()),
            ("valueRange", "[2, 2147483647]".to_owned()),
            ("currentValue", bins.to_string()),
        ];
        return Err(failures::mismatch("VALUE_OUT_OF_RANGE", &sql, "a histogram has 2 bins at least", &details));
    }
    call.convert(1, &DataType::Int32)?;
    let expr = aggregate(own("spark_histogram_numeric")?, call.exprs(), call.distinct);
    Ok(Typed::new(expr, histogram_type(&value), true, sql))
}

fn bitmap(call: &mut Call, function: &str, wanted: DataType) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    if wanted == DataType::Binary && *call.type_of(0) != wanted {
        return Err(call.mismatch(0, "BINARY"));
    }
    call.convert(0, &wanted)?;
    Ok(Typed::new(aggregate(own(function)?, call.exprs(), call.distinct), DataType::Binary, false, sql))
}

/// Which of the grouping columns are left out, as bits; the columns are those of the grouping, or all.
fn grouping_id(call: &mut Call) -> Result<Typed> {
    let sql = call.sql();
    let expr = cast(aggregate(native::grouping::grouping_udaf(), call.exprs(), false), DataType::Int64);
    Ok(Typed::new(expr, DataType::Int64, false, sql))
}
