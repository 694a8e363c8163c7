//! Greenwald and Khanna's summary of a stream (SIGMOD 2001): quantiles of a known rank error from few samples, with the
//! buffering and the rules of merging of Spark's `QuantileSummaries`.

use serde::{Deserialize, Serialize};

/// Values kept unsorted before they are inserted together.
const HEAD_VALUES: usize = 50_000;
/// Samples above which an insertion is followed by a compression.
const COMPRESS_SAMPLES: usize = 10_000;

/// A summary: the rank of any quantile it answers is off by at most `relative_error` times the number of values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileSummary {
    relative_error: f64,
    samples: Vec<Sample>,
    /// Values behind `samples`; those in `head` are not counted.
    count: u64,
    head: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Sample {
    value: f64,
    /// Least rank of this sample minus that of the one before it: the paper's g.
    gap: u64,
    /// Largest rank minus least rank: the paper's Δ.
    spread: u64,
}

impl QuantileSummary {
    pub fn new(relative_error: f64) -> Self {
        Self { relative_error, samples: Vec::new(), count: 0, head: Vec::new() }
    }

    /// Adds a value, which is not NaN.
    pub fn insert(&mut self, value: f64) {
        self.head.push(value);
        if self.head.len() >= HEAD_VALUES {
            self.insert_head();
            if self.samples.len() >= COMPRESS_SAMPLES {
                self.shrink();
            }
        }
    }

    /// Adds another summary's values; both are compressed.
    pub fn merge(&mut self, mut other: Self) {
        self.compress();
        other.compress();
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other;
            return;
        }
        // A sample's rank is as uncertain as the other side's gaps are wide, unless it lies beyond that side's samples.
        let doubt = |side: &Self| (2.0 * side.relative_error * side.count as f64).floor() as u64;
        let (own_doubt, other_doubt) = (doubt(&other), doubt(self));
        let mut merged = Vec::with_capacity(self.samples.len() + other.samples.len());
        let (mut own, mut its) = (0, 0);
        while own < self.samples.len() && its < other.samples.len() {
            let (mut next, more) = if self.samples[own].value < other.samples[its].value {
                own += 1;
                (self.samples[own - 1], if its > 0 { own_doubt } else { 0 })
            } else {
                its += 1;
                (other.samples[its - 1], if own > 0 { other_doubt } else { 0 })
            };
            next.spread += more;
            merged.push(next);
        }
        merged.extend_from_slice(&self.samples[own..]);
        merged.extend_from_slice(&other.samples[its..]);
        self.samples = merged;
        self.count += other.count;
        self.relative_error = self.relative_error.max(other.relative_error);
        self.shrink();
    }

    /// Inserts what is buffered and drops samples that are not needed.
    pub fn compress(&mut self) {
        if !self.head.is_empty() {
            self.insert_head();
            self.shrink();
        }
    }

    fn insert_head(&mut self) {
        let mut head = std::mem::take(&mut self.head);
        head.sort_unstable_by(f64::total_cmp);
        let mut merged: Vec<Sample> = Vec::with_capacity(self.samples.len() + head.len());
        let mut next = 0;
        for (place, value) in head.iter().enumerate() {
            let before = self.samples[next..].partition_point(|sample| sample.value <= *value);
            merged.extend_from_slice(&self.samples[next..next + before]);
            next += before;
            self.count += 1;
            let is_last = next == self.samples.len() && place == head.len() - 1;
            let spread = if merged.is_empty() || is_last {
                0
            } else {
                (2.0 * self.relative_error * self.count as f64).floor() as u64
            };
            merged.push(Sample { value: *value, gap: 1, spread });
        }
        merged.extend_from_slice(&self.samples[next..]);
        self.samples = merged;
    }

    /// The paper's COMPRESS: neighbours become one where their ranks stay sure enough.
    fn shrink(&mut self) {
        let limit = 2.0 * self.relative_error * self.count as f64;
        let Some(mut newest) = self.samples.last().copied() else { return };
        let mut kept = Vec::new();
        for sample in self.samples[1..].iter().rev().skip(1) {
            if ((sample.gap + newest.gap + newest.spread) as f64) < limit {
                newest.gap += sample.gap;
            } else {
                kept.push(newest);
                newest = *sample;
            }
        }
        kept.push(newest);
        let first = self.samples[0];
        if first.value <= newest.value && self.samples.len() > 1 {
            kept.push(first);
        }
        kept.reverse();
        self.samples = kept;
    }

    /// The values of these quantiles, which are ascending; `None` where there is no value.
    pub fn quantiles(&mut self, quantiles: &[f64]) -> Option<Vec<f64>> {
        self.compress();
        let (first, last) = (self.samples.first()?, self.samples.last()?);
        let widest = self.samples.iter().map(|sample| sample.spread + sample.gap).max().unwrap_or(0);
        let allowed = widest as f64 / 2.0;
        let (mut place, mut least_rank) = (0, first.gap);
        let mut quantile = |quantile: f64| {
            if quantile <= self.relative_error || self.samples.len() == 1 {
                return first.value;
            }
            if quantile >= 1.0 - self.relative_error {
                return last.value;
            }
            let rank = (quantile * self.count as f64).ceil();
            while place < self.samples.len() - 1 {
                let (least, largest) = (least_rank as f64, (least_rank + self.samples[place].spread) as f64);
                if largest - allowed <= rank && rank <= least + allowed {
                    return self.samples[place].value;
                }
                place += 1;
                least_rank += self.samples[place].gap;
            }
            last.value
        };
        Some(quantiles.iter().map(|at| quantile(*at)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;

    #[test]
    fn ranks_are_as_sure_as_promised_however_the_stream_is_cut() {
        let mut draws = Draws::new(1);
        let values: Vec<f64> = (0..120_000).map(|_| draws.unit()).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        for parts in [1, 7] {
            let mut whole = QuantileSummary::new(0.01);
            for part in values.chunks(values.len() / parts) {
                let mut summary = QuantileSummary::new(0.01);
                part.iter().for_each(|value| summary.insert(*value));
                whole.merge(summary);
            }
            assert!(whole.samples.len() < 2_000, "{}", whole.samples.len());
            let asked = [0.05, 0.25, 0.5, 0.75, 0.95];
            for (quantile, found) in asked.iter().zip(whole.quantiles(&asked).unwrap()) {
                let rank = sorted.partition_point(|value| *value < found) as f64 / sorted.len() as f64;
                assert!((rank - quantile).abs() <= 0.01, "{quantile}: {rank}");
            }
        }
    }

    #[test]
    fn without_error_every_value_is_kept() {
        let mut summary = QuantileSummary::new(0.0);
        [5.0, 1.0, 4.0, 2.0, 3.0].into_iter().for_each(|value| summary.insert(value));
        assert_eq!(summary.quantiles(&[0.0, 0.2, 0.5, 0.81, 1.0]).unwrap(), [1.0, 1.0, 3.0, 5.0, 5.0]);
        assert_eq!(QuantileSummary::new(0.0).quantiles(&[0.5]), None);
    }
}
