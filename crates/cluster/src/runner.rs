//! Runs the passes of a fit on the executors. The driver holds the fit, so whatever an executor knew can be lost.

use crate::coordinator::Cluster;
use crate::pass_exec::PassExec;
use crate::training_blocks::BlockFiles;
use arrow::array::AsArray;
use arrow::datatypes::UInt32Type;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::runner::{Runner, merge_in_order};
use brickyard_ml::{AnyAcc, AnyPass, Block};
use futures::TryStreamExt;
use std::sync::Arc;
use std::time::Duration;

/// How long one pass may take before it is run again; a job whose executor cannot report would hang for ever.
const PASS_DEADLINE: Duration = Duration::from_secs(120);
const ATTEMPTS: usize = 3;

/// A training set on the cluster. Its blocks' files go when it is dropped.
pub struct ClusterRunner {
    cluster: Cluster,
    blocks: BlockFiles,
    runtime: tokio::runtime::Handle,
}

impl ClusterRunner {
    /// Writes the blocks where executors find them.
    pub fn new(cluster: Cluster, blocks: &[Block], runtime: tokio::runtime::Handle) -> Result<Self> {
        let blocks = BlockFiles::write(cluster.work_dir(), blocks)?;
        Ok(Self { cluster, blocks, runtime })
    }

    async fn attempt(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc> {
        let partitions = self.cluster.slots().min(self.blocks.first_rows.len());
        let plan = PassExec::new(pass.clone(), fit, self.blocks.clone(), partitions)
            .map_err(|error| Failure::internal("planning a training pass").because(error))?;
        let batches = async {
            self.cluster.run(Arc::new(plan)).await?.try_collect::<Vec<_>>().await.map_err(crate::coordinator::lost)
        };
        let batches = tokio::time::timeout(PASS_DEADLINE, batches).await.map_err(|_| {
            Failure::new(&codes::cluster::DEADLINE, "a training pass did not end on the cluster; it is run again")
        })??;
        let mut accumulators: Vec<(u32, AnyAcc)> = Vec::new();
        for batch in &batches {
            let (numbers, bytes) = (batch.column(0).as_primitive::<UInt32Type>(), batch.column(1).as_binary::<i32>());
            for row in 0..batch.num_rows() {
                accumulators.push((numbers.value(row), pass.decode_acc(bytes.value(row))?));
            }
        }
        let expected = if pass.exact() { partitions } else { self.blocks.first_rows.len() };
        if accumulators.len() != expected {
            let text = format!("{} of {expected} accumulators came back", accumulators.len());
            return Err(Failure::new(&codes::cluster::LOST, text));
        }
        accumulators.sort_by_key(|(number, _)| *number);
        merge_in_order(pass.as_ref(), accumulators.into_iter().map(|(_, accumulator)| accumulator).collect())
    }
}

impl Runner for ClusterRunner {
    fn run(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc> {
        self.runtime.block_on(async {
            let mut attempt = 1;
            loop {
                match self.attempt(fit, pass).await {
                    Err(failure) if failure.retry() == brickyard_error::Retry::Later && attempt < ATTEMPTS => {
                        tracing::warn!(pass = pass.name(), attempt, %failure, "training pass is run again");
                        attempt += 1;
                    }
                    outcome => return outcome,
                }
            }
        })
    }

    /// Memos stay with their blocks on the executors, and go with them.
    fn forget(&self, _fit: u64) {}
}

impl Drop for ClusterRunner {
    fn drop(&mut self) {
        self.blocks.remove();
    }
}
