//! `+ - * / div % pmod` by Spark's rules: result types of decimals, overflow and division by zero as errors, as nulls
//! (`try_…`, legacy division) or wrapped (legacy).

use crate::cast::{Mode, integral_digits, rescaled};
use crate::failures::{divide_by_zero, out_of_range, overflow, remainder_by_zero};
use crate::format::plain_decimal;
use crate::types::{is_decimal, is_floating, is_integral};
use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::types::*;
use arrow::array::*;
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::numeric;
use arrow::datatypes::{ArrowNativeTypeOp, DataType, i256};
use brickyard_error::{Failure, Result};
use datafusion::common::ScalarValue;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `div`: the whole part of a quotient, as a bigint.
    IntegralDivide,
    Remainder,
    PositiveRemainder,
}

/// Each takes the operands, of one type or two decimals, and a mode: `ansi`, `legacy` or `try`.
pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_add", |types| returns(types, Operation::Add), |input| evaluate(input, Operation::Add)),
    Definition::new(
        "spark_subtract",
        |types| returns(types, Operation::Subtract),
        |input| evaluate(input, Operation::Subtract),
    ),
    Definition::new(
        "spark_multiply",
        |types| returns(types, Operation::Multiply),
        |input| evaluate(input, Operation::Multiply),
    ),
    Definition::new(
        "spark_divide",
        |types| returns(types, Operation::Divide),
        |input| evaluate(input, Operation::Divide),
    ),
    Definition::new(
        "spark_div",
        |types| returns(types, Operation::IntegralDivide),
        |input| evaluate(input, Operation::IntegralDivide),
    ),
    Definition::new(
        "spark_remainder",
        |types| returns(types, Operation::Remainder),
        |input| evaluate(input, Operation::Remainder),
    ),
    Definition::new(
        "spark_pmod",
        |types| returns(types, Operation::PositiveRemainder),
        |input| evaluate(input, Operation::PositiveRemainder),
    ),
    Definition::new("spark_negate", |types| types.get(0).cloned(), negate),
];

impl Operation {
    pub fn function(self) -> &'static str {
        match self {
            Operation::Add => "spark_add",
            Operation::Subtract => "spark_subtract",
            Operation::Multiply => "spark_multiply",
            Operation::Divide => "spark_divide",
            Operation::IntegralDivide => "spark_div",
            Operation::Remainder => "spark_remainder",
            Operation::PositiveRemainder => "spark_pmod",
        }
    }

    /// The function to use where nulls are wanted.
    fn instead(self) -> &'static str {
        match self {
            Operation::Add => "try_add",
            Operation::Subtract => "try_subtract",
            Operation::Multiply => "try_multiply",
            _ => "try_divide",
        }
    }

    /// The type of the result. The operands have one type already, unless both are decimals.
    pub fn result_type(self, left: &DataType, right: &DataType) -> DataType {
        match (self, left, right) {
            (Operation::IntegralDivide, ..) => DataType::Int64,
            (_, DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) => {
                self.decimal_type((i32::from(*p1), i32::from(*s1)), (i32::from(*p2), i32::from(*s2)))
            }
            _ => left.clone(),
        }
    }

    /// Spark's `DecimalPrecision`: wide enough for every result, cut to 38 digits with at least 6 of scale.
    fn decimal_type(self, (p1, s1): (i32, i32), (p2, s2): (i32, i32)) -> DataType {
        let scale = s1.max(s2);
        let (precision, scale) = match self {
            Operation::Add | Operation::Subtract => ((p1 - s1).max(p2 - s2) + scale + 1, scale),
            Operation::Multiply => (p1 + p2 + 1, s1 + s2),
            Operation::Divide => {
                let scale = 6.max(s1 + p2 + 1);
                (p1 - s1 + s2 + scale, scale)
            }
            _ => ((p1 - s1).min(p2 - s2) + scale, scale),
        };
        adjusted(precision, scale)
    }
}

/// At most 38 digits; digits before the point are kept, up to six behind it too.
fn adjusted(precision: i32, scale: i32) -> DataType {
    if precision <= 38 {
        return DataType::Decimal128(precision as u8, scale as i8);
    }
    let whole = precision - scale;
    let least = scale.min(6);
    DataType::Decimal128(38, (38 - whole).max(least) as i8)
}

/// The decimal that holds every value of a whole number's type.
pub fn decimal_for(data_type: &DataType) -> DataType {
    DataType::Decimal128(integral_digits(data_type), 0)
}

fn returns(types: &Types, operation: Operation) -> Result<DataType> {
    Ok(operation.result_type(types.get(0)?, types.get(1)?))
}

