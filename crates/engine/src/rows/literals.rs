//! The client's constants as DataFusion's, with the text Spark names them by; and back.

use crate::failures::engine_failure;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, IntervalMonthDayNano};
use brickyard_error::{Failure, Result};
use brickyard_functions::format::{self, Style, java_float};
use brickyard_functions::types::{day_time_interval, list_of, map_of, timestamp, timestamp_ntz};
use brickyard_functions::{Zone, time_zone};
use brickyard_ml::linalg::java_double;
use brickyard_spec::Literal;
use datafusion::common::ScalarValue;
use std::sync::Arc;

/// The constant and its text.
pub(crate) fn scalar_of(literal: &Literal) -> Result<(ScalarValue, String)> {
    let scalar = scalar(literal)?;
    Ok((scalar, text(literal)))
}

fn scalar(literal: &Literal) -> Result<ScalarValue> {
    Ok(match literal {
        Literal::Null(data_type) => ScalarValue::try_from(data_type).map_err(engine_failure)?,
        Literal::Boolean(value) => ScalarValue::Boolean(Some(*value)),
        Literal::Byte(value) => ScalarValue::Int8(Some(*value)),
        Literal::Short(value) => ScalarValue::Int16(Some(*value)),
        Literal::Int(value) => ScalarValue::Int32(Some(*value)),
        Literal::Long(value) => ScalarValue::Int64(Some(*value)),
        Literal::Float(value) => ScalarValue::Float32(Some(*value)),
        Literal::Double(value) => ScalarValue::Float64(Some(*value)),
        Literal::Decimal { unscaled, precision, scale } => ScalarValue::Decimal128(Some(*unscaled), *precision, *scale),
        Literal::String(value) => ScalarValue::Utf8(Some(value.clone())),
        Literal::Binary(value) => ScalarValue::Binary(Some(value.clone())),
        Literal::Date(value) => ScalarValue::Date32(Some(*value)),
        Literal::Timestamp(value) => ScalarValue::TimestampMicrosecond(Some(*value), Some("UTC".into())),
        Literal::TimestampNtz(value) => ScalarValue::TimestampMicrosecond(Some(*value), None),
        Literal::CalendarInterval { months, days, microseconds } => {
            let value = IntervalMonthDayNano::new(*months, *days, microseconds.saturating_mul(1000));
            ScalarValue::IntervalMonthDayNano(Some(value))
        }
        Literal::YearMonthInterval(value) => ScalarValue::IntervalYearMonth(Some(*value)),
        Literal::DayTimeInterval(value) => ScalarValue::DurationMicrosecond(Some(*value)),
        Literal::Array { items, .. } => {
            let values = array_of(&literal_element(literal), items)?;
            let field = Arc::new(Field::new("element", values.data_type().clone(), true));
            let offsets = OffsetBuffer::from_lengths([values.len()]);
            let list = ListArray::try_new(field, offsets, values, None);
            ScalarValue::List(Arc::new(list.map_err(|error| engine_failure(error.into()))?))
        }
        Literal::Map { key, value, keys, values } => {
            let (keys, values) = (array_of(key, keys)?, array_of(value, values)?);
            let length = keys.len();
            let fields = Fields::from(vec![
                Field::new("key", keys.data_type().clone(), false),
                Field::new("value", values.data_type().clone(), true),
            ]);
            let entries = StructArray::new(fields.clone(), vec![keys, values], None);
            let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
            let map = MapArray::try_new(field, OffsetBuffer::from_lengths([length]), entries, None, false);
            ScalarValue::Map(Arc::new(map.map_err(|error| engine_failure(error.into()))?))
        }
        Literal::Struct { fields, items } => {
            let mut columns: Vec<ArrayRef> = Vec::new();
            for (field, item) in fields.iter().zip(items) {
                columns.push(array_of(field.data_type(), std::slice::from_ref(item))?);
            }
            let typed = fields.iter().zip(&columns);
            let typed: Fields = typed.map(|(f, c)| Field::new(f.name(), c.data_type().clone(), true)).collect();
            let structs = StructArray::try_new(typed, columns, None);
            ScalarValue::Struct(Arc::new(structs.map_err(|error| engine_failure(error.into()))?))
        }
    })
}

fn literal_element(literal: &Literal) -> DataType {
    match literal {
        Literal::Array { element, .. } => element.clone(),
        _ => DataType::Null,
    }
}

fn array_of(data_type: &DataType, items: &[Literal]) -> Result<ArrayRef> {
    let scalars = items.iter().map(scalar).collect::<Result<Vec<_>>>()?;
    let scalars = scalars
        .into_iter()
        .map(|value| if value.is_null() { ScalarValue::try_from(data_type) } else { value.cast_to(data_type) })
        .collect::<Result<Vec<_>, _>>()
        .map_err(engine_failure)?;
    if scalars.is_empty() {
        return Ok(arrow::array::new_empty_array(data_type));
    }
    ScalarValue::iter_to_array(scalars).map_err(engine_failure)
}

