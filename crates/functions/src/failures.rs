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

/// An array that Spark could not hold either.
pub fn too_many_elements(elements: i128, function: &str) -> Failure {
    let class = "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER";
    let condition = Condition::new(class, "54000", SparkException::SparkRuntime)
        .with("numberOfElements", elements.to_string())
        .with("functionName", format!("`{function}`"))
        .with("maxRoundedArrayLength", "2147483632");
    let message = format!("cannot create an array of {elements} elements, which is above the limit of 2147483632");
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

/// A parameter's value that the function cannot take; `case` is the part of Spark's condition after the point.
pub fn invalid_parameter(case: &str, function: &str, parameter: &str, details: &[(&str, String)]) -> Failure {
    let class = format!("INVALID_PARAMETER_VALUE.{case}");
    let mut condition = Condition::new(&class, "22023", SparkException::SparkRuntime)
        .with("functionName", format!("`{function}`"))
        .with("parameter", format!("`{parameter}`"));
    let mut told = Vec::new();
    for (name, detail) in details {
        told.push(format!("{name} {detail}"));
        condition = condition.with(name, detail.as_str());
    }
    let message = format!("the value of `{parameter}` in `{function}` is invalid: {}; give another", told.join(", "));
    value(condition, message)
}

/// Text that has not the form of a format: `to_binary('zz', 'hex')`.
pub fn conversion(text: &str, format: &str, target: &DataType, instead: &str) -> Failure {
    let target = format!("\"{}\"", sql_name(target));
    let condition = Condition::new("CONVERSION_INVALID_INPUT", "22018", SparkException::SparkRuntime)
        .with("str", format!("'{text}'"))
        .with("fmt", format!("'{format}'"))
        .with("targetType", target.as_str())
        .with("suggestion", format!("`{instead}`"));
    let message = format!(
        "the value '{text}' ('{format}') cannot be converted to {target} because it is malformed; correct the value, or \
         use `{instead}` to get NULL instead"
    );
    value(condition, message)
}

pub fn number_mismatch(text: &str, format: &str) -> Failure {
    let condition = Condition::new("INVALID_FORMAT.MISMATCH_INPUT", "42601", SparkException::IllegalArgument)
        .with("inputType", "\"STRING\"")
        .with("input", text)
        .with("format", format);
    let message = format!("the input \"STRING\" {text} does not match the format {format}; `try_to_number` gives NULL");
    value(condition, message)
}

/// Formats of numbers that are none.
pub mod number_format {
    use super::{Condition, Failure, SparkException, value};

    fn invalid(format: &str, case: &str, why: &str) -> (Condition, String) {
        let class = format!("INVALID_FORMAT.{case}");
        let condition = Condition::new(&class, "42601", SparkException::Analysis).with("format", format!("'{format}'"));
        (condition, format!("the format '{format}' is invalid: {why}"))
    }

    fn plain(format: &str, case: &str, why: &str) -> Failure {
        let (condition, message) = invalid(format, case, why);
        value(condition, message)
    }

    pub fn unexpected_token(format: &str, token: char) -> Failure {
        let form = "`[MI|S]` `[$]` `[0|9|G|,]*` `[.|D]` `[0|9]*` `[$]` `[PR|MI|S]`";
        let (condition, message) = invalid(format, "UNEXPECTED_TOKEN", &format!("'{token}' has no place in {form}"));
        value(condition.with("token", format!("'{token}'")), message)
    }

    pub fn at_most_one(format: &str, token: &str) -> Failure {
        let (condition, message) = invalid(format, "WRONG_NUM_TOKEN", &format!("at most one {token} is allowed"));
        value(condition.with("token", token), message)
    }

    pub fn wrong_digits(format: &str) -> Failure {
        plain(format, "WRONG_NUM_DIGIT", "it needs at least one number digit")
    }

    pub fn dollar_after_digits(format: &str) -> Failure {
        plain(format, "CUR_MUST_BEFORE_DIGIT", "currency characters come before digits")
    }

    pub fn thousands_after_point(format: &str) -> Failure {
        plain(format, "THOUSANDS_SEPS_MUST_BEFORE_DEC", "thousands separators come before the decimal point")
    }

    pub fn lone_thousands(format: &str) -> Failure {
        plain(format, "CONT_THOUSANDS_SEPS", "thousands separators have digits on both sides")
    }
}

pub fn invalid_utf8(bytes: &[u8]) -> Failure {
    let shown: String = bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect();
    let condition = Condition::new("INVALID_UTF8_STRING", "22029", SparkException::IllegalArgument);
    let message = format!("invalid UTF-8 bytes in a string: {shown}; `try_validate_utf8` gives NULL");
    value(condition.with("str", shown), message)
}

pub fn invalid_url(url: &str) -> Failure {
    let condition = Condition::new("INVALID_URL", "22P02", SparkException::IllegalArgument).with("url", url);
    value(condition, format!("the url is invalid: {url}; use `try_parse_url` to get NULL instead"))
}

pub fn cannot_decode_url(url: &str) -> Failure {
    let condition = Condition::new("CANNOT_DECODE_URL", "22546", SparkException::IllegalArgument).with("url", url);
    value(condition, format!("the URL cannot be decoded: {url}; `try_url_decode` gives NULL"))
}

pub fn comparator_returns_null(first: &str, second: &str) -> Failure {
    let condition = Condition::new("COMPARATOR_RETURNS_NULL", "22004", SparkException::SparkRuntime)
        .with("firstValue", first)
        .with("secondValue", second);
    let message = format!(
        "the comparator gave NULL for {first} and {second}; it gives a positive integer, 0 or a negative integer"
    );
    value(condition, message)
}

/// What Spark itself does not support, `UNSUPPORTED_FEATURE.case`.
pub fn unsupported_feature(case: &str, details: &[(&str, &str)]) -> Failure {
    let class = format!("UNSUPPORTED_FEATURE.{case}");
    let condition = Condition::new(class, "0A000", SparkException::SparkRuntime);
    let condition = details.iter().fold(condition, |condition, (name, detail)| condition.with(name, *detail));
    let told: Vec<String> = details.iter().map(|(name, detail)| format!("{name} {detail}")).collect();
    value(condition, format!("this is not supported: {}; choose another", told.join(", ")))
}

/// `range`: what is allowed, and the value.
pub fn field_out_of_bounds(range: &str) -> Failure {
    let condition = Condition::new("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", "22023", SparkException::DateTime);
    let text = format!("{range}; if necessary set {ANSI} to \"false\" to bypass this error");
    value(condition.with("rangeMessage", range).with("ansiConfig", ANSI), text)
}

pub fn invalid_fraction_of_second(seconds: &str) -> Failure {
    let condition = Condition::new("INVALID_FRACTION_OF_SECOND", "22023", SparkException::DateTime);
    let text = format!("valid seconds are 0 to 60, both included, and not {seconds}; use `try_make_timestamp`");
    value(condition.with("secAndMicros", seconds), text)
}

pub fn bitmap_position(position: i64) -> Failure {
    let condition = Condition::new("INVALID_BITMAP_POSITION", "22003", SparkException::ArrayIndexOutOfBounds)
        .with("bitPosition", position.to_string())
        .with("bitmapNumBytes", "4096")
        .with("bitmapNumBits", "32768");
    let text = format!("the position {position} is out of bounds: a bitmap has 32768 bits, counted from 0");
    value(condition, text)
}