fn evaluate(input: &Input, operation: Operation) -> Result<ArrayRef> {
    let mode = Mode::parse(input.text(2)?)?;
    let left_type = input.datum(0)?.get().0.data_type().clone();
    if is_decimal(&left_type) {
        let right_type = input.datum(1)?.get().0.data_type().clone();
        return match exact_decimal(input, operation, (&left_type, &right_type))? {
            Some(values) => Ok(values),
            None => decimal(input, operation, mode),
        };
    }
    if is_floating(&left_type) {
        return floating(input, operation, mode);
    }
    if is_integral(&left_type) {
        return integral(input, operation, mode);
    }
    // Times and intervals.
    let (left, right) = (input.datum(0)?, input.datum(1)?);
    match operation {
        Operation::Add => numeric::add(left.as_ref(), right.as_ref()).map_err(kernel),
        Operation::Subtract => numeric::sub(left.as_ref(), right.as_ref()).map_err(kernel),
        _ => Err(Failure::internal("no arithmetic for this type")),
    }
}

fn zero_failure(operation: Operation) -> Failure {
    match operation {
        Operation::Remainder | Operation::PositiveRemainder => remainder_by_zero(),
        _ => divide_by_zero(),
    }
}

fn integral(input: &Input, operation: Operation, mode: Mode) -> Result<ArrayRef> {
    if let Operation::Add | Operation::Subtract | Operation::Multiply = operation {
        let (left, right) = (input.datum(0)?, input.datum(1)?);
        let (left, right) = (left.as_ref(), right.as_ref());
        let result = match (operation, mode == Mode::Legacy) {
            (Operation::Add, false) => numeric::add(left, right),
            (Operation::Add, true) => numeric::add_wrapping(left, right),
            (Operation::Subtract, false) => numeric::sub(left, right),
            (Operation::Subtract, true) => numeric::sub_wrapping(left, right),
            (_, false) => numeric::mul(left, right),
            (_, true) => numeric::mul_wrapping(left, right),
        };
        match (result, mode) {
            (Ok(array), _) => return Ok(array),
            (Err(_), Mode::Ansi) => return Err(overflow("overflow", operation.instead())),
            (Err(error), Mode::Legacy) => return Err(kernel(error)),
            (Err(_), Mode::Try) => {}
        }
    }
    let (left, right) = (input.array(0)?, input.array(1)?);
    match left.data_type() {
        DataType::Int8 => integral_rows::<Int8Type>(&left, &right, operation, mode),
        DataType::Int16 => integral_rows::<Int16Type>(&left, &right, operation, mode),
        DataType::Int32 => integral_rows::<Int32Type>(&left, &right, operation, mode),
        _ => integral_rows::<Int64Type>(&left, &right, operation, mode),
    }
}