/// The type with what the literal says of nulls inside.
pub(crate) fn literal_type(literal: &Literal) -> DataType {
    match literal {
        Literal::Null(data_type) => data_type.clone(),
        Literal::Boolean(_) => DataType::Boolean,
        Literal::Byte(_) => DataType::Int8,
        Literal::Short(_) => DataType::Int16,
        Literal::Int(_) => DataType::Int32,
        Literal::Long(_) => DataType::Int64,
        Literal::Float(_) => DataType::Float32,
        Literal::Double(_) => DataType::Float64,
        Literal::Decimal { precision, scale, .. } => DataType::Decimal128(*precision, *scale),
        Literal::String(_) => DataType::Utf8,
        Literal::Binary(_) => DataType::Binary,
        Literal::Date(_) => DataType::Date32,
        Literal::Timestamp(_) => timestamp(),
        Literal::TimestampNtz(_) => timestamp_ntz(),
        Literal::CalendarInterval { .. } => DataType::Interval(arrow::datatypes::IntervalUnit::MonthDayNano),
        Literal::YearMonthInterval(_) => DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth),
        Literal::DayTimeInterval(_) => day_time_interval(),
        Literal::Array { element, items } => list_of(element.clone(), items.iter().any(is_null)),
        Literal::Map { key, value, values, .. } => map_of(key.clone(), value.clone(), values.iter().any(is_null)),
        Literal::Struct { fields, .. } => DataType::Struct(fields.clone()),
    }
}

fn is_null(literal: &Literal) -> bool {
    matches!(literal, Literal::Null(_))
}

fn text(literal: &Literal) -> String {
    let joined = |items: &[Literal]| items.iter().map(text).collect::<Vec<_>>().join(", ");
    match literal {
        Literal::Null(_) => "NULL".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Byte(value) => value.to_string(),
        Literal::Short(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Long(value) => value.to_string(),
        Literal::Float(value) => java_float(*value),
        Literal::Double(value) => java_double(*value),
        Literal::Decimal { unscaled, scale, .. } => format::plain_decimal(*unscaled, *scale),
        Literal::String(value) => value.clone(),
        Literal::Binary(value) => {
            format!("X'{}'", value.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
        }
        Literal::Date(days) => format!("DATE '{}'", format::date(*days)),
        Literal::Timestamp(micros) | Literal::TimestampNtz(micros) => {
            let local = Zone::Region(chrono_tz::Tz::UTC).local(*micros);
            let word = if matches!(literal, Literal::Timestamp(_)) { "TIMESTAMP" } else { "TIMESTAMP_NTZ" };
            format!("{word} '{}'", local.map(format::timestamp).unwrap_or_default())
        }
        Literal::CalendarInterval { months, days, microseconds } => {
            format::calendar_interval(*months, *days, *microseconds)
        }
        Literal::YearMonthInterval(months) => format::year_month_interval(*months),
        Literal::DayTimeInterval(micros) => format::day_time_interval(*micros),
        Literal::Array { items, .. } => format!("array({})", joined(items)),
        Literal::Map { keys, values, .. } => {
            let pairs: Vec<String> =
                keys.iter().zip(values).map(|(k, v)| format!("{}, {}", text(k), text(v))).collect();
            format!("map({})", pairs.join(", "))
        }
        Literal::Struct { items, .. } => format!("struct({})", joined(items)),
    }
}

/// A value of a column as the client's constant.
pub(crate) fn literal_at(array: &ArrayRef, row: usize) -> Result<Literal> {
    let value = ScalarValue::try_from_array(array, row).map_err(engine_failure)?;
    Ok(match value {
        value if value.is_null() => Literal::Null(array.data_type().clone()),
        ScalarValue::Boolean(Some(value)) => Literal::Boolean(value),
        ScalarValue::Int8(Some(value)) => Literal::Byte(value),
        ScalarValue::Int16(Some(value)) => Literal::Short(value),
        ScalarValue::Int32(Some(value)) => Literal::Int(value),
        ScalarValue::Int64(Some(value)) => Literal::Long(value),
        ScalarValue::Float32(Some(value)) => Literal::Float(value),
        ScalarValue::Float64(Some(value)) => Literal::Double(value),
        ScalarValue::Utf8(Some(value)) => Literal::String(value),
        ScalarValue::Date32(Some(value)) => Literal::Date(value),
        ScalarValue::TimestampMicrosecond(Some(value), Some(_)) => Literal::Timestamp(value),
        ScalarValue::TimestampMicrosecond(Some(value), None) => Literal::TimestampNtz(value),
        ScalarValue::Decimal128(Some(unscaled), precision, scale) => Literal::Decimal { unscaled, precision, scale },
        _ => {
            let zone = time_zone("UTC")?;
            let shown = format::to_strings(array, Style { zone, is_pretty: true })?;
            let shown = if shown.is_null(row) { String::new() } else { shown.value(row).to_owned() };
            return Err(Failure::unsupported(format!("the value {shown} as a constant")));
        }
    })
}

/// Ascending, values of one type.
pub(crate) fn sort_literals(values: &mut [Literal]) {
    values.sort_by(|a, b| {
        let (a, b) = (scalar(a).unwrap_or(ScalarValue::Null), scalar(b).unwrap_or(ScalarValue::Null));
        a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal)
    });
}
