//! Learning to rank: LambdaMART (Burges 2010) as LightGBM's lambdarank has it. Of each pair of rows of a query, the one of
//! the higher grade should have the higher margin; a pair counts by what its exchange would change of the NDCG.
//!
//! What a row brings needs all rows of its query, so these stand together in a part, and sums over pairs are made there.

use crate::linear::exponential::exp;
use crate::linear::vectorized::{Kernel, run};
use crate::tree::boost::view::BoostPart;
use crate::{Params, Value};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// How orders are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// What a row is worth, by its grade; never less for a higher grade.
    gains: Vec<f64>,
    /// Pairs count if one of them is among the first so many rows.
    truncation: usize,
    /// Whether far margins count less, and queries of many pairs little more than those of few.
    normalizes: bool,
    /// The loss looks at the first so many rows.
    judged: usize,
}

/// Grades where no gains are given: 0 to 30, of gain 2^grade − 1.
const GRADES: i32 = 31;

impl Ranking {
    /// # Errors
    /// Gains that fall.
    pub fn of(params: &Params) -> Result<Self> {
        let gains = match params.get("labelGain") {
            Some(Value::Doubles(gains)) if !gains.is_empty() => gains,
            _ => (0..GRADES).map(|grade| f64::from(grade).exp2() - 1.0).collect(),
        };
        if !gains.is_sorted() {
            let text = format!("{} has a labelGain that falls; a higher grade is worth no less", params.uid());
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        Ok(Self {
            gains,
            truncation: params.int("truncationLevel")? as usize,
            normalizes: params.bool("lambdaNorm")?,
            judged: params.int("ndcgAt")? as usize,
        })
    }

    /// Grades are below.
    pub fn grades(&self) -> u32 {
        self.gains.len() as u32
    }

    /// Weighted gradient and curvature of every row of a part; 0 for rows that no tree learns from.
    pub fn derivatives(&self, part: &BoostPart, margins: &[f64]) -> Vec<[f64; 2]> {
        let mut derivatives = vec![[0.0; 2]; margins.len()];
        let held_out = &part.binned.held_out;
        let discounts = Discounts::of(&part.query_ends);
        for rows in queries(&part.query_ends, |row| held_out.is_empty() || !held_out[row]) {
            self.order(rows, &part.labels, margins).add_pairs(self, &discounts, &mut derivatives);
        }
        derivatives
            .iter_mut()
            .zip(&part.weights)
            .for_each(|(of_row, weight)| *of_row = of_row.map(|part| part * weight));
        derivatives
    }

    /// The loss of each query's chosen rows, 1 − NDCG of the first rows, and their mean weight.
    pub fn losses(
        &self,
        query_ends: &[u32],
        chosen: impl Fn(usize) -> bool,
        labels: &[f64],
        weights: &[f64],
        margins: &[f64],
    ) -> Vec<(f64, f64)> {
        let discounts = Discounts::of(query_ends);
        let of_query = |rows: Vec<usize>| {
            let weight = |row: &usize| weights.get(*row).copied().unwrap_or(1.0);
            let weight = rows.iter().map(weight).sum::<f64>() / rows.len() as f64;
            let order = self.order(rows, labels, margins);
            let ideal = order.ideal(&discounts, self.judged);
            // Where no row is worth anything, no order is wrong.
            let loss =
                if ideal > 0.0 { (1.0 - discounts.of_gains(&order.gains, self.judged) / ideal).max(0.0) } else { 0.0 };
            (loss, weight)
        };
        queries(query_ends, chosen).map(of_query).collect()
    }

    fn order(&self, mut rows: Vec<usize>, labels: &[f64], margins: &[f64]) -> Order {
        rows.sort_by(|one, other| margins[*other].total_cmp(&margins[*one]));
        Order {
            margins: rows.iter().map(|row| margins[*row]).collect(),
            gains: rows.iter().map(|row| self.gains[labels[*row] as usize]).collect(),
            rows,
        }
    }
}

/// The chosen rows of each query that has any.
fn queries(ends: &[u32], chosen: impl Fn(usize) -> bool) -> impl Iterator<Item = Vec<usize>> {
    let starts = std::iter::once(&0).chain(ends);
    let of_query =
        move |(start, end): (&u32, &u32)| (*start as usize..*end as usize).filter(|row| chosen(*row)).collect();
    starts.zip(ends).map(of_query).filter(|rows: &Vec<usize>| !rows.is_empty())
}

/// Rows of a query by falling margin; of equal margins as the rows come.
struct Order {
    rows: Vec<usize>,
    margins: Vec<f64>,
    gains: Vec<f64>,
}

impl Order {
    /// The discounted gain of the best order.
    fn ideal(&self, discounts: &Discounts, judged: usize) -> f64 {
        let mut gains = self.gains.clone();
        gains.sort_unstable_by(|one, other| other.total_cmp(one));
        discounts.of_gains(&gains, judged)
    }

