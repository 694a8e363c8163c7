//! One CSV field as a value: a scalar function from text to the column's type.

use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Date32Builder, Float32Builder, Float64Builder, Int8Builder, Int16Builder,
    Int32Builder, Int64Builder, StringArray, TimestampMicrosecondBuilder, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// What to do with a field that is not of its column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum OnMalformed {
    Null,
    Fail,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CsvField {
    column: String,
    data_type: DataType,
    null: String,
    on_malformed: OnMalformed,
    signature: Signature,
}

impl CsvField {
    /// # Errors
    /// CSV has no nested types.
    pub(super) fn new(column: &str, data_type: &DataType, null: &str, on_malformed: OnMalformed) -> Result<Self> {
        if data_type.is_nested() {
            let text = format!("CSV column {column} cannot be {data_type}; CSV holds flat types");
            let condition = Condition::new("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000", SparkException::Analysis)
                .with("format", "CSV")
                .with("columnName", format!("`{column}`"))
                .with("columnType", format!("\"{data_type}\""));
            return Err(Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition));
        }
        Ok(Self {
            column: column.to_owned(),
            data_type: data_type.clone(),
            null: null.to_owned(),
            on_malformed,
            signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable),
        })
    }

    fn malformed(&self, text: &str) -> DataFusionError {
        let message =
            format!("malformed CSV record: column {} has {text:?}, which is no {}", self.column, self.data_type);
        let condition =
            Condition::new("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", SparkException::Spark)
                .with("badRecord", text)
                .with("failFastMode", "FAILFAST");
        let failure = Failure::new(&codes::data::MALFORMED_ROW, message).with_condition(condition);
        DataFusionError::External(Box::new(failure))
    }

    fn parse(&self, texts: &StringArray) -> Result<ArrayRef, DataFusionError> {
        macro_rules! build {
            ($builder:expr, $parse:expr) => {{
                let mut builder = $builder;
                for text in texts.iter() {
                    match text.filter(|text| !text.is_empty() && *text != self.null) {
                        None => builder.append_null(),
                        Some(text) => match $parse(text) {
                            Some(value) => builder.append_value(value),
                            None if self.on_malformed == OnMalformed::Fail => return Err(self.malformed(text)),
                            None => builder.append_null(),
                        },
                    }
                }
                Ok(Arc::new(builder.finish()))
            }};
        }
        let rows = texts.len();
        match &self.data_type {
            DataType::Int8 => build!(Int8Builder::with_capacity(rows), |text: &str| text.trim().parse().ok()),
            DataType::Int16 => build!(Int16Builder::with_capacity(rows), |text: &str| text.trim().parse().ok()),
            DataType::Int32 => build!(Int32Builder::with_capacity(rows), |text: &str| text.trim().parse().ok()),
            DataType::Int64 => build!(Int64Builder::with_capacity(rows), |text: &str| text.trim().parse().ok()),
            DataType::Float32 => {
                build!(Float32Builder::with_capacity(rows), |text: &str| double(text).map(|value| value as f32))
            }
            DataType::Float64 => build!(Float64Builder::with_capacity(rows), double),
            DataType::Boolean => build!(BooleanBuilder::with_capacity(rows), boolean),
            DataType::Date32 => build!(Date32Builder::with_capacity(rows), date),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                let builder = TimestampMicrosecondBuilder::with_capacity(rows).with_timezone_opt(zone.clone());
                build!(builder, timestamp_micros)
            }
            DataType::Utf8 => {
                let nothing = |text: &str| text.is_empty() || text == self.null;
                Ok(Arc::new(texts.iter().map(|text| text.filter(|text| !nothing(text))).collect::<StringArray>()))
            }
            DataType::Null => Ok(new_null_array(&DataType::Null, rows)),
            other => {
                let safe = self.on_malformed == OnMalformed::Null;
                let options = CastOptions { safe, ..CastOptions::default() };
                let blank = texts.iter().map(|text| text.filter(|text| !text.is_empty() && *text != self.null));
                let blank: StringArray = blank.collect();
                Ok(cast_with_options(&blank, other, &options)?)
            }
        }
    }
}

impl ScalarUDFImpl for CsvField {
    fn name(&self) -> &str {
        "csv_field"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(self.data_type.clone())
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let texts = arrays.first().and_then(|array| array.as_string_opt::<i32>());
        let texts = texts.ok_or_else(|| DataFusionError::Internal("csv_field reads text".to_owned()))?;
        Ok(ColumnarValue::Array(self.parse(texts)?))
    }
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
