//! `exp` and `ln` by polynomials: the same bits on every machine, and vectorised by the compiler.

/// A polynomial, lowest coefficient first; written out so that the compiler sees straight code.
macro_rules! horner {
    ($x:expr; $last:expr) => { $last };
    ($x:expr; $first:expr, $($rest:expr),+) => { $first + $x * horner!($x; $($rest),+) };
}

/// `exp(x)` for any `x`, within one unit in the last place or two; 0 below -708, infinity above 709.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52: adding it rounds to a whole number in the low bits
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let clamped = x.clamp(-708.0, 709.0);
    let shifted = clamped * std::f64::consts::LOG2_E + SHIFT;
    let power = shifted - SHIFT;
    let rest = (clamped - power * LN_2_HIGH) - power * LN_2_LOW;
    // Taylor's series on |rest| <= ln 2 / 2: the first term left out is below 2^-56.
    let series = horner!(rest; 1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0,
        1.0 / 40_320.0, 1.0 / 362_880.0, 1.0 / 3_628_800.0, 1.0 / 39_916_800.0, 1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0);
    let scaled = series * f64::from_bits((shifted.to_bits().wrapping_add(1023)) << 52);
    let low = if x < -708.0 { 0.0 } else { scaled };
    let high = if x > 709.0 { f64::INFINITY } else { low };
    if x.is_nan() { f64::NAN } else { high }
}

/// `ln(1 + x)` for `x` in [0, 1], as 2 artanh(x / (2 + x)).
#[inline(always)]
pub fn ln_1p_unit(x: f64) -> f64 {
    let ratio = x / (2.0 + x);
    let square = ratio * ratio;
    // Σ square^k / (2k + 1) from k = 1, with square <= 1/9: the first term left out is below 2^-56.
    let series = horner!(square; 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0, 1.0 / 15.0,
        1.0 / 17.0, 1.0 / 19.0, 1.0 / 21.0, 1.0 / 23.0, 1.0 / 25.0, 1.0 / 27.0, 1.0 / 29.0, 1.0 / 31.0, 1.0 / 33.0,
        1.0 / 35.0);
    2.0 * (ratio + ratio * square * series)
}

/// `ln(x)` for a finite `x` of at least 1.
#[inline(always)]
pub fn ln_from_one(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1023;
    let mantissa = f64::from_bits((x.to_bits() & MANTISSA) | (1023 << 52));
    let logarithm = exponent as f64 * std::f64::consts::LN_2 + ln_1p_unit(mantissa - 1.0);
    if x.is_finite() { logarithm } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_library_to_the_last_digits() {
        for step in -70_000..=70_000 {
            let x = f64::from(step) * 0.01;
            let (mine, library) = (exp(x), x.exp());
            assert!((mine - library).abs() <= 4.0 * f64::EPSILON * library, "exp({x}): {mine} {library}");
        }
        for step in 0..=10_000 {
            let x = f64::from(step) * 1e-4;
            let (mine, library) = (ln_1p_unit(x), x.ln_1p());
            assert!((mine - library).abs() <= 4.0 * f64::EPSILON * library, "ln_1p({x}): {mine} {library}");
        }
        for x in [1.0, 1.5, 2.0, 1e3, 1e100, 1.7e308] {
            assert!((ln_from_one(x) - f64::ln(x)).abs() <= 4.0 * f64::EPSILON * f64::ln(x), "ln({x})");
        }
        let special = [exp(0.0), exp(-800.0), exp(f64::NEG_INFINITY), exp(800.0), exp(f64::INFINITY)];
        assert_eq!(special, [1.0, 0.0, 0.0, f64::INFINITY, f64::INFINITY]);
        assert!(exp(f64::NAN).is_nan());
    }
}
