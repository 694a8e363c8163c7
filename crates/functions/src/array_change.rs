//! Arrays with an element more, side by side, shuffled.

use crate::failures::index_of_zero;
use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::types::{Int32Type, UInt64Type};
use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{interleave, take};
use arrow::datatypes::{DataType, Field, Fields};
use brickyard_error::{Failure, Result};
use datafusion::common::ScalarValue;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_array_insert", insert_type, insert),
    Definition::new("spark_arrays_zip", zip_type, zip),
    Definition::new("spark_shuffle", |types| types.get(1).cloned(), shuffle),
];

fn element(data_type: &DataType) -> Result<&DataType> {
    match data_type {
        DataType::List(item) => Ok(item.data_type()),
        _ => Err(Failure::internal("a function wants arrays")),
    }
}

fn insert_type(types: &Types) -> Result<DataType> {
    let element = element(types.get(0)?)?;
    Ok(DataType::List(Arc::new(Field::new_list_field(element.clone(), true))))
}

/// `(array, position, element)`: positions count from 1, or from the end when negative; gaps are filled with nulls.
fn insert(input: &Input) -> Result<ArrayRef> {
    let (arrays, positions, added) = (input.lists(0)?, input.primitive::<Int32Type>(1)?, input.array(2)?);
    let nothing = new_null_array(added.data_type(), 1);
    let (mut chosen, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..input.rows {
        let is_valid = arrays.is_valid(row) && positions.is_valid(row);
        let before = chosen.len();
        valid.push(is_valid);
        if is_valid {
            let (first, length) = (arrays.value_offsets()[row] as usize, arrays.value_length(row) as usize);
            let (place, from_end) = match positions.value(row) {
                0 => return Err(index_of_zero()),
                position @ 1.. => (position as usize - 1, 0),
                position => {
                    let back = position.unsigned_abs() as usize - 1;
                    (length.saturating_sub(back), back.saturating_sub(length))
                }
            };
            let own = |range: std::ops::Range<usize>| range.map(move |index| (0, first + index));
            chosen.extend(own(0..place.min(length)));
            chosen.extend(std::iter::repeat_n((2, 0), place.saturating_sub(length)));
            chosen.push((1, row));
            chosen.extend(std::iter::repeat_n((2, 0), from_end));
            chosen.extend(own(place.min(length)..length));
        }
        lengths.push(chosen.len() - before);
    }
    let values = interleave(&[arrays.values().as_ref(), added.as_ref(), nothing.as_ref()], &chosen).map_err(kernel)?;
    listed(input, values, lengths, Some(NullBuffer::from(valid)))
}

fn listed(input: &Input, values: ArrayRef, lengths: Vec<usize>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let DataType::List(item) = &input.returns else { return Err(Failure::internal("a list that is none")) };
    let list = ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), values, nulls);
    Ok(Arc::new(list.map_err(kernel)?))
}

/// The names are constants after the arrays.
fn zip_type(types: &Types) -> Result<DataType> {
    let count = types.types.len() / 2;
    let field = |index: usize| -> Result<Field> {
        Ok(Field::new(types.text(count + index)?, element(types.get(index)?)?.clone(), true))
    };
    let fields = (0..count).map(field).collect::<Result<Fields>>()?;
    Ok(DataType::List(Arc::new(Field::new_list_field(DataType::Struct(fields), true))))
}

/// `(array, …, name, …)` to an array of structs, as long as the longest; null where one is null.
fn zip(input: &Input) -> Result<ArrayRef> {
    let arrays = (0..input.len() / 2).map(|index| input.lists(index)).collect::<Result<Vec<_>>>()?;
    let DataType::Struct(fields) = element(&input.returns)? else { return Err(Failure::internal("a zip of nothing")) };
    let (mut places, mut lengths) = (vec![Vec::new(); arrays.len()], Vec::new());
    let mut valid = Vec::new();
    for row in 0..input.rows {
        let is_valid = arrays.iter().all(|array| array.is_valid(row));
        let longest = arrays.iter().map(|array| array.value_length(row)).max().unwrap_or(0);
        let longest = if is_valid { longest } else { 0 };
        for (array, places) in arrays.iter().zip(&mut places) {
            let (first, length) = (array.value_offsets()[row], array.value_length(row));
            places.extend((0..longest).map(|index| (index < length).then_some((first + index) as u32)));
        }
        lengths.push(longest as usize);
        valid.push(is_valid);
    }
    let columns = arrays
        .iter()
        .zip(places)
        .map(|(array, places)| take(array.values(), &UInt32Array::from(places), None).map_err(kernel));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let structs = StructArray::try_new(fields.clone(), columns, None).map_err(kernel)?;
    listed(input, Arc::new(structs), lengths, Some(NullBuffer::from(valid)))
}

