//! The distribution of Kolmogorov and Smirnov's statistic for n samples: by powers of a matrix for few (Marsaglia, Tsang
//! and Wang, 2003), by Pelz and Good's series (1976) for many.

use std::f64::consts::PI;

/// Samples up to which the matrix is used.
const FEW: usize = 140;

/// P(D ≤ d) for `count` samples.
pub fn probability(d: f64, count: usize) -> f64 {
    let share = 1.0 / count as f64;
    match d {
        _ if d.is_nan() => f64::NAN,
        _ if d <= share / 2.0 => 0.0,
        _ if d <= share => (1..=count).map(|factor| factor as f64 * (2.0 * d - share)).product(),
        _ if d >= 1.0 => 1.0,
        _ if d >= 1.0 - share => 1.0 - 2.0 * (1.0 - d).powi(count as i32),
        _ if count <= FEW => by_matrix(d, count),
        _ => by_series(d, count),
    }
}

/// The middle entry of n! / nⁿ Hⁿ.
fn by_matrix(d: f64, count: usize) -> f64 {
    let steps = (count as f64 * d).ceil() as usize;
    let (size, h) = (2 * steps - 1, steps as f64 - count as f64 * d);
    let mut matrix = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..size.min(row + 2) {
            matrix[row * size + column] = 1.0;
        }
    }
    for place in 0..size {
        let power = h.powi(place as i32 + 1);
        matrix[place * size] -= power;
        matrix[(size - 1) * size + (size - 1 - place)] -= power;
    }
    matrix[(size - 1) * size] += if 2.0 * h > 1.0 { (2.0 * h - 1.0).powi(size as i32) } else { 0.0 };
    for row in 0..size {
        for column in 0..=row {
            (1..=row + 1 - column).for_each(|factor| matrix[row * size + column] /= factor as f64);
        }
    }
    let (powers, mut exponent) = power(&matrix, size, count);
    let mut middle = powers[(steps - 1) * size + steps - 1];
    for factor in 1..=count {
        middle *= factor as f64 / count as f64;
        if middle < 1e-140 {
            middle *= 1e140;
            exponent -= 140;
        }
    }
    middle * 10.0_f64.powi(exponent)
}

/// The power of a matrix, and the power of ten that it is to be multiplied with.
fn power(matrix: &[f64], size: usize, count: usize) -> (Vec<f64>, i32) {
    if count == 1 {
        return (matrix.to_vec(), 0);
    }
    let (half, exponent) = power(matrix, size, count / 2);
    let mut whole = product(&half, &half, size);
    let mut exponent = 2 * exponent;
    if count % 2 == 1 {
        whole = product(matrix, &whole, size);
    }
    if whole[(size / 2) * size + size / 2] > 1e140 {
        whole.iter_mut().for_each(|value| *value *= 1e-140);
        exponent += 140;
    }
    (whole, exponent)
}

fn product(one: &[f64], other: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0; size * size];
    for row in 0..size {
        for middle in 0..size {
            let value = one[row * size + middle];
            let (into, from) = (&mut product[row * size..][..size], &other[middle * size..][..size]);
            into.iter_mut().zip(from).for_each(|(sum, other)| *sum += value * other);
        }
    }
    product
}

/// Kolmogorov's limit and three terms more, each a sum of theta functions.
fn by_series(d: f64, count: usize) -> f64 {
    let root = (count as f64).sqrt();
    let z = d * root;
    let (z2, pi2) = (z * z, PI * PI);
    let sum = |term: &dyn Fn(f64) -> f64, first: f64| {
        let mut sum = 0.0;
        let mut at = first;
        loop {
            let weight = (-pi2 * at * at / (2.0 * z2)).exp();
            sum += term(at * at * pi2) * weight;
            at += 1.0;
            if weight < 1e-40 {
                return 2.0 * sum;
            }
        }
    };
    let (z4, z6, z8) = (z2 * z2, z2 * z2 * z2, z2 * z2 * z2 * z2);
    let half_root = (PI / 2.0).sqrt();
    let limit = half_root / z * sum(&|_| 1.0, 0.5);
    let first = half_root / (6.0 * z4) * sum(&|s| s - z2, 0.5);
    let second = half_root / (72.0 * z6 * z)
        * sum(&|s| 6.0 * z6 + 2.0 * z4 + s * (2.0 * z4 - 5.0 * z2) + s * s * (1.0 - 2.0 * z2), 0.5)
        - half_root / (36.0 * z2 * z) * sum(&|s| s, 1.0);
    let inner = |s: f64| {
        s * s * s * (5.0 - 30.0 * z2) + s * s * (-60.0 * z2 + 212.0 * z4) + s * (135.0 * z4 - 96.0 * z6)
            - 30.0 * z6
            - 90.0 * z8
    };
    let third = half_root / (6480.0 * z6 * z4) * sum(&inner, 0.5)
        + half_root / (216.0 * z6) * sum(&|s| (3.0 * z2 - s) * s, 1.0);
    let of = |term: f64, power: i32| term / root.powi(power);
    (limit + of(first, 1) + of(second, 2) + of(third, 3)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of SciPy 1.17, exact to the digits compared.
    #[test]
    fn probabilities_agree_with_tables() {
        let rows = [
            (0.2, 10, 0.251_280_96),
            (0.1, 50, 0.337_688_729_534_181_4),
            (0.3, 5, 0.336),
            (0.45, 8, 0.946_393_349_599_609_1),
            (0.05, 200, 0.319_737_450_412_829_6),
            (0.08, 1000, 0.999_994_846_086_693_6),
            (0.02, 3000, 0.821_101_863_768_110_3),
            (0.001, 10, 0.0),
            (1.0, 10, 1.0),
        ];
        for (d, count, expected) in rows {
            let found = probability(d, count);
            let allowed = if count > FEW { 1e-7 } else { 1e-13 };
            assert!((found - expected).abs() < allowed, "{d} {count}: {found} {expected}");
        }
    }
}
