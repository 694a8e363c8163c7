//! `CAST` as Spark does it: ANSI (errors), legacy (nulls and wrapped numbers) and `try_cast` (nulls).

use crate::failures::{cast_overflow, invalid_input, out_of_range};
use crate::format::{Style, literal, plain_decimal, to_strings};
use crate::parse;
use crate::types::{is_floating, is_integral, is_numeric, map_fields, parse_ddl};
use crate::udf::{Definition, kernel};
use crate::zone::{Zone, time_zone};
use arrow::array::types::*;
use arrow::array::*;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use brickyard_error::{Failure, Result};
use std::sync::Arc;

/// `cast(value, type in DDL, mode, zone)`; mode is `ansi`, `legacy` or `try`.
pub const DEFINITIONS: &[Definition] = &[Definition::new(
    "spark_cast",
    |types| parse_ddl(types.text(1)?),
    |input| {
        let mode = Mode::parse(input.text(2)?)?;
        let zone = time_zone(input.text(3)?)?;
        cast(&input.array(0)?, &input.returns, Context { mode, zone })
    },
)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Ansi,
    Legacy,
    Try,
}

impl Mode {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "ansi" => Ok(Mode::Ansi),
            "legacy" => Ok(Mode::Legacy),
            "try" => Ok(Mode::Try),
            other => Err(Failure::internal(format!("{other} is no mode of evaluation"))),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub mode: Mode,
    pub zone: Zone,
}

/// Whether Spark can cast between these types at all, by ANSI's table.
pub fn can_cast(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        (a, b) if a == b => true,
        (Null, _) => true,
        (List(a), List(b)) => can_cast(a.data_type(), b.data_type()),
        (Struct(a), Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| can_cast(a.data_type(), b.data_type()))
        }
        (Map(..), Map(..)) => match (map_fields(from), map_fields(to)) {
            (Some((k1, v1)), Some((k2, v2))) => {
                can_cast(k1.data_type(), k2.data_type()) && can_cast(v1.data_type(), v2.data_type())
            }
            _ => false,
        },
        (_, Utf8) => true,
        (Utf8, to) => {
            is_numeric(to) || matches!(to, Boolean | Date32 | Timestamp(..) | Binary | Duration(_) | Interval(_))
        }
        (Boolean, to) => is_numeric(to),
        (from, Boolean) if is_numeric(from) => true,
        (from, to) if is_numeric(from) && is_numeric(to) => true,
        (from, Timestamp(_, Some(_))) if is_numeric(from) => true,
        (Timestamp(_, Some(_)), to) if is_numeric(to) => true,
        (Date32 | Timestamp(..), Date32 | Timestamp(..)) => true,
        (from, Binary) if is_integral(from) => true,
        (from, Duration(_) | Interval(IntervalUnit::YearMonth)) if is_integral(from) => true,
        (Duration(_) | Interval(IntervalUnit::YearMonth), to) if is_integral(to) => true,
        _ => false,
    }
}

/// Whether the cast gives a value for every value, so that it adds no null and no error.
pub fn is_total(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        (a, b) if a == b => true,
        (_, Utf8) => true,
        (Int8, Int16 | Int32 | Int64) | (Int16, Int32 | Int64) | (Int32, Int64) => true,
        (from, to) if is_numeric(from) && is_floating(to) => true,
        (from, Boolean) if is_numeric(from) => true,
        (Boolean, to) => is_integral(to) || is_floating(to),
        (from, Decimal128(precision, scale)) if is_integral(from) => integral_digits(from) <= precision - *scale as u8,
        (Decimal128(p1, s1), Decimal128(p2, s2)) => {
            let whole = |precision: &u8, scale: &i8| i16::from(*precision) - i16::from(*scale);
            // Rounding may carry into one digit more.
            whole(p2, s2) > whole(p1, s1) || (s2 >= s1 && whole(p2, s2) == whole(p1, s1))
        }
        (Date32 | Timestamp(..), Date32 | Timestamp(..)) => true,
        (from, Timestamp(..)) => is_integral(from),
        (Timestamp(..), Int64) => true,
        (Utf8, Binary) => true,
        _ => false,
    }
}

/// Digits of the largest value.
pub(crate) fn integral_digits(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Int8 => 3,
        DataType::Int16 => 5,
        DataType::Int32 => 10,
        _ => 20,
    }
}

