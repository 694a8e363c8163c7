//! The FP-tree (Han, Pei and Yin 2000): transactions that share a beginning share nodes, and equal items are chained.

use rayon::prelude::*;

/// A set of items by rank, the rarest first, and in how many transactions it is.
pub type Itemset = (Vec<u32>, u64);

/// No node.
const NONE: u32 = u32::MAX;

struct Node {
    item: u32,
    parent: u32,
    /// The next node of the same item.
    next: u32,
    count: u64,
}

struct Tree {
    nodes: Vec<Node>,
    /// The last node of every item, by rank.
    heads: Vec<u32>,
    totals: Vec<u64>,
}

/// All sets of items that are in at least `min_count` transactions. Transactions come sorted, each with its number;
/// items are ranks below `items`, in order.
pub fn frequent_itemsets(transactions: &[(&[u32], u64)], items: usize, min_count: u64) -> Vec<Itemset> {
    let tree = Tree::new(transactions.iter().copied(), items);
    let of_item = |item: usize| {
        let mut found = Vec::new();
        tree.grow(item as u32, &mut Vec::new(), min_count, &mut found);
        found
    };
    (0..items).into_par_iter().flat_map_iter(of_item).collect()
}

impl Tree {
    /// From sorted transactions: the nodes of one are on the path of the one before as far as both begin alike.
    fn new<'a>(transactions: impl Iterator<Item = (&'a [u32], u64)>, items: usize) -> Self {
        let mut tree = Tree { nodes: Vec::new(), heads: vec![NONE; items], totals: vec![0; items] };
        let mut path: Vec<u32> = Vec::new();
        for (transaction, count) in transactions {
            let alike =
                path.iter().zip(transaction).take_while(|(node, item)| tree.nodes[**node as usize].item == **item);
            let alike = alike.count();
            path.truncate(alike);
            path.iter().for_each(|node| tree.nodes[*node as usize].count += count);
            for item in &transaction[alike..] {
                let parent = path.last().copied().unwrap_or(NONE);
                let node = tree.nodes.len() as u32;
                let next = std::mem::replace(&mut tree.heads[*item as usize], node);
                tree.nodes.push(Node { item: *item, parent, next, count });
                path.push(node);
            }
            transaction.iter().for_each(|item| tree.totals[*item as usize] += count);
        }
        tree
    }

    /// All frequent sets of which `item` is the rarest but for those in `suffix`.
    fn grow(&self, item: u32, suffix: &mut Vec<u32>, min_count: u64, found: &mut Vec<Itemset>) {
        let total = self.totals[item as usize];
        if total < min_count.max(1) {
            return;
        }
        suffix.push(item);
        found.push((suffix.clone(), total));
        let (below, frequent) = self.below(item, min_count);
        frequent.into_iter().for_each(|other| below.grow(other, suffix, min_count, found));
        suffix.pop();
    }

    /// The tree of what comes before an item in its transactions, and what is frequent there.
    fn below(&self, item: u32, min_count: u64) -> (Tree, Vec<u32>) {
        let mut totals = vec![0u64; item as usize];
        self.for_each_node(item, |node, count| self.for_each_above(node, |above| totals[above as usize] += count));
        let mut paths: Vec<(Vec<u32>, u64)> = Vec::new();
        self.for_each_node(item, |node, count| {
            let mut path = Vec::new();
            self.for_each_above(node, |above| {
                if totals[above as usize] >= min_count {
                    path.push(above);
                }
            });
            path.reverse();
            if !path.is_empty() {
                paths.push((path, count));
            }
        });
        paths.sort_unstable();
        let tree = Tree::new(paths.iter().map(|(path, count)| (path.as_slice(), *count)), item as usize);
        (tree, in_table_order(&totals, min_count))
    }

    fn for_each_node(&self, item: u32, mut each: impl FnMut(u32, u64)) {
        let mut node = self.heads[item as usize];
        while let Some(at) = self.nodes.get(node as usize) {
            each(node, at.count);
            node = at.next;
        }
    }

    fn for_each_above(&self, node: u32, mut each: impl FnMut(u32)) {
        let mut node = self.nodes[node as usize].parent;
        while let Some(at) = self.nodes.get(node as usize) {
            each(at.item);
            node = at.parent;
        }
    }
}

/// The items in at least `min_count` transactions, in the order of the hash table in which Spark keeps all items of a
/// tree: as many buckets as keep it at most three quarters full, and at least 16.
fn in_table_order(totals: &[u64], min_count: u64) -> Vec<u32> {
    let entries = totals.iter().filter(|total| **total > 0).count() as u32;
    let mut buckets = 16;
    while entries >= buckets / 4 * 3 {
        buckets *= 2;
    }
    let frequent = |(item, total): (u32, &u64)| (*total >= min_count.max(1)).then_some(item);
    let mut items: Vec<u32> = (0..).zip(totals).filter_map(frequent).collect();
    items.sort_by_key(|item| (item & (buckets - 1), *item));
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;
    use std::collections::BTreeMap;

    #[test]
    fn few_items_of_high_rank_come_in_the_order_of_their_buckets() {
        let mut totals = vec![0; 40];
        [3, 17, 18, 35].into_iter().for_each(|item| totals[item] = 2);
        totals[20] = 1;
        assert_eq!(in_table_order(&totals, 2), [17, 18, 3, 35]);
        assert_eq!(in_table_order(&[1; 40], 1), (0..40).collect::<Vec<u32>>());
    }

    #[test]
    fn every_frequent_set_is_found() {
        let mut draws = Draws::new(1);
        for (items, rows, min_count) in [(5, 20, 3), (7, 60, 6), (7, 10, 1)] {
            let mut transactions: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for _ in 0..rows {
                let transaction = (0..items).filter(|_| draws.unit() < 0.5).collect();
                *transactions.entry(transaction).or_default() += 1;
            }
            let count = |mask: u32| -> u64 {
                let holds = |items: &[u32]| (0..items.len()).fold(0, |bits, at| bits | 1 << items[at]) & mask == mask;
                transactions.iter().filter(|(items, _)| holds(items)).map(|(_, count)| count).sum()
            };
            let expected: BTreeMap<u32, u64> =
                (1..1 << items).map(|mask| (mask, count(mask))).filter(|(_, count)| *count >= min_count).collect();
            let sorted: Vec<(&[u32], u64)> =
                transactions.iter().map(|(items, count)| (items.as_slice(), *count)).collect();
            let found = frequent_itemsets(&sorted, items as usize, min_count);
            assert!(found.iter().all(|(set, _)| set.windows(2).all(|pair| pair[0] > pair[1])));
            let found: BTreeMap<u32, u64> =
                found.iter().map(|(set, count)| (set.iter().fold(0, |bits, item| bits | 1 << item), *count)).collect();
            assert_eq!(found, expected);
        }
    }
}
