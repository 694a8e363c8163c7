//! The best split of a leaf from its histogram of gradients and curvatures, second order as in LightGBM.

use super::edges::has_missing_bin;
use super::gains::{self, Gains};
use super::params::Rules;
use crate::linear::vectorized;
use crate::tree::binned::BinSpec;
use crate::tree::bins::FeatureBins;
use crate::tree::cells::power_of_two;
use crate::tree::rows::LeftBins;
use crate::tree::shap::Decision;

/// How two cells are numbers: a gradient sum, and a curvature sum above the count of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub exponents: [i32; 2],
    /// Low bits of the second cell that count rows.
    pub count_bits: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    pub gradient: f64,
    pub curvature: f64,
    pub rows: i64,
}

impl Scale {
    #[inline(always)]
    pub fn sums(self, cells: [i64; 2]) -> Sums {
        Sums {
            gradient: cells[0] as f64 * power_of_two(-self.exponents[0]),
            curvature: (cells[1] >> self.count_bits) as f64 * power_of_two(-self.exponents[1]),
            rows: cells[1] & ((1 << self.count_bits) - 1),
        }
    }
}

/// The values that a leaf may take, by the monotone constraints above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub least: f64,
    pub most: f64,
}

impl Bounds {
    pub const NONE: Self = Self { least: f64::NEG_INFINITY, most: f64::INFINITY };
}

#[derive(Debug, Clone)]
pub struct Best {
    pub gain: f64,
    pub feature: u32,
    pub left_bins: LeftBins,
    pub decision: Decision,
    pub sums: [Sums; 2],
    pub bounds: [Bounds; 2],
}

impl Rules {
    /// The value that minimises a leaf's loss to second order.
    pub fn value(&self, sums: Sums, l2: f64, bounds: Bounds) -> f64 {
        let value = -shrunk(sums.gradient, self.l1) / (sums.curvature + l2);
        if value.is_nan() { 0.0 } else { value.max(bounds.least).min(bounds.most) }
    }

    /// Twice what a leaf lowers the loss by.
    fn worth(&self, sums: Sums, l2: f64, bounds: Bounds) -> f64 {
        if bounds == Bounds::NONE {
            return self.free_worth(sums, l2);
        }
        let gradient = shrunk(sums.gradient, self.l1);
        let value = self.value(sums, l2, bounds);
        -(2.0 * gradient * value + (sums.curvature + l2) * value * value)
    }

    /// [`Rules::worth`] where a leaf may take any value.
    #[inline(always)]
    pub fn free_worth(&self, sums: Sums, l2: f64) -> f64 {
        let gradient = shrunk(sums.gradient, self.l1);
        gradient * gradient / (sums.curvature + l2).max(f64::MIN_POSITIVE)
    }
}

#[inline(always)]
fn shrunk(gradient: f64, l1: f64) -> f64 {
    gradient.signum() * (gradient.abs() - l1).max(0.0)
}

