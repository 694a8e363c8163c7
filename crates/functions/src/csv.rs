//! CSV in strings: rows to structs and back, and the types of a row.

use crate::date_pattern::Pattern;
use crate::format::{self, Style};
use crate::json;
use crate::parse;
use crate::types::{nullable_inside, parse_ddl, sql_name};
use crate::udf::{Definition, Input, kernel};
use crate::zone::{Zone, time_zone};
use arrow::array::types::TimestampMicrosecondType;
use arrow::array::*;
use arrow::datatypes::{DataType, Field, Fields};
use brickyard_error::{Failure, Result};
use chrono::TimeDelta;
use datafusion::common::ScalarValue;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_from_csv", |types| parse_ddl(types.text(1)?).map(|t| nullable_inside(&t)), from_csv),
    Definition::new("spark_to_csv", |_| Ok(DataType::Utf8), to_csv),
    Definition::new("spark_schema_of_csv", |_| Ok(DataType::Utf8), schema_of_csv),
];

/// How rows are written.
struct Form {
    separator: String,
    quote: char,
    escape: char,
    null: String,
    dates: Option<Pattern>,
    timestamps: Option<Pattern>,
    zone: Zone,
    zone_name: String,
}

impl Form {
    /// `options`: a JSON object of strings.
    fn new(options: &str, zone: &str) -> Result<Self> {
        let options: BTreeMap<String, String> =
            serde_json::from_str(options).map_err(|error| Failure::internal(error.to_string()))?;
        let options: BTreeMap<String, String> =
            options.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        let known = ["sep", "delimiter", "quote", "escape", "nullvalue", "dateformat", "timestampformat", "mode"];
        if let Some(name) = options.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Failure::unsupported(format!("the CSV option {name} in a function")));
        }
        if options.get("mode").is_some_and(|mode| !mode.eq_ignore_ascii_case("permissive")) {
            return Err(Failure::unsupported("modes other than PERMISSIVE in from_csv"));
        }
        let text = |name: &str| options.get(name).cloned();
        let character = |name: &str, default: char| text(name).and_then(|text| text.chars().next()).unwrap_or(default);
        let pattern = |name: &str| text(name).map(|text| Pattern::parse(&text)).transpose();
        Ok(Self {
            separator: text("sep").or(text("delimiter")).unwrap_or(",".to_owned()),
            quote: character("quote", '"'),
            escape: character("escape", '\\'),
            null: text("nullvalue").unwrap_or_default(),
            dates: pattern("dateformat")?,
            timestamps: pattern("timestampformat")?,
            zone: time_zone(zone)?,
            zone_name: zone.to_owned(),
        })
    }

    /// The values of a row, without their quotes.
    fn split(&self, row: &str) -> Vec<String> {
        let mut values = Vec::new();
        let mut rest = row;
        loop {
            let (value, after) = match rest.strip_prefix(self.quote) {
                Some(quoted) => self.quoted(quoted),
                None => {
                    let end = rest.find(&self.separator).unwrap_or(rest.len());
                    (rest[..end].to_owned(), &rest[end..])
                }
            };
            values.push(value);
            match after.strip_prefix(self.separator.as_str()) {
                Some(after) => rest = after,
                None => return values,
            }
        }
    }

    /// A value up to its closing quote, and what comes after it.
    fn quoted<'a>(&self, text: &'a str) -> (String, &'a str) {
        let mut value = String::new();
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if character == self.escape && next.is_some_and(|next| next == self.quote || next == self.escape) {
                value.extend(next);
                characters.next();
            } else if character == self.quote {
                let after = &text[at + character.len_utf8()..];
                let end = after.find(&self.separator).unwrap_or(after.len());
                return (value, &after[end..]);
            } else {
                value.push(character);
            }
        }
        (value, "")
    }

    /// A value as it is written, in quotes where it needs them.
    fn written(&self, value: &str) -> String {
        let value = value.trim_matches(|c: char| c <= ' ');
        let needs = |c: char| matches!(c, '\n' | '\r') || c == self.quote;
        if value.is_empty() {
            return format!("{0}{0}", self.quote);
        }
        if !value.contains(&self.separator) && !value.contains(needs) {
            return value.to_owned();
        }
        let mut out = String::from(self.quote);
        for character in value.chars() {
            if character == self.quote {
                out.push(self.escape);
            }
            out.push(character);
        }
        out.push(self.quote);
        out
    }

    /// A value as the type; null where it is none.
    fn read(&self, text: &str, wanted: &DataType) -> Result<ScalarValue> {
        let null = || ScalarValue::try_from(wanted).map_err(kernel);
        if text == self.null {
            return null();
        }
        let whole = || text.parse::<i64>().ok();
        let by = |pattern: &Pattern| {
            pattern.read(text).map(|(local, offset)| match offset {
                Some(seconds) => (local - TimeDelta::seconds(seconds.into())).and_utc().timestamp_micros(),
                None => self.zone.instant(local),
            })
        };
        Ok(match (wanted, &self.dates, &self.timestamps) {
            (DataType::Int8, ..) => ScalarValue::Int8(whole().and_then(|value| value.try_into().ok())),
            (DataType::Int16, ..) => ScalarValue::Int16(whole().and_then(|value| value.try_into().ok())),
            (DataType::Int32, ..) => ScalarValue::Int32(whole().and_then(|value| value.try_into().ok())),
            (DataType::Int64, ..) => ScalarValue::Int64(whole()),
            (DataType::Float32, ..) => ScalarValue::Float32(parse::double(text).map(|value| value as f32)),
            (DataType::Float64, ..) => ScalarValue::Float64(parse::double(text)),
            (DataType::Boolean, ..) => ScalarValue::Boolean(text.to_lowercase().parse().ok()),
            (DataType::Date32, Some(pattern), _) => {
                let date = pattern.read(text).map(|(local, _)| local.date() - chrono::NaiveDate::default());
                ScalarValue::Date32(date.map(|since| since.num_days() as i32))
            }
            (DataType::Timestamp(_, Some(zone)), _, Some(pattern)) => {
                ScalarValue::TimestampMicrosecond(by(pattern), Some(Arc::clone(zone)))
            }
            (DataType::Struct(_) | DataType::List(_) | DataType::Map(..), ..) => {
                return Err(Failure::unsupported(format!("{} in CSV", sql_name(wanted))));
            }
            _ => json::scalar(&Json::String(text.to_owned()), wanted, self.zone)?,
        })
    }
}

