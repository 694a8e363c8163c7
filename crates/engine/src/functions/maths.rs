//! Mathematics: roots, logarithms, angles, rounding, random numbers.

use super::{Call, Family};
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::types::{is_decimal, is_floating, is_integral, is_numeric};
use datafusion::logical_expr::{cast, lit};

pub(super) const FAMILY: Family = &[
    ("sqrt", |call| of_double(call, "spark_sqrt", "SQRT")),
    ("cbrt", |call| of_double(call, "cbrt", "CBRT")),
    ("exp", |call| of_double(call, "exp", "EXP")),
    ("expm1", |call| of_double(call, "expm1", "EXPM1")),
    ("sin", |call| of_double(call, "sin", "SIN")),
    ("cos", |call| of_double(call, "cos", "COS")),
    ("tan", |call| of_double(call, "tan", "TAN")),
    ("cot", |call| of_double(call, "cot", "COT")),
    ("asin", |call| of_double(call, "asin", "ASIN")),
    ("acos", |call| of_double(call, "acos", "ACOS")),
    ("atan", |call| of_double(call, "atan", "ATAN")),
    ("csc", |call| of_double(call, "csc", "CSC")),
    ("sec", |call| of_double(call, "sec", "SEC")),
    ("sinh", |call| of_double(call, "sinh", "SINH")),
    ("cosh", |call| of_double(call, "cosh", "COSH")),
    ("tanh", |call| of_double(call, "tanh", "TANH")),
    ("asinh", |call| of_double(call, "asinh", "ASINH")),
    ("acosh", |call| of_double(call, "acosh", "ACOSH")),
    ("atanh", |call| of_double(call, "atanh", "ATANH")),
    ("degrees", |call| of_double(call, "degrees", "DEGREES")),
    ("radians", |call| of_double(call, "radians", "RADIANS")),
    ("rint", |call| of_double(call, "spark_rint", "rint")),
    ("sign", |call| of_double(call, "spark_sign", "sign")),
    ("signum", |call| of_double(call, "spark_sign", "SIGNUM")),
    ("ln", |call| logarithm(call, "spark_ln", "ln")),
    ("log10", |call| logarithm(call, "spark_log10", "LOG10")),
    ("log2", |call| logarithm(call, "spark_log2", "LOG2")),
    ("log1p", |call| logarithm(call, "spark_log1p", "LOG1P")),
    ("log", log),
    ("pow", power),
    ("power", power),
    ("atan2", |call| of_two(call, "atan2", "ATAN2")),
    ("hypot", |call| of_two(call, "hypot", "HYPOT")),
    ("e", |call| {
        call.takes(0..=0)?;
        Ok(Typed::new(lit(std::f64::consts::E), DataType::Float64, false, call.sql_as("E")))
    }),
    ("pi", |call| {
        call.takes(0..=0)?;
        Ok(Typed::new(lit(std::f64::consts::PI), DataType::Float64, false, "PI()"))
    }),
    ("abs", abs),
    ("round", |call| round(call, "spark_round_half_up")),
    ("bround", |call| round(call, "spark_round_half_even")),
    ("floor", |call| whole(call, "spark_floor", "FLOOR")),
    ("ceil", |call| whole(call, "spark_ceil", "CEIL")),
    ("ceiling", |call| whole(call, "spark_ceil", "ceiling")),
    ("nanvl", nanvl),
    ("rand", |call| random(call, "spark_rand_of", "rand")),
    ("random", |call| random(call, "spark_rand_of", "rand")),
    ("randn", |call| random(call, "spark_randn_of", "randn")),
    ("monotonically_increasing_id", increasing),
    ("spark_partition_id", partition),
    ("hex", hex),
    ("conv", conv),
    ("greatest", |call| extreme(call, "greatest")),
    ("least", |call| extreme(call, "least")),
];

fn doubles(call: &mut Call, shown: &str) -> Result<String> {
    let sql = call.sql_as(shown);
    for index in 0..call.arguments.len() {
        call.convert_in(&sql, index, &DataType::Float64)?;
    }
    Ok(sql)
}

fn of_double(call: &mut Call, native: &str, shown: &str) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = doubles(call, shown)?;
    let expr = call.native(native, &[])?;
    // Spark calls every function of one double nullable.
    Ok(call.result(expr, DataType::Float64).with_sql(sql).nullable(true))
}

/// Null for what has no logarithm.
fn logarithm(call: &mut Call, native: &str, shown: &str) -> Result<Typed> {
    of_double(call, native, shown)
}

fn log(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    if call.arguments.len() == 1 {
        let sql = format!("LOG(E(), {})", call.arguments[0].sql);
        return Ok(logarithm(call, "spark_ln", "ln")?.with_sql(sql));
    }
    let sql = doubles(call, "LOG")?;
    let expr = call.native("spark_log", &[])?;
    Ok(call.result(expr, DataType::Float64).with_sql(sql).nullable(true))
}

fn power(call: &mut Call) -> Result<Typed> {
    let shown = if call.name == "pow" { "pow" } else { "POWER" };
    of_two(call, "spark_power", shown)
}

fn of_two(call: &mut Call, native: &str, shown: &str) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = doubles(call, shown)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, DataType::Float64).with_sql(sql))
}

