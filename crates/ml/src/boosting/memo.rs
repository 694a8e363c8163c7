//! What a partition remembers of its rows between passes: margins, what they bring to the open tree, and their leaves.

use super::objective::{Objective, normalizer};
use super::pass::{BoostingPass, DoneTree, Draw, OpenTree, SplitStep, bucket};
use crate::random::mix;
use crate::tree::boost::fixed;
use crate::tree::boost::view::BoostPart;
use crate::tree::cells::power_of_two;
use crate::tree::histogram::Entry;
use crate::tree::rows::{LeftBins, part};
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
    /// The tree that `values` and `entries` are for.
    opened: Option<usize>,
    /// Whether `entries` has all rows.
    has_all: bool,
    /// Gradient, and curvature above a count of 1, `[rows, 2]`.
    values: Vec<i64>,
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

    pub fn values(&self) -> &[i64] {
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
        for (number, tree) in pass.done.iter().enumerate().skip(self.done) {
            if self.opened == Some(number) && self.has_all {
                self.add_grown(tree, rows, number % per_row * count);
            } else {
                tree.tree.add(&rows.binned, &mut self.margins[number % per_row * count..][..count]);
            }
        }
        self.done = pass.done.len();
        if let Objective::Softmax { .. } = pass.objective {
            let mut of_row = vec![0.0; per_row];
            self.normalizers.resize(count, 0.0);
            for row in 0..count {
                of_row.iter_mut().enumerate().for_each(|(class, margin)| *margin = self.margins[class * count + row]);
                self.normalizers[row] = normalizer(&of_row);
            }
        }
    }

    /// Adds the tree whose rows are parted here already; bit for bit what the tree itself would add.
    fn add_grown(&mut self, tree: &DoneTree, rows: &BoostPart, first: usize) {
        self.catch_up(&tree.steps, rows);
        let margins = &mut self.margins[first..][..rows.binned.rows];
        for (range, value) in self.leaves.iter().zip(&tree.values) {
            self.entries[range.clone()].iter().for_each(|entry| margins[entry.row()] += value);
        }
    }

    /// Adds weighted losses and weights of the validation rows.
    pub fn add_losses(&self, pass: &BoostingPass, rows: &BoostPart, exponents: [i32; 2], sums: &mut [i64]) {
        let units = exponents.map(power_of_two);
        let count = rows.binned.rows;
        let mut margins = vec![0.0; pass.objective.margins()];
        for row in rows.validation.iter().map(|row| *row as usize) {
            margins.iter_mut().enumerate().for_each(|(class, margin)| *margin = self.margins[class * count + row]);
            let weight = weight_of(rows, row);
            let loss = pass.objective.loss(&margins, rows.labels[row]);
            sums[0] += (weight * loss * units[0]).round() as i64;
            sums[1] += (weight * units[1]).round() as i64;
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
        if self.opened == Some(tree.number) && self.leaves.len() == self.steps + 1 {
            return;
        }
        let (count, held_out, first) = (rows.binned.rows, &rows.binned.held_out, rows.binned.first_row);
        let units = tree.exponents.map(power_of_two);
        let mut values = std::mem::take(&mut self.values);
        let mut entries = std::mem::take(&mut self.entries);
        values.resize(2 * count, 0);
        entries.clear();
        for (row, values) in values.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let hash = |key: u64| mix(key ^ (first + row as u64));
            let times = match tree.draw {
                _ if !held_out.is_empty() && held_out[row] => 0.0,
                Draw::Uniform { below: u64::MAX, .. } => 1.0,
                Draw::Uniform { key, below } => f64::from(u8::from(hash(key) < below)),
                Draw::Goss { bucket: least, .. }
                    if bucket(self.magnitude(pass.objective, rows, row)) >= least as usize =>
                {
                    1.0
                }
                Draw::Goss { key, below, amplify, .. } => {
                    if hash(key) < below {
                        amplify
                    } else {
                        0.0
                    }
                }
            };
            let [gradient, curvature] = self.derivatives(pass.objective, rows, row, tree.class);
            let curvature = fixed(curvature * times * units[1]);
            *values = [fixed(gradient * times * units[0]), curvature << tree.count_bits | 1];
            if times > 0.0 {
                entries.push(Entry::new(row as u16, 1, 0));
            }
        }
        self.leaves = std::iter::once(0..entries.len()).collect();
        self.has_all = entries.len() == count;
        (self.values, self.entries, self.steps, self.opened) = (values, entries, 0, Some(tree.number));
    }

    /// Replays the splits that the memo has not seen.
    pub fn catch_up(&mut self, steps: &[SplitStep], rows: &BoostPart) {
        if self.steps > steps.len() {
            // The tree's number is the same, so its first splits are: this is a memo from the future.
            self.leaves = std::iter::once(0..self.entries.len()).collect();
            self.entries.sort_unstable_by_key(|entry| entry.row());
            self.steps = 0;
        }
        for step in &steps[self.steps..] {
            let range = self.leaves[step.leaf as usize].clone();
            let entries = &mut self.entries[range.clone()];
            let column = rows.binned.column(step.feature);
            let lefts = match step.left {
                LeftBins::UpTo(last) => part(entries, &mut self.spare, column, [true, true], |bin| bin <= last),
                LeftBins::Set(_) => {
                    let table: [bool; 256] = std::array::from_fn(|bin| step.left.contains(bin as u8));
                    part(entries, &mut self.spare, column, [true, true], |bin| table[usize::from(bin)])
                }
            };
            let middle = range.start + lefts;
            self.leaves[step.leaf as usize] = range.start..middle;
            self.leaves.push(middle..range.end);
        }
        self.steps = steps.len();
    }
}

fn weight_of(rows: &BoostPart, row: usize) -> f64 {
    if rows.weights.is_empty() { 1.0 } else { rows.weights[row] }
}
