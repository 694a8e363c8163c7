//! Bitmaps of 32,768 bits: places in them, counts, and aggregates that set and join them.

use crate::failures::{bitmap_position, external};
use crate::one_state::OneState;
use crate::udf::{Definition, Input};
use arrow::array::types::Int64Type;
use arrow::array::*;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;
use std::sync::Arc;

const BITS: i64 = 32_768;
const BYTES: usize = 4096;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new(
        "spark_bitmap_bit_position",
        |_| Ok(DataType::Int64),
        |input| longs(input, |value| if value > 0 { (value - 1) % BITS } else { value.wrapping_neg() % BITS }),
    ),
    Definition::new(
        "spark_bitmap_bucket_number",
        |_| Ok(DataType::Int64),
        |input| longs(input, |value| if value > 0 { 1 + (value - 1) / BITS } else { value / BITS }),
    ),
    Definition::new(
        "spark_bitmap_count",
        |_| Ok(DataType::Int64),
        |input| {
            let ones = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(byte.count_ones())).sum::<i64>();
            Ok(Arc::new(input.bytes(0)?.iter().map(|bytes| bytes.map(ones)).collect::<Int64Array>()))
        },
    ),
];

fn longs(input: &Input, change: fn(i64) -> i64) -> brickyard_error::Result<ArrayRef> {
    Ok(Arc::new(input.primitive::<Int64Type>(0)?.unary::<_, Int64Type>(change)))
}

pub const AGGREGATES: [OneState; 3] = [
    OneState {
        name: "spark_bitmap_construct_agg",
        returns: |_| DataType::Binary,
        state: |_| DataType::Binary,
        start: |_| Box::new(Bitmap { bytes: vec![0; BYTES], join: Join::Set }),
    },
    OneState {
        name: "spark_bitmap_or_agg",
        returns: |_| DataType::Binary,
        state: |_| DataType::Binary,
        start: |_| Box::new(Bitmap { bytes: vec![0; BYTES], join: Join::Or }),
    },
    OneState {
        name: "spark_bitmap_and_agg",
        returns: |_| DataType::Binary,
        state: |_| DataType::Binary,
        start: |_| Box::new(Bitmap { bytes: vec![0xff; BYTES], join: Join::And }),
    },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Join {
    /// The values are places of bits.
    Set,
    Or,
    And,
}

#[derive(Debug)]
struct Bitmap {
    bytes: Vec<u8>,
    join: Join,
}

impl Bitmap {
    /// What is shorter ends in zeros.
    fn join(&mut self, other: &[u8]) {
        for (index, byte) in self.bytes.iter_mut().enumerate() {
            let other = other.get(index).copied().unwrap_or(0);
            if self.join == Join::And { *byte &= other } else { *byte |= other }
        }
    }

    fn join_all(&mut self, values: &ArrayRef) {
        values.as_binary::<i32>().iter().flatten().for_each(|bytes| self.join(bytes));
    }
}

impl Accumulator for Bitmap {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if self.join != Join::Set {
            self.join_all(&values[0]);
            return Ok(());
        }
        for place in values[0].as_primitive::<Int64Type>().iter().flatten() {
            if !(0..BITS).contains(&place) {
                return Err(external(bitmap_position(place)));
            }
            self.bytes[(place / 8) as usize] |= 1 << (place % 8);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(Some(self.bytes.clone())))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.join_all(&states[0]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_set_and_joined() {
        let mut set = Bitmap { bytes: vec![0; BYTES], join: Join::Set };
        set.update_batch(&[Arc::new(Int64Array::from(vec![Some(0), Some(9), None]))]).unwrap();
        assert_eq!(&set.bytes[..3], &[1, 2, 0]);
        assert!(set.update_batch(&[Arc::new(Int64Array::from(vec![BITS]))]).is_err());
        let mut and = Bitmap { bytes: vec![0xff; BYTES], join: Join::And };
        and.join(&[0xf0]);
        assert_eq!(&and.bytes[..2], &[0xf0, 0]);
    }
}
