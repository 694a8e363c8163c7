//! The best split of a node from its histogram (Spark's `RandomForest.binsToBestSplit`).

use super::binned::BinSpec;
use super::bins::FeatureBins;
use super::cells::{add, subtract};
use super::impurity::{Impurity, Stats};
use super::node::Split;
use super::rows::LeftBins;

/// What a split must satisfy.
#[derive(Debug, Clone)]
pub struct Rules {
    pub impurity: Impurity,
    pub min_rows: i64,
    pub min_weight: f64,
    pub min_gain: f64,
}

/// What a node's histogram says.
#[derive(Debug)]
pub struct Examined {
    pub stats: Stats,
    pub impurity: f64,
    /// `None` when no split satisfies the rules.
    pub best: Option<Best>,
}

#[derive(Debug)]
pub struct Best {
    pub gain: f64,
    pub split: Split,
    pub left_bins: LeftBins,
    /// Left and right child.
    pub children: [Child; 2],
}

#[derive(Debug)]
pub struct Child {
    pub stats: Stats,
    pub impurity: f64,
}

/// Finds the split with the largest gain, the first of equals.
///
/// `cells` holds, for each feature of `features` in turn, its bins.
pub fn examine(spec: &BinSpec, rules: &Rules, features: &[u32], cells: &[i64]) -> Examined {
    let width = spec.cell.width();
    let mut total = vec![0; width];
    let first = features.first().map_or(0, |feature| spec.bins(*feature));
    cells[..first * width].chunks_exact(width).for_each(|bin| add(&mut total, bin));
    let stats = spec.cell.stats(&total);
    let impurity = rules.impurity.of(&stats.sums);
    let mut search = Search {
        spec,
        rules,
        total: &total,
        parent_impurity: impurity,
        left: vec![0; width],
        right: vec![0; width],
        left_sums: vec![0.0; spec.cell.sums()],
        right_sums: vec![0.0; spec.cell.sums()],
    };
    let mut best: Option<(f64, u32, Part)> = None;
    let mut rest = cells;
    for feature in features {
        let (bins, following) = rest.split_at(spec.bins(*feature) * width);
        rest = following;
        let found = match &spec.features[*feature as usize] {
            FeatureBins::Continuous { .. } => search.cut(bins, |bin| bin).map(|(gain, bin)| (gain, Part::UpTo(bin))),
            FeatureBins::Ordered { categories } => search.ordered(bins, *categories),
            FeatureBins::Unordered { categories } => search.unordered(bins, *categories),
            FeatureBins::CategoriesOrOther { .. } => None,
        };
        if let Some((gain, part)) = found
            && best.as_ref().is_none_or(|(most, ..)| gain > *most)
        {
            best = Some((gain, *feature, part));
        }
    }
    let best = best.map(|(gain, feature, part)| search.describe(features, cells, gain, feature, part));
    Examined { stats, impurity, best }
}

/// How a feature's bins are parted.
enum Part {
    UpTo(usize),
    /// The categories that go left, increasing.
    Categories(Vec<usize>),
}

struct Search<'a> {
    spec: &'a BinSpec,
    rules: &'a Rules,
    total: &'a [i64],
    parent_impurity: f64,
    left: Vec<i64>,
    right: Vec<i64>,
    left_sums: Vec<f64>,
    right_sums: Vec<f64>,
}

