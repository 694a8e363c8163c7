//! Constants: Spark's literals to `spec`, and values of models back to literals.

use super::types::lower_type;
use super::{ParseType, required};
use crate::handles::invalid_plan;
use crate::proto::expression::{Literal as SparkLiteral, literal as spark, literal::LiteralType};
use crate::proto::{self};
use arrow::datatypes::{DataType, Field, Fields};
use brickyard_error::{Failure, Result};
use brickyard_spec::Literal;

/// The constant that a literal stands for.
pub fn lower_literal(literal: SparkLiteral, parse: ParseType) -> Result<Literal> {
    let declared = literal.data_type.map(|declared| lower_type(declared, parse)).transpose()?;
    Ok(match required(literal.literal_type, "a literal without a value")? {
        LiteralType::Null(null_type) => Literal::Null(lower_type(null_type, parse)?),
        LiteralType::Binary(bytes) => Literal::Binary(bytes),
        LiteralType::Boolean(value) => Literal::Boolean(value),
        LiteralType::Byte(value) => Literal::Byte(narrow(value)?),
        LiteralType::Short(value) => Literal::Short(narrow(value)?),
        LiteralType::Integer(value) => Literal::Int(value),
        LiteralType::Long(value) => Literal::Long(value),
        LiteralType::Float(value) => Literal::Float(value),
        LiteralType::Double(value) => Literal::Double(value),
        LiteralType::Decimal(decimal) => lower_decimal(&decimal)?,
        LiteralType::String(text) => Literal::String(text),
        LiteralType::Date(days) => Literal::Date(days),
        LiteralType::Timestamp(microseconds) => Literal::Timestamp(microseconds),
        LiteralType::TimestampNtz(microseconds) => Literal::TimestampNtz(microseconds),
        LiteralType::CalendarInterval(interval) => Literal::CalendarInterval {
            months: interval.months,
            days: interval.days,
            microseconds: interval.microseconds,
        },
        LiteralType::YearMonthInterval(months) => Literal::YearMonthInterval(months),
        LiteralType::DayTimeInterval(microseconds) => Literal::DayTimeInterval(microseconds),
        LiteralType::Array(array) => lower_array(array, declared, parse)?,
        LiteralType::SpecializedArray(array) => lower_specialized(array)?,
        LiteralType::Map(map) => lower_map(map, declared, parse)?,
        LiteralType::Struct(value) => lower_struct(value, declared, parse)?,
        LiteralType::Time(_) => return Err(Failure::unsupported("literals of type TIME")),
    })
}

fn narrow<T: TryFrom<i32>>(value: i32) -> Result<T> {
    T::try_from(value).map_err(|_| invalid_plan(format!("the literal {value} is out of its type's range")))
}

/// Without a declared precision it is the number of digits, as in Spark.
fn lower_decimal(decimal: &spark::Decimal) -> Result<Literal> {
    let wrong = || invalid_plan(format!("{} is no decimal", decimal.value));
    let (digits, written_scale) = decimal_digits(&decimal.value).ok_or_else(wrong)?;
    let scale = decimal.scale.unwrap_or(written_scale);
    let zeros = u32::try_from(scale - written_scale).map_err(|_| wrong())?;
    let factor = 10i128.checked_pow(zeros).ok_or_else(wrong)?;
    let unscaled = digits.checked_mul(factor).ok_or_else(wrong)?;
    let needed = unscaled.unsigned_abs().checked_ilog10().map_or(1, |log| log as i32 + 1).max(scale);
    let precision = decimal.precision.unwrap_or(needed);
    Ok(Literal::Decimal { unscaled, precision: narrow_u8(precision)?, scale: narrow(scale)? })
}

fn narrow_u8(value: i32) -> Result<u8> {
    u8::try_from(value).map_err(|_| invalid_plan(format!("a decimal of {value} digits is out of range")))
}

/// The unscaled digits and the scale of a decimal as text, with or without an exponent.
fn decimal_digits(text: &str) -> Option<(i128, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()? - exponent;
    if scale >= 0 {
        return Some((digits, scale));
    }
    let factor = 10i128.checked_pow(scale.unsigned_abs())?;
    Some((digits.checked_mul(factor)?, 0))
}

#[allow(deprecated, reason = "clients before 4.1 declare element types inside the value")]
fn lower_array(array: spark::Array, declared: Option<DataType>, parse: ParseType) -> Result<Literal> {
    let items = lower_all(array.elements, parse)?;
    let element = match (declared, array.element_type) {
        (Some(DataType::List(field)), _) => field.data_type().clone(),
        (_, Some(element)) => lower_type(element, parse)?,
        _ => items.first().map_or(DataType::Null, literal_type),
    };
    Ok(Literal::Array { element, items })
}

