//! The second pass of FP-growth: transactions of frequent items, equal ones counted together.

use super::items::{Item, Lists};
use crate::{Block, Merge, Pass};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Frequent items, the most frequent first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TransactionPass {
    pub items: Arc<Vec<Item>>,
}

/// How often each set of items comes; items by their rank, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transactions(pub BTreeMap<Vec<u32>, u64>);

impl Merge for Transactions {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        for (items, count) in other.0 {
            *self.0.entry(items).or_default() += count;
        }
    }
}

impl Pass for TransactionPass {
    const NAME: &'static str = "patterns.transactions";
    type View = Block;
    type Memo = ();
    type Acc = Transactions;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Transactions {
        Transactions::default()
    }

    fn update(&self, acc: &mut Transactions, block: &Block, (): &mut ()) -> Result<()> {
        let ranks: HashMap<&Item, u32> = self.items.iter().zip(0..).collect();
        let lists = Lists::of(block.column(0)?)?;
        let mut found: Vec<u32> = Vec::new();
        for row in (0..block.rows).filter(|row| !lists.is_null(*row)) {
            found.clear();
            found.extend(lists.row(row).filter_map(|item| ranks.get(&item).copied()));
            found.sort_unstable();
            match acc.0.get_mut(found.as_slice()) {
                Some(count) => *count += 1,
                None if found.is_empty() => {}
                None => drop(acc.0.insert(found.clone(), 1)),
            }
        }
        Ok(())
    }
}
