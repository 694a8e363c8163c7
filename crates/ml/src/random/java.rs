//! The random numbers of Java and of Spark: where a seed starts a training, it starts from the same numbers.

use std::sync::LazyLock;

/// `java.util.Random`: the linear congruential generator of Java's library (Knuth, volume 2, section 3.2.1).
#[derive(Debug, Clone)]
pub struct JavaRandom {
    state: u64,
    /// Normal numbers come in pairs.
    second_normal: Option<f64>,
}

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub fn new(seed: i64) -> Self {
        Self { state: (seed as u64 ^ MULTIPLIER) & MASK, second_normal: None }
    }

    fn bits(&mut self, count: u32) -> i32 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        (self.state >> (48 - count)) as i32
    }

    /// Uniform in `0..bound`; 0 for a bound that is not positive.
    pub fn below(&mut self, bound: i32) -> i32 {
        if bound <= 0 {
            return 0;
        }
        if bound & (bound - 1) == 0 {
            return ((i64::from(bound) * i64::from(self.bits(31))) >> 31) as i32;
        }
        loop {
            let bits = self.bits(31);
            let value = bits % bound;
            if bits.wrapping_sub(value).wrapping_add(bound - 1) >= 0 {
                return value;
            }
        }
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        let high = i64::from(self.bits(26)) << 27;
        (high + i64::from(self.bits(27))) as f64 / (1_i64 << 53) as f64
    }

    /// Normally distributed, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        if let Some(second) = self.second_normal.take() {
            return second;
        }
        let (first, second) = two_normals(|| self.unit());
        self.second_normal = Some(second);
        first
    }
}

/// Marsaglia's polar method over uniform numbers.
fn two_normals(mut unit: impl FnMut() -> f64) -> (f64, f64) {
    loop {
        let (x, y) = (2.0 * unit() - 1.0, 2.0 * unit() - 1.0);
        let square = x * x + y * y;
        if square < 1.0 && square != 0.0 {
            let scale = (-2.0 * square.ln() / square).sqrt();
            return (x * scale, y * scale);
        }
    }
}

/// One step of the generator's state.
fn shifted(state: u64) -> u64 {
    let mut next = state ^ (state << 21);
    next ^= next >> 35;
    next ^ next << 4
}

/// The image of a vector of bits, by the images of the single bits.
fn applied(matrix: &[u64; 64], vector: u64) -> u64 {
    (0..64).filter(|bit| vector >> bit & 1 == 1).fold(0, |sum, bit| sum ^ matrix[bit])
}

/// Spark's `XORShiftRandom`.
#[derive(Debug, Clone)]
pub struct XorShiftRandom(u64);

impl XorShiftRandom {
    pub fn new(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        let low = murmur3(bytes, 0x3c07_4a61);
        let high = murmur3(bytes, low);
        Self(u64::from(high) << 32 | u64::from(low))
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.0 = shifted(self.0);
        self.0 & ((1 << bits) - 1)
    }

    /// Leaves out so many numbers of [`unit`](Self::unit): the steps are linear over bits, so powers of their matrix jump.
    pub fn skip(&mut self, numbers: u64) {
        static POWERS: LazyLock<Vec<[u64; 64]>> = LazyLock::new(|| {
            let twice = |bit: usize| shifted(shifted(1 << bit));
            let mut powers = vec![std::array::from_fn(twice)];
            for power in 1..64 {
                let last = powers[power - 1];
                powers.push(last.map(|image| applied(&last, image)));
            }
            powers
        });
        for (bit, power) in POWERS.iter().enumerate() {
            if numbers >> bit & 1 == 1 {
                self.0 = applied(power, self.0);
            }
        }
    }

    /// Java's `nextInt()`; two of them are as many steps as one number of [`unit`](Self::unit).
    pub fn int(&mut self) -> i32 {
        self.next(32) as u32 as i32
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        let high = self.next(26) << 27;
        (high + self.next(27)) as f64 / (1u64 << 53) as f64
    }
}

/// Spark's normal numbers, `randn(seed)`, one after the other.
#[derive(Debug, Clone)]
pub struct XorShiftNormals {
    random: XorShiftRandom,
    second: Option<f64>,
}

impl XorShiftNormals {
    pub fn new(seed: i64) -> Self {
        Self { random: XorShiftRandom::new(seed), second: None }
    }
}

impl Iterator for XorShiftNormals {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.second.take().or_else(|| {
            let (first, second) = two_normals(|| self.random.unit());
            self.second = Some(second);
            Some(first)
        })
    }
}

/// MurmurHash3 (x86, 32 bits) of eight bytes.
fn murmur3(bytes: [u8; 8], seed: u32) -> u32 {
    let mut hash = seed;
    for word in bytes.chunks_exact(4) {
        let word = word.iter().rev().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        hash ^= word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= 8;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of OpenJDK 17.
    #[test]
    fn numbers_are_those_of_java() {
        let mut random = JavaRandom::new(42);
        assert_eq!([random.below(100), random.below(100), random.below(1 << 10)], [30, 63, 699]);
        let mut random = JavaRandom::new(42);
        assert_eq!([random.unit(), random.unit()], [0.727_563_680_032_868_1, 0.683_223_471_759_845_4]);
        let mut random = JavaRandom::new(42);
        assert!((random.normal() - 1.141_905_315_473_054_7).abs() < 1e-15);
        assert!((random.normal() - 0.919_407_948_982_787_9).abs() < 1e-15);
    }

    /// `spark.range(2).select(rand(42))`, as Spark's documentation shows it (times 3).
    #[test]
    fn numbers_are_those_of_spark() {
        let mut random = XorShiftRandom::new(42);
        let first: Vec<f64> = (0..2).map(|_| 3.0 * random.unit()).collect();
        assert_eq!(first, [1.857_568_110_675_902_8, 1.528_805_652_733_944_4]);
        for skipped in [0, 1, 2, 3, 100, 5_000] {
            let mut jumped = XorShiftRandom::new(-7);
            jumped.skip(skipped);
            let mut walked = XorShiftRandom::new(-7);
            for _ in 0..skipped {
                walked.unit();
            }
            assert_eq!(jumped.unit(), walked.unit(), "{skipped}");
        }
    }
}
