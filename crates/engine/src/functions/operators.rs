//! Operators: arithmetic, comparison, logic.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::{DataType, IntervalUnit};
use brickyard_error::Result;
use brickyard_functions::arithmetic::Operation;
use brickyard_functions::types::{day_time_interval, is_decimal, is_floating, is_integral, is_numeric, timestamp};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, lit};

pub(super) const FAMILY: Family = &[
    ("+", |call| arithmetic(call, "+", Operation::Add)),
    ("-", |call| arithmetic(call, "-", Operation::Subtract)),
    ("*", |call| arithmetic(call, "*", Operation::Multiply)),
    ("/", |call| arithmetic(call, "/", Operation::Divide)),
    ("%", |call| arithmetic(call, "%", Operation::Remainder)),
    ("mod", |call| arithmetic(call, "%", Operation::Remainder)),
    ("div", |call| arithmetic(call, "div", Operation::IntegralDivide)),
    ("pmod", |call| arithmetic(call, "pmod", Operation::PositiveRemainder)),
    ("try_add", |call| tried(call, Operation::Add)),
    ("try_subtract", |call| tried(call, Operation::Subtract)),
    ("try_multiply", |call| tried(call, Operation::Multiply)),
    ("try_divide", |call| tried(call, Operation::Divide)),
    ("try_mod", |call| tried(call, Operation::Remainder)),
    ("negative", negative),
    ("positive", positive),
    ("=", |call| comparison(call, "=", Operator::Eq)),
    ("==", |call| comparison(call, "=", Operator::Eq)),
    ("!=", not_equal),
    ("<>", not_equal),
    ("<", |call| comparison(call, "<", Operator::Lt)),
    ("<=", |call| comparison(call, "<=", Operator::LtEq)),
    (">", |call| comparison(call, ">", Operator::Gt)),
    (">=", |call| comparison(call, ">=", Operator::GtEq)),
    ("<=>", |call| comparison(call, "<=>", Operator::IsNotDistinctFrom)),
    ("equal_null", equal_null),
    ("and", |call| logic(call, "AND", Operator::And)),
    ("or", |call| logic(call, "OR", Operator::Or)),
    ("not", not),
    ("!", not),
    ("isnull", is_null),
    ("isnotnull", is_not_null),
    ("istrue", |call| truth(call, Expr::IsTrue, "IS TRUE")),
    ("isnottrue", |call| truth(call, Expr::IsNotTrue, "IS NOT TRUE")),
    ("isfalse", |call| truth(call, Expr::IsFalse, "IS FALSE")),
    ("isnotfalse", |call| truth(call, Expr::IsNotFalse, "IS NOT FALSE")),
    ("in", is_in),
    ("between", between),
];

fn infix(call: &Call, symbol: &str) -> String {
    format!("({} {symbol} {})", call.arguments[0].sql, call.arguments[1].sql)
}

fn arithmetic(call: &mut Call, symbol: &str, operation: Operation) -> Result<Typed> {
    if call.arguments.len() == 1 && symbol == "-" {
        return negative(call);
    }
    call.takes(2..=2)?;
    let sql = match (symbol, call.name) {
        ("pmod", _) => call.sql(),
        (_, "mod") => call.sql(),
        _ => infix(call, symbol),
    };
    let mode = call.mode();
    computed(call, operation, mode, sql)
}

fn tried(call: &mut Call, operation: Operation) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    Ok(computed(call, operation, "try", sql)?.nullable(true))
}

fn computed(call: &mut Call, operation: Operation, mode: &str, sql: String) -> Result<Typed> {
    let (left, right) = (call.type_of(0).clone(), call.type_of(1).clone());
    if is_time(&left) || is_time(&right) || is_interval(&left) || is_interval(&right) {
        return with_time(call, operation, mode, sql);
    }
    let (left, right) = operand_types(&left, &right, operation, call.resolver.ansi)
        .ok_or_else(|| failures::different_operands(&sql, &left, &right))?;
    let (left, right) = (literal_precision(call, 0, &left), literal_precision(call, 1, &right));
    call.arguments[0] = call.resolver.implicit(call.argument(0), &left)?;
    call.arguments[1] = call.resolver.implicit(call.argument(1), &right)?;
    let result = operation.result_type(&left, &right);
    let divides = !matches!(operation, Operation::Add | Operation::Subtract | Operation::Multiply);
    // A decimal result may not fit, and a quotient may not exist; sums of decimals of one scale always fit.
    let narrow = matches!(result, DataType::Decimal128(38, _));
    let mixed =
        is_decimal(&result) && call.arguments.iter().any(|argument| matches!(argument.expr, Expr::ScalarFunction(_)));
    let nullable = call.any_nullable() || divides || (mixed && !narrow);
    let simple = is_floating(&result) && !divides;
    let expr = match operation {
        _ if !simple => call.native(operation.function(), &[mode])?,
        Operation::Add => call.argument(0).expr + call.argument(1).expr,
        Operation::Subtract => call.argument(0).expr - call.argument(1).expr,
        _ => call.argument(0).expr * call.argument(1).expr,
    };
    Ok(Typed::new(expr, result, nullable, sql))
}