/// The split of the largest gain, the first of equals; `None` where the rules allow none.
///
/// `cells` holds, for each feature of `features` in turn, its bins.
pub fn best_split(
    spec: &BinSpec,
    rules: &Rules,
    scale: Scale,
    bounds: Bounds,
    features: &[u32],
    cells: &[i64],
) -> Option<Best> {
    let (bins, _) = cells.as_chunks::<2>();
    let first = spec.bins(*features.first()?);
    let total = bins[..first].iter().fold([0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]]);
    let worth = rules.worth(scale.sums(total), rules.l2, bounds);
    let mut best: Option<(f64, u32, Cut)> = None;
    let mut rest = bins;
    for feature in features {
        let (bins, following) = rest.split_at(spec.bins(*feature));
        rest = following;
        let of = &spec.features[*feature as usize];
        let sign = rules.monotone.get(*feature as usize).copied().unwrap_or(0);
        let search = Search { rules, scale, bounds, total, sign, l2: rules.l2 };
        let found = match of {
            FeatureBins::Continuous { .. } if has_missing_bin(of) => search.cut(&bins[1..], bins[0]),
            FeatureBins::Continuous { .. } => search.cut(bins, [0; 2]),
            // Their order is another in every leaf.
            _ => Search { l2: rules.l2 + rules.category_l2, sign: 0, ..search }.categories(bins),
        };
        if let Some((gain, cut)) = found
            && gain - worth > rules.min_gain.max(0.0)
            && best.as_ref().is_none_or(|(most, ..)| gain > *most)
        {
            best = Some((gain, *feature, cut));
        }
    }
    let (gain, feature, cut) = best?;
    let of = &spec.features[feature as usize];
    let (left_bins, decision) = described(of, &cut.part);
    let sums = [cut.left, minus(total, cut.left)].map(|cells| scale.sums(cells));
    let l2 = if matches!(of, FeatureBins::Continuous { .. }) { rules.l2 } else { rules.l2 + rules.category_l2 };
    let sign = rules.monotone.get(feature as usize).copied().unwrap_or(0);
    let bounds = if matches!(of, FeatureBins::Continuous { .. }) {
        children_bounds(rules, sums, l2, bounds, sign)
    } else {
        [bounds; 2]
    };
    Some(Best { gain: gain - worth, feature, left_bins, decision, sums, bounds })
}

/// A monotone split fixes a value between its children that neither side may cross below it.
fn children_bounds(rules: &Rules, sums: [Sums; 2], l2: f64, bounds: Bounds, sign: i8) -> [Bounds; 2] {
    let values = sums.map(|sums| rules.value(sums, l2, bounds));
    let middle = f64::midpoint(values[0], values[1]);
    let (below, above) = (Bounds { most: middle, ..bounds }, Bounds { least: middle, ..bounds });
    match sign {
        0 => [bounds; 2],
        1.. => [below, above],
        _ => [above, below],
    }
}

fn minus(total: [i64; 2], part: [i64; 2]) -> [i64; 2] {
    [total[0] - part[0], total[1] - part[1]]
}

fn plus(sum: [i64; 2], part: [i64; 2]) -> [i64; 2] {
    [sum[0] + part[0], sum[1] + part[1]]
}

/// Which bins go left, and their cells.
struct Cut {
    part: Part,
    left: [i64; 2],
}

enum Part {
    /// The last threshold below which rows go left, not counting the missing values' own.
    UpTo { last: usize, missing_left: bool },
    /// Increasing.
    Categories(Vec<usize>),
}

struct Search<'a> {
    rules: &'a Rules,
    scale: Scale,
    bounds: Bounds,
    total: [i64; 2],
    sign: i8,
    l2: f64,
}

