//! Summaries of cluster assignments.

use crate::instances::number;
use crate::{Attribute, Block, Merge, Pass};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Counts the rows of every cluster; the input is the prediction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusteringPass {
    pub clusters: usize,
}

/// Rows by cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterSizes(Vec<i64>);

impl Merge for ClusterSizes {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        for (size, more) in self.0.iter_mut().zip(other.0) {
            *size += more;
        }
    }
}

impl Pass for ClusteringPass {
    const NAME: &'static str = "summarize-clusters";
    type View = Block;
    type Memo = ();
    type Acc = ClusterSizes;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> ClusterSizes {
        ClusterSizes(vec![0; self.clusters])
    }

    fn update(&self, acc: &mut ClusterSizes, block: &Block, _: &mut ()) -> Result<()> {
        let predictions = block.numbers(0)?;
        for row in 0..block.rows {
            let cluster = number(predictions, row).map(|cluster| cluster as usize);
            match cluster.and_then(|cluster| acc.0.get_mut(cluster)) {
                Some(size) => *size += 1,
                None => return Err(Failure::new(&codes::ml::INVALID_ROW, "a prediction is no cluster of the model")),
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
pub struct ClusteringSummary {
    sizes: ClusterSizes,
}

impl ClusteringSummary {
    pub fn new(sizes: ClusterSizes) -> Self {
        Self { sizes }
    }

    pub fn attribute(&self, name: &str) -> Option<Attribute> {
        match name {
            "k" => Some((self.sizes.0.len() as i64).into()),
            "clusterSizes" => Some(self.sizes.0.clone().into()),
            _ => None,
        }
    }
}
