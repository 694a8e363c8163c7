//! The first pass of both algorithms: in how many rows each item is.

use super::items::{Item, Lists};
use crate::hash_order;
use crate::{Block, Merge, Pass};
use arrow_array::ArrayRef;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rows {
    /// Lists of different items.
    Transactions,
    /// Lists of lists of items.
    Sequences,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CountPass {
    pub rows: Rows,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that are not null.
    pub rows: u64,
    pub items: BTreeMap<Item, u64>,
}

impl Merge for Counts {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        for (item, count) in other.items {
            *self.items.entry(item).or_default() += count;
        }
    }
}

impl Counts {
    /// Items in at least this many rows, the most frequent first; of equally frequent ones, as Spark's table of all
    /// items lists them, which they entered by their hashes.
    pub fn frequent(self, min_count: u64) -> Vec<(Item, u64)> {
        let mut items: Vec<(i32, Item, u64)> =
            self.items.into_iter().map(|(item, count)| (item.java_hash(), item, count)).collect();
        items.sort_by_key(|(hash, _, _)| *hash);
        let hashes: Vec<i32> = items.iter().map(|(hash, _, _)| *hash).collect();
        let mut items: Vec<Option<(Item, u64)>> =
            items.into_iter().map(|(_, item, count)| Some((item, count))).collect();
        let listed = hash_order::grouped(&hashes).into_iter().filter_map(|place| items[place].take());
        let mut frequent: Vec<(Item, u64)> = listed.filter(|(_, count)| *count >= min_count).collect();
        frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        frequent
    }
}

impl Pass for CountPass {
    const NAME: &'static str = "patterns.count";
    type View = Block;
    type Memo = ();
    type Acc = Counts;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Counts {
        Counts::default()
    }

    fn update(&self, acc: &mut Counts, block: &Block, (): &mut ()) -> Result<()> {
        let column = block.column(0)?;
        match self.rows {
            Rows::Transactions => count_transactions(acc, column, block.rows),
            Rows::Sequences => count_sequences(acc, column, block.rows),
        }
    }
}

fn count_transactions(acc: &mut Counts, column: &ArrayRef, rows: usize) -> Result<()> {
    let lists = Lists::of(column)?;
    for row in (0..rows).filter(|row| !lists.is_null(*row)) {
        acc.rows += 1;
        let mut items: Vec<Item> = lists.row(row).collect();
        items.sort_unstable();
        if items.windows(2).any(|pair| pair[0] == pair[1]) {
            let text = "items in a transaction must be unique; use array_distinct";
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        items.into_iter().for_each(|item| *acc.items.entry(item).or_default() += 1);
    }
    Ok(())
}

fn count_sequences(acc: &mut Counts, column: &ArrayRef, rows: usize) -> Result<()> {
    let (outer, inner) = super::sequences::nested(column)?;
    for row in 0..rows {
        let Some(itemsets) = outer(row) else { continue };
        acc.rows += 1;
        let items: BTreeSet<Item> =
            itemsets.filter(|set| !inner.is_null(*set)).flat_map(|set| inner.row(set)).collect();
        items.into_iter().for_each(|item| *acc.items.entry(item).or_default() += 1);
    }
    Ok(())
}
