//! What a partition remembers of its rows between passes: margins, what they bring to the open tree, and their leaves.

use super::objective::{Objective, normalizer};
use super::pass::{BoostingPass, DoneTree, Draw, OpenTree, SplitStep, bucket};
use crate::linear::vectorized::{self, Kernel};
use crate::random::mix;
use crate::tree::boost::fixed;
use crate::tree::boost::view::BoostPart;
use crate::tree::cells::power_of_two;
use crate::tree::histogram::Entry;
use crate::tree::parting::part;
use std::ops::Range;

/// Of a part. Invariant: an entry's row is below the number of rows of the part.
#[derive(Default)]
pub struct BoostingMemo {
    /// Trees that the margins hold.
    done: usize,
    /// `[margins of a row, rows]`.
    margins: Vec<f64>,
    /// By row, for softmax alone.
    normalizers: Vec<f64>,
    /// Weighted gradient and curvature by row, for objective order alone.
    in_queries: Vec<[f64; 2]>,
    /// The tree that `values` and `entries` are for.
    opened: Option<usize>,
    /// Whether `entries` has all rows.
    has_all: bool,
    /// Gradient and curvature of each row, in the open tree's units.
    values: Vec<[i32; 2]>,
    entries: Vec<Entry>,
    /// Where the entries of each leaf are.
    leaves: Vec<Range<usize>>,
    steps: usize,
    spare: Vec<Entry>,
}

impl BoostingMemo {
    /// Of the first class, or of the number that is learnt.
    pub fn margins(&self) -> &[f64] {
        &self.margins
    }

    pub fn values(&self) -> &[[i32; 2]] {
        &self.values
    }

    pub fn leaf(&self, leaf: usize) -> &[Entry] {
        &self.entries[self.leaves[leaf].clone()]
    }

    pub fn add_trees(&mut self, pass: &BoostingPass, rows: &BoostPart) {
        let (count, per_row) = (rows.binned.rows, pass.objective.margins());
        if self.done > pass.done.len() || self.margins.len() != count * per_row {
            let margins = pass.start.iter().flat_map(|start| std::iter::repeat_n(*start, count)).collect();
            *self = Self { margins, ..Self::default() };
        } else if self.done == pass.done.len() && self.done > 0 {
            return;
        }
        if self.done < pass.done.len() {
            self.in_queries.clear();
        }
        for (number, tree) in pass.done.iter().enumerate().skip(self.done) {
            let is_here = self.opened == Some(number) && self.has_all && self.closes_once(tree);
            if is_here {
                self.add_grown(tree, rows, number % per_row * count);
            } else {
                tree.tree.add(&rows.binned, &mut self.margins[number % per_row * count..][..count]);
            }
        }
        self.done = pass.done.len();
        if let Some(ranking) = pass.ranking.as_ref().filter(|_| self.in_queries.is_empty()) {
            self.in_queries = ranking.derivatives(rows, &self.margins);
        }
        if let Objective::Softmax { .. } = pass.objective {
            let mut of_row = vec![0.0; per_row];
            self.normalizers.resize(count, 0.0);
            for row in 0..count {
                of_row.iter_mut().enumerate().for_each(|(class, margin)| *margin = self.margins[class * count + row]);
                self.normalizers[row] = normalizer(&of_row);
            }
        }
    }

    /// Whether the splits that were not replayed are of different leaves that are there.
    fn closes_once(&self, tree: &DoneTree) -> bool {
        let Some(last) = tree.steps.get(self.steps..) else { return false };
        let mut leaves: Vec<u32> = last.iter().map(|step| step.leaf).collect();
        leaves.sort_unstable();
        leaves.dedup();
        leaves.len() == last.len() && leaves.last().is_none_or(|leaf| (*leaf as usize) < self.leaves.len())
    }

    /// Adds the tree whose rows are parted here already; bit for bit what the tree itself would add.
    ///
    /// The last splits were never replayed, for no histogram came after them, and their rows are not moved here either.
    fn add_grown(&mut self, tree: &DoneTree, rows: &BoostPart, first: usize) {
        let margins = &mut self.margins[first..][..rows.binned.rows];
        let (parted, last) = (self.leaves.len(), &tree.steps[self.steps..]);
        let mut closes: Vec<Option<&SplitStep>> = vec![None; parted];
        let mut right_of = vec![0.0; parted];
        for (number, step) in last.iter().enumerate() {
            closes[step.leaf as usize] = Some(step);
            right_of[step.leaf as usize] = tree.values[parted + number];
        }
        for (leaf, range) in self.leaves.iter().enumerate() {
            let (entries, value) = (&self.entries[range.clone()], tree.values[leaf]);
            let Some(step) = closes[leaf] else {
                entries.iter().for_each(|entry| margins[entry.row()] += value);
                continue;
            };
            let (column, right) = (rows.binned.column(step.feature), right_of[leaf]);
            let table: [f64; 256] =
                std::array::from_fn(|bin| if step.left.contains(bin as u8) { value } else { right });
            entries.iter().for_each(|entry| margins[entry.row()] += table[usize::from(column[entry.row()])]);
        }
    }

