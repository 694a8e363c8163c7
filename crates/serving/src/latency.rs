//! How long answers take: counts in buckets that grow by a quarter, so that a percentile is right within 12 %.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// From 1 µs to about 4 minutes.
const BUCKETS: usize = 88;
const GROWTH: f64 = 1.25;

#[derive(Debug)]
pub(crate) struct Latency {
    buckets: [AtomicU64; BUCKETS],
    errors: AtomicU64,
    rows: AtomicU64,
}

/// What an endpoint has answered since it was started.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LatencySummary {
    pub requests: u64,
    pub errors: u64,
    pub rows: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Default for Latency {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::new(0)), errors: AtomicU64::new(0), rows: AtomicU64::new(0) }
    }
}

impl Latency {
    pub(crate) fn record(&self, took: Duration, rows: usize) {
        let micros = took.as_secs_f64() * 1e6;
        let bucket = micros.max(1.0).log(GROWTH) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn record_error(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn summary(&self) -> LatencySummary {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let requests: u64 = counts.iter().sum();
        let percentile = |share: f64| {
            let rank = (requests as f64 * share).ceil() as u64;
            let mut seen = 0;
            let bucket = counts.iter().position(|count| {
                seen += count;
                seen >= rank
            });
            // The middle of the bucket.
            bucket.filter(|_| requests > 0).map_or(0.0, |bucket| GROWTH.powf(bucket as f64 + 0.5) / 1e3)
        };
        LatencySummary {
            requests,
            errors: self.errors.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            p50_ms: percentile(0.50),
            p99_ms: percentile(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_within_a_bucket() {
        let latency = Latency::default();
        for _ in 0..980 {
            latency.record(Duration::from_micros(500), 1);
        }
        for _ in 0..20 {
            latency.record(Duration::from_millis(20), 1);
        }
        let summary = latency.summary();
        assert_eq!((summary.requests, summary.rows, summary.errors), (1000, 1000, 0));
        assert!((0.44..0.57).contains(&summary.p50_ms), "{}", summary.p50_ms);
        assert!((17.0..23.0).contains(&summary.p99_ms), "{}", summary.p99_ms);
        assert_eq!(Latency::default().summary(), LatencySummary::default());
    }
}
