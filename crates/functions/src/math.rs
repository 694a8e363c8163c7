//! Mathematics where Spark differs: nulls for logarithms of nothing, rounding half up by the decimal text, one zero.

use crate::cast::Mode;
use crate::failures::overflow;
use crate::types::is_decimal;
use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::types::*;
use arrow::array::*;
use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_normal_float", |types| types.get(0).cloned(), normal_float),
    Definition::new("spark_isnan", |_| Ok(DataType::Boolean), is_nan),
    Definition::new("spark_sqrt", double, |input| each(input, |x| Some(x.sqrt()))),
    Definition::new("spark_ln", double, |input| positive(input, 0.0, f64::ln)),
    Definition::new("spark_log10", double, |input| positive(input, 0.0, f64::log10)),
    Definition::new("spark_log2", double, |input| positive(input, 0.0, f64::log2)),
    Definition::new("spark_log1p", double, |input| positive(input, -1.0, f64::ln_1p)),
    Definition::new("spark_log", double, log),
    Definition::new("spark_power", double, power),
    Definition::new("spark_rint", double, |input| each(input, |x| Some(x.round_ties_even()))),
    Definition::new("spark_sign", double, |input| {
        each(input, |x| Some(if x == 0.0 || x.is_nan() { x } else { x.signum() }))
    }),
    Definition::new("spark_abs", |types| types.get(0).cloned(), abs),
    Definition::new("spark_round_half_up", |types| types.get(0).cloned(), |input| round(input, half_up)),
    Definition::new("spark_round_half_even", |types| types.get(0).cloned(), |input| round(input, half_even)),
    Definition::new("spark_floor", whole_type, |input| whole(input, f64::floor, |q, r| q - i128::from(r < 0))),
    Definition::new("spark_ceil", whole_type, |input| whole(input, f64::ceil, |q, r| q + i128::from(r > 0))),
    Definition::new("spark_conv", |_| Ok(DataType::Utf8), conv),
    Definition::new("spark_sum_to_bigint", |_| Ok(DataType::Int64), sum_to_bigint),
    Definition::new("spark_null_safe_equal", |_| Ok(DataType::Boolean), null_safe_equal),
];

fn double(_: &Types) -> Result<DataType> {
    Ok(DataType::Float64)
}

fn doubles(input: &Input, index: usize) -> Result<Float64Array> {
    let array = input.array(index)?;
    array.as_primitive_opt::<Float64Type>().cloned().ok_or_else(|| Failure::internal("a function wants doubles"))
}

fn each(input: &Input, function: impl Fn(f64) -> Option<f64>) -> Result<ArrayRef> {
    let result: Float64Array = doubles(input, 0)?.iter().map(|value| value.and_then(&function)).collect();
    Ok(Arc::new(result))
}

/// Null at or below `bound`, as Spark's logarithms.
fn positive(input: &Input, bound: f64, function: fn(f64) -> f64) -> Result<ArrayRef> {
    each(input, |x| if x <= bound { None } else { Some(function(x)) })
}

fn log(input: &Input) -> Result<ArrayRef> {
    let (base, value) = (doubles(input, 0)?, doubles(input, 1)?);
    let result: Float64Array = base
        .iter()
        .zip(&value)
        .map(|pair| match pair {
            (Some(base), Some(value)) if base > 0.0 && value > 0.0 => Some(value.ln() / base.ln()),
            _ => None,
        })
        .collect();
    Ok(Arc::new(result))
}

fn power(input: &Input) -> Result<ArrayRef> {
    let (base, exponent) = (doubles(input, 0)?, doubles(input, 1)?);
    let pairs = base.iter().zip(&exponent);
    let result: Float64Array = pairs.map(|(base, exponent)| Some(base?.powf(exponent?))).collect();
    Ok(Arc::new(result))
}

/// One zero and one NaN, so that equal values have equal bits.
fn normal_float(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    Ok(match array.data_type() {
        DataType::Float32 => {
            let normal = |x: f32| if x.is_nan() { f32::NAN } else { x + 0.0 };
            Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(normal))
        }
        _ => {
            let normal = |x: f64| if x.is_nan() { f64::NAN } else { x + 0.0 };
            Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(normal))
        }
    })
}