    /// Adds weighted losses and weights of the validation rows.
    pub fn add_losses(&self, pass: &BoostingPass, rows: &BoostPart, exponents: [i32; 2], sums: &mut [i64]) {
        let units = exponents.map(power_of_two);
        let count = rows.binned.rows;
        let mut add = |loss: f64, weight: f64| {
            sums[0] += (weight * loss * units[0]).round() as i64;
            sums[1] += (weight * units[1]).round() as i64;
        };
        if let Some(ranking) = &pass.ranking {
            let chosen = |row: usize| rows.validation.binary_search(&(row as u32)).is_ok();
            let losses = ranking.losses(&rows.query_ends, chosen, &rows.labels, &rows.weights, &self.margins);
            return losses.into_iter().for_each(|(loss, weight)| add(loss, weight));
        }
        let mut margins = vec![0.0; pass.objective.margins()];
        for row in rows.validation.iter().map(|row| *row as usize) {
            margins.iter_mut().enumerate().for_each(|(class, margin)| *margin = self.margins[class * count + row]);
            add(pass.objective.loss(&margins, rows.labels[row]), weight_of(rows, row));
        }
    }

    /// Finds the largest gradient and curvature of the training rows where the objective has no bounds, and counts rows by
    /// their magnitudes.
    pub fn look(&self, pass: &BoostingPass, rows: &BoostPart, buckets: Option<&mut [i64]>, largest: &mut [f64; 2]) {
        let held_out = &rows.binned.held_out;
        let classes = if pass.objective.bounds().is_none() { pass.objective.margins() } else { 0 };
        for class in 0..classes {
            for row in 0..rows.binned.rows {
                let [gradient, curvature] = self.derivatives(pass.objective, rows, row, class);
                let counts = held_out.is_empty() || !held_out[row];
                largest[0] = if counts { largest[0].max(gradient.abs()) } else { largest[0] };
                largest[1] = if counts { largest[1].max(curvature) } else { largest[1] };
            }
        }
        let Some(buckets) = buckets else { return };
        for row in (0..rows.binned.rows).filter(|row| held_out.is_empty() || !held_out[*row]) {
            buckets[bucket(self.magnitude(pass.objective, rows, row))] += 1;
        }
    }

    /// Weighted gradient and curvature.
    #[inline(always)]
    fn derivatives(&self, objective: Objective, rows: &BoostPart, row: usize, class: usize) -> [f64; 2] {
        if objective == Objective::Order {
            return self.in_queries[row];
        }
        let margin = self.margins[class * rows.binned.rows + row];
        let normalizer = if self.normalizers.is_empty() { 0.0 } else { self.normalizers[row] };
        let weight = weight_of(rows, row);
        objective.derivatives(margin, normalizer, rows.labels[row], class).map(|part| part * weight)
    }

    fn magnitude(&self, objective: Objective, rows: &BoostPart, row: usize) -> f64 {
        let of = |class| {
            let [gradient, curvature] = self.derivatives(objective, rows, row, class);
            (gradient * curvature).abs()
        };
        (0..objective.margins()).map(of).sum()
    }

    /// Draws the rows of a tree, all in leaf 0, and writes what they bring.
    pub fn open(&mut self, pass: &BoostingPass, rows: &BoostPart, tree: &OpenTree) {
        if self.opened == Some(tree.number) {
            return;
        }
        let count = rows.binned.rows;
        let units = tree.exponents.map(power_of_two);
        let mut values = std::mem::take(&mut self.values);
        values.resize(count, [0; 2]);
        vectorized::run(Fill {
            objective: pass.objective,
            class: tree.class,
            margins: &self.margins[tree.class * count..][..count],
            normalizers: &self.normalizers,
            in_queries: &self.in_queries,
            labels: &rows.labels,
            weights: &rows.weights,
            units,
            values: &mut values,
        });
        let mut entries = std::mem::take(&mut self.entries);
        entries.clear();
        let held_out = |row: usize| !rows.binned.held_out.is_empty() && rows.binned.held_out[row];
        let hash = |key: u64, row: usize| mix(key ^ (rows.binned.first_row + row as u64));
        let all = (0..count).filter(|row| !held_out(*row));
        let entry = |row: usize| Entry::new(row as u16, 1, 0);
        match tree.draw {
            Draw::Uniform { below: u64::MAX, .. } => entries.extend(all.map(entry)),
            Draw::Uniform { key, below } => entries.extend(all.filter(|row| hash(key, *row) < below).map(entry)),
            Draw::Goss { key, bucket: least, below, amplify } => {
                for row in all {
                    let is_large = bucket(self.magnitude(pass.objective, rows, row)) >= least as usize;
                    if !is_large && hash(key, row) < below {
                        let derivatives = self.derivatives(pass.objective, rows, row, tree.class);
                        values[row] = whole(derivatives.map(|part| part * amplify), units);
                    } else if !is_large {
                        continue;
                    }
                    entries.push(entry(row));
                }
            }
        }
        self.leaves.clear();
        self.leaves.push(0..entries.len());
        self.has_all = entries.len() == count;
        (self.values, self.entries, self.steps, self.opened) = (values, entries, 0, Some(tree.number));
    }

