//! The derivatives of ln Γ, and random numbers of the gamma distribution.

use crate::random::Draws;

/// The derivative of ln Γ for x > 0.
pub fn digamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift += 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = square
        * (1.0 / 12.0
            - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square * (1.0 / 240.0 - square * (1.0 / 132.0)))));
    x.ln() - 0.5 / x - series - shift
}

/// The second derivative of ln Γ for x > 0.
pub fn trigamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series =
        1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square * (1.0 / 30.0 - square * 5.0 / 66.0)));
    1.0 / x + 0.5 * square + series * square / x + shift
}

/// E[ln θ] of a Dirichlet distribution with these parameters, in place.
pub fn dirichlet_expectation(parameters: &mut [f64]) {
    let total = digamma(parameters.iter().sum());
    parameters.iter_mut().for_each(|parameter| *parameter = digamma(*parameter) - total);
}

/// A number of the gamma distribution of this shape, at least 1, and scale 1 (Marsaglia and Tsang 2000).
pub fn gamma(shape: f64, draws: &mut Draws) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
        let normal = radius * (2.0 * std::f64::consts::PI * draws.unit()).cos();
        let v = (1.0 + c * normal).powi(3);
        if v > 0.0 && (1.0 - draws.unit()).ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let pi_squared = std::f64::consts::PI.powi(2);
        type Row = (fn(f64) -> f64, f64, f64);
        let table: [Row; 5] = [
            (digamma, 1.0, -0.577_215_664_901_532_9),
            (digamma, 0.5, -0.577_215_664_901_532_9 - 2.0 * 2.0f64.ln()),
            (trigamma, 1.0, pi_squared / 6.0),
            (trigamma, 0.5, pi_squared / 2.0),
            (trigamma, 12.0, pi_squared / 6.0 - (1..12).map(|i| 1.0 / f64::from(i * i)).sum::<f64>()),
        ];
        for (index, (function, x, expected)) in table.into_iter().enumerate() {
            assert!((function(x) - expected).abs() < 1e-11, "{index}: {} {expected}", function(x));
        }
        let mut draws = Draws::new(4);
        let mean = (0..4000).map(|_| gamma(100.0, &mut draws)).sum::<f64>() / 4000.0;
        assert!((mean - 100.0).abs() < 1.0, "{mean}");
    }
}