impl Search<'_> {
    /// What both children are worth; `None` when the rules forbid the split.
    #[inline(always)]
    fn worth(&self, left: [i64; 2]) -> Option<f64> {
        let rules = self.rules;
        let (left, right) = (self.scale.sums(left), self.scale.sums(minus(self.total, left)));
        if left.rows < rules.min_rows
            || right.rows < rules.min_rows
            || left.curvature < rules.min_curvature
            || right.curvature < rules.min_curvature
        {
            return None;
        }
        if self.sign != 0 {
            let [a, b] = [left, right].map(|sums| rules.value(sums, self.l2, self.bounds));
            if (self.sign > 0 && a > b) || (self.sign < 0 && a < b) {
                return None;
            }
        }
        Some(rules.worth(left, self.l2, self.bounds) + rules.worth(right, self.l2, self.bounds))
    }

    /// The best cut of ordered bins, with the missing values on either side.
    fn cut(&self, bins: &[[i64; 2]], missing: [i64; 2]) -> Option<(f64, Cut)> {
        let any_missing = missing != [0; 2];
        let mut best: Option<(f64, Cut)> = None;
        for missing_left in [false, true].into_iter().take(if any_missing { 2 } else { 1 }) {
            let mut left = if missing_left { missing } else { [0; 2] };
            // With missing values on the right, the last cut parts them from all others.
            let cuts = bins.len() - usize::from(missing_left || !any_missing);
            if self.sign == 0 && self.bounds == Bounds::NONE && self.l2 == self.rules.l2 {
                let gains =
                    Gains { rules: self.rules, scale: self.scale, total: self.total, first: left, bins: &bins[..cuts] };
                if let Some(gains::Cut { gain, last, left }) = vectorized::run(gains)
                    && best.as_ref().is_none_or(|(most, _)| gain > *most)
                {
                    best = Some((gain, Cut { part: Part::UpTo { last, missing_left }, left }));
                }
                continue;
            }
            for (last, bin) in bins[..cuts].iter().enumerate() {
                left = plus(left, *bin);
                if let Some(gain) = self.worth(left)
                    && best.as_ref().is_none_or(|(most, _)| gain > *most)
                {
                    best = Some((gain, Cut { part: Part::UpTo { last, missing_left }, left }));
                }
            }
        }
        // Where a leaf has no missing values, those to come go with the larger child.
        if let Some((_, Cut { part: Part::UpTo { missing_left, .. }, left })) = &mut best
            && !any_missing
        {
            *missing_left = 2 * self.scale.sums(*left).rows > self.scale.sums(self.total).rows;
        }
        best
    }

    /// Categories in the order of their steps, cut from either end; the bin of others always goes right.
    fn categories(&self, bins: &[[i64; 2]]) -> Option<(f64, Cut)> {
        let known = &bins[..bins.len() - 1];
        let step = |bin: &[i64; 2]| {
            let sums = self.scale.sums(*bin);
            sums.gradient / (sums.curvature + self.rules.category_smoothing).max(f64::MIN_POSITIVE)
        };
        let mut order: Vec<(f64, usize)> = known
            .iter()
            .enumerate()
            .filter(|(_, bin)| self.scale.sums(**bin).rows > 0)
            .map(|(category, bin)| (step(bin), category))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let most = self.rules.max_categories.min(order.len());
        let mut best: Option<(f64, bool, usize, [i64; 2])> = None;
        for backwards in [false, true] {
            let mut left = [0; 2];
            for taken in 1..=most {
                let place = if backwards { order.len() - taken } else { taken - 1 };
                left = plus(left, known[order[place].1]);
                if let Some(gain) = self.worth(left)
                    && best.is_none_or(|(most, ..)| gain > most)
                {
                    best = Some((gain, backwards, taken, left));
                }
            }
        }
        let (gain, backwards, taken, left) = best?;
        let chosen = if backwards { &order[order.len() - taken..] } else { &order[..taken] };
        let mut chosen: Vec<usize> = chosen.iter().map(|(_, category)| *category).collect();
        chosen.sort_unstable();
        Some((gain, Cut { part: Part::Categories(chosen), left }))
    }
}

fn described(bins: &FeatureBins, part: &Part) -> (LeftBins, Decision) {
    match (bins, part) {
        (FeatureBins::Continuous { thresholds }, Part::UpTo { last, missing_left }) => {
            let missing_bin = has_missing_bin(bins);
            let last = last + usize::from(missing_bin);
            // Behind the last threshold are no values: only missing ones go the other way.
            let threshold = thresholds.get(last).copied().unwrap_or(f64::INFINITY);
            let left = if missing_bin && !missing_left {
                LeftBins::of_categories(1..=last)
            } else {
                LeftBins::UpTo(last as u8)
            };
            (left, Decision::AtMost { threshold, missing_left: *missing_left })
        }
        (_, Part::UpTo { last, .. }) => described_categories(bins, &[*last]),
        (_, Part::Categories(chosen)) => described_categories(bins, chosen),
    }
}

fn described_categories(bins: &FeatureBins, chosen: &[usize]) -> (LeftBins, Decision) {
    let left = chosen.iter().map(|category| *category as u32).collect();
    let categories = bins.categories().unwrap_or_default() as u32;
    let decision = Decision::In { left, categories, others_left: false };
    (LeftBins::of_categories(chosen.iter().copied()), decision)
}
