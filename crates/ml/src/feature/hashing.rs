//! MurmurHash3 for 32 bits, by Austin Appleby, as Spark hashes terms: the slot of a word or a feature.

const SEED: u32 = 42;

/// The slot of a text among `size`.
pub fn slot(text: &str, size: i32) -> i32 {
    (murmur3(text.as_bytes(), SEED) as i32).rem_euclid(size)
}

fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    fn mixed(block: u32) -> u32 {
        block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
    }
    let mut hash = seed;
    let mut blocks = bytes.chunks_exact(4);
    for block in &mut blocks {
        let block = block.iter().rev().fold(0u32, |block, byte| block << 8 | u32::from(*byte));
        hash = (hash ^ mixed(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = blocks.remainder().iter().rev().fold(0u32, |tail, byte| tail << 8 | u32::from(*byte));
    hash ^= mixed(tail);
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_murmurs() {
        // Test vectors of the reference implementation.
        for (text, seed, hash) in [("", 1, 0x514e_28b7), ("aaaa", 0x9747_b28c, 0x5a97_808a), ("abc", 0, 0xb3dd_93fa)] {
            assert_eq!(murmur3(text.as_bytes(), seed), hash, "{text}");
        }
    }
}
