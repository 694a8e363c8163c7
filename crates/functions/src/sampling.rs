//! Random numbers of places, as Spark has them in a table's first partition: for one seed each row has its number, whatever
//! the batches.

use crate::udf::{Definition, Input};
use arrow::array::types::UInt64Type;
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_ml::random::java::{XorShiftNormals, XorShiftRandom};
use datafusion::common::ScalarValue;
use std::sync::{Arc, Mutex, PoisonError};

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_rand_of", |_| Ok(DataType::Float64), rand_of),
    Definition::new("spark_randn_of", |_| Ok(DataType::Float64), randn_of),
    Definition::new("spark_randstr_of", |_| Ok(DataType::Utf8), randstr_of),
];

fn seed(input: &Input) -> Result<i64> {
    match input.constant(1) {
        Some(ScalarValue::Int64(Some(seed))) => Ok(*seed),
        _ => Err(Failure::internal("a seed is a constant")),
    }
}

/// How many rows are before each: the places are numbered from 1.
fn rows_before(input: &Input) -> Result<Vec<u64>> {
    let places = input.array(0)?;
    let places = places.as_primitive_opt::<UInt64Type>().ok_or_else(|| Failure::internal("places are row numbers"))?;
    Ok(places.values().iter().map(|place| place.saturating_sub(1)).collect())
}

/// `rand(seed)`: the number of each place.
fn rand_of(input: &Input) -> Result<ArrayRef> {
    let seed = seed(input)?;
    let mut next = (0, XorShiftRandom::new(seed));
    let number = |place| {
        if next.0 != place {
            next = (place, XorShiftRandom::new(seed));
            next.1.skip(place);
        }
        next.0 += 1;
        next.1.unit()
    };
    Ok(Arc::new(Float64Array::from_iter_values(rows_before(input)?.into_iter().map(number))))
}

/// Normal numbers of a seed, from a place on.
struct Walk {
    seed: i64,
    place: u64,
    numbers: XorShiftNormals,
}

/// `randn(seed)`: the number of each place. As many uniform numbers go into a normal one as chance wants, so nobody can
/// jump to a place; walks that other batches of a query began go on.
fn randn_of(input: &Input) -> Result<ArrayRef> {
    const KEPT: usize = 8;
    static WALKS: Mutex<Vec<Walk>> = Mutex::new(Vec::new());
    let walks = || WALKS.lock().unwrap_or_else(PoisonError::into_inner);

    let (seed, places) = (seed(input)?, rows_before(input)?);
    let first = places.first().copied().unwrap_or(0);
    let begun = {
        let mut walks = walks();
        let found = walks.iter().position(|walk| walk.seed == seed && walk.place <= first);
        found.map(|index| walks.swap_remove(index))
    };
    let from_start = || Walk { seed, place: 0, numbers: XorShiftNormals::new(seed) };
    let mut walk = begun.unwrap_or_else(from_start);
    let mut numbers = Float64Builder::new();
    for place in places {
        if place < walk.place {
            walk = from_start();
        }
        let skipped = (place - walk.place) as usize;
        numbers.append_option(walk.numbers.nth(skipped));
        walk.place = place + 1;
    }
    let mut walks = walks();
    walks.insert(0, walk);
    walks.truncate(KEPT);
    Ok(Arc::new(numbers.finish()))
}

/// `randstr(length, seed)`: digits and letters of each place.
fn randstr_of(input: &Input) -> Result<ArrayRef> {
    const SIGNS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let seed = seed(input)?;
    let Some(ScalarValue::Int32(Some(length))) = input.constant(2) else {
        return Err(Failure::internal("a length is a constant"));
    };
    let length = u64::try_from(*length).unwrap_or(0);
    let text = |place: u64| -> String {
        let mut random = XorShiftRandom::new(seed);
        // Each sign takes half a step.
        random.skip(place * length / 2);
        if place * length % 2 == 1 {
            random.int();
        }
        (0..length).map(|_| char::from(SIGNS[(random.int() % 62).unsigned_abs() as usize])).collect()
    };
    Ok(Arc::new(StringArray::from_iter_values(rows_before(input)?.into_iter().map(text))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::ColumnarValue;

    #[test]
    fn texts_are_those_of_spark() {
        let places = Arc::new(UInt64Array::from(vec![1, 2, 3, 4]));
        let constants = [ScalarValue::Int64(Some(0)), ScalarValue::Int32(Some(3))].map(ColumnarValue::Scalar);
        let values = [ColumnarValue::Array(places)].into_iter().chain(constants).collect();
        let texts = randstr_of(&Input { values, rows: 4, returns: DataType::Utf8 }).unwrap();
        assert_eq!(texts.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["ceV", "0PX", "aR2", "IlB"]);
    }
}
