//! A fitted FP-growth: frequent itemsets, their rules, and what the rules say is missing from a transaction.

use super::growth::items_input;
use super::items::{Item, Lists, column, item_type, lists};
use super::rules::{Rule, rules_of};
use super::tree::Itemset;
use super::{GROWTH_MODEL, GROWTH_SPECS};
use crate::persist::{Column, Saved, table};
use crate::schema::no_such_columns;
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Transformer, Value};
use arrow_array::{Float64Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Spark's `FPGrowthModel`.
#[derive(Debug, Clone)]
pub struct FpGrowthModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    item_type: DataType,
    rows: u64,
    /// By rank.
    items: Vec<Item>,
    itemsets: Vec<Itemset>,
    /// Of the confidence asked for last.
    rules: Mutex<Option<(f64, Arc<Rules>)>>,
}

#[derive(Debug)]
struct Rules {
    rules: Vec<Rule>,
    /// The rules that have this item as their rarest, by rank.
    by_rarest: HashMap<u32, Vec<usize>>,
}

impl FpGrowthModel {
    pub(super) fn new(
        params: Params,
        item_type: DataType,
        rows: u64,
        items: Vec<Item>,
        itemsets: Vec<Itemset>,
    ) -> Self {
        Self { params, learned: Arc::new(Learned { item_type, rows, items, itemsets, rules: Mutex::new(None) }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let table = saved.rows("data")?;
        let column = table.column("items")?;
        let item_type = item_type(column.data_type()).ok_or_else(|| table.damaged("items are not lists"))?.clone();
        let lists = Lists::of(column)?;
        let (mut items, mut ranks) = (Vec::new(), HashMap::new());
        let mut itemsets = Vec::with_capacity(table.count());
        for (row, count) in table.ints("freq")?.into_iter().enumerate() {
            let rank = |item: Item| {
                *ranks.entry(item).or_insert_with_key(|item: &Item| {
                    items.push(item.clone());
                    (items.len() - 1) as u32
                })
            };
            itemsets.push((lists.row(row).map(rank).collect(), u64::try_from(count).unwrap_or(0)));
        }
        let rows = saved.extra_int("numTrainingRecords").unwrap_or(0);
        let rows = u64::try_from(rows).unwrap_or(0);
        Ok(Self::new(saved.params(GROWTH_SPECS)?, item_type, rows, items, itemsets))
    }

    fn rules(&self) -> Result<Arc<Rules>> {
        let min_confidence = self.params.double("minConfidence")?;
        let mut kept = self.learned.rules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rules)) = kept.as_ref().filter(|(confidence, _)| *confidence == min_confidence) {
            return Ok(rules.clone());
        }
        let hashes: Vec<i32> = self.learned.items.iter().map(Item::scala_hash).collect();
        let rules = rules_of(&self.learned.itemsets, &hashes, self.learned.rows, min_confidence);
        let mut by_rarest: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            by_rarest.entry(rule.antecedent.iter().copied().max().unwrap_or(0)).or_default().push(index);
        }
        let rules = Arc::new(Rules { rules, by_rarest });
        *kept = Some((min_confidence, rules.clone()));
        Ok(rules)
    }

    fn itemsets_table(&self) -> Result<RecordBatch> {
        let Learned { item_type, items, itemsets, .. } = self.learned.as_ref();
        let all = column(itemsets.iter().flat_map(|(set, _)| set).map(|rank| &items[*rank as usize]), item_type)?;
        let counts = itemsets.iter().map(|(_, count)| *count as i64);
        table([
            Column::required("items", lists(all, itemsets.iter().map(|(set, _)| set.len()))),
            Column::required("freq", Arc::new(Int64Array::from_iter_values(counts))),
        ])
    }

    fn rules_table(&self) -> Result<RecordBatch> {
        let Learned { item_type, items, .. } = self.learned.as_ref();
        let rules = &self.rules()?.rules;
        let name = |rank: &u32| &items[*rank as usize];
        let antecedents = column(rules.iter().flat_map(|rule| rule.antecedent.iter().map(name)), item_type)?;
        let consequents = column(rules.iter().map(|rule| name(&rule.consequent)), item_type)?;
        table([
            Column::required("antecedent", lists(antecedents, rules.iter().map(|rule| rule.antecedent.len()))),
            Column::required("consequent", lists(consequents, rules.iter().map(|_| 1))),
            Column::required(
                "confidence",
                Arc::new(rules.iter().map(|rule| rule.confidence).collect::<Float64Array>()),
            ),
            Column::optional("lift", Arc::new(rules.iter().map(|rule| rule.lift).collect::<Float64Array>())),
            Column::required("support", Arc::new(rules.iter().map(|rule| rule.support).collect::<Float64Array>())),
        ])
    }
}

impl Transformer for FpGrowthModel {
    fn class(&self) -> &'static str {
        GROWTH_MODEL
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![items_input(&self.params, schema)?.0])
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(self.params.text("itemsCol")?, RawKind::Words)])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let (_, item) = items_input(&self.params, schema)?;
        let column = self.params.text("predictionCol")?;
        no_such_columns(schema, [column.as_str()])?;
        let element = Arc::new(Field::new_list_field(item, true));
        Ok(vec![Field::new(column, DataType::List(element), true)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let (input, item_type) = items_input(&self.params, batch.schema_ref())?;
        let transactions = Lists::of(&input.read(batch)?)?;
        let rules = self.rules()?;
        let items = &self.learned.items;
        let ranks: HashMap<&Item, u32> = items.iter().zip(0..).collect();
        let (mut missing, mut lengths) = (Vec::new(), Vec::with_capacity(batch.num_rows()));
        for row in 0..batch.num_rows() {
            let mut has: Vec<u32> = Vec::new();
            if !transactions.is_null(row) {
                has.extend(transactions.row(row).filter_map(|item| ranks.get(&item).copied()));
            }
            has.sort_unstable();
            let is_in = |item: &u32| has.binary_search(item).is_ok();
            let mut candidates: Vec<usize> =
                has.iter().filter_map(|item| rules.by_rarest.get(item)).flatten().copied().collect();
            candidates.sort_unstable();
            candidates.dedup();
            let before = missing.len();
            for rule in candidates.into_iter().map(|index| &rules.rules[index]) {
                let is_new = !is_in(&rule.consequent) && !missing[before..].contains(&rule.consequent);
                if is_new && rule.antecedent.iter().all(is_in) {
                    missing.push(rule.consequent);
                }
            }
            lengths.push(missing.len() - before);
        }
        let found = column(missing.iter().map(|rank| &items[*rank as usize]), &item_type)?;
        Ok(Output::all(vec![lists(found, lengths)]))
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => {
                let (uid, rows) = (self.params.uid(), self.learned.rows);
                Ok(Attribute::text(format!("FPGrowthModel: uid={uid}, numTrainingRecords={rows}")))
            }
            "uid" => Ok(Attribute::text(self.params.uid())),
            "freqItemsets" => self.itemsets_table().map(Attribute::Frame),
            "associationRules" => self.rules_table().map(Attribute::Frame),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let saved = Saved::of(GROWTH_MODEL, &self.params).with_extra("numTrainingRecords", self.learned.rows);
        Ok(saved.with_table("data", self.itemsets_table()?))
    }
}
