//! Floats as whole numbers of the same order, by Spark's rules: NaN is the largest, and equals itself. The smallest and
//! the largest of whole numbers are found by plain comparison.

use crate::udf::{Definition, Input, Types};
use arrow::array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_float_order", numbers, ordered),
    Definition::new("spark_float_of_order", floats, unordered),
];

fn numbers(types: &Types) -> Result<DataType> {
    match types.get(0)? {
        DataType::Float32 => Ok(DataType::Int32),
        DataType::Float64 => Ok(DataType::Int64),
        other => Err(Failure::internal(format!("{other} is no float"))),
    }
}

fn floats(types: &Types) -> Result<DataType> {
    match types.get(0)? {
        DataType::Int32 => Ok(DataType::Float32),
        DataType::Int64 => Ok(DataType::Float64),
        other => Err(Failure::internal(format!("{other} orders no floats"))),
    }
}

/// Negative floats have the opposite order of their bits.
fn order(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn order_of_single(bits: i32) -> i32 {
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

fn ordered(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    Ok(match array.data_type() {
        DataType::Float32 => Arc::new(array.as_primitive::<Float32Type>().unary::<_, Int32Type>(|value| {
            order_of_single(if value.is_nan() { f32::NAN } else { value + 0.0 }.to_bits() as i32)
        })),
        _ => Arc::new(array.as_primitive::<Float64Type>().unary::<_, Int64Type>(|value| {
            order(if value.is_nan() { f64::NAN } else { value + 0.0 }.to_bits() as i64)
        })),
    })
}

fn unordered(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    Ok(match array.data_type() {
        DataType::Int32 => Arc::new(
            array
                .as_primitive::<Int32Type>()
                .unary::<_, Float32Type>(|key| f32::from_bits(order_of_single(key) as u32)),
        ),
        _ => {
            Arc::new(array.as_primitive::<Int64Type>().unary::<_, Float64Type>(|key| f64::from_bits(order(key) as u64)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Float64Array;
    use datafusion::logical_expr::ColumnarValue;

    #[test]
    fn floats_keep_their_order_and_value() {
        let rising = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, 0.0, 1e-300, 2.0, f64::INFINITY, f64::NAN];
        let column: ArrayRef = Arc::new(Float64Array::from(rising.to_vec()));
        let input = |values| Input { values: vec![ColumnarValue::Array(values)], rows: 8, returns: DataType::Int64 };
        let keys = ordered(&input(column)).unwrap();
        assert!(keys.as_primitive::<Int64Type>().values().is_sorted_by(|a, b| a < b), "{keys:?}");
        let back = unordered(&input(keys)).unwrap();
        let back = back.as_primitive::<Float64Type>().values();
        assert!(rising.iter().zip(back).all(|(a, b)| a.to_bits() == b.to_bits()), "{back:?}");
        let zeros: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, 0.0, -f64::NAN, f64::NAN]));
        let keys = ordered(&Input { values: vec![ColumnarValue::Array(zeros)], rows: 4, returns: DataType::Int64 });
        let keys = keys.unwrap();
        let keys = keys.as_primitive::<Int64Type>().values();
        assert!(keys[0] == keys[1] && keys[2] == keys[3], "equal floats have one key: {keys:?}");
    }
}
