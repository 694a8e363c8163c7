//! Special functions that the standard library lacks: ln Γ, the error function and the normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

/// `ln Γ(x)` for positive `x`: Stirling's series, reached by `Γ(x) = Γ(x + 1) / x`.
pub fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 12.0 {
        product *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square * (1.0 / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * TAU.ln() + series / x - product.ln()
}

/// `erfc(x) = 1 - erf(x)`, to the last digits in both tails.
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        return 1.0 - erf_series(x);
    }
    if x > 27.0 {
        return 0.0;
    }
    // Laplace's continued fraction, from its far end.
    let fraction = (1..=120).rev().fold(x, |rest, step| x + f64::from(step) / 2.0 / rest);
    (-x * x).exp() / PI.sqrt() / fraction
}

/// The error function.
pub fn erf(x: f64) -> f64 {
    match x {
        _ if x < 0.0 => -erf(-x),
        _ if x < 2.5 => erf_series(x),
        _ => 1.0 - erfc(x),
    }
}

/// `2/√π · exp(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!`: all terms have one sign.
fn erf_series(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term > sum * 1e-17 {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// The density of the standard normal distribution.
pub fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / TAU.sqrt()
}

/// The probability of a standard normal value below `x`.
pub fn normal_probability(x: f64) -> f64 {
    0.5 * erfc(-x * FRAC_1_SQRT_2)
}

/// Where the probability below is `p`: Acklam's rational approximation, then Halley's steps.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    let polynomial = |x: f64, coefficients: &[f64]| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let mut x = if p < 0.02425 {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(q, &TAIL_ABOVE) / polynomial(q, &TAIL_BELOW)
    } else {
        let q = p - 0.5;
        let r = q * q;
        q * polynomial(r, &CENTER_ABOVE) / polynomial(r, &CENTER_BELOW)
    };
    for _ in 0..2 {
        let step = (normal_probability(x) - p) / normal_density(x);
        x -= step / (1.0 + x * step / 2.0);
    }
    x
}

const CENTER_ABOVE: [f64; 6] = [
    -3.969_683_028_665_376e1,
    2.209_460_984_245_205e2,
    -2.759_285_104_469_687e2,
    1.383_577_518_672_69e2,
    -3.066_479_806_614_716e1,
    2.506_628_277_459_239,
];
const CENTER_BELOW: [f64; 6] = [
    -5.447_609_879_822_406e1,
    1.615_858_368_580_409e2,
    -1.556_989_798_598_866e2,
    6.680_131_188_771_972e1,
    -1.328_068_155_288_572e1,
    1.0,
];
const TAIL_ABOVE: [f64; 6] = [
    -7.784_894_002_430_293e-3,
    -3.223_964_580_411_365e-1,
    -2.400_758_277_161_838,
    -2.549_732_539_343_734,
    4.374_664_141_464_968,
    2.938_163_982_698_783,
];
const TAIL_BELOW: [f64; 5] =
    [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let factorials = [(1.0, 1.0), (2.0, 1.0), (5.0, 24.0), (11.0, 3_628_800.0), (0.5, PI.sqrt())];
        for (x, value) in factorials {
            assert!((ln_gamma(x) - f64::ln(value)).abs() < 1e-14 * (1.0 + f64::ln(value)), "{x}");
        }
        assert!((ln_gamma(171.0) - 706.573_062_245_787_4).abs() < 1e-11);
        let errors = [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (3.0, 0.999_977_909_503_001_4),
        ];
        for (x, value) in errors {
            assert!((erf(x) - value).abs() < 1e-15 && (erf(-x) + value).abs() < 1e-15, "{x} {}", erf(x));
        }
        assert!((erfc(5.0) / 1.537_459_794_428_034_8e-12 - 1.0).abs() < 1e-12);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
    }

    #[test]
    fn quantiles_invert_probabilities() {
        for step in 1..400 {
            let x = f64::from(step) * 0.02 - 4.0;
            assert!((normal_quantile(normal_probability(x)) - x).abs() < 1e-10, "{x}");
        }
        assert!((normal_probability(normal_quantile(1e-12)) / 1e-12 - 1.0).abs() < 1e-10);
    }
}
