//! Association rules: what else is in a transaction that has some items, and how surely.

use super::tree::Itemset;
use crate::hash_order;
use std::collections::HashMap;

/// If the antecedent is there, so is the consequent.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub antecedent: Vec<u32>,
    pub consequent: u32,
    pub confidence: f64,
    /// `None` where the support of the consequent is unknown (models of Spark before 2.4).
    pub lift: Option<f64>,
    pub support: f64,
}

/// The rules with one consequent whose confidence is at least the minimum, in the order in which Spark groups them by
/// antecedent; `hashes` are those of the items.
pub fn rules_of(itemsets: &[Itemset], hashes: &[i32], rows: u64, min_confidence: f64) -> Vec<Rule> {
    let sorted = |items: &[u32]| {
        let mut items = items.to_vec();
        items.sort_unstable();
        items
    };
    let counts: HashMap<Vec<u32>, u64> = itemsets.iter().map(|(items, count)| (sorted(items), *count)).collect();
    let mut grouped = Groups::default();
    for (items, count) in itemsets.iter().filter(|(items, _)| items.len() > 1) {
        for consequent in items {
            let antecedent: Vec<u32> = items.iter().copied().filter(|item| item != consequent).collect();
            let group = grouped.of(&antecedent);
            let Some(of_antecedent) = counts.get(&sorted(&antecedent)) else { continue };
            let confidence = *count as f64 / *of_antecedent as f64;
            if confidence < min_confidence {
                continue;
            }
            let of_consequent = counts.get([*consequent].as_slice()).filter(|_| rows > 0);
            let lift = of_consequent.map(|of_consequent| confidence / (*of_consequent as f64 / rows as f64));
            let support = *count as f64 / rows as f64;
            grouped.rules[group].push(Rule { antecedent, consequent: *consequent, confidence, lift, support });
        }
    }
    // Spark's table holds the itemsets beside the antecedents.
    for (items, _) in itemsets {
        grouped.of(items);
    }
    let of_items = |items: &Vec<u32>| {
        let hashes: Vec<i32> = items.iter().map(|item| hashes.get(*item as usize).copied().unwrap_or(0)).collect();
        hash_order::scala::sequence(&hashes)
    };
    let order = hash_order::grouped(&grouped.keys.iter().map(of_items).collect::<Vec<i32>>());
    order.into_iter().flat_map(|group| std::mem::take(&mut grouped.rules[group])).collect()
}

/// Rules by antecedent, in the order in which the antecedents came.
#[derive(Default)]
struct Groups {
    keys: Vec<Vec<u32>>,
    rules: Vec<Vec<Rule>>,
    places: HashMap<Vec<u32>, usize>,
}

impl Groups {
    fn of(&mut self, key: &[u32]) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.keys.len();
        self.places.insert(key.to_vec(), place);
        self.keys.push(key.to_vec());
        self.rules.push(Vec::new());
        place
    }
}
