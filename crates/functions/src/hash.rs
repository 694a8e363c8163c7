//! `hash`: Murmur3 with seed 42 over columns, and `xxhash64`, as Spark chains them.

use crate::udf::{Definition, Input};
use arrow::array::types::*;
use arrow::array::*;
use arrow::datatypes::{DataType, TimeUnit};
use brickyard_error::{Failure, Result};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new(
        "spark_hash",
        |_| Ok(DataType::Int32),
        |input| {
            Ok(Arc::new(
                chained(input, 42u32, murmur_int, murmur_long, murmur_bytes)?
                    .into_iter()
                    .map(|h| Some(h as i32))
                    .collect::<Int32Array>(),
            ))
        },
    ),
    Definition::new(
        "spark_xxhash64",
        |_| Ok(DataType::Int64),
        |input| {
            Ok(Arc::new(
                chained(input, 42u64, xx_int, xx_long, xx_bytes)?
                    .into_iter()
                    .map(|h| Some(h as i64))
                    .collect::<Int64Array>(),
            ))
        },
    ),
];

/// Each value's hash is the seed of the next; nulls leave it as it is.
fn chained<H: Copy>(
    input: &Input,
    seed: H,
    of_int: fn(i32, H) -> H,
    of_long: fn(i64, H) -> H,
    of_bytes: fn(&[u8], H) -> H,
) -> Result<Vec<H>> {
    let mut hashes = vec![seed; input.rows];
    for index in 0..input.len() {
        let array = input.array(index)?;
        for (row, hash) in hashes.iter_mut().enumerate() {
            if array.is_null(row) || *array.data_type() == DataType::Null {
                continue;
            }
            *hash = match array.data_type() {
                DataType::Boolean => of_int(i32::from(array.as_boolean().value(row)), *hash),
                DataType::Int8 => of_int(array.as_primitive::<Int8Type>().value(row).into(), *hash),
                DataType::Int16 => of_int(array.as_primitive::<Int16Type>().value(row).into(), *hash),
                DataType::Int32 => of_int(array.as_primitive::<Int32Type>().value(row), *hash),
                DataType::Date32 => of_int(array.as_primitive::<Date32Type>().value(row), *hash),
                DataType::Int64 => of_long(array.as_primitive::<Int64Type>().value(row), *hash),
                DataType::Timestamp(TimeUnit::Microsecond, _) => {
                    of_long(array.as_primitive::<TimestampMicrosecondType>().value(row), *hash)
                }
                DataType::Float32 => {
                    let value = array.as_primitive::<Float32Type>().value(row);
                    of_int(if value == 0.0 { 0 } else { value.to_bits() as i32 }, *hash)
                }
                DataType::Float64 => {
                    let value = array.as_primitive::<Float64Type>().value(row);
                    of_long(if value == 0.0 { 0 } else { value.to_bits() as i64 }, *hash)
                }
                DataType::Decimal128(precision, _) if *precision <= 18 => {
                    of_long(array.as_primitive::<Decimal128Type>().value(row) as i64, *hash)
                }
                DataType::Decimal128(..) => {
                    let bytes = array.as_primitive::<Decimal128Type>().value(row).to_be_bytes();
                    of_bytes(shortest(&bytes), *hash)
                }
                DataType::Utf8 => of_bytes(array.as_string::<i32>().value(row).as_bytes(), *hash),
                DataType::Binary => of_bytes(array.as_binary::<i32>().value(row), *hash),
                other => {
                    let name = crate::types::simple_string(other);
                    return Err(Failure::unsupported(format!("the hash of a value of type {name}")));
                }
            };
        }
    }
    Ok(hashes)
}

/// The bytes of a number in two's complement without leading ones that say nothing, as Java's `BigInteger`.
fn shortest(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while rest.len() > 1 && ((rest[0] == 0 && rest[1] < 0x80) || (rest[0] == 0xFF && rest[1] >= 0x80)) {
        rest = &rest[1..];
    }
    rest
}