#[allow(deprecated, reason = "clients before 4.1 declare key and value types inside the value")]
fn lower_map(map: spark::Map, declared: Option<DataType>, parse: ParseType) -> Result<Literal> {
    let (keys, values) = (lower_all(map.keys, parse)?, lower_all(map.values, parse)?);
    let found = |items: &[Literal]| items.first().map_or(DataType::Null, literal_type);
    let of_declared = declared.as_ref().and_then(map_types);
    let (key, value) = match (of_declared, map.key_type, map.value_type) {
        (Some(types), _, _) => types,
        (None, Some(key), Some(value)) => (lower_type(key, parse)?, lower_type(value, parse)?),
        _ => (found(&keys), found(&values)),
    };
    Ok(Literal::Map { key, value, keys, values })
}

fn map_types(map: &DataType) -> Option<(DataType, DataType)> {
    let DataType::Map(entries, _) = map else { return None };
    let DataType::Struct(fields) = entries.data_type() else { return None };
    Some((fields.first()?.data_type().clone(), fields.get(1)?.data_type().clone()))
}

#[allow(deprecated, reason = "clients before 4.1, and all ML values, declare the type inside the value")]
fn lower_struct(value: spark::Struct, declared: Option<DataType>, parse: ParseType) -> Result<Literal> {
    let items = lower_all(value.elements, parse)?;
    let inner = value.struct_type.map(|inner| lower_type(inner, parse)).transpose()?;
    let fields = match declared.or(inner) {
        Some(DataType::Struct(fields)) => fields,
        _ => unnamed_fields(&items),
    };
    if fields.len() != items.len() {
        return Err(invalid_plan("a struct literal has another number of values than its type has fields"));
    }
    Ok(Literal::Struct { fields, items })
}

fn unnamed_fields(items: &[Literal]) -> Fields {
    let field = |(index, item)| Field::new(format!("col{}", index + 1), literal_type(item), true);
    items.iter().enumerate().map(field).collect()
}

fn lower_all(literals: Vec<SparkLiteral>, parse: ParseType) -> Result<Vec<Literal>> {
    literals.into_iter().map(|literal| lower_literal(literal, parse)).collect()
}

fn lower_specialized(array: spark::SpecializedArray) -> Result<Literal> {
    use spark::specialized_array::ValueType;
    fn list<T>(element: DataType, values: Vec<T>, literal: fn(T) -> Literal) -> Literal {
        Literal::Array { element, items: values.into_iter().map(literal).collect() }
    }
    Ok(match required(array.value_type, "an array literal without values")? {
        ValueType::Bools(array) => list(DataType::Boolean, array.values, Literal::Boolean),
        ValueType::Ints(array) => list(DataType::Int32, array.values, Literal::Int),
        ValueType::Longs(array) => list(DataType::Int64, array.values, Literal::Long),
        ValueType::Floats(array) => list(DataType::Float32, array.values, Literal::Float),
        ValueType::Doubles(array) => list(DataType::Float64, array.values, Literal::Double),
        ValueType::Strings(array) => list(DataType::Utf8, array.values, Literal::String),
    })
}

/// The type of a constant, as far as it tells by itself.
fn literal_type(literal: &Literal) -> DataType {
    use arrow::datatypes::{IntervalUnit, TimeUnit};
    use std::sync::Arc;
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
        Literal::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Literal::TimestampNtz(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Literal::CalendarInterval { .. } => DataType::Interval(IntervalUnit::MonthDayNano),
        Literal::YearMonthInterval(_) => DataType::Interval(IntervalUnit::YearMonth),
        Literal::DayTimeInterval(_) => DataType::Duration(TimeUnit::Microsecond),
        Literal::Array { element, .. } => DataType::List(Arc::new(Field::new_list_field(element.clone(), true))),
        Literal::Map { key, value, .. } => {
            let entry = vec![Field::new("key", key.clone(), false), Field::new("value", value.clone(), true)];
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry.into()), false)), false)
        }
        Literal::Struct { fields, .. } => DataType::Struct(fields.clone()),
    }
}

/// A literal of this value, without a declared type.
pub fn raise_literal(value: LiteralType) -> proto::expression::Literal {
    proto::expression::Literal { literal_type: Some(value), data_type: None }
}