/// The types the operands become before the operation.
fn operand_types(left: &DataType, right: &DataType, operation: Operation, ansi: bool) -> Option<(DataType, DataType)> {
    use DataType::*;
    let from_string = |other: &DataType| match other {
        _ if !ansi => Some(Float64),
        other if is_integral(other) => Some(Int64),
        Utf8 | Null => Some(Float64),
        other if is_numeric(other) => Some(Float64),
        _ => None,
    };
    let (left, right) = match (left, right) {
        (Null, Null) => (Float64, Float64),
        (Null, other) => (other.clone(), other.clone()),
        (other, Null) => (other.clone(), other.clone()),
        _ => (left.clone(), right.clone()),
    };
    let (left, right) = match (&left, &right) {
        (Utf8, other) => (from_string(other)?, if *other == Utf8 { Float64 } else { other.clone() }),
        (other, Utf8) => (other.clone(), from_string(other)?),
        _ => (left, right),
    };
    if !is_numeric(&left) || !is_numeric(&right) {
        return None;
    }
    match (is_decimal(&left), is_decimal(&right)) {
        (true, true) => return Some((left, right)),
        (true, false) if is_integral(&right) => {
            return Some((left, brickyard_functions::arithmetic::decimal_for(&right)));
        }
        (false, true) if is_integral(&left) => {
            return Some((brickyard_functions::arithmetic::decimal_for(&left), right));
        }
        (true, false) | (false, true) => return Some((Float64, Float64)),
        (false, false) => {}
    }
    let common = match operation {
        Operation::Divide => Float64,
        Operation::IntegralDivide => Int64,
        _ => crate::resolve::wider_number(&left, &right)?,
    };
    Some((common.clone(), common))
}

/// A constant whole number beside a decimal takes just the digits it has.
fn literal_precision(call: &Call, index: usize, wanted: &DataType) -> DataType {
    match (call.arguments[index].integer(), wanted) {
        (Some(value), DataType::Decimal128(_, 0)) if is_integral(call.type_of(index)) => {
            DataType::Decimal128(value.unsigned_abs().to_string().len() as u8, 0)
        }
        _ => wanted.clone(),
    }
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
}

fn is_interval(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Duration(_) | DataType::Interval(_))
}

