//! Dates, timestamps and intervals made of numbers or text, and wall clocks moved from zone to zone.

use super::{Call, Family};
use crate::resolve::Typed;
use arrow::datatypes::{DataType, IntervalUnit};
use brickyard_error::{Failure, Result};
use brickyard_functions::types::{day_time_interval, timestamp, timestamp_ntz};
use datafusion::common::ScalarValue;

pub(super) const FAMILY: Family = &[
    ("make_date", make_date),
    ("make_timestamp", |call| make_timestamp(call, true, false)),
    ("make_timestamp_ltz", |call| make_timestamp(call, true, false)),
    ("make_timestamp_ntz", |call| make_timestamp(call, false, false)),
    ("try_make_timestamp", |call| make_timestamp(call, true, true)),
    ("try_make_timestamp_ltz", |call| make_timestamp(call, true, true)),
    ("try_make_timestamp_ntz", |call| make_timestamp(call, false, true)),
    ("make_interval", |call| make_interval(call, false)),
    ("try_make_interval", |call| make_interval(call, true)),
    ("make_dt_interval", make_day_time_interval),
    ("make_ym_interval", make_year_month_interval),
    ("convert_timezone", convert_timezone),
];

fn make_date(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    call.convert_all(&DataType::Int32)?;
    let mode = call.mode();
    let expr = call.native("spark_make_date", &[mode])?;
    let nullable = call.any_nullable() || mode != "ansi";
    Ok(call.result(expr, DataType::Date32).nullable(nullable))
}

fn make_timestamp(call: &mut Call, has_zone: bool, is_try: bool) -> Result<Typed> {
    let most = if has_zone { 7 } else { 6 };
    if call.arguments.len() < 6 {
        return Err(Failure::unsupported(format!("{} of a date and a time", call.name)));
    }
    call.takes(6..=most)?;
    // Spark shows `try_make_timestamp` without its zone.
    let sql = match call.name {
        "try_make_timestamp" => {
            let shown: Vec<&str> = call.arguments.iter().take(6).map(|argument| argument.sql.as_str()).collect();
            format!("try_make_timestamp({})", shown.join(", "))
        }
        _ => call.sql(),
    };
    for index in 0..5 {
        call.convert(index, &DataType::Int32)?;
    }
    let seconds = call.argument(5);
    if !super::converts(&seconds.data_type, &DataType::Float64) {
        return Err(call.mismatch(5, "DECIMAL(16,6)"));
    }
    call.arguments[5] = call.resolver.implicit(seconds, &DataType::Decimal128(16, 6))?;
    if call.arguments.len() == 7 {
        call.convert(6, &DataType::Utf8)?;
    }
    let zone = if has_zone { call.zone() } else { String::new() };
    let mode = if is_try { "try" } else { call.mode() };
    let expr = call.native("spark_make_timestamp", &[&zone, mode])?;
    let nullable = call.any_nullable() || mode != "ansi";
    Ok(Typed::new(expr, if has_zone { timestamp() } else { timestamp_ntz() }, nullable, sql))
}

fn make_interval(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(usize::from(is_try)..=7)?;
    let sql = {
        let mut shown: Vec<&str> = call.arguments.iter().map(|argument| argument.sql.as_str()).collect();
        shown.extend(["0", "0", "0", "0", "0", "0", "0.000000"].iter().skip(shown.len()));
        format!("{}({})", call.name, shown.join(", "))
    };
    for index in 0..call.arguments.len() {
        call.convert(index, &if index == 6 { DataType::Float64 } else { DataType::Int32 })?;
    }
    let expr = call.native("make_interval", &[])?;
    let typed = call.result(expr, DataType::Interval(IntervalUnit::MonthDayNano)).with_sql(sql);
    let nullable = typed.nullable || is_try;
    Ok(typed.nullable(nullable))
}

fn make_day_time_interval(call: &mut Call) -> Result<Typed> {
    call.takes(0..=4)?;
    for index in 0..call.arguments.len() {
        call.convert(index, &if index == 3 { DataType::Float64 } else { DataType::Int32 })?;
    }
    let expr = call.native("make_dt_interval", &[])?;
    Ok(call.result(expr, day_time_interval()))
}

fn make_year_month_interval(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    for index in 0..call.arguments.len() {
        call.convert(index, &DataType::Int32)?;
    }
    let expr = call.native("spark_make_ym_interval", &[])?;
    Ok(call.result(expr, DataType::Interval(IntervalUnit::YearMonth)))
}

/// `convert_timezone([from,] to, wall clock)`
fn convert_timezone(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if call.arguments.len() == 2 {
        let zone = call.zone();
        call.arguments.insert(0, Typed::literal(ScalarValue::from(zone), "current_timezone()"));
    }
    for (index, wanted) in [DataType::Utf8, DataType::Utf8, timestamp_ntz()].iter().enumerate() {
        call.convert(index, wanted)?;
    }
    let expr = call.native("spark_convert_timezone", &[])?;
    Ok(call.result(expr, timestamp_ntz()))
}