fn is_nan(input: &Input) -> Result<ArrayRef> {
    let flags: BooleanArray = doubles(input, 0)?.iter().map(|value| Some(value.is_some_and(f64::is_nan))).collect();
    Ok(Arc::new(flags))
}

fn abs(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let mode = Mode::parse(input.text(1)?)?;
    macro_rules! integers {
        ($kind:ty) => {{
            let values = array.as_primitive::<$kind>();
            let result = values.try_unary::<_, $kind, Failure>(|value| match (value.checked_abs(), mode) {
                (Some(value), _) => Ok(value),
                (None, Mode::Ansi) => Err(overflow("overflow", "")),
                (None, _) => Ok(value),
            });
            Ok(Arc::new(result?))
        }};
    }
    match array.data_type() {
        DataType::Int8 => integers!(Int8Type),
        DataType::Int16 => integers!(Int16Type),
        DataType::Int32 => integers!(Int32Type),
        DataType::Int64 => integers!(Int64Type),
        DataType::Float32 => Ok(Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(f32::abs))),
        DataType::Float64 => Ok(Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::abs))),
        data_type if is_decimal(data_type) => {
            let values = array.as_primitive::<Decimal128Type>();
            let result = values.unary::<_, Decimal128Type>(i128::abs).with_data_type(data_type.clone());
            Ok(Arc::new(result))
        }
        _ => numeric::neg(&array).map_err(kernel),
    }
}

/// Rounds a whole number away from its last `digits`, by the rule for the remainder.
type Rule = fn(quotient: i128, remainder: i128, divisor: i128) -> i128;

fn half_up(quotient: i128, remainder: i128, divisor: i128) -> i128 {
    quotient + if remainder.abs() * 2 >= divisor { remainder.signum() } else { 0 }
}

fn half_even(quotient: i128, remainder: i128, divisor: i128) -> i128 {
    let twice = remainder.abs() * 2;
    quotient + if twice > divisor || (twice == divisor && quotient % 2 != 0) { remainder.signum() } else { 0 }
}

fn round(input: &Input, rule: Rule) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let digits = match input.constant(1) {
        Some(datafusion::common::ScalarValue::Int32(Some(digits))) => *digits,
        _ => return Err(Failure::internal("round wants a constant number of digits")),
    };
    let rounded = |unscaled: i128, scale: i32| -> i128 {
        let cut = scale - digits;
        if cut <= 0 {
            return unscaled;
        }
        let Some(divisor) = 10i128.checked_pow(cut as u32) else { return 0 };
        rule(unscaled / divisor, unscaled % divisor, divisor) * divisor
    };
    macro_rules! integers {
        ($kind:ty) => {{
            let values = array.as_primitive::<$kind>();
            Ok(Arc::new(values.unary::<_, $kind>(|value| rounded(i128::from(value), 0) as _)) as ArrayRef)
        }};
    }
    match array.data_type() {
        DataType::Int8 => integers!(Int8Type),
        DataType::Int16 => integers!(Int16Type),
        DataType::Int32 => integers!(Int32Type),
        DataType::Int64 => integers!(Int64Type),
        DataType::Decimal128(precision, scale) => {
            let (precision, scale) = (*precision, *scale);
            let values = array.as_primitive::<Decimal128Type>();
            let values = values.unary::<_, Decimal128Type>(|value| rounded(value, i32::from(scale)));
            Ok(Arc::new(values.with_data_type(DataType::Decimal128(precision, scale))))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            let round = |value: f32| round_double(&value.to_string(), f64::from(value), rounded) as f32;
            Ok(Arc::new(values.unary::<_, Float32Type>(round)))
        }
        _ => {
            let values = array.as_primitive::<Float64Type>();
            let round = |value: f64| round_double(&value.to_string(), value, rounded);
            Ok(Arc::new(values.unary::<_, Float64Type>(round)))
        }
    }
}

/// By the shortest decimal text of the number, as Java's `BigDecimal(x.toString)`.
fn round_double(text: &str, value: f64, rounded: impl Fn(i128, i32) -> i128) -> f64 {
    match crate::parse::decimal(text) {
        Some((unscaled, scale)) if value.is_finite() => {
            format!("{}e{}", rounded(unscaled, scale), -scale).parse().unwrap_or(value)
        }
        _ => value,
    }
}

