//! Dates and timestamps: parts, patterns, now.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::types::{timestamp, timestamp_ntz};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::lit;

pub(super) const FAMILY: Family = &[
    ("hour", |call| clock(call, "spark_hour")),
    ("minute", |call| clock(call, "spark_minute")),
    ("second", |call| clock(call, "spark_second")),
    ("date_part", date_part),
    ("datepart", date_part),
    ("extract", date_part),
    ("date_trunc", date_trunc),
    ("date_format", date_format),
    ("to_date", |call| to_date(call, false)),
    ("try_to_date", |call| to_date(call, true)),
    ("to_timestamp", |call| to_timestamp(call, false)),
    ("try_to_timestamp", |call| to_timestamp(call, true)),
    ("to_timestamp_ltz", |call| to_timestamp(call, false)),
    ("to_timestamp_ntz", to_timestamp_ntz),
    ("unix_timestamp", unix_timestamp),
    ("to_unix_timestamp", unix_timestamp),
    ("from_unixtime", from_unixtime),
    ("months_between", months_between),
    ("current_date", current_date),
    ("curdate", current_date),
    ("current_timestamp", current_timestamp),
    ("now", current_timestamp),
    ("localtimestamp", local_timestamp),
    ("timestamp_literal", timestamp_literal),
    ("timestampdiff", timestamp_diff),
    ("timestampadd", timestamp_add),
    ("from_utc_timestamp", |call| shifted(call, "spark_from_utc")),
    ("to_utc_timestamp", |call| shifted(call, "spark_to_utc")),
    ("window", |_| Err(brickyard_error::Failure::unsupported("time windows outside streams"))),
];

/// The argument as a timestamp, with or without a zone.
fn time(call: &mut Call, index: usize) -> Result<DataType> {
    let wanted = match call.type_of(index) {
        DataType::Timestamp(_, None) => timestamp_ntz(),
        _ => timestamp(),
    };
    call.convert(index, &wanted)?;
    Ok(wanted)
}

fn clock(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(1..=1)?;
    time(call, 0)?;
    let zone = call.zone();
    let expr = call.native(native, &[&zone])?;
    Ok(call.result(expr, DataType::Int32))
}

fn date_part(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    let part = call.arguments[0].text().map(str::to_lowercase);
    let part = part.ok_or_else(|| failures::form("the part of a date is a constant string"))?;
    let function = match part.as_str() {
        "year" | "years" | "y" | "yr" | "yrs" => "year",
        "quarter" | "qtr" => "quarter",
        "month" | "months" | "mon" | "mons" => "month",
        "week" | "weeks" | "w" => "weekofyear",
        "day" | "days" | "d" => "day",
        "dayofweek" | "dow" => "dayofweek",
        "dow_iso" | "dayofweek_iso" => "weekday",
        "doy" => "dayofyear",
        "hour" | "hours" | "h" | "hr" | "hrs" => "hour",
        "minute" | "minutes" | "m" | "min" | "mins" => "minute",
        "second" | "seconds" | "s" | "sec" | "secs" => "second",
        other => return Err(failures::form(format!("a date has no part {other}"))),
    };
    call.arguments.remove(0);
    let build = super::find(function).ok_or_else(|| failures::form("a part of a date"))?;
    let arguments = std::mem::take(&mut call.arguments);
    let typed = build(&mut Call { name: function, arguments, distinct: false, resolver: call.resolver })?;
    Ok(typed.with_sql(sql))
}

fn date_trunc(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(0, &DataType::Utf8)?;
    let result = time(call, 1)?;
    let zone = call.zone();
    let expr = call.native("spark_date_trunc", &[&zone])?;
    Ok(call.result(expr, result).nullable(true))
}

fn date_format(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    time(call, 0)?;
    call.convert(1, &DataType::Utf8)?;
    let zone = call.zone();
    let expr = call.native("spark_date_format", &[&zone])?;
    Ok(call.result(expr, DataType::Utf8))
}