/// Dates, timestamps and intervals.
fn with_time(call: &mut Call, operation: Operation, mode: &str, sql: String) -> Result<Typed> {
    use DataType::*;
    let (left, right) = (call.type_of(0).clone(), call.type_of(1).clone());
    let nullable = call.any_nullable();
    let wrong = || failures::different_operands(&sql, &left, &right);
    let zone = call.zone();
    let sign = if operation == Operation::Subtract { -1 } else { 1 };
    let add = |call: &mut Call, time: usize, interval: usize| -> Result<Typed> {
        let (time, interval) = (call.argument(time), call.argument(interval));
        let days = match interval.scalar() {
            Some(ScalarValue::DurationMicrosecond(Some(micros))) => Some(*micros),
            _ => None,
        };
        let whole_days = days.is_some_and(|micros| micros % 86_400_000_000 == 0)
            || matches!(interval.data_type, Interval(IntervalUnit::YearMonth));
        // A date and whole days or months is a date; with a time of day it is a timestamp.
        let result = match &time.data_type {
            Date32 if whole_days => Date32,
            Date32 => timestamp(),
            other => other.clone(),
        };
        let time = call.resolver.implicit(time, &result)?;
        let expr =
            call.resolver.native("spark_add_interval", vec![time.expr, interval.expr, lit(sign), lit(zone.clone())])?;
        Ok(Typed::new(expr, result, nullable, sql.clone()))
    };
    match (operation, &left, &right) {
        (Operation::Add, time, interval) if is_time(time) && is_interval(interval) => add(call, 0, 1),
        (Operation::Add, interval, time) if is_time(time) && is_interval(interval) => add(call, 1, 0),
        (Operation::Subtract, time, interval) if is_time(time) && is_interval(interval) => add(call, 0, 1),
        // `date + 1`
        (Operation::Add | Operation::Subtract, Date32, days) if is_integral(days) => {
            let days = call.resolver.implicit(call.argument(1), &Int32)?;
            let days =
                if sign < 0 { call.resolver.native("spark_negate", vec![days.expr, lit(mode)])? } else { days.expr };
            let expr = call.resolver.native("date_add", vec![call.argument(0).expr, days])?;
            Ok(Typed::new(expr, Date32, nullable, sql))
        }
        (Operation::Subtract, left, right)
            if (is_time(left) || *left == Utf8) && (is_time(right) || *right == Utf8) =>
        {
            let common = call.resolver.wider_type(left, right).ok_or_else(wrong)?;
            let (a, b) = (call.argument(0), call.argument(1));
            let (a, b) = (call.resolver.implicit(a, &common)?, call.resolver.implicit(b, &common)?);
            let expr = call.resolver.native("spark_subtract_times", vec![a.expr, b.expr])?;
            Ok(Typed::new(expr, day_time_interval(), nullable, sql))
        }
        (Operation::Add | Operation::Subtract, a, b) if a == b => {
            let expr = call.native(operation.function(), &[mode])?;
            Ok(Typed::new(expr, left.clone(), nullable, sql))
        }
        (Operation::Multiply | Operation::Divide, interval, number) if is_interval(interval) && is_numeric(number) => {
            let factor = call.resolver.implicit(call.argument(1), &Float64)?;
            let divides = operation == Operation::Divide;
            let arguments = vec![call.argument(0).expr, factor.expr, lit(divides)];
            let expr = call.resolver.native("spark_scale_interval", arguments)?;
            Ok(Typed::new(expr, left.clone(), nullable || divides, sql))
        }
        (Operation::Multiply, number, interval) if is_interval(interval) && is_numeric(number) => {
            call.arguments.swap(0, 1);
            with_time(call, operation, mode, sql)
        }
        _ => Err(wrong()),
    }
}

fn negative(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = match call.name {
        "-" => format!("(- {})", call.arguments[0].sql),
        _ => call.sql(),
    };
    match call.type_of(0).clone() {
        DataType::Utf8 | DataType::Null => call.convert(0, &DataType::Float64)?,
        other if is_numeric(&other) || is_interval(&other) => {}
        _ => return Err(call.mismatch_in(&sql, 0, "NUMERIC\" or \"INTERVAL")),
    }
    let mode = call.mode();
    let expr = call.native("spark_negate", &[mode])?;
    Ok(call.result(expr, call.type_of(0).clone()).with_sql(sql))
}

fn positive(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = format!("(+ {})", call.arguments[0].sql);
    Ok(Typed { column: None, is_named: false, ..call.argument(0) }.with_sql(sql))
}

fn comparison(call: &mut Call, symbol: &str, operator: Operator) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = infix(call, symbol);
    compare(call, operator, sql)
}

fn equal_null(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    compare(call, Operator::IsNotDistinctFrom, sql)
}

fn compare(call: &mut Call, operator: Operator, sql: String) -> Result<Typed> {
    let (left, right) = (call.argument(0), call.argument(1));
    let (left, right) = call.resolver.common_for_comparison(&sql, left, right)?;
    if let DataType::Map(..) = left.data_type {
        return Err(failures::mismatch("INVALID_ORDERING_TYPE", &sql, "maps cannot be compared", &[]));
    }
    // NULL compared with NULL needs a type.
    let (left, right) = match left.data_type {
        DataType::Null => {
            (call.resolver.implicit(left, &DataType::Boolean)?, call.resolver.implicit(right, &DataType::Boolean)?)
        }
        _ => (left, right),
    };
    let nullable = operator != Operator::IsNotDistinctFrom && (left.nullable || right.nullable);
    let (a, b) = (comparable(call, &left, &right)?, comparable(call, &right, &left)?);
    Ok(Typed::new(binary_expr(a, operator, b), DataType::Boolean, nullable, sql))
}

