//! PrefixSpan (Pei and others 2001): frequent sequences grow item by item; what follows a pattern in each sequence is
//! looked up in place, never copied.

use super::counts::{CountPass, Counts, Rows};
use super::items::{Item, column, item_type, lists};
use super::sequences::{Sequence, SequencePass, Sequences};
use super::{PREFIX_SPAN, PREFIX_SPAN_SPECS};
use crate::answer::Answer;
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::persist::{Column, table};
use crate::schema::{self, spark_name};
use crate::{Input, Params};
use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Spark's `PrefixSpan`; its answer has a row for each pattern: `sequence` and `freq`.
#[derive(Debug, Clone)]
pub struct PrefixSpan {
    params: Params,
}

impl PrefixSpan {
    pub fn new(params: Params) -> Self {
        Self { params }
    }

    fn input(&self, schema: &Schema) -> Result<(Input, DataType)> {
        let name = self.params.text("sequenceCol")?;
        let found = schema::field(schema, &name)?.data_type();
        match item_type(found).and_then(item_type) {
            Some(item) => Ok((Input::any(&name), item.clone())),
            None => {
                let text = format!(
                    "requirement failed: The input column must be ArrayType and the array element type must also be \
                     ArrayType, but got {}.",
                    spark_name(found)
                );
                Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
            }
        }
    }
}

impl Estimator for PrefixSpan {
    type Fit = CountFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![self.input(schema)?.0])
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<CountFit> {
        Ok(CountFit { params: self.params.clone(), item_type: self.input(schema)?.1 })
    }
}

/// The first phase.
pub struct CountFit {
    params: Params,
    item_type: DataType,
}

impl Fit for CountFit {
    type Pass = CountPass;

    fn pass(&self) -> CountPass {
        CountPass { rows: Rows::Sequences }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 2, unit: "passes" }
    }

    fn absorb(self, counts: Counts) -> Result<Step<Self>> {
        let min_count = (self.params.double("minSupport")? * counts.rows as f64).ceil() as u64;
        let items = Arc::new(counts.frequent(min_count).into_iter().map(|(item, _)| item).collect());
        let max_length = self.params.int("maxPatternLength")? as usize;
        let (params, item_type) = (self.params.carry_to(PREFIX_SPAN_SPECS), self.item_type);
        Ok(Step::Then(Box::new(SequenceFit { params, item_type, min_count: min_count.max(1), max_length, items })))
    }
}

/// The second phase.
pub struct SequenceFit {
    params: Params,
    item_type: DataType,
    min_count: u64,
    max_length: usize,
    items: Arc<Vec<Item>>,
}

impl Fit for SequenceFit {
    type Pass = SequencePass;

    fn pass(&self) -> SequencePass {
        SequencePass { items: self.items.clone() }
    }

    fn progress(&self) -> Progress {
        Progress { done: 1, total: 2, unit: "passes" }
    }

    fn absorb(self, sequences: Sequences) -> Result<Step<Self>> {
        let sequences: Vec<(Sequence, u64)> = sequences.0.into_iter().collect();
        let patterns = patterns_of(&sequences, self.items.len(), self.min_count, self.max_length);
        let rows = self.rows(&patterns)?;
        Ok(Step::Done(Box::new(Answer::new(PREFIX_SPAN, self.params, rows)), FitReport::default()))
    }
}

impl SequenceFit {
    fn rows(&self, patterns: &[(Sequence, u64)]) -> Result<RecordBatch> {
        let itemsets = || patterns.iter().flat_map(|(pattern, _)| pattern);
        let items = column(itemsets().flatten().map(|rank| &self.items[*rank as usize]), &self.item_type)?;
        let sets = lists(items, itemsets().map(Vec::len));
        let counts = patterns.iter().map(|(_, count)| *count as i64);
        table([
            Column::required("sequence", lists(sets, patterns.iter().map(|(pattern, _)| pattern.len()))),
            Column::required("freq", Arc::new(Int64Array::from_iter_values(counts))),
        ])
    }
}

/// A sequence that has the pattern, and its itemsets where the pattern's last itemset can lie, in order.
type Match = (usize, Vec<u32>);