fn to_date(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = call.sql();
    if call.arguments.len() == 1 {
        let value = call.argument(0);
        let nullable = value.nullable || is_try || call.mode() != "ansi";
        let typed = call.resolver.explicit_cast(value, &DataType::Date32, is_try)?;
        return Ok(Typed { alone: None, metadata: None, ..typed }.with_sql(sql).nullable(nullable));
    }
    let parsed = parsed_timestamp(call, is_try)?;
    Ok(call.resolver.implicit(parsed, &DataType::Date32)?.with_sql(sql))
}

fn to_timestamp(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = call.sql();
    if call.arguments.len() == 1 {
        let value = call.argument(0);
        let nullable = value.nullable || is_try || call.mode() != "ansi";
        let typed = call.resolver.explicit_cast(value, &timestamp(), is_try)?;
        return Ok(Typed { alone: None, metadata: None, ..typed }.with_sql(sql).nullable(nullable));
    }
    Ok(parsed_timestamp(call, is_try)?.with_sql(sql))
}

/// A string read by a pattern.
fn parsed_timestamp(call: &mut Call, is_try: bool) -> Result<Typed> {
    if !matches!(call.type_of(0), DataType::Utf8 | DataType::Null) {
        time(call, 0)?;
        return Ok(call.argument(0));
    }
    call.convert_all(&DataType::Utf8)?;
    let (zone, mode) = (call.zone(), if is_try { "try" } else { call.mode() });
    let expr = call.native("spark_parse_timestamp", &[&zone, mode])?;
    let nullable = call.any_nullable() || mode != "ansi";
    Ok(call.result(expr, timestamp()).nullable(nullable))
}

fn to_timestamp_ntz(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = call.sql();
    if call.arguments.len() == 1 {
        let value = call.argument(0);
        let typed = call.resolver.explicit_cast(value, &timestamp_ntz(), false)?;
        return Ok(Typed { alone: None, metadata: None, ..typed }.with_sql(sql));
    }
    let parsed = parsed_timestamp(call, false)?;
    Ok(call.resolver.implicit(parsed, &timestamp_ntz())?.with_sql(sql))
}

fn unix_timestamp(call: &mut Call) -> Result<Typed> {
    call.takes(0..=2)?;
    let sql = match call.arguments.as_slice() {
        [value] => format!("{}({}, yyyy-MM-dd HH:mm:ss)", call.name, value.sql),
        _ => call.sql(),
    };
    let value = match call.arguments.len() {
        0 => current_timestamp(call)?,
        1 if *call.type_of(0) == DataType::Utf8 => {
            let pattern = "yyyy-MM-dd HH:mm:ss";
            call.arguments.push(Typed::literal(ScalarValue::from(pattern), pattern));
            parsed_timestamp(call, false)?
        }
        1 => {
            time(call, 0)?;
            call.argument(0)
        }
        _ => parsed_timestamp(call, false)?,
    };
    let nullable = value.nullable;
    let value = call.resolver.implicit(value, &timestamp())?;
    let expr = call.resolver.native("spark_unix_seconds", vec![value.expr])?;
    Ok(Typed::new(expr, DataType::Int64, nullable, sql))
}

fn from_unixtime(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    call.convert(0, &DataType::Int64)?;
    if call.arguments.len() == 1 {
        let pattern = "yyyy-MM-dd HH:mm:ss";
        call.arguments.push(Typed::literal(ScalarValue::from(pattern), pattern));
    }
    let sql = call.sql();
    let seconds = call.argument(0);
    let instant = call.resolver.explicit_cast(seconds, &timestamp(), false)?;
    let zone = call.zone();
    let arguments = vec![instant.expr, call.argument(1).expr, lit(zone)];
    let expr = call.resolver.native("spark_date_format", arguments)?;
    Ok(Typed::new(expr, DataType::Utf8, true, sql))
}

