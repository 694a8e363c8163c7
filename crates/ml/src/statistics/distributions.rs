//! The normal, chi-squared and F distributions, by the incomplete gamma and beta functions.

use crate::special::ln_gamma;

/// P(X ≤ x) of the standard normal distribution.
pub fn normal(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    let beyond = 0.5 * upper_gamma(0.5, x * x / 2.0);
    if x < 0.0 { beyond } else { 1.0 - beyond }
}

/// P(X ≤ x) of the chi-squared distribution.
pub fn chi_squared(x: f64, degrees: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { 1.0 - upper_gamma(degrees / 2.0, x / 2.0) }
}

/// P(X ≤ x) of the F distribution.
pub fn f(x: f64, numerator_degrees: f64, denominator_degrees: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return 1.0;
    }
    let (scaled, whole) = (numerator_degrees * x, denominator_degrees + numerator_degrees * x);
    incomplete_beta(scaled / whole, denominator_degrees / whole, numerator_degrees / 2.0, denominator_degrees / 2.0)
}

/// Q(a, x), the regularised upper incomplete gamma function (Numerical Recipes, 6.2).
pub fn upper_gamma(a: f64, x: f64) -> f64 {
    if x.is_nan() || a.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut next) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            next += 1.0;
            term *= x / next;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut fraction = d;
    for step in 1..100_000 {
        let step = f64::from(step);
        let numerator = -step * (step - a);
        b += 2.0;
        d = 1.0 / away_from_zero(numerator * d + b);
        c = away_from_zero(b + numerator / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

/// I_x(a, b), the regularised incomplete beta function; `y` is 1 - x (Numerical Recipes, 6.4).
pub fn incomplete_beta(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * y.ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(y, b, a) / b
    }
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < 1e-300 { 1e-300 } else { value }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            fraction *= c * d;
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

    /// Values of SciPy 1.17.
    #[test]
    fn they_agree_with_tables() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 3e-14, "{found} {expected}");
        close(normal(0.0), 0.5);
        close(normal(1.96), 0.975_002_104_851_779_5);
        close(normal(-3.0), 0.001_349_898_031_630_093_3);
        close(chi_squared(3.84, 1.0), 0.949_956_478_751_294_9);
        close(chi_squared(10.0, 7.0), 0.811_426_532_486_550_1);
        close(chi_squared(0.5, 30.0), 0.0);
        close(f(3.0, 2.0, 10.0), 0.904_632_568_359_375);
        close(f(0.7, 5.0, 147.0), 0.375_715_050_232_907_7);
    }
}