fn mix_key(key: u32) -> u32 {
    key.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593)
}

fn mix_hash(hash: u32, key: u32) -> u32 {
    (hash ^ key).rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64)
}

fn finish(hash: u32, length: u32) -> u32 {
    let hash = hash ^ length;
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

fn murmur_int(value: i32, seed: u32) -> u32 {
    finish(mix_hash(seed, mix_key(value as u32)), 4)
}

fn murmur_long(value: i64, seed: u32) -> u32 {
    let low = mix_hash(seed, mix_key(value as u32));
    finish(mix_hash(low, mix_key((value >> 32) as u32)), 8)
}

/// Whole words, then each byte that is left by itself, sign and all: Spark's own variant.
fn murmur_bytes(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        hash = mix_hash(hash, mix_key(u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
    }
    for byte in rest {
        hash = mix_hash(hash, mix_key(i32::from(*byte as i8) as u32));
    }
    finish(hash, bytes.len() as u32)
}

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;
const P5: u64 = 0x27D4_EB2F_1656_67C5;

fn xx_finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
    let hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
    hash ^ (hash >> 32)
}

fn xx_word(hash: u64, word: u64) -> u64 {
    let mixed = word.wrapping_mul(P2).rotate_left(31).wrapping_mul(P1);
    (hash ^ mixed).rotate_left(27).wrapping_mul(P1).wrapping_add(P4)
}

fn xx_half(hash: u64, half: u32) -> u64 {
    (hash ^ u64::from(half).wrapping_mul(P1)).rotate_left(23).wrapping_mul(P2).wrapping_add(P3)
}

fn xx_int(value: i32, seed: u64) -> u64 {
    xx_finish(xx_half(seed.wrapping_add(P5).wrapping_add(4), value as u32))
}

fn xx_long(value: i64, seed: u64) -> u64 {
    xx_finish(xx_word(seed.wrapping_add(P5).wrapping_add(8), value as u64))
}

fn xx_bytes(bytes: &[u8], seed: u64) -> u64 {
    let word = |at: usize| {
        let mut eight = [0u8; 8];
        eight.copy_from_slice(&bytes[at..at + 8]);
        u64::from_le_bytes(eight)
    };
    let mut at = 0;
    let mut hash = if bytes.len() >= 32 {
        let mut lanes = [seed.wrapping_add(P1).wrapping_add(P2), seed.wrapping_add(P2), seed, seed.wrapping_sub(P1)];
        while at + 32 <= bytes.len() {
            for (index, lane) in lanes.iter_mut().enumerate() {
                *lane = lane.wrapping_add(word(at + index * 8).wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
            }
            at += 32;
        }
        let mut hash = lanes[0]
            .rotate_left(1)
            .wrapping_add(lanes[1].rotate_left(7))
            .wrapping_add(lanes[2].rotate_left(12))
            .wrapping_add(lanes[3].rotate_left(18));
        for lane in lanes {
            let mixed = lane.wrapping_mul(P2).rotate_left(31).wrapping_mul(P1);
            hash = (hash ^ mixed).wrapping_mul(P1).wrapping_add(P4);
        }
        hash
    } else {
        seed.wrapping_add(P5)
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    while at + 8 <= bytes.len() {
        hash = xx_word(hash, word(at));
        at += 8;
    }
    if at + 4 <= bytes.len() {
        hash = xx_half(hash, u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
        at += 4;
    }
    for byte in &bytes[at..] {
        hash = (hash ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    xx_finish(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that Spark 4.2 gave: `hash('a', 1)`, `xxhash64('a')`.
    #[test]
    fn hashes_are_sparks() {
        assert_eq!(murmur_int(1, murmur_bytes(b"a", 42)) as i32, 532_252_686);
        assert_eq!(xx_bytes(b"a", 42) as i64, -8_582_455_328_737_087_284);
    }
}