    /// Replays the splits that the memo has not seen.
    pub fn catch_up(&mut self, steps: &[SplitStep], rows: &BoostPart) {
        if self.steps > steps.len() {
            // The tree's number is the same, so its first splits are: this is a memo from the future.
            self.leaves.clear();
            self.leaves.push(0..self.entries.len());
            self.entries.sort_unstable_by_key(|entry| entry.row());
            self.steps = 0;
        }
        for step in &steps[self.steps..] {
            let range = self.leaves[step.leaf as usize].clone();
            let entries = &mut self.entries[range.clone()];
            let lefts = part(entries, &mut self.spare, rows.binned.column(step.feature), step.left);
            let middle = range.start + lefts;
            self.leaves[step.leaf as usize] = range.start..middle;
            self.leaves.push(middle..range.end);
        }
        self.steps = steps.len();
    }
}

/// Gradient and curvature as whole numbers of their units.
#[inline(always)]
fn whole([gradient, curvature]: [f64; 2], units: [f64; 2]) -> [i32; 2] {
    [fixed(gradient * units[0]) as i32, fixed(curvature * units[1]) as i32]
}

/// Writes what all rows bring; a loop for each objective, so that it is compiled to vector instructions.
struct Fill<'a> {
    objective: Objective,
    class: usize,
    /// Of the class.
    margins: &'a [f64],
    /// Empty but for softmax.
    normalizers: &'a [f64],
    /// Empty but for objective order.
    in_queries: &'a [[f64; 2]],
    labels: &'a [f64],
    /// Empty when rows weigh 1.
    weights: &'a [f64],
    units: [f64; 2],
    values: &'a mut [[i32; 2]],
}

impl Kernel for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let class = self.class;
        match self.objective {
            Objective::Logistic => self.fill(|margin, _, label| Objective::Logistic.derivatives(margin, 0.0, label, 0)),
            Objective::Squared => self.fill(|margin, _, label| Objective::Squared.derivatives(margin, 0.0, label, 0)),
            Objective::Poisson => self.fill(|margin, _, label| Objective::Poisson.derivatives(margin, 0.0, label, 0)),
            Objective::Quantile { level } => {
                self.fill(|margin, _, label| Objective::Quantile { level }.derivatives(margin, 0.0, label, 0));
            }
            Objective::Softmax { classes } => self.fill(|margin, normalizer, label| {
                Objective::Softmax { classes }.derivatives(margin, normalizer, label, class)
            }),
            Objective::Order => {
                let values = self.values.iter_mut().zip(self.in_queries);
                values.for_each(|(value, derivatives)| *value = whole(*derivatives, self.units));
            }
        }
    }
}

impl Fill<'_> {
    #[inline(always)]
    fn fill(self, derivatives: impl Fn(f64, f64, f64) -> [f64; 2]) {
        let rows = self.margins.len().min(self.labels.len()).min(self.values.len());
        let (margins, labels, values) = (&self.margins[..rows], &self.labels[..rows], &mut self.values[..rows]);
        if self.weights.is_empty() && self.normalizers.is_empty() {
            for row in 0..rows {
                values[row] = whole(derivatives(margins[row], 0.0, labels[row]), self.units);
            }
            return;
        }
        for row in 0..rows {
            let normalizer = if self.normalizers.is_empty() { 0.0 } else { self.normalizers[row] };
            let weight = if self.weights.is_empty() { 1.0 } else { self.weights[row] };
            let derivatives = derivatives(margins[row], normalizer, labels[row]).map(|part| part * weight);
            values[row] = whole(derivatives, self.units);
        }
    }
}

fn weight_of(rows: &BoostPart, row: usize) -> f64 {
    if rows.weights.is_empty() { 1.0 } else { rows.weights[row] }
}