fn months_between(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let sql = match call.arguments.len() {
        2 => format!("months_between({}, {}, true)", call.arguments[0].sql, call.arguments[1].sql),
        _ => call.sql(),
    };
    call.convert(0, &timestamp())?;
    call.convert(1, &timestamp())?;
    let nullable = call.any_nullable();
    let round_off = call.arguments.get(2).is_none_or(|flag| flag.scalar() == Some(&ScalarValue::Boolean(Some(true))));
    let zone = call.zone();
    let arguments = vec![call.argument(0).expr, call.argument(1).expr, lit(round_off), lit(zone)];
    let expr = call.resolver.native("spark_months_between", arguments)?;
    Ok(Typed::new(expr, DataType::Float64, nullable, sql))
}

fn current_timestamp(call: &mut Call) -> Result<Typed> {
    call.takes(0..=0)?;
    let value = ScalarValue::TimestampMicrosecond(Some(call.resolver.now_micros), Some("UTC".into()));
    Ok(Typed::new(
        lit(value),
        timestamp(),
        false,
        call.sql_as(if call.name == "now" { "now" } else { "current_timestamp" }),
    ))
}

fn current_date(call: &mut Call) -> Result<Typed> {
    call.takes(0..=0)?;
    let local = call.resolver.zone.local(call.resolver.now_micros).unwrap_or_default();
    let days = (local.date() - chrono::NaiveDate::default()).num_days() as i32;
    Ok(Typed::new(lit(ScalarValue::Date32(Some(days))), DataType::Date32, false, call.sql()))
}

fn local_timestamp(call: &mut Call) -> Result<Typed> {
    call.takes(0..=0)?;
    let local = call.resolver.zone.local(call.resolver.now_micros).unwrap_or_default();
    let value = ScalarValue::TimestampMicrosecond(Some(local.and_utc().timestamp_micros()), None);
    Ok(Typed::new(lit(value), timestamp_ntz(), false, call.sql()))
}

/// `TIMESTAMP'…'`, read in the session's zone.
fn timestamp_literal(call: &mut Call) -> Result<Typed> {
    let text = call.arguments[0].text().unwrap_or_default().to_owned();
    let micros = brickyard_functions::parse::timestamp(&text, &call.resolver.zone);
    let micros = micros.ok_or_else(|| failures::invalid_typed_literal("TIMESTAMP", &text))?;
    let value = ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
    let shown = call.resolver.zone.local(micros).map(brickyard_functions::format::timestamp).unwrap_or_default();
    Ok(Typed::literal(value, format!("TIMESTAMP '{shown}'")))
}

/// Fails for a first argument that is no unit of time.
fn check_unit(call: &Call) -> Result<()> {
    const UNITS: [&str; 11] = [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "dayofyear",
        "hour",
        "minute",
        "second",
        "millisecond",
        "microsecond",
    ];
    match call.arguments[0].text() {
        Some(unit) if !UNITS.contains(&unit.to_lowercase().as_str()) => {
            let function = call.name.to_uppercase();
            let details = [("invalidValue", format!("'{unit}'"))];
            Err(brickyard_functions::failures::invalid_parameter("DATETIME_UNIT", &function, "unit", &details))
        }
        _ => Ok(()),
    }
}

fn timestamp_diff(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    check_unit(call)?;
    let sql = call.sql();
    call.convert(1, &timestamp())?;
    call.convert(2, &timestamp())?;
    let zone = call.zone();
    let expr = call.native("spark_timestamp_diff", &[&zone])?;
    Ok(call.result(expr, DataType::Int64).with_sql(sql))
}

fn timestamp_add(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    check_unit(call)?;
    let sql = call.sql();
    call.convert(1, &DataType::Int64)?;
    let result = time(call, 2)?;
    let zone = call.zone();
    let expr = call.native("spark_timestamp_add", &[&zone])?;
    Ok(call.result(expr, result).with_sql(sql))
}

fn shifted(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(0, &timestamp())?;
    call.convert(1, &DataType::Utf8)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, timestamp()))
}
