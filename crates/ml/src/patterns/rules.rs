//! Association rules: what else is in a transaction that has some items, and how surely.

use super::tree::Itemset;
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

/// The rules with one consequent whose confidence is at least the minimum, in the order of the itemsets.
pub fn rules_of(itemsets: &[Itemset], rows: u64, min_confidence: f64) -> Vec<Rule> {
    let sorted = |items: &[u32]| {
        let mut items = items.to_vec();
        items.sort_unstable();
        items
    };
    let counts: HashMap<Vec<u32>, u64> = itemsets.iter().map(|(items, count)| (sorted(items), *count)).collect();
    let mut rules = Vec::new();
    for (items, count) in itemsets.iter().filter(|(items, _)| items.len() > 1) {
        for consequent in items {
            let antecedent: Vec<u32> = items.iter().copied().filter(|item| item != consequent).collect();
            let Some(of_antecedent) = counts.get(&sorted(&antecedent)) else { continue };
            let confidence = *count as f64 / *of_antecedent as f64;
            if confidence < min_confidence {
                continue;
            }
            let of_consequent = counts.get([*consequent].as_slice()).filter(|_| rows > 0);
            let lift = of_consequent.map(|of_consequent| confidence / (*of_consequent as f64 / rows as f64));
            let support = *count as f64 / rows as f64;
            rules.push(Rule { antecedent, consequent: *consequent, confidence, lift, support });
        }
    }
    rules
}