impl Search<'_> {
    /// The gain of parting `self.left` from the rest; `None` when the rules forbid it.
    #[inline]
    fn gain(&mut self) -> Option<f64> {
        let (cell, rules) = (self.spec.cell, self.rules);
        for ((right, total), left) in self.right.iter_mut().zip(self.total).zip(&self.left) {
            *right = total - left;
        }
        let left_rows = cell.read(&self.left, &mut self.left_sums);
        let right_rows = cell.read(&self.right, &mut self.right_sums);
        if left_rows < rules.min_rows || right_rows < rules.min_rows {
            return None;
        }
        let left_weight = rules.impurity.weight(&self.left_sums);
        let right_weight = rules.impurity.weight(&self.right_sums);
        if left_weight < rules.min_weight || right_weight < rules.min_weight {
            return None;
        }
        let weight = left_weight + right_weight;
        let left_impurity = rules.impurity.of(&self.left_sums);
        let right_impurity = rules.impurity.of(&self.right_sums);
        let gain = self.parent_impurity - left_weight / weight * left_impurity - right_weight / weight * right_impurity;
        (gain >= rules.min_gain).then_some(gain)
    }

    /// The best cut of bins in an order: after how many of them less one.
    fn cut(&mut self, bins: &[i64], order: impl Fn(usize) -> usize) -> Option<(f64, usize)> {
        let width = self.left.len();
        let mut best: Option<(f64, usize)> = None;
        self.left.fill(0);
        for place in 0..bins.len() / width - 1 {
            add(&mut self.left, &bins[order(place) * width..][..width]);
            if let Some(gain) = self.gain()
                && best.is_none_or(|(most, _)| gain > most)
            {
                best = Some((gain, place));
            }
        }
        best
    }

    fn ordered(&mut self, bins: &[i64], categories: usize) -> Option<(f64, Part)> {
        let width = self.left.len();
        let mut order: Vec<(f64, usize)> =
            (0..categories).map(|category| (self.centroid(&bins[category * width..][..width]), category)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (gain, last) = self.cut(bins, |place| order[place].1)?;
        let mut left: Vec<usize> = order[..=last].iter().map(|(_, category)| *category).collect();
        left.sort_unstable();
        Some((gain, Part::Categories(left)))
    }

    /// By what ordered categories are sorted: the mean label, the weight of class 1 of two, the impurity of more;
    /// categories without rows come last.
    fn centroid(&mut self, bin: &[i64]) -> f64 {
        self.spec.cell.read(bin, &mut self.left_sums);
        let (impurity, sums) = (self.rules.impurity, &self.left_sums);
        match impurity {
            _ if impurity.weight(sums) == 0.0 => f64::MAX,
            Impurity::Variance => impurity.prediction(sums),
            Impurity::Gini | Impurity::Entropy if sums.len() > 2 => impurity.of(sums),
            Impurity::Gini | Impurity::Entropy => sums.get(1).copied().unwrap_or(0.0),
        }
    }

    fn unordered(&mut self, bins: &[i64], categories: usize) -> Option<(f64, Part)> {
        let width = self.left.len();
        let members = |mask: usize| (0..categories).filter(move |category| mask >> category & 1 == 1);
        let mut best: Option<(f64, usize)> = None;
        for mask in 1..1 << (categories - 1) {
            self.left.fill(0);
            members(mask).for_each(|category| add(&mut self.left, &bins[category * width..][..width]));
            if let Some(gain) = self.gain()
                && best.is_none_or(|(most, _)| gain > most)
            {
                best = Some((gain, mask));
            }
        }
        best.map(|(gain, mask)| (gain, Part::Categories(members(mask).collect())))
    }

    fn describe(&self, features: &[u32], cells: &[i64], gain: f64, feature: u32, part: Part) -> Best {
        let (spec, width) = (self.spec, self.left.len());
        let before: usize = features.iter().take_while(|other| **other != feature).map(|other| spec.bins(*other)).sum();
        let bins = &cells[before * width..];
        let mut left = vec![0; width];
        let (split, left_bins) = match (&spec.features[feature as usize], part) {
            (FeatureBins::Continuous { thresholds }, Part::UpTo(last)) => {
                bins.chunks_exact(width).take(last + 1).for_each(|bin| add(&mut left, bin));
                let split = Split::Continuous { feature, threshold: thresholds[last] };
                (split, LeftBins::UpTo(last as u8))
            }
            (bins_of, part) => {
                let chosen = if let Part::Categories(chosen) = part { chosen } else { Vec::new() };
                chosen.iter().for_each(|category| add(&mut left, &bins[category * width..][..width]));
                let left_bins = LeftBins::of_categories(chosen.iter().copied());
                let categories = bins_of.categories().unwrap_or_default();
                let left = chosen.into_iter().map(|category| category as u32).collect();
                (Split::Categorical { feature, left, categories }, left_bins)
            }
        };
        let mut right = self.total.to_vec();
        subtract(&mut right, &left);
        let children = [left, right].map(|cells| {
            let stats = spec.cell.stats(&cells);
            let impurity = self.rules.impurity.of(&stats.sums);
            Child { stats, impurity }
        });
        Best { gain, split, left_bins, children }
    }
}
