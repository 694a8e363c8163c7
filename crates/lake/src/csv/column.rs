//! One CSV column as it grows: text in, a typed Arrow array out.

use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, Date32Builder, Float32Builder, Float64Builder, Int8Builder, Int16Builder,
    Int32Builder, Int64Builder, NullBuilder, StringArray, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::error::ArrowError;
use std::str::FromStr;
use std::sync::Arc;

/// The builders of the types that text is parsed to directly; what is rarer goes by way of Arrow's cast.
pub(super) enum Column {
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Null(NullBuilder),
    Cast { texts: StringBuilder, to: DataType },
}

impl Column {
    pub(super) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int8 => Self::Int8(Int8Builder::new()),
            DataType::Int16 => Self::Int16(Int16Builder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Float32 => Self::Float32(Float32Builder::new()),
            DataType::Float64 => Self::Float64(Float64Builder::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone_opt(zone.clone()))
            }
            DataType::Utf8 => Self::Text(StringBuilder::new()),
            DataType::Null => Self::Null(NullBuilder::new()),
            other => Self::Cast { texts: StringBuilder::new(), to: other.clone() },
        }
    }

    /// Adds one field: null for `None`, and for text that is not of the column's type.
    pub(super) fn push(&mut self, text: Option<&str>) {
        match self {
            Self::Int8(builder) => builder.append_option(text.and_then(whole)),
            Self::Int16(builder) => builder.append_option(text.and_then(whole)),
            Self::Int32(builder) => builder.append_option(text.and_then(whole)),
            Self::Int64(builder) => builder.append_option(text.and_then(whole)),
            Self::Float32(builder) => builder.append_option(text.and_then(double).map(|value| value as f32)),
            Self::Float64(builder) => builder.append_option(text.and_then(double)),
            Self::Boolean(builder) => builder.append_option(text.and_then(boolean)),
            Self::Date(builder) => builder.append_option(text.and_then(date)),
            Self::Timestamp(builder) => builder.append_option(text.and_then(timestamp_micros)),
            Self::Text(builder) => builder.append_option(text),
            Self::Null(builder) => builder.append_null(),
            Self::Cast { texts, .. } => texts.append_option(text),
        }
    }

    /// Whether `push` would find a value in the text.
    pub(super) fn reads(&self, text: &str) -> bool {
        match self {
            Self::Int8(_) => whole::<i8>(text).is_some(),
            Self::Int16(_) => whole::<i16>(text).is_some(),
            Self::Int32(_) => whole::<i32>(text).is_some(),
            Self::Int64(_) => whole::<i64>(text).is_some(),
            Self::Float32(_) | Self::Float64(_) => double(text).is_some(),
            Self::Boolean(_) => boolean(text).is_some(),
            Self::Date(_) => date(text).is_some(),
            Self::Timestamp(_) => timestamp_micros(text).is_some(),
            Self::Text(_) | Self::Null(_) => true,
            Self::Cast { to, .. } => {
                let cast = cast_with_options(&StringArray::from(vec![text]), to, &CastOptions::default());
                cast.is_ok_and(|cast| cast.is_valid(0))
            }
        }
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Int8(builder) => Arc::new(builder.finish()),
            Self::Int16(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float32(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Null(builder) => Arc::new(builder.finish()),
            Self::Cast { texts, to } => return cast_with_options(&texts.finish(), to, &CastOptions::default()),
        })
    }
}

/// # Errors
/// CSV has no nested types.
pub(super) fn must_be_flat(name: &str, data_type: &DataType) -> Result<()> {
    if !data_type.is_nested() {
        return Ok(());
    }
    let text = format!("CSV column {name} cannot be {data_type}; CSV holds flat types");
    let condition = Condition::new("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000", SparkException::Analysis)
        .with("format", "CSV")
        .with("columnName", format!("`{name}`"))
        .with("columnType", format!("\"{data_type}\""));
    Err(Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition))
}

fn whole<N: FromStr>(text: &str) -> Option<N> {
    text.trim().parse().ok()
}

/// Spark's spellings of the special values; a sign and blanks around are allowed.
pub(super) fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Inf" | "+Inf" | "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Inf" | "-Infinity" => Some(f64::NEG_INFINITY),
        _ => {
            let text = text.trim();
            // Rust also reads `inf` and `nan` in any letter case; Spark does not.
            let number = text.as_bytes().last().is_some_and(|last| last.is_ascii_digit() || *last == b'.');
            number.then(|| text.parse().ok()).flatten()
        }
    }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Days since 1970, for `yyyy-MM-dd`.
pub(super) fn date(text: &str) -> Option<i32> {
    let digits = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    let date = digits.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()?;
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// Microseconds since 1970 in UTC, for ISO dates with a time, `T` or blank between, fraction and offset optional.
pub(super) fn timestamp_micros(text: &str) -> Option<i64> {
    if let Some(days) = date(text) {
        return Some(i64::from(days) * 86_400_000_000);
    }
    let plausible = text.len() >= 16 && text.as_bytes()[4] == b'-' && text.as_bytes()[13] == b':';
    if !plausible {
        return None;
    }
    const LOCAL: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    const OFFSET: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%#z"];
    let text = text.replacen('T', " ", 1);
    let text = text.strip_suffix('Z').unwrap_or(&text);
    let local = || LOCAL.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let offset = || OFFSET.iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    local().map(|time| time.and_utc().timestamp_micros()).or_else(|| offset().map(|time| time.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_parse_as_in_spark() {
        let doubles =
            [("1.5", Some(1.5)), (" 2 ", Some(2.0)), ("1e3", Some(1000.0)), ("inf", None), ("nan", None), ("x", None)];
        for (text, expected) in doubles {
            assert_eq!(double(text), expected, "{text}");
        }
        assert_eq!(date("1970-01-02"), Some(1));
        assert_eq!(date("1970-1-2"), None);
        let timestamps = [
            ("1970-01-01 00:00:01", Some(1_000_000)),
            ("1970-01-01T00:00:01.5Z", Some(1_500_000)),
            ("1970-01-01 01:00:00+01:00", Some(0)),
            ("1970-01-02", Some(86_400_000_000)),
            ("10:00:00", None),
        ];
        for (text, expected) in timestamps {
            assert_eq!(timestamp_micros(text), expected, "{text}");
        }
    }
}
