//! Student's t distribution, for the p-values of coefficients.

/// The probability of a value at least as far from 0 as `t`, on either side: the regularised incomplete beta function of
/// `freedom / (freedom + t²)` with parameters `freedom / 2` and ½.
pub fn two_sided(t: f64, freedom: f64) -> f64 {
    if t.is_nan() || freedom.is_nan() || freedom <= 0.0 {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    let square = t * t;
    incomplete_beta(freedom / (freedom + square), square / (freedom + square), freedom / 2.0)
}

/// `I_x(a, ½)`; `y` is 1 - x, given because it may be too small to be computed from `x`.
fn incomplete_beta(x: f64, y: f64, a: f64) -> f64 {
    const B: f64 = 0.5;
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = gamma_ratio(a) / std::f64::consts::PI.sqrt() * (a * x.ln() + B * y.ln()).exp();
    if x < (a + 1.0) / (a + B + 2.0) {
        front * continued_fraction(x, a, B) / a
    } else {
        1.0 - front * continued_fraction(y, B, a) / B
    }
}

/// `Γ(a + ½) / Γ(a)`: its asymptotic series, reached by `ratio(a) = ratio(a + 1) · a / (a + ½)`.
fn gamma_ratio(a: f64) -> f64 {
    let (mut a, mut factor) = (a, 1.0);
    while a < 50.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let correction = -1.0 / (8.0 * a) + 1.0 / (192.0 * a.powi(3)) - 1.0 / (640.0 * a.powi(5));
    factor * a.sqrt() * correction.exp()
}

/// Lentz's evaluation of the continued fraction (Numerical Recipes, 6.4).
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = denominator;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            denominator = 1.0 / away_from_zero(1.0 + term * denominator);
            numerator = away_from_zero(1.0 + term / numerator);
            fraction *= denominator * numerator;
        }
        if (fraction - before).abs() <= 1e-16 * fraction.abs() {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_known_distributions() {
        // One degree of freedom is Cauchy: 1 - 2 atan(t) / π. Two: 1 - t / sqrt(2 + t²).
        for t in [0.0, 0.3, 1.0, 2.5, 40.0] {
            let cauchy = 1.0 - 2.0 * f64::atan(t) / std::f64::consts::PI;
            assert!((two_sided(t, 1.0) - cauchy).abs() < 1e-13, "{t}");
            let two = 1.0 - t / (2.0 + t * t).sqrt();
            assert!((two_sided(-t, 2.0) - two).abs() < 1e-13, "{t}");
        }
        assert!((two_sided(1.959_963_984_540_054, 1e9) - 0.05).abs() < 1e-8);
        assert!(two_sided(20.2, 294.0) < 1e-50);
    }
}