pub(crate) fn cast(array: &ArrayRef, to: &DataType, context: Context) -> Result<ArrayRef> {
    let from = array.data_type();
    match (from, to) {
        (a, b) if a == b => Ok(Arc::clone(array)),
        (DataType::Null, _) => Ok(new_null_array(to, array.len())),
        (DataType::List(_), DataType::List(field)) => {
            let list = array.as_list::<i32>();
            let values = cast(list.values(), field.data_type(), context)?;
            let cast = ListArray::try_new(Arc::clone(field), list.offsets().clone(), values, list.nulls().cloned());
            Ok(Arc::new(cast.map_err(kernel)?))
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let structs = array.as_struct();
            let columns = structs.columns().iter().zip(fields);
            let columns =
                columns.map(|(column, field)| cast(column, field.data_type(), context)).collect::<Result<_>>()?;
            let cast = StructArray::try_new(fields.clone(), columns, structs.nulls().cloned());
            Ok(Arc::new(cast.map_err(kernel)?))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let map = array.as_map();
            let pairs: ArrayRef = Arc::new(map.entries().clone());
            let pairs = cast(&pairs, entries.data_type(), context)?;
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            let cast = MapArray::try_new(Arc::clone(entries), offsets, pairs.as_struct().clone(), nulls, *sorted);
            Ok(Arc::new(cast.map_err(kernel)?))
        }
        (_, DataType::Utf8) => Ok(Arc::new(to_strings(array, Style { zone: context.zone, is_pretty: false })?)),
        (DataType::Utf8, _) => from_text(array.as_string(), to, context),
        (_, DataType::Decimal128(precision, scale)) => to_decimal(array, *precision, *scale, context),
        (DataType::Boolean, _) => plain(array, to),
        (DataType::Date32 | DataType::Timestamp(..), DataType::Date32 | DataType::Timestamp(..)) => {
            between_times(array, to, context.zone)
        }
        (from, DataType::Timestamp(..)) if is_numeric(from) => seconds_to_instants(array),
        (DataType::Timestamp(..), to) if is_numeric(to) => instants_to_seconds(array, to, context),
        (from, DataType::Boolean) if is_numeric(from) => {
            let zero = new_zero(from)?;
            arrow::compute::kernels::cmp::neq(&positive_zero(array)?, &Scalar::new(zero))
                .map(|flags| Arc::new(flags) as ArrayRef)
                .map_err(kernel)
        }
        (from, to) if is_numeric(from) && is_integral(to) => narrowed(array, to, context),
        _ => plain(array, to),
    }
}

fn new_zero(data_type: &DataType) -> Result<ArrayRef> {
    let zero: ArrayRef = Arc::new(Int64Array::from(vec![0]));
    plain(&zero, data_type)
}

/// `-0.0` as `0.0`, which compares as equal to it only so.
fn positive_zero(array: &ArrayRef) -> Result<ArrayRef> {
    if !is_floating(array.data_type()) {
        return Ok(Arc::clone(array));
    }
    let zero = new_zero(array.data_type())?;
    arrow::compute::kernels::numeric::add_wrapping(array, &Scalar::new(zero)).map_err(kernel)
}

fn plain(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let options = CastOptions { safe: false, ..Default::default() };
    cast_with_options(array, to, &options).map_err(kernel)
}

fn from_text(array: &StringArray, to: &DataType, context: Context) -> Result<ArrayRef> {
    let zone = context.zone;
    match to {
        DataType::Int8 => parsed::<Int8Type>(array, to, context, |text| parse::integer(text)?.try_into().ok()),
        DataType::Int16 => parsed::<Int16Type>(array, to, context, |text| parse::integer(text)?.try_into().ok()),
        DataType::Int32 => parsed::<Int32Type>(array, to, context, |text| parse::integer(text)?.try_into().ok()),
        DataType::Int64 => parsed::<Int64Type>(array, to, context, parse::integer),
        DataType::Float32 => parsed::<Float32Type>(array, to, context, |text| parse::double(text).map(|v| v as f32)),
        DataType::Float64 => parsed::<Float64Type>(array, to, context, parse::double),
        DataType::Date32 => parsed::<Date32Type>(array, to, context, parse::date),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            parsed::<TimestampMicrosecondType>(array, to, context, parse::timestamp_ntz)
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            parsed::<TimestampMicrosecondType>(array, to, context, |text| parse::timestamp(text, &zone))
        }
        DataType::Decimal128(precision, scale) => text_to_decimal(array, *precision, *scale, context),
        DataType::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(array.len());
            for text in array.iter() {
                builder.append_option(
                    text.map(|text| checked(parse::boolean(text), text, to, context)).transpose()?.flatten(),
                );
            }
            Ok(Arc::new(builder.finish()))
        }
        DataType::Binary => {
            let bytes: BinaryArray = array.iter().map(|text| text.map(str::as_bytes)).collect();
            Ok(Arc::new(bytes))
        }
        other => Err(Failure::unsupported(format!("a cast from string to {}", crate::types::simple_string(other)))),
    }
}

fn checked<T>(value: Option<T>, text: &str, to: &DataType, context: Context) -> Result<Option<T>> {
    match value {
        None if context.mode == Mode::Ansi => Err(invalid_input(text, to)),
        value => Ok(value),
    }
}

