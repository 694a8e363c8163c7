//! Values to text: as `CAST(… AS STRING)` gives it, and as `show` prints it.

use crate::types::is_decimal;
use crate::zone::Zone;
use arrow::array::types::*;
use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use brickyard_error::{Failure, Result};
use brickyard_ml::linalg::{VectorColumn, is_vector_type, java_double};
use chrono::{Datelike, NaiveDateTime, Timelike};
use std::fmt::Write;

/// The two ways of writing values.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub zone: Zone,
    /// As `show` does: `NULL` in upper case, binary as `[41 42]`, intervals in full.
    pub is_pretty: bool,
}

impl Style {
    fn null(&self) -> &'static str {
        if self.is_pretty { "NULL" } else { "null" }
    }
}

/// Every value as text; nulls stay null.
pub fn to_strings(array: &ArrayRef, style: Style) -> Result<StringArray> {
    let mut builder = StringBuilder::with_capacity(array.len(), array.len() * 8);
    let mut text = String::new();
    let formatter = Formatter::new(array.as_ref(), style)?;
    for row in 0..array.len() {
        if array.is_null(row) {
            builder.append_null();
            continue;
        }
        text.clear();
        formatter.write(row, &mut text)?;
        builder.append_value(&text);
    }
    Ok(builder.finish())
}

/// A column with what is needed to write its values.
struct Formatter<'a> {
    array: &'a dyn Array,
    style: Style,
    children: Vec<Formatter<'a>>,
    vector: Option<VectorColumn<'a>>,
}

impl<'a> Formatter<'a> {
    fn new(array: &'a dyn Array, style: Style) -> Result<Self> {
        let vector = is_vector_type(array.data_type()).then(|| VectorColumn::new(array)).transpose()?;
        let children = match array.data_type() {
            _ if vector.is_some() => Vec::new(),
            DataType::List(_) => vec![Formatter::new(array.as_list::<i32>().values(), style)?],
            DataType::Struct(_) => {
                let columns = array.as_struct().columns();
                columns.iter().map(|column| Formatter::new(column, style)).collect::<Result<_>>()?
            }
            DataType::Map(..) => {
                let map = array.as_map();
                vec![Formatter::new(map.keys(), style)?, Formatter::new(map.values(), style)?]
            }
            _ => Vec::new(),
        };
        Ok(Self { array, style, children, vector })
    }

    fn write_or_null(&self, row: usize, out: &mut String) -> Result<()> {
        if self.array.is_null(row) {
            out.push_str(self.style.null());
            return Ok(());
        }
        self.write(row, out)
    }