fn integral_rows<T>(left: &ArrayRef, right: &ArrayRef, operation: Operation, mode: Mode) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64> + TryFrom<i64>,
{
    let pairs = left.as_primitive::<T>().iter().zip(right.as_primitive::<T>().iter());
    let compute = |a: i64, b: i64| -> Result<Option<i64>> {
        let divides = !matches!(operation, Operation::Add | Operation::Subtract | Operation::Multiply);
        if divides && b == 0 {
            return if mode == Mode::Ansi { Err(zero_failure(operation)) } else { Ok(None) };
        }
        let result = match operation {
            Operation::Add => a.checked_add(b),
            Operation::Subtract => a.checked_sub(b),
            Operation::Multiply => a.checked_mul(b),
            Operation::Divide | Operation::IntegralDivide => a.checked_div(b),
            Operation::Remainder => Some(a.wrapping_rem(b)),
            Operation::PositiveRemainder => {
                let remainder = a.wrapping_rem(b);
                Some(if remainder < 0 { remainder.wrapping_add(b).wrapping_rem(b) } else { remainder })
            }
        };
        match (result, mode) {
            (None, Mode::Ansi) => Err(overflow("overflow", operation.instead())),
            (None, Mode::Legacy) => Ok(Some(a.wrapping_div(b))),
            (result, _) => Ok(result),
        }
    };
    if operation == Operation::IntegralDivide {
        let mut out = Int64Builder::with_capacity(left.len());
        for pair in pairs {
            match pair {
                (Some(a), Some(b)) => out.append_option(compute(a.into(), b.into())?),
                _ => out.append_null(),
            }
        }
        return Ok(Arc::new(out.finish()));
    }
    let mut out = PrimitiveBuilder::<T>::with_capacity(left.len());
    for pair in pairs {
        match pair {
            (Some(a), Some(b)) => {
                out.append_option(compute(a.into(), b.into())?.and_then(|value| T::Native::try_from(value).ok()));
            }
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn floating(input: &Input, operation: Operation, mode: Mode) -> Result<ArrayRef> {
    let (left, right) = (input.datum(0)?, input.datum(1)?);
    let (left, right) = (left.as_ref(), right.as_ref());
    match operation {
        Operation::Add => return numeric::add(left, right).map_err(kernel),
        Operation::Subtract => return numeric::sub(left, right).map_err(kernel),
        Operation::Multiply => return numeric::mul(left, right).map_err(kernel),
        _ => {}
    }
    match right.get().0.data_type() {
        DataType::Float32 => floating_rows::<Float32Type>(input, operation, mode),
        _ => floating_rows::<Float64Type>(input, operation, mode),
    }
}

fn floating_rows<T>(input: &Input, operation: Operation, mode: Mode) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: Into<f64> + ArrowNativeTypeOp,
{
    let (left, right) = (input.array(0)?, input.array(1)?);
    let pairs = left.as_primitive::<T>().iter().zip(right.as_primitive::<T>().iter());
    let mut out = PrimitiveBuilder::<T>::with_capacity(input.rows);
    for pair in pairs {
        let (Some(a), Some(b)) = pair else {
            out.append_null();
            continue;
        };
        if b.into() == 0.0 {
            if mode == Mode::Ansi {
                return Err(zero_failure(operation));
            }
            out.append_null();
            continue;
        }
        out.append_value(match operation {
            Operation::Remainder => a.mod_wrapping(b),
            Operation::PositiveRemainder => {
                let remainder = a.mod_wrapping(b);
                if remainder.into() < 0.0 { remainder.add_wrapping(b).mod_wrapping(b) } else { remainder }
            }
            _ => a.div_wrapping(b),
        });
    }
    Ok(Arc::new(out.finish()))
}

/// A decimal operand: a column's values, or one value for all rows.
enum Operand {
    Column(Decimal128Array),
    Constant(i128, i8),
}

impl Operand {
    /// None for a constant null.
    fn of(input: &Input, index: usize) -> Result<Option<Self>> {
        Ok(match input.constant(index) {
            Some(ScalarValue::Decimal128(value, _, scale)) => value.map(|value| Self::Constant(value, *scale)),
            _ => Some(Self::Column(input.array(index)?.as_primitive::<Decimal128Type>().clone())),
        })
    }

    fn scale(&self) -> i8 {
        match self {
            Self::Column(column) => column.scale(),
            Self::Constant(_, scale) => *scale,
        }
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Self::Column(column) => column.nulls(),
            Self::Constant(..) => None,
        }
    }
}

/// Sums, differences and products whose type holds every result at full scale: there is nothing to check or to round.
fn exact_decimal(input: &Input, operation: Operation, types: (&DataType, &DataType)) -> Result<Option<ArrayRef>> {
    let (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) = types else { return Ok(None) };
    let DataType::Decimal128(precision, scale) = operation.result_type(types.0, types.1) else { return Ok(None) };
    let (wanted, digits) = match operation {
        Operation::Add | Operation::Subtract => {
            let common = *s1.max(s2);
            (common, (*p1 as i8 - s1).max(*p2 as i8 - s2) + common + 1)
        }
        Operation::Multiply => (s1 + s2, (p1 + p2 + 1) as i8),
        _ => return Ok(None),
    };
    if wanted != scale || digits > 38 {
        return Ok(None);
    }
    let (Some(left), Some(right)) = (Operand::of(input, 0)?, Operand::of(input, 1)?) else { return Ok(None) };
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let factor = |operand: &Operand| 10_i128.pow(u32::from((scale - operand.scale()).unsigned_abs()));
    let values = match operation {
        // Eighteen digits are a machine word, and a product of two words is one instruction.
        Operation::Multiply if *p1 <= 18 && *p2 <= 18 => {
            pairwise(&left, &right, input.rows, |x, y| i128::from(x as i64) * i128::from(y as i64))
        }
        Operation::Multiply => pairwise(&left, &right, input.rows, i128::wrapping_mul),
        _ => {
            let (f, g) = (factor(&left), factor(&right));
            let sign = if operation == Operation::Subtract { -1 } else { 1 };
            match (f, g, sign) {
                (1, 1, 1) => pairwise(&left, &right, input.rows, i128::wrapping_add),
                (1, 1, _) => pairwise(&left, &right, input.rows, i128::wrapping_sub),
                _ => {
                    pairwise(&left, &right, input.rows, |x, y| x.wrapping_mul(f).wrapping_add(y.wrapping_mul(g * sign)))
                }
            }
        }
    };
    let array = Decimal128Array::new(values.into(), nulls).with_precision_and_scale(precision, scale);
    Ok(Some(Arc::new(array.map_err(kernel)?)))
}

fn pairwise(left: &Operand, right: &Operand, rows: usize, compute: impl Fn(i128, i128) -> i128) -> Vec<i128> {
    match (left, right) {
        (Operand::Column(x), Operand::Column(y)) => {
            x.values().iter().zip(y.values()).map(|(x, y)| compute(*x, *y)).collect()
        }
        (Operand::Column(x), Operand::Constant(y, _)) => x.values().iter().map(|x| compute(*x, *y)).collect(),
        (Operand::Constant(x, _), Operand::Column(y)) => y.values().iter().map(|y| compute(*x, *y)).collect(),
        (Operand::Constant(x, _), Operand::Constant(y, _)) => vec![compute(*x, *y); rows],
    }
}

fn decimal(input: &Input, operation: Operation, mode: Mode) -> Result<ArrayRef> {
    let (left, right) = (input.array(0)?, input.array(1)?);
    let (a, b) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
    let (s1, s2) = (a.scale(), b.scale());
    let exact = Operation::result_type(operation, left.data_type(), right.data_type());
    let (precision, scale) = match exact {
        DataType::Decimal128(precision, scale) => (precision, scale),
        // `div` computes with 38 digits and gives a bigint.
        _ => (38, 0),
    };
    let compute = |x: i128, y: i128| -> Result<Option<i128>> {
        let divides = !matches!(operation, Operation::Add | Operation::Subtract | Operation::Multiply);
        if divides && y == 0 {
            return if mode == Mode::Ansi { Err(zero_failure(operation)) } else { Ok(None) };
        }
        let value = decimal_value(operation, (x, s1), (y, s2), scale, precision);
        match (value, mode) {
            (None, Mode::Ansi) => {
                let shown = format!("{} {} {}", plain_decimal(x, s1), operation.function(), plain_decimal(y, s2));
                Err(out_of_range(&shown, precision, scale))
            }
            (value, _) => Ok(value),
        }
    };
    let values: Vec<Option<i128>> = a
        .iter()
        .zip(b.iter())
        .map(|pair| match pair {
            (Some(x), Some(y)) => compute(x, y),
            _ => Ok(None),
        })
        .collect::<Result<_>>()?;
    if operation == Operation::IntegralDivide {
        let whole: Int64Array = values.into_iter().map(|value| value.and_then(|v| i64::try_from(v).ok())).collect();
        return Ok(Arc::new(whole));
    }
    let array = Decimal128Array::from(values).with_precision_and_scale(precision, scale).map_err(kernel)?;
    Ok(Arc::new(array))
}

/// The result at the scale wanted, rounded half up; none when it does not fit.
fn decimal_value(
    operation: Operation,
    (x, s1): (i128, i8),
    (y, s2): (i128, i8),
    scale: i8,
    precision: u8,
) -> Option<i128> {
    let ten = |power: i32| i256::from_i128(10).checked_pow(u32::try_from(power).ok()?);
    let common = i32::from(s1.max(s2));
    let (wide_x, wide_y) = (i256::from_i128(x), i256::from_i128(y));
    let aligned_x = wide_x.checked_mul(ten(common - i32::from(s1))?)?;
    let aligned_y = wide_y.checked_mul(ten(common - i32::from(s2))?)?;
    let (value, value_scale) = match operation {
        Operation::Add => (aligned_x.checked_add(aligned_y)?, common),
        Operation::Subtract => (aligned_x.checked_sub(aligned_y)?, common),
        Operation::Multiply => (wide_x.checked_mul(wide_y)?, i32::from(s1) + i32::from(s2)),
        Operation::Remainder => (aligned_x.checked_rem(aligned_y)?, common),
        Operation::PositiveRemainder => {
            let remainder = aligned_x.checked_rem(aligned_y)?;
            let negative = remainder < i256::ZERO;
            (if negative { remainder.checked_add(aligned_y)?.checked_rem(aligned_y)? } else { remainder }, common)
        }
        Operation::IntegralDivide => (aligned_x.checked_div(aligned_y)?, 0),
        Operation::Divide => {
            // One digit more than wanted, for rounding.
            let shift = i32::from(scale) + 1 - i32::from(s1) + i32::from(s2);
            let numerator =
                if shift >= 0 { wide_x.checked_mul(ten(shift)?)? } else { wide_x.checked_div(ten(-shift)?)? };
            (numerator.checked_div(wide_y)?, i32::from(scale) + 1)
        }
    };
    match value.to_i128() {
        Some(narrow) => rescaled(narrow, value_scale, scale, precision),
        None => {
            let excess = value_scale - i32::from(scale);
            let cut = value.checked_div(ten((excess - 1).max(0))?)?.to_i128()?;
            rescaled(cut, value_scale - (excess - 1).max(0), scale, precision)
        }
    }
}

fn negate(input: &Input) -> Result<ArrayRef> {
    let mode = Mode::parse(input.text(1)?)?;
    let array = input.array(0)?;
    let result = if mode == Mode::Legacy { numeric::neg_wrapping(&array) } else { numeric::neg(&array) };
    match result {
        Ok(array) => Ok(array),
        Err(_) if mode == Mode::Ansi => Err(overflow("overflow", "")),
        Err(error) => Err(kernel(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_types_follow_spark() {
        let decimal = |p, s| DataType::Decimal128(p, s);
        for (operation, left, right, wanted) in [
            (Operation::Add, (2, 1), (3, 2), (4, 2)),
            (Operation::Multiply, (2, 1), (3, 2), (6, 3)),
            (Operation::Divide, (4, 2), (2, 1), (9, 6)),
            (Operation::Divide, (2, 1), (1, 0), (7, 6)),
            (Operation::Remainder, (3, 1), (1, 0), (2, 1)),
            (Operation::Multiply, (38, 18), (38, 18), (38, 6)),
            (Operation::Divide, (38, 10), (38, 10), (38, 6)),
        ] {
            let result = operation.result_type(&decimal(left.0, left.1), &decimal(right.0, right.1));
            assert_eq!(result, decimal(wanted.0, wanted.1), "{operation:?} {left:?} {right:?}");
        }
    }

    #[test]
    fn exact_decimals_are_those_of_the_long_way() {
        use datafusion::logical_expr::ColumnarValue;
        let column = |values: &[Option<i128>], p, s| {
            let array = Decimal128Array::from(values.to_vec()).with_precision_and_scale(p, s).unwrap();
            ColumnarValue::Array(Arc::new(array))
        };
        let constant = |value, p, s| ColumnarValue::Scalar(ScalarValue::Decimal128(Some(value), p, s));
        let most = 10_i128.pow(18) - 1;
        let long = 10_i128.pow(20) - 1;
        let rows = [
            (
                "of one scale",
                column(&[Some(155), None, Some(-most)], 18, 2),
                column(&[Some(-1), Some(2), Some(most)], 18, 2),
            ),
            (
                "of two scales",
                column(&[Some(155), Some(0), Some(-7)], 10, 1),
                column(&[Some(-1), None, Some(99)], 5, 3),
            ),
            ("a constant first", constant(1, 1, 0), column(&[Some(5), Some(10), None], 15, 2)),
            ("a constant second", column(&[Some(5), Some(-10), None], 15, 2), constant(12, 2, 1)),
            ("more than a word", column(&[Some(long), Some(-long), Some(1)], 20, 0), column(&[Some(most); 3], 17, 3)),
        ];
        for (case, left, right) in rows {
            for operation in [Operation::Add, Operation::Subtract, Operation::Multiply] {
                let types = (left.data_type(), right.data_type());
                let returns = operation.result_type(&types.0, &types.1);
                let mode = ColumnarValue::Scalar(ScalarValue::from("ansi"));
                let input = Input { values: vec![left.clone(), right.clone(), mode], rows: 3, returns };
                let exact = exact_decimal(&input, operation, (&types.0, &types.1)).unwrap();
                let exact = exact.unwrap_or_else(|| panic!("{case} {operation:?} goes the long way"));
                assert_eq!(&exact, &decimal(&input, operation, Mode::Ansi).unwrap(), "{case} {operation:?}");
            }
        }
        let wide = column(&[Some(1)], 38, 2);
        let input = Input { values: vec![wide.clone(), wide.clone()], rows: 1, returns: wide.data_type() };
        let types = (&wide.data_type(), &wide.data_type());
        assert!(exact_decimal(&input, Operation::Add, types).unwrap().is_none(), "a sum that may overflow");
    }

    #[test]
    fn decimals_round_half_up() {
        assert_eq!(decimal_value(Operation::Divide, (1000, 2), (30, 1), 6, 9), Some(3_333_333));
        assert_eq!(decimal_value(Operation::Add, (15, 1), (225, 2), 2, 4), Some(375));
        assert_eq!(decimal_value(Operation::Multiply, (15, 1), (225, 2), 3, 6), Some(3375));
        assert_eq!(rescaled(-1005, 3, 2, 10), Some(-101));
    }
}