fn parsed<T: ArrowPrimitiveType>(
    array: &StringArray,
    to: &DataType,
    context: Context,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(array.len()).with_data_type(to.clone());
    for text in array.iter() {
        match text {
            None => builder.append_null(),
            Some(text) => builder.append_option(checked(parse(text), text, to, context)?),
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// Rounds half up to the scale wanted; none when it does not fit.
pub(crate) fn rescaled(unscaled: i128, scale: i32, wanted_scale: i8, precision: u8) -> Option<i128> {
    let difference = i32::from(wanted_scale) - scale;
    let value = if difference >= 0 {
        unscaled.checked_mul(10i128.checked_pow(difference as u32)?)?
    } else {
        match 10i128.checked_pow(difference.unsigned_abs()) {
            Some(divisor) => {
                let (quotient, remainder) = (unscaled / divisor, unscaled % divisor);
                let away = remainder.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
                quotient + if away { unscaled.signum() } else { 0 }
            }
            None => 0,
        }
    };
    (value.unsigned_abs() < 10u128.pow(u32::from(precision))).then_some(value)
}

fn decimals(values: Vec<Option<i128>>, precision: u8, scale: i8) -> Result<ArrayRef> {
    let array = Decimal128Array::from(values).with_precision_and_scale(precision, scale).map_err(kernel)?;
    Ok(Arc::new(array))
}

fn fitted(
    value: Option<i128>,
    shown: impl FnOnce() -> String,
    precision: u8,
    scale: i8,
    mode: Mode,
) -> Result<Option<i128>> {
    match value {
        None if mode == Mode::Ansi => Err(out_of_range(&shown(), precision, scale)),
        value => Ok(value),
    }
}

fn text_to_decimal(array: &StringArray, precision: u8, scale: i8, context: Context) -> Result<ArrayRef> {
    let to = DataType::Decimal128(precision, scale);
    let convert = |text: &str| -> Result<Option<i128>> {
        let Some((unscaled, digits)) = checked(parse::decimal(text), text, &to, context)? else { return Ok(None) };
        fitted(rescaled(unscaled, digits, scale, precision), || text.to_owned(), precision, scale, context.mode)
    };
    let values = array.iter().map(|text| text.map(convert).transpose().map(Option::flatten)).collect::<Result<_>>()?;
    decimals(values, precision, scale)
}

fn to_decimal(array: &ArrayRef, precision: u8, scale: i8, context: Context) -> Result<ArrayRef> {
    let mode = context.mode;
    let values: Vec<Option<i128>> = match array.data_type() {
        DataType::Decimal128(_, from_scale) => {
            let from_scale = *from_scale;
            let convert = |value: i128| {
                let shown = || plain_decimal(value, from_scale);
                fitted(rescaled(value, i32::from(from_scale), scale, precision), shown, precision, scale, mode)
            };
            let values = array.as_primitive::<Decimal128Type>().iter();
            values.map(|value| value.map(convert).transpose().map(Option::flatten)).collect::<Result<_>>()?
        }
        DataType::Float32 | DataType::Float64 => {
            let doubles = to_strings(array, Style { zone: context.zone, is_pretty: false })?;
            let convert = |text: &str| {
                let value =
                    parse::decimal(text).and_then(|(unscaled, digits)| rescaled(unscaled, digits, scale, precision));
                fitted(value, || text.to_owned(), precision, scale, mode)
            };
            doubles.iter().map(|text| text.map(convert).transpose().map(Option::flatten)).collect::<Result<_>>()?
        }
        _ => {
            let integers = plain(array, &DataType::Int64)?;
            let convert = |value: i64| {
                let shown = || value.to_string();
                fitted(rescaled(i128::from(value), 0, scale, precision), shown, precision, scale, mode)
            };
            let values = integers.as_primitive::<Int64Type>().iter();
            values.map(|value| value.map(convert).transpose().map(Option::flatten)).collect::<Result<_>>()?
        }
    };
    decimals(values, precision, scale)
}

/// A number to a whole number: fractions are cut; what does not fit is an error, null, or wrapped (saturated for
/// fractions).
fn narrowed(array: &ArrayRef, to: &DataType, context: Context) -> Result<ArrayRef> {
    let (low, high) = match to {
        DataType::Int8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
        DataType::Int16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        DataType::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let wrap = |value: i64| match to {
        DataType::Int8 => i64::from(value as i8),
        DataType::Int16 => i64::from(value as i16),
        DataType::Int32 => i64::from(value as i32),
        _ => value,
    };
    let fitting = |row: usize, value: Option<i64>, legacy: i64| -> Result<Option<i64>> {
        match (value.filter(|value| (low..=high).contains(value)), context.mode) {
            (Some(value), _) => Ok(Some(value)),
            (None, Mode::Try) => Ok(None),
            (None, Mode::Legacy) => Ok(Some(wrap(legacy))),
            (None, Mode::Ansi) => {
                let shown = literal(array, row, Style { zone: context.zone, is_pretty: false })?;
                Err(cast_overflow(&shown, array.data_type(), to))
            }
        }
    };
    let mut out = Int64Builder::with_capacity(array.len());
    let (as_f64, as_i64);
    match array.data_type() {
        DataType::Float32 | DataType::Float64 => {
            as_f64 = plain(array, &DataType::Float64)?;
            for (row, value) in as_f64.as_primitive::<Float64Type>().iter().enumerate() {
                let Some(value) = value else {
                    out.append_null();
                    continue;
                };
                let in_range = value.trunc() >= low as f64 && value.trunc() <= high as f64;
                let cut = (in_range && value.is_finite()).then_some(value as i64);
                out.append_option(fitting(row, cut, (value as i64).clamp(low, high))?);
            }
        }
        DataType::Decimal128(_, scale) => {
            let divisor = 10i128.pow(scale.unsigned_abs().into());
            for (row, value) in array.as_primitive::<Decimal128Type>().iter().enumerate() {
                let Some(value) = value else {
                    out.append_null();
                    continue;
                };
                let cut = value / divisor;
                out.append_option(fitting(row, i64::try_from(cut).ok(), cut as i64)?);
            }
        }
        _ => {
            as_i64 = plain(array, &DataType::Int64)?;
            for (row, value) in as_i64.as_primitive::<Int64Type>().iter().enumerate() {
                match value {
                    None => out.append_null(),
                    Some(value) => out.append_option(fitting(row, Some(value), value)?),
                }
            }
        }
    }
    let wide: ArrayRef = Arc::new(out.finish());
    plain(&wide, to)
}

fn between_times(array: &ArrayRef, to: &DataType, zone: Zone) -> Result<ArrayRef> {
    const DAY: i64 = 86_400_000_000;
    let wall_of = |instant: i64| zone.local(instant).map_or(instant, |local| local.and_utc().timestamp_micros());
    let instant_of =
        |wall: i64| chrono::DateTime::from_timestamp_micros(wall).map_or(wall, |time| zone.instant(time.naive_utc()));
    // Everything as microseconds of a wall clock first.
    let walls: Vec<Option<i64>> = match array.data_type() {
        DataType::Date32 => array.as_primitive::<Date32Type>().iter().map(|d| d.map(|d| i64::from(d) * DAY)).collect(),
        DataType::Timestamp(_, None) => array.as_primitive::<TimestampMicrosecondType>().iter().collect(),
        _ => array.as_primitive::<TimestampMicrosecondType>().iter().map(|t| t.map(wall_of)).collect(),
    };
    Ok(match to {
        DataType::Date32 => {
            let days = walls.into_iter().map(|wall| wall.map(|wall| wall.div_euclid(DAY) as i32));
            Arc::new(days.collect::<Date32Array>())
        }
        DataType::Timestamp(_, None) => Arc::new(TimestampMicrosecondArray::from(walls)),
        _ => {
            let instants: Vec<Option<i64>> = walls.into_iter().map(|wall| wall.map(instant_of)).collect();
            Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC"))
        }
    })
}

fn seconds_to_instants(array: &ArrayRef) -> Result<ArrayRef> {
    let micros: Vec<Option<i64>> = match array.data_type() {
        DataType::Float32 | DataType::Float64 | DataType::Decimal128(..) => {
            let seconds = plain(array, &DataType::Float64)?;
            let seconds = seconds.as_primitive::<Float64Type>().iter();
            seconds.map(|value| value.filter(|v| v.is_finite()).map(|v| (v * 1e6) as i64)).collect()
        }
        _ => {
            let seconds = plain(array, &DataType::Int64)?;
            let seconds = seconds.as_primitive::<Int64Type>().iter();
            seconds.map(|value| value.map(|v| v.saturating_mul(1_000_000))).collect()
        }
    };
    Ok(Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC")))
}

fn instants_to_seconds(array: &ArrayRef, to: &DataType, context: Context) -> Result<ArrayRef> {
    let instants = array.as_primitive::<TimestampMicrosecondType>();
    if is_integral(to) {
        let seconds: Int64Array = instants.iter().map(|value| value.map(|v| v.div_euclid(1_000_000))).collect();
        return cast(&(Arc::new(seconds) as ArrayRef), to, context);
    }
    let seconds: Float64Array = instants.iter().map(|value| value.map(|v| v as f64 / 1e6)).collect();
    cast(&(Arc::new(seconds) as ArrayRef), to, context)
}
