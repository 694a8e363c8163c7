//! Random numbers of places: for one seed each row has its number, whatever the batches.

use crate::udf::{Definition, Input};
use arrow::array::types::UInt64Type;
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_ml::random::java::XorShiftRandom;
use datafusion::common::ScalarValue;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_uniform_of", |_| Ok(DataType::Float64), uniform_of),
    Definition::new("spark_rand_of", |_| Ok(DataType::Float64), rand_of),
    Definition::new("spark_normal_of", |_| Ok(DataType::Float64), normal_of),
];

/// A well-mixed 64-bit value of a counter (SplitMix64).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// In [0, 1).
fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Of mean 0 and variance 1 (Box and Muller).
fn normal(bits: u64) -> f64 {
    let (a, b) = (1.0 - uniform(bits), uniform(mixed(bits)));
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

fn seed(input: &Input, index: usize) -> Result<u64> {
    match input.constant(index) {
        Some(ScalarValue::Int64(Some(seed))) => Ok(*seed as u64),
        _ => Err(Failure::internal("a seed is a constant")),
    }
}

/// The number in [0, 1) of each place, for this seed.
fn uniform_of(input: &Input) -> Result<ArrayRef> {
    of_places(input, uniform)
}

fn normal_of(input: &Input) -> Result<ArrayRef> {
    of_places(input, normal)
}

/// Spark's `rand(seed)` in one partition: the number of each place.
fn rand_of(input: &Input) -> Result<ArrayRef> {
    let seed = seed(input, 1)? as i64;
    let places = input.array(0)?;
    let places = places.as_primitive_opt::<UInt64Type>().ok_or_else(|| Failure::internal("places are row numbers"))?;
    let mut next = (0, XorShiftRandom::new(seed));
    let number = |place: &u64| {
        let place = place.saturating_sub(1); // from 1
        if next.0 != place {
            next = (place, XorShiftRandom::new(seed));
            next.1.skip(place);
        }
        next.0 += 1;
        next.1.unit()
    };
    Ok(Arc::new(Float64Array::from_iter_values(places.values().iter().map(number))))
}

fn of_places(input: &Input, distribution: fn(u64) -> f64) -> Result<ArrayRef> {
    let seed = mixed(seed(input, 1)?);
    let places = input.array(0)?;
    let places = places.as_primitive_opt::<UInt64Type>().ok_or_else(|| Failure::internal("places are row numbers"))?;
    Ok(Arc::new(places.unary::<_, arrow::datatypes::Float64Type>(|place| distribution(mixed(place ^ seed)))))
}
