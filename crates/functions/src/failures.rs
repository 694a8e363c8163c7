//! Failures of values, under Spark's conditions.

use crate::types::sql_name;
use arrow::datatypes::DataType;
use brickyard_error::{Condition, Failure, SparkException, codes};
use datafusion::error::DataFusionError;

const ANSI: &str = "\"spark.sql.ansi.enabled\"";

/// A failure on its way through DataFusion.
pub fn external(failure: Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}

fn value(condition: Condition, text: impl Into<String>) -> Failure {
    Failure::new(&codes::sql::VALUE, text).with_condition(condition)
}

fn arithmetic(class: &str, sql_state: &str) -> Condition {
    Condition::new(class, sql_state, SparkException::Arithmetic)
}

/// `instead`: the function that gives null, for example `try_add`; or nothing.
pub fn overflow(message: &str, instead: &str) -> Failure {
    let alternative = match instead {
        "" => String::new(),
        name => format!(" Use '{name}' to tolerate overflow and return NULL instead."),
    };
    let text = format!("{message}.{alternative} If necessary set {ANSI} to \"false\" to bypass this error");
    let condition = arithmetic("ARITHMETIC_OVERFLOW", "22003");
    value(condition.with("message", message).with("alternative", alternative).with("config", ANSI), text)
}

pub fn divide_by_zero() -> Failure {
    let text = "division by zero; use `try_divide` to tolerate divisor being 0 and return NULL instead";
    value(arithmetic("DIVIDE_BY_ZERO", "22012").with("config", ANSI), text)
}

pub fn remainder_by_zero() -> Failure {
    let text = "remainder by zero; use `try_mod` to tolerate divisor being 0 and return NULL instead";
    value(arithmetic("REMAINDER_BY_ZERO", "22012").with("config", ANSI), text)
}

/// Text that has not the form of the type.
pub fn invalid_input(text: &str, target: &DataType) -> Failure {
    let exception = match target {
        DataType::Date32 | DataType::Timestamp(..) => SparkException::DateTime,
        DataType::Boolean => SparkException::SparkRuntime,
        _ => SparkException::NumberFormat,
    };
    let (expression, target) = (format!("'{text}'"), format!("\"{}\"", sql_name(target)));
    let message = format!(
        "the value {expression} of the type \"STRING\" cannot be cast to {target} because it is malformed; correct the \
         value, or use `try_cast` to tolerate malformed input and return NULL instead"
    );
    let condition = Condition::new("CAST_INVALID_INPUT", "22018", exception)
        .with("expression", expression)
        .with("sourceType", "\"STRING\"")
        .with("targetType", target)
        .with("ansiConfig", ANSI);
    value(condition, message)
}

/// `literal` is the value as a literal of its type: `3000000000L`.
pub fn cast_overflow(literal: &str, source: &DataType, target: &DataType) -> Failure {
    let (source, target) = (format!("\"{}\"", sql_name(source)), format!("\"{}\"", sql_name(target)));
    let message = format!(
        "the value {literal} of the type {source} cannot be cast to {target} due to an overflow; use `try_cast` to \
         tolerate overflow and return NULL instead"
    );
    let condition = arithmetic("CAST_OVERFLOW", "22003")
        .with("value", literal)
        .with("sourceType", source)
        .with("targetType", target)
        .with("ansiConfig", ANSI);
    value(condition, message)
}

pub fn out_of_range(text: &str, precision: u8, scale: i8) -> Failure {
    let message = format!(
        "{text} cannot be represented as Decimal({precision}, {scale}); if necessary set {ANSI} to \"false\" to bypass \
         this error, and return NULL instead"
    );
    let condition = arithmetic("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003")
        .with("value", text)
        .with("precision", precision.to_string())
        .with("scale", scale.to_string())
        .with("config", ANSI);
    value(condition, message)
}

pub fn array_index(index: i64, size: usize, in_element_at: bool) -> Failure {
    let (class, instead) = match in_element_at {
        true => ("INVALID_ARRAY_INDEX_IN_ELEMENT_AT", "try_element_at"),
        false => ("INVALID_ARRAY_INDEX", "get"),
    };
    let condition = Condition::new(class, "22003", SparkException::ArrayIndexOutOfBounds)
        .with("indexValue", index.to_string())
        .with("arraySize", size.to_string());
    let message = format!(
        "the index {index} is out of bounds: the array has {size} elements; use the SQL function `{instead}()` to \
         tolerate this and return NULL instead"
    );
    value(condition, message)
}

pub fn index_of_zero() -> Failure {
    let condition = Condition::new("INVALID_INDEX_OF_ZERO", "22003", SparkException::SparkRuntime);
    value(condition, "the index 0 is invalid; an index shall be either < 0 or > 0 (the first element has index 1)")
}

pub fn raised(message: &str) -> Failure {
    let condition = Condition::new("USER_RAISED_EXCEPTION", "P0001", SparkException::SparkRuntime);
    value(condition.with("errorMessage", message), message)
}

pub fn invalid_zone(name: &str) -> Failure {
    let condition = Condition::new("INVALID_TIMEZONE", "22009", SparkException::DateTime).with("timeZone", name);
    value(condition, format!("the timezone {name} is invalid; write a region-based ID or an offset, like '+02:00'"))
}

pub fn invalid_pattern(pattern: &str) -> Failure {
    let condition =
        Condition::new("INVALID_DATETIME_PATTERN.WITH_SUGGESTION", "22007", SparkException::IllegalArgument);
    value(condition.with("pattern", pattern), format!("unrecognized datetime pattern: {pattern}"))
}

pub fn cannot_parse_timestamp(message: &str) -> Failure {
    let condition = Condition::new("CANNOT_PARSE_TIMESTAMP", "22007", SparkException::DateTime)
        .with("message", message)
        .with("func", "`try_to_timestamp`");
    value(
        condition,
        format!("{message}; use `try_to_timestamp` to tolerate invalid input string and return NULL instead"),
    )
}

pub fn invalid_regular_expression(function: &str, pattern: &str, error: &str) -> Failure {
    let condition = Condition::new("INVALID_PARAMETER_VALUE.PATTERN", "22023", SparkException::SparkRuntime)
        .with("functionName", format!("`{function}`"))
        .with("parameter", "`regexp`")
        .with("value", format!("'{pattern}'"));
    value(condition, format!("the regular expression '{pattern}' of `{function}` is invalid: {error}"))
}
