//! Random numbers as a function of a counter: the same row gets the same number under any partitioning.

pub mod java;

/// A bijective 64-bit hash with full avalanche (the finaliser of SplitMix64).
#[inline]
pub const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A sequence of random numbers that starts from a key.
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    pub fn new(key: u64) -> Self {
        Self(mix(key))
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Uniform in `0..bound`, by multiplication; the bias is below bound / 2⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.draw()) * bound as u128) >> 64) as usize
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        unit(self.draw())
    }

    /// `count` different numbers below `bound`, increasing.
    pub fn subset(&mut self, count: usize, bound: usize) -> Vec<u32> {
        let mut all: Vec<u32> = (0..bound as u32).collect();
        for place in 0..count.min(bound) {
            let other = place + self.below(bound - place);
            all.swap(place, other);
        }
        all.truncate(count);
        all.sort_unstable();
        all
    }
}

/// The hash as a number in [0, 1).
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_different_sorted_and_cover_all() {
        let mut draws = Draws::new(3);
        let mut seen = [0; 7];
        for _ in 0..700 {
            let subset = draws.subset(3, 7);
            assert!(subset.len() == 3 && subset.windows(2).all(|pair| pair[0] < pair[1]));
            subset.iter().for_each(|item| seen[*item as usize] += 1);
        }
        assert!(seen.iter().all(|count| (240..360).contains(count)), "{seen:?}");
        assert_eq!(draws.subset(9, 2), [0, 1]);
    }

    #[test]
    fn units_are_uniform() {
        let mut draws = Draws::new(0);
        let mean = (0..10_000).map(|_| draws.unit()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