    fn add_pairs(&self, ranking: &Ranking, discounts: &Discounts, derivatives: &mut [[f64; 2]]) {
        let count = self.rows.len();
        let ideal = self.ideal(discounts, ranking.truncation);
        if ideal <= 0.0 {
            return;
        }
        let filled = |values: &[f64]| -> Vec<[f64; ABREAST]> {
            let chunk = |values: &[f64]| std::array::from_fn(|lane| values.get(lane).copied().unwrap_or(0.0));
            values.chunks(ABREAST).map(chunk).collect()
        };
        let pairs = Pairs {
            count,
            first_rows: count.min(ranking.truncation),
            margins: &filled(&self.margins),
            gains: &filled(&self.gains),
            discounts: discounts.0.as_chunks().0,
            ideal,
            near_count_more: ranking.normalizes && self.margins[0] != self.margins[count - 1],
        };
        let ([gradients, curvatures], total) = run(pairs);
        let factor = if ranking.normalizes && total > 0.0 { (1.0 + total).log2() / total } else { 1.0 };
        let sums = gradients.as_flattened().iter().zip(curvatures.as_flattened());
        for (row, (gradient, curvature)) in self.rows.iter().zip(sums) {
            derivatives[*row] = [gradient * factor, curvature * factor];
        }
    }
}

/// Pairs that are looked at side by side.
const ABREAST: usize = 8;

/// The pairs of a query whose rows come by falling margin. The last chunks are filled up.
struct Pairs<'a> {
    count: usize,
    /// One row of a pair is among the first so many.
    first_rows: usize,
    margins: &'a [[f64; ABREAST]],
    gains: &'a [[f64; ABREAST]],
    discounts: &'a [[f64; ABREAST]],
    ideal: f64,
    /// Whether pairs of near margins count more.
    near_count_more: bool,
}

impl Kernel for Pairs<'_> {
    /// Gradients and curvatures by row, and the sum of all gradients' magnitudes.
    type Output = ([Vec<[f64; ABREAST]>; 2], f64);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut sums = [(); 2].map(|()| vec![[0.0; ABREAST]; self.margins.len()]);
        let mut total = [0.0; ABREAST];
        for first in 0..self.first_rows {
            let (own, lane) = (first / ABREAST, first % ABREAST);
            let (margin, gain, discount) = (self.margins[own][lane], self.gains[own][lane], self.discounts[own][lane]);
            let mut of_first = [[0.0; ABREAST]; 2];
            for chunk in own..self.margins.len() {
                let (margins, gains, discounts) = (self.margins[chunk], self.gains[chunk], self.discounts[chunk]);
                let mut found = [[0.0; ABREAST]; 2];
                for lane in 0..ABREAST {
                    let second = chunk * ABREAST + lane;
                    let gap = if second > first && second < self.count { gain - gains[lane] } else { 0.0 };
                    let sign = if gap < 0.0 { -1.0 } else { 1.0 };
                    let distance = sign * (margin - margins[lane]);
                    let nearness = if self.near_count_more { 0.01 + distance.abs() } else { 1.0 };
                    let change = gap.abs() * (discount - discounts[lane]) / (self.ideal * nearness);
                    let wrong = 1.0 / (1.0 + exp(distance));
                    found[0][lane] = sign * change * wrong;
                    found[1][lane] = change * wrong * (1.0 - wrong);
                }
                for (sums, found) in sums.iter_mut().zip(&found) {
                    let before = sums[chunk];
                    sums[chunk] = std::array::from_fn(|lane| before[lane] + found[lane]);
                }
                for lane in 0..ABREAST {
                    of_first[0][lane] += found[0][lane];
                    of_first[1][lane] += found[1][lane];
                    total[lane] += 2.0 * found[0][lane].abs();
                }
            }
            sums[0][own][lane] -= of_first[0].iter().sum::<f64>();
            sums[1][own][lane] += of_first[1].iter().sum::<f64>();
        }
        (sums, total.into_iter().sum())
    }
}

/// What a gain is divided by at each place, as factors.
struct Discounts(Vec<f64>);