struct Miner<'a> {
    sequences: &'a [(Sequence, u64)],
    min_count: u64,
    max_length: usize,
}

/// All patterns in at least `min_count` sequences of at most `max_length` items.
fn patterns_of(sequences: &[(Sequence, u64)], items: usize, min_count: u64, max_length: usize) -> Vec<(Sequence, u64)> {
    let miner = Miner { sequences, min_count, max_length };
    let of_item = |item: usize| {
        let all = sequences.iter().enumerate().map(|(index, (sequence, _))| {
            let holds = |set: &usize| sequence[*set].binary_search(&(item as u32)).is_ok();
            (index, (0..sequence.len()).filter(holds).map(|set| set as u32).collect())
        });
        let matches: Vec<Match> = all.filter(|(_, places): &Match| !places.is_empty()).collect();
        let mut found = Vec::new();
        miner.grow(&mut vec![vec![item as u32]], 1, matches, &mut found);
        found
    };
    (0..items).into_par_iter().flat_map_iter(of_item).collect()
}

impl Miner<'_> {
    fn grow(&self, pattern: &mut Sequence, length: usize, matches: Vec<Match>, found: &mut Vec<(Sequence, u64)>) {
        let count: u64 = matches.iter().map(|(sequence, _)| self.sequences[*sequence].1).sum();
        if count < self.min_count {
            return;
        }
        found.push((pattern.clone(), count));
        if length >= self.max_length {
            return;
        }
        let last = pattern.last().and_then(|set| set.last()).copied().unwrap_or(0);
        // Items that join the last itemset, and items that begin another one behind its first place.
        let (mut joining, mut following): (BTreeMap<u32, Vec<Match>>, BTreeMap<u32, Vec<Match>>) = Default::default();
        for (index, places) in &matches {
            let sequence = &self.sequences[*index].0;
            for set in places {
                let items = sequence[*set as usize].iter().filter(|item| **item > last);
                items.for_each(|item| add(joining.entry(*item).or_default(), *index, *set));
            }
            let first = places.first().map_or(0, |set| *set as usize + 1);
            for (set, items) in sequence.iter().enumerate().skip(first) {
                items.iter().for_each(|item| add(following.entry(*item).or_default(), *index, set as u32));
            }
        }
        drop(matches);
        for (item, matches) in joining {
            if let Some(set) = pattern.last_mut() {
                set.push(item);
            }
            self.grow(pattern, length + 1, matches, found);
            if let Some(set) = pattern.last_mut() {
                set.pop();
            }
        }
        for (item, matches) in following {
            pattern.push(vec![item]);
            self.grow(pattern, length + 1, matches, found);
            pattern.pop();
        }
    }
}

/// Notes a place of a sequence; places come sequence by sequence, in order.
fn add(matches: &mut Vec<Match>, sequence: usize, set: u32) {
    match matches.last_mut() {
        Some((last, places)) if *last == sequence => places.push(set),
        _ => matches.push((sequence, vec![set])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_paper_are_found() {
        // <(0 1)(2)>, <(0)(2 1)(0 1)>, <(0 1)(3)>, <(3)>: a pattern's itemsets may lie in any places in order.
        let sequences: Vec<(Sequence, u64)> = vec![
            (vec![vec![0, 1], vec![2]], 1),
            (vec![vec![0], vec![1, 2], vec![0, 1]], 1),
            (vec![vec![0, 1], vec![3]], 1),
            (vec![vec![3]], 1),
        ];
        let found: BTreeMap<Sequence, u64> = patterns_of(&sequences, 4, 2, 5).into_iter().collect();
        let expected = [
            (vec![vec![0]], 3),
            (vec![vec![0, 1]], 3),
            (vec![vec![0], vec![2]], 2),
            (vec![vec![1]], 3),
            (vec![vec![2]], 2),
            (vec![vec![3]], 2),
        ];
        assert_eq!(found, BTreeMap::from(expected));
        assert!(patterns_of(&sequences, 4, 2, 1).iter().all(|(pattern, _)| pattern.concat().len() == 1));
    }
}
