//! The clusters as a binary tree, and the way of a row from the root to its leaf.

use serde::{Deserialize, Serialize};

/// Nodes by number, the root first, children behind their parents. Centers have length 1 for the cosine distance.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Hierarchy {
    /// Features of a row.
    pub size: usize,
    /// `[nodes, size]`, row by row.
    pub centers: Vec<f64>,
    /// None, two, or one where all rows went to one side.
    pub children: Vec<Vec<u32>>,
}

impl Hierarchy {
    pub fn count(&self) -> usize {
        self.children.len()
    }

    pub fn center(&self, node: usize) -> &[f64] {
        &self.centers[node * self.size..][..self.size]
    }

    pub fn add(&mut self, center: &[f64]) -> u32 {
        self.centers.extend_from_slice(center);
        self.children.push(Vec::new());
        (self.count() - 1) as u32
    }

    /// The leaf that a row comes to; of equally near children the first.
    pub fn leaf(&self, row: &[f64]) -> usize {
        let mut node = 0;
        loop {
            node = match self.children[node][..] {
                [] => return node,
                [only] => only as usize,
                [first, second, ..] => {
                    let [to_first, to_second] =
                        [first, second].map(|child| squared_distance(row, self.center(child as usize)));
                    (if to_second < to_first { second } else { first }) as usize
                }
            };
        }
    }
}

/// Summed in four lanes.
pub fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a_chunks, b_chunks) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest: f64 = rest.map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..4 {
            let difference = a[lane] - b[lane];
            lanes[lane] += difference * difference;
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}