/// `(text, type, options, zone)`
fn from_csv(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let form = Form::new(input.text(2)?, input.text(3)?)?;
    let DataType::Struct(fields) = &input.returns else { return Err(Failure::internal("a row that is no struct")) };
    let mut columns: Vec<Vec<ScalarValue>> = vec![Vec::with_capacity(texts.len()); fields.len()];
    for text in &texts {
        let values = text.map(|text| form.split(text)).unwrap_or_default();
        for (index, (column, field)) in columns.iter_mut().zip(fields).enumerate() {
            column.push(match values.get(index) {
                Some(value) => form.read(value, field.data_type())?,
                None => ScalarValue::try_from(field.data_type()).map_err(kernel)?,
            });
        }
    }
    if texts.is_empty() {
        return Ok(new_empty_array(&input.returns));
    }
    let arrays = columns.into_iter().map(|column| ScalarValue::iter_to_array(column).map_err(kernel));
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    let rows = StructArray::try_new(fields.clone(), arrays, texts.nulls().cloned());
    Ok(Arc::new(rows.map_err(kernel)?))
}

/// `(struct, options, zone)`
fn to_csv(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let form = Form::new(input.text(1)?, input.text(2)?)?;
    let structs = array.as_struct();
    let columns = structs.columns().iter().map(|column| texts(column, &form)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(input.rows_of::<_, StringArray>(1, |row| {
        let values = columns.iter().map(|column| match column.is_null(row) {
            true => form.null.clone(),
            false => form.written(column.value(row)),
        });
        Ok(Some(values.collect::<Vec<_>>().join(&form.separator)))
    })?))
}