/// `-0.0` equals `0.0` in Spark; Arrow tells them apart. Beside a constant that is not zero it makes no difference, and
/// the column stays one that files can be searched by.
fn comparable(call: &Call, typed: &Typed, other: &Typed) -> Result<Expr> {
    let is_harmless = |value: &ScalarValue| match value {
        ScalarValue::Float64(Some(value)) => *value != 0.0 && !value.is_nan(),
        ScalarValue::Float32(Some(value)) => *value != 0.0 && !value.is_nan(),
        _ => false,
    };
    let harmless = other.scalar().is_some_and(is_harmless) || typed.scalar().is_some_and(is_harmless);
    if !is_floating(&typed.data_type) || harmless {
        return Ok(typed.expr.clone());
    }
    call.resolver.native("spark_normal_float", vec![typed.expr.clone()])
}

fn not_equal(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = format!("(NOT {})", infix(call, "="));
    compare(call, Operator::NotEq, sql)
}

fn logic(call: &mut Call, word: &str, operator: Operator) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = infix(call, word);
    for index in 0..2 {
        let data_type = call.type_of(index);
        if !matches!(data_type, DataType::Boolean | DataType::Null) {
            return Err(call.mismatch_in(&sql, index, "BOOLEAN"));
        }
        call.convert_in(&sql, index, &DataType::Boolean)?;
    }
    let nullable = call.any_nullable();
    Ok(Typed::new(
        binary_expr(call.argument(0).expr, operator, call.argument(1).expr),
        DataType::Boolean,
        nullable,
        sql,
    ))
}

fn not(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = format!("(NOT {})", call.arguments[0].sql);
    if !matches!(call.type_of(0), DataType::Boolean | DataType::Null) {
        return Err(call.mismatch_in(&sql, 0, "BOOLEAN"));
    }
    call.convert_in(&sql, 0, &DataType::Boolean)?;
    Ok(call.result(Expr::Not(Box::new(call.argument(0).expr)), DataType::Boolean).with_sql(sql))
}

fn is_null(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = format!("({} IS NULL)", call.arguments[0].sql);
    Ok(Typed::new(call.argument(0).expr.is_null(), DataType::Boolean, false, sql))
}

fn is_not_null(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = format!("({} IS NOT NULL)", call.arguments[0].sql);
    Ok(Typed::new(call.argument(0).expr.is_not_null(), DataType::Boolean, false, sql))
}

fn truth(call: &mut Call, make: fn(Box<Expr>) -> Expr, words: &str) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = format!("({} {words})", call.arguments[0].sql);
    call.convert_in(&sql, 0, &DataType::Boolean)?;
    Ok(Typed::new(make(Box::new(call.argument(0).expr)), DataType::Boolean, false, sql))
}

fn is_in(call: &mut Call) -> Result<Typed> {
    call.takes(1..=usize::MAX)?;
    let list: Vec<&str> = call.arguments[1..].iter().map(|argument| argument.sql.as_str()).collect();
    let sql = format!("({} IN ({}))", call.arguments[0].sql, list.join(", "));
    if call.arguments.len() == 1 {
        return Ok(Typed::new(lit(false), DataType::Boolean, false, sql));
    }
    let common = call.resolver.common_type(&sql, &call.arguments)?;
    for index in 0..call.arguments.len() {
        call.arguments[index] = call.resolver.implicit(call.argument(index), &common)?;
    }
    let nullable = call.any_nullable();
    let mut exprs = call.exprs();
    if is_floating(&common) {
        exprs = exprs
            .into_iter()
            .map(|expr| call.resolver.native("spark_normal_float", vec![expr]))
            .collect::<Result<_>>()?;
    }
    let value = exprs.remove(0);
    Ok(Typed::new(value.in_list(exprs, false), DataType::Boolean, nullable, sql))
}

fn between(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    let sql = call.sql_as("between");
    let (value, low, high) = (call.argument(0), call.argument(1), call.argument(2));
    call.arguments = vec![value.clone(), low];
    let above = compare(call, Operator::GtEq, sql.clone())?;
    call.arguments = vec![value, high];
    let below = compare(call, Operator::LtEq, sql.clone())?;
    Ok(Typed::new(above.expr.and(below.expr), DataType::Boolean, above.nullable || below.nullable, sql))
}
