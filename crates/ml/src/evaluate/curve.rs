//! Curves of binary scores and the areas under them, as Spark's `BinaryClassificationMetrics`.

use serde::{Deserialize, Serialize};

/// Weights of the rows that have one score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreCount {
    pub score: f64,
    pub positive: f64,
    pub negative: f64,
}

/// Sorts by score, highest first, and sums up equal scores; runs that are sorted already are merged.
pub fn combine(counts: &mut Vec<ScoreCount>) {
    counts.sort_by(|left, right| right.score.total_cmp(&left.score));
    counts.dedup_by(|next, kept| {
        let equal = next.score.to_bits() == kept.score.to_bits();
        if equal {
            kept.positive += next.positive;
            kept.negative += next.negative;
        }
        equal
    });
}

/// The confusion at every threshold, highest first: rows from this score up are predicted positive.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Score, and the weights of true and false positives.
    thresholds: Vec<ScoreCount>,
    positive: f64,
    negative: f64,
}

/// A point of a curve.
pub type Point = (f64, f64);

impl Curve {
    /// `counts` as [`combine`] leaves them; with more than twice `bins` of them, equally many consecutive ones become one
    /// (0: none do).
    pub fn new(counts: &[ScoreCount], bins: usize) -> Self {
        let group = counts.len().checked_div(bins).filter(|group| *group >= 2).unwrap_or(1);
        let (mut positive, mut negative) = (0.0, 0.0);
        let mut thresholds = Vec::with_capacity(counts.len().div_ceil(group));
        for group in counts.chunks(group) {
            let within = |weight: fn(&ScoreCount) -> f64| group.iter().map(weight).sum::<f64>();
            positive += within(|count| count.positive);
            negative += within(|count| count.negative);
            let score = group.last().map_or(f64::NAN, |count| count.score);
            thresholds.push(ScoreCount { score, positive, negative });
        }
        Self { thresholds, positive, negative }
    }

    fn precision(&self, at: &ScoreCount) -> f64 {
        let predicted = at.positive + at.negative;
        if predicted == 0.0 { 1.0 } else { at.positive / predicted }
    }

    fn recall(&self, at: &ScoreCount) -> f64 {
        if self.positive == 0.0 { 0.0 } else { at.positive / self.positive }
    }

    fn false_positive_rate(&self, at: &ScoreCount) -> f64 {
        if self.negative == 0.0 { 0.0 } else { at.negative / self.negative }
    }

    /// False positive rate and true positive rate, from (0, 0) to (1, 1).
    pub fn roc(&self) -> Vec<Point> {
        let inner = self.thresholds.iter().map(|at| (self.false_positive_rate(at), self.recall(at)));
        std::iter::once((0.0, 0.0)).chain(inner).chain([(1.0, 1.0)]).collect()
    }

    /// Recall and precision; the first point is at recall 0 with the precision of the highest threshold.
    pub fn precision_recall(&self) -> Vec<Point> {
        let first = self.thresholds.first().map(|at| (0.0, self.precision(at)));
        first.into_iter().chain(self.thresholds.iter().map(|at| (self.recall(at), self.precision(at)))).collect()
    }

    pub fn f_measure_by_threshold(&self, beta: f64) -> Vec<Point> {
        let square = beta * beta;
        let measure = |at: &ScoreCount| {
            let (precision, recall) = (self.precision(at), self.recall(at));
            (1.0 + square) * (precision * recall) / (square * precision + recall)
        };
        self.thresholds.iter().map(|at| (at.score, measure(at))).collect()
    }

    pub fn precision_by_threshold(&self) -> Vec<Point> {
        self.thresholds.iter().map(|at| (at.score, self.precision(at))).collect()
    }

    pub fn recall_by_threshold(&self) -> Vec<Point> {
        self.thresholds.iter().map(|at| (at.score, self.recall(at))).collect()
    }
}

/// The area under a curve, by trapezoids.
pub fn area_under(curve: &[Point]) -> f64 {
    curve.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[1].1 + pair[0].1) / 2.0).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(scores: &[(f64, bool)]) -> Vec<ScoreCount> {
        let one = |(score, positive): &(f64, bool)| ScoreCount {
            score: *score,
            positive: f64::from(u8::from(*positive)),
            negative: f64::from(u8::from(!positive)),
        };
        let mut counts = scores.iter().map(one).collect();
        combine(&mut counts);
        counts
    }

    #[test]
    fn the_area_is_the_chance_to_rank_a_pair_rightly() {
        let table: [(&[(f64, bool)], f64); 4] = [
            (&[(0.1, false), (0.9, true)], 1.0),
            (&[(0.9, false), (0.1, true)], 0.0),
            (&[(0.5, false), (0.5, true)], 0.5),
            (&[(0.1, false), (0.4, true), (0.3, false), (0.2, true)], 0.75),
        ];
        for (scores, area) in table {
            assert_eq!(area_under(&Curve::new(&counts(scores), 0).roc()), area, "{scores:?}");
        }
    }

    #[test]
    fn bins_take_equally_many_scores() {
        let scores: Vec<(f64, bool)> = (0..10).map(|score| (f64::from(score), score % 2 == 0)).collect();
        for (bins, points) in [(0, 10), (1000, 10), (6, 10), (5, 5), (3, 4), (1, 1)] {
            assert_eq!(Curve::new(&counts(&scores), bins).thresholds.len(), points, "{bins} bins");
        }
    }
}