fn number(call: &mut Call, index: usize) -> Result<DataType> {
    if matches!(call.type_of(index), DataType::Utf8 | DataType::Null) {
        call.convert(index, &DataType::Float64)?;
    }
    match call.type_of(index) {
        data_type if is_numeric(data_type) => Ok(data_type.clone()),
        _ => Err(call.mismatch(index, "NUMERIC")),
    }
}

fn abs(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let data_type = number(call, 0)?;
    let mode = call.mode();
    let expr = call.native("spark_abs", &[mode])?;
    Ok(call.result(expr, data_type))
}

fn round(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(1..=2)?;
    let digits = match call.arguments.get(1) {
        None => 0,
        Some(digits) => digits.integer().ok_or_else(|| call.mismatch(1, "INT"))?,
    };
    let sql = match call.arguments.len() {
        1 => format!("{}({}, 0)", call.name, call.arguments[0].sql),
        _ => call.sql(),
    };
    let data_type = number(call, 0)?;
    let result = match &data_type {
        DataType::Decimal128(precision, scale) => {
            let kept = digits.clamp(0, i64::from(*scale)) as i8;
            let whole = precision - *scale as u8;
            // One digit more, for what is rounded up.
            let grown = u8::from(kept < *scale);
            DataType::Decimal128((whole + grown + kept as u8).clamp(1, 38), kept)
        }
        other => other.clone(),
    };
    let value = call.argument(0).expr;
    let mut expr = call.resolver.native(native, vec![value, lit(digits as i32)])?;
    if is_decimal(&result) {
        let typed = Typed::new(expr, data_type, true, "");
        expr = call.resolver.explicit_cast(typed, &result, false)?.expr;
    }
    Ok(call.result(expr, result).with_sql(sql).nullable(true))
}

/// `floor` and `ceil`: bigints of fractions, decimals without scale of decimals.
fn whole(call: &mut Call, native: &str, shown: &str) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = call.sql_as(shown);
    let nullable = call.any_nullable();
    let data_type = number(call, 0)?;
    if call.arguments.len() == 2 {
        return Err(brickyard_error::Failure::unsupported(format!("{} with a scale", call.name)));
    }
    match &data_type {
        DataType::Decimal128(precision, scale) => {
            let result = DataType::Decimal128((precision - *scale as u8 + 1).min(38), 0);
            let expr = call.native(native, &[])?;
            Ok(Typed::new(expr, result, true, sql))
        }
        other if is_integral(other) => {
            let expr = cast(call.argument(0).expr, DataType::Int64);
            Ok(Typed::new(expr, DataType::Int64, true, sql))
        }
        _ => {
            call.convert(0, &DataType::Float64)?;
            let expr = call.native(native, &[])?;
            Ok(Typed::new(expr, DataType::Int64, nullable, sql).nullable(true))
        }
    }
}

fn nanvl(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert_all(&DataType::Float64)?;
    let expr = call.native("nanvl", &[])?;
    Ok(call.result(expr, DataType::Float64).nullable(true))
}

fn random(call: &mut Call, native: &str, shown: &str) -> Result<Typed> {
    call.takes(0..=1)?;
    let seed = match call.arguments.first() {
        Some(seed) => seed.integer().ok_or_else(|| call.mismatch(0, "INT"))?,
        None => any_seed(),
    };
    let sql = if call.arguments.is_empty() { format!("{shown}()") } else { call.sql_as(shown) };
    let place = call.resolver.place();
    let expr = call.resolver.native(native, vec![place, lit(seed)])?;
    Ok(Typed::new(expr, DataType::Float64, false, sql))
}

/// A seed that differs from call to call.
pub(super) fn any_seed() -> i64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() as i64
}

fn increasing(call: &mut Call) -> Result<Typed> {
    call.takes(0..=0)?;
    let expr = cast(call.resolver.place(), DataType::Int64) - lit(1i64);
    Ok(Typed::new(expr, DataType::Int64, false, call.sql()))
}

/// Rows are numbered as those of one partition, see [`increasing`].
fn partition(call: &mut Call) -> Result<Typed> {
    call.takes(0..=0)?;
    Ok(Typed::new(lit(0i32), DataType::Int32, false, "SPARK_PARTITION_ID()"))
}

fn hex(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let wanted = match call.type_of(0) {
        DataType::Binary => DataType::Binary,
        DataType::Utf8 => DataType::Utf8,
        data_type if is_integral(data_type) || *data_type == DataType::Null => DataType::Int64,
        data_type if is_floating(data_type) || is_decimal(data_type) => DataType::Int64,
        _ => return Err(call.mismatch(0, "BIGINT\" or \"BINARY\" or \"STRING")),
    };
    call.arguments[0] = call.resolver.implicit(call.argument(0), &wanted)?;
    let expr = cast(call.native("hex", &[])?, DataType::Utf8);
    Ok(call.result(expr, DataType::Utf8))
}

fn conv(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Int32)?;
    call.convert(2, &DataType::Int32)?;
    let expr = call.native("spark_conv", &[])?;
    Ok(call.result(expr, DataType::Utf8).nullable(true))
}

fn extreme(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(2..=usize::MAX)?;
    let common = call.unify(0)?;
    // Null only where all are.
    let nullable = call.arguments.iter().all(|argument| argument.nullable);
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, common).nullable(nullable))
}