    fn write(&self, row: usize, out: &mut String) -> Result<()> {
        let array = self.array;
        if let Some(vector) = &self.vector {
            let _ = write!(out, "{}", vector.get(row).to_vector());
            return Ok(());
        }
        match array.data_type() {
            DataType::Null => out.push_str(self.style.null()),
            DataType::Boolean => out.push_str(if array.as_boolean().value(row) { "true" } else { "false" }),
            DataType::Int8 => push(out, array.as_primitive::<Int8Type>().value(row)),
            DataType::Int16 => push(out, array.as_primitive::<Int16Type>().value(row)),
            DataType::Int32 => push(out, array.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 => push(out, array.as_primitive::<Int64Type>().value(row)),
            DataType::Float32 => out.push_str(&java_float(array.as_primitive::<Float32Type>().value(row))),
            DataType::Float64 => out.push_str(&java_double(array.as_primitive::<Float64Type>().value(row))),
            DataType::Decimal128(_, scale) => {
                let value = array.as_primitive::<Decimal128Type>().value(row);
                out.push_str(&if self.style.is_pretty {
                    plain_decimal(value, *scale)
                } else {
                    cast_decimal(value, *scale)
                });
            }
            DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
            DataType::Binary => self.write_binary(array.as_binary::<i32>().value(row), out),
            DataType::Date32 => out.push_str(&date(array.as_primitive::<Date32Type>().value(row))),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                let value = array.as_primitive::<TimestampMicrosecondType>().value(row);
                let local = match zone {
                    Some(_) => self.style.zone.local(value),
                    None => chrono::DateTime::from_timestamp_micros(value).map(|time| time.naive_utc()),
                };
                out.push_str(&local.map(timestamp).unwrap_or_default());
            }
            DataType::Duration(TimeUnit::Microsecond) => {
                out.push_str(&day_time_interval(array.as_primitive::<DurationMicrosecondType>().value(row)));
            }
            DataType::Interval(IntervalUnit::YearMonth) => {
                out.push_str(&year_month_interval(array.as_primitive::<IntervalYearMonthType>().value(row)));
            }
            DataType::Interval(IntervalUnit::MonthDayNano) => {
                let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
                out.push_str(&calendar_interval(value.months, value.days, value.nanoseconds / 1000));
            }
            DataType::List(_) => {
                let offsets = array.as_list::<i32>().value_offsets();
                self.write_items(offsets[row] as usize..offsets[row + 1] as usize, out)?;
            }
            DataType::Struct(_) => {
                out.push('{');
                for (index, child) in self.children.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    child.write_or_null(row, out)?;
                }
                out.push('}');
            }
            DataType::Map(..) => {
                let offsets = array.as_map().value_offsets();
                let range = offsets[row] as usize..offsets[row + 1] as usize;
                out.push('{');
                for (position, entry) in range.enumerate() {
                    out.push_str(if position > 0 { ", " } else { "" });
                    self.children[0].write_or_null(entry, out)?;
                    out.push_str(" -> ");
                    self.children[1].write_or_null(entry, out)?;
                }
                out.push('}');
            }
            other => return Err(Failure::unsupported(format!("values of type {other} as text"))),
        }
        Ok(())
    }

    fn write_items(&self, range: std::ops::Range<usize>, out: &mut String) -> Result<()> {
        out.push('[');
        for (position, item) in range.enumerate() {
            out.push_str(if position > 0 { ", " } else { "" });
            self.children[0].write_or_null(item, out)?;
        }
        out.push(']');
        Ok(())
    }

    fn write_binary(&self, bytes: &[u8], out: &mut String) {
        if !self.style.is_pretty {
            out.push_str(&String::from_utf8_lossy(bytes));
            return;
        }
        out.push('[');
        for (position, byte) in bytes.iter().enumerate() {
            let _ = write!(out, "{}{byte:02X}", if position > 0 { " " } else { "" });
        }
        out.push(']');
    }
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// A float as Java's `Float.toString` prints it.
pub fn java_float(value: f32) -> String {
    if !value.is_finite() {
        return java_double(f64::from(value));
    }
    let magnitude = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&magnitude) {
        let text = value.to_string();
        return if text.contains('.') { text } else { format!("{text}.0") };
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

/// All digits, no exponent.
pub fn plain_decimal(unscaled: i128, scale: i8) -> String {
    let digits = unscaled.unsigned_abs().to_string();
    let sign = if unscaled < 0 { "-" } else { "" };
    if scale <= 0 {
        let zeros = if unscaled == 0 { 0 } else { usize::from(scale.unsigned_abs()) };
        return format!("{sign}{digits}{}", "0".repeat(zeros));
    }
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// As casts write decimals: without exponent.
pub fn cast_decimal(unscaled: i128, scale: i8) -> String {
    plain_decimal(unscaled, scale)
}

pub fn date(days: i32) -> String {
    let Some(date) = chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(i64::from(days))) else {
        return days.to_string();
    };
    let sign = if date.year() < 0 { "-" } else { "" };
    format!("{sign}{:04}-{:02}-{:02}", date.year().abs(), date.month(), date.day())
}

/// `2024-02-29 12:34:56.789`: zeros at the end of the fraction are left out.
pub fn timestamp(local: NaiveDateTime) -> String {
    let mut text = format!(
        "{}{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        if local.year() < 0 { "-" } else { "" },
        local.year().abs(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    );
    let micros = local.nanosecond() / 1000;
    if micros > 0 {
        let fraction = format!("{micros:06}");
        text.push('.');
        text.push_str(fraction.trim_end_matches('0'));
    }
    text
}

/// `INTERVAL '1 02:03:04.5' DAY TO SECOND`
pub fn day_time_interval(microseconds: i64) -> String {
    let sign = if microseconds < 0 { "-" } else { "" };
    let total = microseconds.unsigned_abs();
    let (seconds, micros) = (total / 1_000_000, total % 1_000_000);
    let fraction =
        if micros > 0 { format!(".{}", format!("{micros:06}").trim_end_matches('0')) } else { String::new() };
    format!(
        "INTERVAL '{sign}{} {:02}:{:02}:{:02}{fraction}' DAY TO SECOND",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// `INTERVAL '1-2' YEAR TO MONTH`
pub fn year_month_interval(months: i32) -> String {
    let sign = if months < 0 { "-" } else { "" };
    let months = months.unsigned_abs();
    format!("INTERVAL '{sign}{}-{}' YEAR TO MONTH", months / 12, months % 12)
}

/// `1 years 2 months 3 days 4 hours`
pub fn calendar_interval(months: i32, days: i32, microseconds: i64) -> String {
    let mut parts = Vec::new();
    let mut part = |value: i64, unit: &str| {
        if value != 0 {
            parts.push(format!("{value} {unit}"));
        }
    };
    part(i64::from(months / 12), "years");
    part(i64::from(months % 12), "months");
    part(i64::from(days), "days");
    part(microseconds / 3_600_000_000, "hours");
    part(microseconds / 60_000_000 % 60, "minutes");
    let seconds = microseconds % 60_000_000;
    if seconds != 0 {
        let text = plain_decimal(i128::from(seconds), 6);
        parts.push(format!("{} seconds", text.trim_end_matches('0').trim_end_matches('.')));
    }
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

/// A value as a literal of its type in messages: `3000000000L`, `1.5D`, `'x'`.
pub fn literal(array: &ArrayRef, row: usize, style: Style) -> Result<String> {
    let text = to_strings(&array.slice(row, 1), style)?;
    let text = text.value(0);
    Ok(match array.data_type() {
        DataType::Int8 => format!("{text}Y"),
        DataType::Int16 => format!("{text}S"),
        DataType::Int64 => format!("{text}L"),
        DataType::Float64 => format!("{text}D"),
        DataType::Float32 => format!("CAST('{text}' AS FLOAT)"),
        other if is_decimal(other) => format!("{text}BD"),
        DataType::Utf8 => format!("'{text}'"),
        _ => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_intervals_print_as_in_java() {
        assert_eq!(java_float(0.1), "0.1");
        assert_eq!(java_float(16_777_216.0), "1.6777216E7");
        assert_eq!(java_float(3.4e38), "3.4E38");
        assert_eq!(java_float(1e-5), "1.0E-5");
        assert_eq!(plain_decimal(-1, 3), "-0.001");
        assert_eq!(plain_decimal(0, 10), "0.0000000000");
        assert_eq!(day_time_interval(93_784_500_000), "INTERVAL '1 02:03:04.5' DAY TO SECOND");
        assert_eq!(year_month_interval(14), "INTERVAL '1-2' YEAR TO MONTH");
        assert_eq!(calendar_interval(14, 3, 90_500_000), "1 years 2 months 3 days 1 minutes 30.5 seconds");
    }
}
