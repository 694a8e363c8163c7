//! `java.util.Random`: the numbers that Spark draws from a seed on its driver, so that a seed gives the same model here.

/// The linear congruential generator of Java's library (Knuth, volume 2, section 3.2.1).
#[derive(Debug, Clone)]
pub struct JavaRandom {
    state: u64,
    /// Gaussians come in pairs.
    second_gaussian: Option<f64>,
}

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub fn new(seed: i64) -> Self {
        Self { state: (seed as u64 ^ MULTIPLIER) & MASK, second_gaussian: None }
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
    pub fn gaussian(&mut self) -> f64 {
        if let Some(second) = self.second_gaussian.take() {
            return second;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.second_gaussian = Some(y * scale);
                return x * scale;
            }
        }
    }
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
        assert!((random.gaussian() - 1.141_905_315_473_054_7).abs() < 1e-15);
        assert!((random.gaussian() - 0.919_407_948_982_787_9).abs() < 1e-15);
    }
}