/// `(places of rows, array, seed)`. As in Spark for the rows of one batch.
fn shuffle(input: &Input) -> Result<ArrayRef> {
    let (rows, arrays) = (input.primitive::<UInt64Type>(0)?, input.lists(1)?);
    let Some(ScalarValue::Int64(Some(seed))) = input.constant(2) else {
        return Err(Failure::internal("a seed is a constant"));
    };
    let first = rows.values().first().map_or(0, |place| place.saturating_sub(1));
    let mut random = Twister::new(seed.wrapping_add(first as i64));
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    for row in 0..input.rows {
        let length = if arrays.is_valid(row) { arrays.value_length(row) as u32 } else { 0 };
        let first = arrays.value_offsets()[row] as u32;
        places.extend(random.shuffled(length).into_iter().map(|index| first + index));
        lengths.push(length as usize);
    }
    let values = take(arrays.values(), &UInt32Array::from(places), None).map_err(kernel)?;
    listed(input, values, lengths, arrays.nulls().cloned())
}

/// The Mersenne twister of Matsumoto and Nishimura (MT19937), seeded as in Apache Commons Math.
struct Twister {
    state: [u32; 624],
    next: usize,
}

impl Twister {
    fn new(seed: i64) -> Self {
        let key = [(seed >> 32) as u32, seed as u32];
        let mut state = [0u32; 624];
        state[0] = 19_650_218;
        let mixed = |last: u32| last ^ last >> 30;
        for index in 1..624 {
            state[index] = mixed(state[index - 1]).wrapping_mul(1_812_433_253).wrapping_add(index as u32);
        }
        let (mut at, mut of_key) = (1, 0);
        let forward = |at: usize, state: &mut [u32; 624]| {
            if at + 1 < 624 {
                return at + 1;
            }
            state[0] = state[623];
            1
        };
        for _ in 0..624 {
            let step = state[at] ^ mixed(state[at - 1]).wrapping_mul(1_664_525);
            state[at] = step.wrapping_add(key[of_key]).wrapping_add(of_key as u32);
            at = forward(at, &mut state);
            of_key = (of_key + 1) % 2;
        }
        for _ in 0..623 {
            let step = state[at] ^ mixed(state[at - 1]).wrapping_mul(1_566_083_941);
            state[at] = step.wrapping_sub(at as u32);
            at = forward(at, &mut state);
        }
        state[0] = 0x8000_0000;
        Self { state, next: 624 }
    }

    fn word(&mut self) -> u32 {
        if self.next == 624 {
            for index in 0..624 {
                let word = self.state[index] & 0x8000_0000 | self.state[(index + 1) % 624] & 0x7fff_ffff;
                let odd = if word & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[index] = self.state[(index + 397) % 624] ^ word >> 1 ^ odd;
            }
            self.next = 0;
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    fn below(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return ((u64::from(bound) * u64::from(self.word() >> 1)) >> 31) as u32;
        }
        loop {
            let bits = self.word() >> 1;
            let value = bits % bound;
            if bits - value + (bound - 1) <= i32::MAX as u32 {
                return value;
            }
        }
    }

    /// The "inside-out" form of the shuffle of Fisher and Yates.
    fn shuffled(&mut self, count: u32) -> Vec<u32> {
        let mut indices: Vec<u32> = Vec::with_capacity(count as usize);
        for last in 0..count {
            let place = self.below(last + 1) as usize;
            indices.push(last);
            indices.swap(place, last as usize);
        }
        indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_shuffled_as_in_spark() {
        assert_eq!(Twister::new(7).shuffled(4), [0, 1, 3, 2]);
        assert_eq!(Twister::new(0).shuffled(8), [3, 0, 1, 5, 6, 7, 4, 2]);
    }
}