fn texts(column: &ArrayRef, form: &Form) -> Result<StringArray> {
    let days = matches!(column.data_type(), DataType::Date32).then_some(form.dates.as_ref()).flatten();
    let default = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";
    match column.data_type() {
        DataType::Timestamp(_, Some(_)) => {
            let default = Pattern::parse(default)?;
            let pattern = form.timestamps.as_ref().unwrap_or(&default);
            let written = |micros: i64| {
                let utc = chrono::DateTime::from_timestamp_micros(micros)?.naive_utc();
                let local = form.zone.local(micros)?;
                Some(pattern.format(local, form.zone.offset_at(utc), &form.zone_name))
            };
            let values = column.as_primitive::<TimestampMicrosecondType>().iter();
            Ok(values.map(|micros| micros.and_then(written)).collect())
        }
        DataType::Date32 if days.is_some() => {
            let dates = arrow::compute::cast(column, &DataType::Date64).map_err(kernel)?;
            let written = |milliseconds: i64| {
                let day = chrono::DateTime::from_timestamp_millis(milliseconds)?.naive_utc();
                days.map(|pattern| pattern.format(day, 0, &form.zone_name))
            };
            let values = dates.as_primitive::<arrow::array::types::Date64Type>().iter();
            Ok(values.map(|day| day.and_then(written)).collect())
        }
        DataType::List(_) | DataType::Map(..) | DataType::Struct(_) => {
            Err(Failure::unsupported(format!("{} in CSV", sql_name(column.data_type()))))
        }
        _ => format::to_strings(column, Style { zone: form.zone, is_pretty: false }),
    }
}

/// `(row, options, zone)`: the struct of the row's values as DDL.
fn schema_of_csv(input: &Input) -> Result<ArrayRef> {
    let form = Form::new(input.text(1)?, input.text(2)?)?;
    let texts = input.strings(0)?;
    Ok(Arc::new(input.rows_of::<_, StringArray>(1, |row| {
        let values = form.split(texts.value(row));
        let fields =
            values.iter().enumerate().map(|(index, value)| Field::new(format!("_c{index}"), type_of(value), true));
        Ok(Some(sql_name(&DataType::Struct(fields.collect::<Fields>()))))
    })?))
}

/// The narrowest type that a value can be read as.
fn type_of(text: &str) -> DataType {
    let digits = text.trim_start_matches(['-', '+']);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match text {
        _ if text.parse::<i32>().is_ok() => DataType::Int32,
        _ if text.parse::<i64>().is_ok() => DataType::Int64,
        _ if !digits.is_empty() && digits.len() <= 38 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            DataType::Decimal128(digits.len() as u8, 0)
        }
        _ if is_number && parse::double(text).is_some() => DataType::Float64,
        _ if text.len() == 10 && parse::date(text).is_some() => DataType::Date32,
        _ if text.len() > 10 && parse::timestamp_ntz(text).is_some() => crate::types::timestamp(),
        _ if matches!(text.to_lowercase().as_str(), "true" | "false") => DataType::Boolean,
        _ => DataType::Utf8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_apart_and_written() {
        let form = Form::new("{}", "UTC").unwrap();
        for (row, wanted) in [
            ("1, 0.8", vec!["1", " 0.8"]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"a\\\"b\",", vec!["a\"b", ""]),
            ("", vec![""]),
        ] {
            assert_eq!(form.split(row), wanted, "{row}");
        }
        for (value, wanted) in [("x,y", "\"x,y\""), ("q\"q", "\"q\\\"q\""), ("", "\"\""), (" z ", "z"), ("1.5", "1.5")]
        {
            assert_eq!(form.written(value), wanted, "{value:?}");
        }
        assert!(Form::new("{\"mode\": \"FAILFAST\"}", "UTC").is_err());
    }

    #[test]
    fn types_are_found() {
        for (text, wanted) in [
            ("1", DataType::Int32),
            ("12345678901", DataType::Int64),
            ("1.5", DataType::Float64),
            ("true", DataType::Boolean),
            ("2024-01-01", DataType::Date32),
            ("2024-01-01 10:00:00", crate::types::timestamp()),
            ("", DataType::Utf8),
        ] {
            assert_eq!(type_of(text), wanted, "{text}");
        }
    }
}