impl Discounts {
    /// For queries that end there.
    fn of(query_ends: &[u32]) -> Self {
        let starts = std::iter::once(&0).chain(query_ends);
        let longest = starts.zip(query_ends).map(|(start, end)| end - start).max().unwrap_or(0) as usize;
        Self((0..longest.next_multiple_of(ABREAST)).map(discount).collect())
    }

    /// The discounted sum of the first so many gains.
    fn of_gains(&self, gains: &[f64], judged: usize) -> f64 {
        gains.iter().zip(&self.0).take(judged).map(|(gain, discount)| gain * discount).sum()
    }
}

fn discount(place: usize) -> f64 {
    1.0 / (place as f64 + 2.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::binned::BinnedPart;

    fn ranking(truncation: usize, normalizes: bool) -> Ranking {
        Ranking { gains: vec![0.0, 1.0, 3.0, 7.0], truncation, normalizes, judged: 3 }
    }

    fn part(labels: &[f64], query_ends: &[u32]) -> BoostPart {
        let binned = BinnedPart { rows: labels.len(), ..BinnedPart::default() };
        let (labels, query_ends) = (labels.to_vec(), query_ends.to_vec());
        BoostPart { binned, labels, weights: Vec::new(), validation: Vec::new(), query_ends }
    }

    #[test]
    fn derivatives_are_sums_over_pairs() {
        let found = ranking(30, false).derivatives(&part(&[0.0, 2.0, 1.0], &[3]), &[0.5, 0.0, -0.5]);
        // By hand: the ideal is 3 + 1 / log2(3), the pairs (1, 0), (2, 0) and (1, 2).
        let ideal = 3.0 + 1.0 / 3f64.log2();
        let wrong = |distance: f64| 1.0 / (1.0 + distance.exp());
        let pair = |gap: f64, places: [usize; 2], distance: f64| {
            gap * (discount(places[0]) - discount(places[1])) / ideal * wrong(distance)
        };
        let (a, b, c) = (pair(3.0, [0, 1], -0.5), pair(1.0, [0, 2], -1.0), pair(2.0, [1, 2], 0.5));
        let expected = [a + b, -a - c, -b + c];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found[0] - expected).abs() < 1e-12, "{found:?}, expected {expected}");
            assert!(found[1] > 0.0);
        }
    }

    #[test]
    fn queries_do_not_see_each_other_and_gradients_sum_to_nothing() {
        let (labels, margins) = ([3.0, 0.0, 1.0, 2.0, 2.0, 0.0, 1.0], [0.1, 0.4, -0.2, 0.0, 1.0, 1.5, 0.0]);
        for (truncation, normalizes) in [(30, true), (2, true), (1, false)] {
            let ranking = ranking(truncation, normalizes);
            let both = ranking.derivatives(&part(&labels, &[4, 7]), &margins);
            assert_eq!(both[..4], ranking.derivatives(&part(&labels[..4], &[4]), &margins[..4]));
            assert_eq!(both[4..], ranking.derivatives(&part(&labels[4..], &[3]), &margins[4..]));
            let sum: f64 = both.iter().map(|[gradient, _]| gradient).sum();
            assert!(sum.abs() < 1e-12 && both[0][0] < 0.0 && both[1][0] > 0.0, "{both:?}");
        }
        let alike = ranking(30, true).derivatives(&part(&[1.0; 3], &[1, 3]), &margins[..3]);
        assert_eq!(alike, [[0.0; 2]; 3]);
    }

    #[test]
    fn the_loss_is_what_the_ndcg_lacks() {
        let ranking = ranking(30, true);
        let loss = |labels: &[f64], margins: &[f64], ends: &[u32]| {
            ranking.losses(ends, |_| true, labels, &[], margins).iter().map(|(loss, _)| *loss).collect::<Vec<_>>()
        };
        assert_eq!(loss(&[2.0, 1.0, 0.0, 0.0], &[4.0, 3.0, 2.0, 1.0], &[4]), [0.0]);
        assert_eq!(loss(&[0.0, 0.0, 1.0], &[0.0; 3], &[2, 3]), [0.0; 2]);
        // The only row that counts stands second, then fourth: behind the three that are judged.
        let second = loss(&[0.0, 1.0, 0.0, 0.0], &[4.0, 3.0, 2.0, 1.0], &[4]);
        assert!((second[0] - (1.0 - 1.0 / 3f64.log2())).abs() < 1e-12);
        assert_eq!(loss(&[0.0, 0.0, 0.0, 1.0], &[4.0, 3.0, 2.0, 1.0], &[4]), [1.0]);
    }
}
