//! The exact search. A first walk scores all points in single precision and keeps more than are wanted; the exact
//! distances of those decide, and where rounding could have left one out, all points are measured exactly.

use crate::factorization::{Factors, Panels, best};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Points to find, `[points, size]`.
#[derive(Debug)]
pub struct Points {
    pub size: usize,
    pub values: Vec<f64>,
    /// In single precision, each with -|x|²/2 behind it: q·x - |x|²/2 is largest for the nearest x.
    single: Factors,
    /// The same for the exact search, once it is wanted.
    panels: OnceLock<Panels>,
    longest: f64,
}

/// A point's place and its squared distance.
pub type Found = (u32, f64);

impl Points {
    pub fn new(size: usize, values: Vec<f64>) -> Self {
        let mut single = vec![0.0; values.len() / size.max(1) * (size + 1)];
        let pairs = single.par_chunks_exact_mut(size + 1).zip(values.par_chunks_exact(size.max(1)));
        let lengths = pairs.map(|(single, point)| {
            let square: f64 = point.iter().map(|value| value * value).sum();
            single.iter_mut().zip(point).for_each(|(single, value)| *single = *value as f32);
            single[size] = (-0.5 * square) as f32;
            square.sqrt()
        });
        let longest = lengths.reduce(|| 0.0, f64::max);
        Self { size, values, single: Factors { rank: size + 1, values: single }, panels: OnceLock::new(), longest }
    }

    pub fn count(&self) -> usize {
        self.values.len() / self.size.max(1)
    }

    /// In single precision.
    #[inline(always)]
    pub fn single(&self, place: u32) -> &[f32] {
        &self.single.values[place as usize * (self.size + 1)..][..self.size]
    }

    /// Squared, in single precision: sixteen sums side by side.
    #[inline(always)]
    pub fn distance(&self, query: &[f32], place: u32) -> f32 {
        let (a, a_rest) = query.as_chunks::<16>();
        let (b, b_rest) = self.single(place).as_chunks::<16>();
        let mut sums = [0.0f32; 16];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..16 {
                let apart = a[lane] - b[lane];
                sums[lane] += apart * apart;
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
        let halves: [f32; 8] = std::array::from_fn(|lane| sums[lane] + sums[lane + 8]);
        let quarters: [f32; 4] = std::array::from_fn(|lane| halves[lane] + halves[lane + 4]);
        (quarters[0] + quarters[2]) + (quarters[1] + quarters[3]) + rest
    }

    pub fn squared_distance(&self, query: &[f64], place: u32) -> f64 {
        let point = &self.values[place as usize * self.size..][..self.size];
        query.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    /// The `wanted` nearest points of each query (`[queries, size]`), nearest first, of equal ones the first.
    pub fn nearest(&self, queries: &[f64], wanted: usize) -> Vec<Vec<Found>> {
        let with_one = |query: &[f64]| -> Vec<f32> {
            query.iter().map(|value| *value as f32).chain(std::iter::once(1.0)).collect()
        };
        let singles: Vec<Vec<f32>> = queries.chunks_exact(self.size.max(1)).map(with_one).collect();
        let sources: Vec<&[f32]> = singles.iter().map(Vec::as_slice).collect();
        let kept = (wanted * 2).max(wanted + 8).min(self.count());
        let scored = best(&sources, self.panels.get_or_init(|| Panels::of(&self.single)), kept);
        let exact = |(query, scored): (&[f64], &Vec<(u32, f32)>)| {
            let measure = |place: u32| (place, self.squared_distance(query, place));
            let mut found: Vec<Found> = scored.iter().map(|(place, _)| measure(*place)).collect();
            sort(&mut found);
            let square: f64 = query.iter().map(|value| value * value).sum();
            if let (true, Some((_, worst)), Some((_, farthest))) =
                (kept < self.count(), scored.last(), found.get(wanted.saturating_sub(1)))
            {
                // A point left out scores no more than the worst kept one, but for the rounding of both.
                let length = square.sqrt() * self.longest + self.longest * self.longest;
                let rounding = 2.0 * f64::from(f32::EPSILON) * (self.size + 3) as f64 * length;
                let least_left_out = square - 2.0 * (f64::from(*worst) + rounding);
                if least_left_out <= *farthest || !least_left_out.is_finite() {
                    found = (0..self.count() as u32).map(measure).collect();
                    sort(&mut found);
                }
            }
            found.truncate(wanted);
            found
        };
        let queries: Vec<&[f64]> = queries.chunks_exact(self.size.max(1)).collect();
        queries.into_par_iter().zip(&scored).map(exact).collect()
    }
}

pub fn sort(found: &mut [Found]) {
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;

    #[test]
    fn the_nearest_are_those_of_the_definition() {
        let mut draws = Draws::new(9);
        // The second set lies far from the origin, where single precision cannot tell the points apart.
        for (size, count, offset) in [(3, 500, 0.0), (2, 300, 1e6), (1, 4, 0.0)] {
            let values: Vec<f64> = (0..size * count).map(|_| offset + draws.unit()).collect();
            let points = Points::new(size, values.clone());
            let queries: Vec<f64> = (0..size * 7).map(|_| offset + draws.unit()).collect();
            for (query, found) in queries.chunks_exact(size).zip(points.nearest(&queries, 5)) {
                let mut expected: Vec<Found> =
                    (0..count as u32).map(|place| (place, points.squared_distance(query, place))).collect();
                sort(&mut expected);
                expected.truncate(5);
                assert_eq!(found, expected);
            }
        }
    }
}