fn whole_type(types: &Types) -> Result<DataType> {
    Ok(match types.get(0)? {
        DataType::Decimal128(precision, scale) => DataType::Decimal128((precision - *scale as u8 + 1).min(38), 0),
        _ => DataType::Int64,
    })
}

fn whole(input: &Input, of_double: fn(f64) -> f64, of_parts: fn(i128, i128) -> i128) -> Result<ArrayRef> {
    let array = input.array(0)?;
    if let DataType::Decimal128(_, scale) = array.data_type() {
        let divisor = 10i128.pow(scale.unsigned_abs().into());
        let values = array.as_primitive::<Decimal128Type>();
        let values = values.unary::<_, Decimal128Type>(|value| of_parts(value / divisor, value % divisor));
        return Ok(Arc::new(values.with_data_type(input.returns.clone())));
    }
    let values = doubles(input, 0)?;
    Ok(Arc::new(values.unary::<_, Int64Type>(|value| of_double(value) as i64)))
}

/// A number in one base as text in another; as unsigned 64 bits, where the target base is positive.
fn conv(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let (from, to) = (input.array(1)?, input.array(2)?);
    let (from, to) = (from.as_primitive::<Int32Type>(), to.as_primitive::<Int32Type>());
    let convert = |row: usize| -> Option<String> {
        if texts.is_null(row) || from.is_null(row) || to.is_null(row) {
            return None;
        }
        let (base, target) = (u32::try_from(from.value(row)).ok()?, to.value(row).unsigned_abs());
        if !(2..=36).contains(&base) || !(2..=36).contains(&target) {
            return None;
        }
        let text = crate::parse::trimmed(texts.value(row));
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let mut value: u64 = 0;
        for digit in digits.chars().map_while(|c| c.to_digit(base)) {
            value = value.saturating_mul(base.into()).saturating_add(digit.into());
        }
        let value = if negative { value.wrapping_neg() } else { value };
        let is_signed = to.value(row) < 0 && (value as i64) < 0;
        let mut rest = if is_signed { (value as i64).unsigned_abs() } else { value };
        let mut out = Vec::new();
        while rest > 0 || out.is_empty() {
            out.push(char::from_digit((rest % u64::from(target)) as u32, target)?.to_ascii_uppercase());
            rest /= u64::from(target);
        }
        if is_signed {
            out.push('-');
        }
        Some(out.iter().rev().collect())
    };
    Ok(Arc::new((0..input.rows).map(convert).collect::<StringArray>()))
}

/// A sum kept in decimals as a bigint, when it is one.
fn sum_to_bigint(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let mode = Mode::parse(input.text(1)?)?;
    let mut out = Int64Builder::with_capacity(array.len());
    for value in array.as_primitive::<Decimal128Type>().iter() {
        match (value, value.and_then(|value| i64::try_from(value).ok()), mode) {
            (None, ..) => out.append_null(),
            (_, Some(value), _) => out.append_value(value),
            (Some(_), None, Mode::Ansi) => return Err(overflow("overflow", "try_add")),
            (Some(_), None, Mode::Try) => out.append_null(),
            (Some(value), None, Mode::Legacy) => out.append_value(value as i64),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn null_safe_equal(input: &Input) -> Result<ArrayRef> {
    let (left, right) = (input.datum(0)?, input.datum(1)?);
    let equal = arrow::compute::kernels::cmp::not_distinct(left.as_ref(), right.as_ref()).map_err(kernel)?;
    Ok(Arc::new(equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_round_by_their_text() {
        let at = |digits: i32| {
            move |unscaled: i128, scale: i32| {
                let cut = scale - digits;
                if cut <= 0 {
                    unscaled
                } else {
                    let d = 10i128.pow(cut as u32);
                    half_up(unscaled / d, unscaled % d, d) * d
                }
            }
        };
        for (value, digits, wanted) in
            [(3.5, 0, 4.0), (-2.5, 0, -3.0), (1.2345, 2, 1.23), (2.675, 2, 2.68), (1234.0, -2, 1200.0)]
        {
            assert_eq!(round_double(&value.to_string(), value, at(digits)), wanted, "{value} to {digits}");
        }
        assert_eq!(half_even(2, 5, 10), 2);
        assert_eq!(half_even(3, 5, 10), 4);
    }
}
