//! Cluster centers, and the center that is closest to each row.

use super::tiles::{LANES, Lanes, Tiles, scale_to_unit};
use crate::linear::vectorized::{Kernel, run};
use crate::random::Draws;
use serde::{Deserialize, Serialize};

/// Centers of one size; for the cosine distance all of length 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Centers {
    pub size: usize,
    /// `[centers, size]`, row by row.
    pub values: Vec<f64>,
}

/// The closest center of each row of a tile, the first of equals, and the squared distance to it.
#[derive(Debug, Clone, Copy)]
pub struct Nearest {
    pub centers: Lanes,
    pub distances: Lanes,
}

impl Centers {
    pub fn count(&self) -> usize {
        self.values.len().checked_div(self.size).unwrap_or(0)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.size.max(1))
    }

    pub fn center(&self, index: usize) -> &[f64] {
        &self.values[index * self.size..][..self.size]
    }

    /// The same without repetitions, in order of first appearance.
    pub fn distinct(&self) -> Self {
        let mut seen = std::collections::HashSet::new();
        let is_new = |center: &&[f64]| seen.insert(center.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
        let values = self.iter().filter(is_new).flatten().copied().collect();
        Self { size: self.size, values }
    }

    /// Finds the nearest center for each tile of rows, which must be of the centers' size.
    pub fn nearest(&self, rows: &Tiles, mut found: impl FnMut(usize, usize, &[Lanes], &Nearest)) {
        let mut all = vec![Nearest { centers: [0.0; LANES], distances: [f64::INFINITY; LANES] }; BATCH];
        let mut tiles = rows.iter();
        loop {
            let batch: Vec<_> = tiles.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return;
            }
            run(Search { centers: self, tiles: &batch, nearest: &mut all });
            for ((first, count, tile), nearest) in batch.iter().zip(&all) {
                found(*first, *count, tile, nearest);
            }
        }
    }

    /// Each center moved to the mean of its rows; one without rows stays.
    pub fn moved(&self, sums: &[f64], weights: &[f64], unit_length: bool) -> Self {
        let mut moved = self.clone();
        for (index, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let center = &mut moved.values[index * self.size..][..self.size];
            let sum = &sums[index * self.size..][..self.size];
            center.iter_mut().zip(sum).for_each(|(center, sum)| *center = sum / weight);
            // Rows that cancel out leave no direction: the center stays.
            if unit_length && scale_to_unit(center).is_err() {
                center.copy_from_slice(self.center(index));
            }
        }
        moved
    }

    /// Whether no center moved farther than the tolerance.
    pub fn is_within(&self, other: &Self, tolerance: f64, cosine: bool) -> bool {
        self.iter().zip(other.iter()).all(|(a, b)| {
            let squared = squared_distance(a, b);
            if cosine { squared / 2.0 <= tolerance } else { squared <= tolerance * tolerance }
        })
    }

    /// k-means++ and at most 30 rounds of Lloyd's algorithm over weighted candidates (Spark's `LocalKMeans`).
    pub fn from_candidates(candidates: &Self, weights: &[f64], count: usize, seed: u64) -> Self {
        let mut draws = Draws::new(seed);
        let rows = Tiles::of(&candidates.values, candidates.size);
        let mut chosen = Self { size: candidates.size, values: Vec::with_capacity(count * candidates.size) };
        let mut costs = vec![1.0; rows.rows];
        while chosen.count() < count {
            let scores = || costs.iter().zip(weights).map(|(cost, weight)| cost * weight);
            let mut left = draws.unit() * scores().sum::<f64>();
            let picked = scores().position(|score| {
                left -= score;
                left < 0.0
            });
            let center = candidates.center(picked.unwrap_or(0));
            let is_first = chosen.values.is_empty();
            chosen.values.extend_from_slice(center);
            for (cost, candidate) in costs.iter_mut().zip(candidates.iter()) {
                let distance = squared_distance(candidate, center);
                *cost = if is_first { distance } else { cost.min(distance) };
            }
        }
        let mut closest = vec![usize::MAX; rows.rows];
        for _ in 0..LOCAL_ROUNDS {
            let mut sums = vec![0.0; chosen.values.len()];
            let mut totals = vec![0.0; count];
            let mut has_moved = false;
            chosen.nearest(&rows, |first, in_tile, _, nearest| {
                for lane in 0..in_tile {
                    let (row, center) = (first + lane, nearest.centers[lane] as usize);
                    has_moved |= std::mem::replace(&mut closest[row], center) != center;
                    totals[center] += weights[row];
                    let sum = &mut sums[center * candidates.size..][..candidates.size];
                    sum.iter_mut().zip(candidates.center(row)).for_each(|(sum, value)| *sum += value * weights[row]);
                }
            });
            if !has_moved {
                break;
            }
            chosen = chosen.moved(&sums, &totals, false);
            for empty in (0..count).filter(|center| totals[*center] == 0.0) {
                let other = candidates.center(draws.below(rows.rows)).to_vec();
                chosen.values[empty * candidates.size..][..candidates.size].copy_from_slice(&other);
            }
        }
        chosen
    }
}

/// Rounds of Lloyd's algorithm over candidates.
const LOCAL_ROUNDS: usize = 30;

/// Tiles between two calls of the kernel.
const BATCH: usize = 64;

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| {
        let difference = a - b;
        sum + difference * difference
    })
}

struct Search<'a> {
    centers: &'a Centers,
    tiles: &'a [(usize, usize, &'a [Lanes])],
    nearest: &'a mut [Nearest],
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((_, _, tile), nearest) in self.tiles.iter().zip(self.nearest) {
            let (mut closest, mut least) = ([0.0; LANES], [f64::INFINITY; LANES]);
            for (index, center) in self.centers.iter().enumerate() {
                let mut distances = [0.0; LANES];
                for (values, center) in tile.iter().zip(center) {
                    for lane in 0..LANES {
                        let difference = values[lane] - center;
                        distances[lane] += difference * difference;
                    }
                }
                for lane in 0..LANES {
                    let closer = distances[lane] < least[lane];
                    least[lane] = if closer { distances[lane] } else { least[lane] };
                    closest[lane] = if closer { index as f64 } else { closest[lane] };
                }
            }
            *nearest = Nearest { centers: closest, distances: least };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_center_is_the_first_of_equals() {
        let centers = Centers { size: 2, values: vec![0.0, 0.0, 4.0, 0.0, 4.0, 0.0] };
        let rows = Tiles::of(&[1.0, 0.0, 3.0, 1.0, 2.0, 0.0], 2);
        let mut found = Vec::new();
        centers.nearest(&rows, |first, count, _, nearest| {
            found.extend((0..count).map(|lane| (first + lane, nearest.centers[lane], nearest.distances[lane])));
        });
        assert_eq!(found, [(0, 0.0, 1.0), (1, 1.0, 2.0), (2, 0.0, 4.0)]);
        assert_eq!(centers.distinct().count(), 2);
    }

    #[test]
    fn candidates_condense_to_their_clusters() {
        let values: Vec<f64> = (0..60).flat_map(|i| [f64::from(i % 3) * 10.0 + f64::from(i / 3) * 0.01, 1.0]).collect();
        let candidates = Centers { size: 2, values };
        let chosen = Centers::from_candidates(&candidates, &[1.0; 60], 3, 5);
        let mut first: Vec<f64> = chosen.iter().map(|center| center[0]).collect();
        first.sort_by(f64::total_cmp);
        for (found, expected) in first.iter().zip([0.095, 10.095, 20.095]) {
            assert!((found - expected).abs() < 1e-9, "{first:?}");
        }
    }
}
