//! The second pass of PrefixSpan: sequences of frequent items, equal ones counted together.

use super::items::{Item, Lists};
use crate::{Block, Merge, Pass};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Items in the order of their ranks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SequencePass {
    pub items: Arc<Vec<Item>>,
}

/// Itemsets of ranks, sorted, each once; itemsets without frequent items are left out.
pub type Sequence = Vec<Vec<u32>>;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sequences(pub BTreeMap<Sequence, u64>);

impl Merge for Sequences {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        for (sequence, count) in other.0 {
            *self.0.entry(sequence).or_default() += count;
        }
    }
}

/// The itemsets of each row, by place, and the items of each itemset.
#[allow(clippy::type_complexity)]
pub fn nested(column: &ArrayRef) -> Result<(impl Fn(usize) -> Option<Range<usize>>, Lists)> {
    let wrong =
        || Failure::new(&codes::ml::COLUMN_TYPE, format!("lists of lists were expected, found {}", column.data_type()));
    let inner = super::items::item_type(column.data_type()).ok_or_else(wrong)?;
    let target = DataType::List(Arc::new(Field::new_list_field(inner.clone(), true)));
    let outer = arrow_cast::cast(column, &target).map_err(|error| wrong().because(error))?;
    let outer = outer.as_list::<i32>().clone();
    let items = Lists::of(outer.values())?;
    let places = move |row: usize| {
        let range = outer.value_offsets()[row] as usize..outer.value_offsets()[row + 1] as usize;
        outer.is_valid(row).then_some(range)
    };
    Ok((places, items))
}

impl Pass for SequencePass {
    const NAME: &'static str = "patterns.sequences";
    type View = Block;
    type Memo = ();
    type Acc = Sequences;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Sequences {
        Sequences::default()
    }

    fn update(&self, acc: &mut Sequences, block: &Block, (): &mut ()) -> Result<()> {
        let ranks: HashMap<&Item, u32> = self.items.iter().zip(0..).collect();
        let (outer, inner) = nested(block.column(0)?)?;
        for row in 0..block.rows {
            let Some(places) = outer(row) else { continue };
            let itemset = |place: usize| {
                let mut items: Vec<u32> = inner.row(place).filter_map(|item| ranks.get(&item).copied()).collect();
                items.sort_unstable();
                items.dedup();
                items
            };
            let sequence: Sequence =
                places.filter(|place| !inner.is_null(*place)).map(itemset).filter(|items| !items.is_empty()).collect();
            if !sequence.is_empty() {
                *acc.0.entry(sequence).or_default() += 1;
            }
        }
        Ok(())
    }
}
