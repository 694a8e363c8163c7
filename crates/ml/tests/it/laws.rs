//! A runner that trusts nothing: every message goes through bytes, and every partition forgets before every pass.

use super::gold::{blocks, make, set_params};
use arrow_array::RecordBatch;
use brickyard_error::Result;
use brickyard_ml::fit::AnyAcc;
use brickyard_ml::runner::{self, Cancel, Partition, Runner, merge_in_order};
use brickyard_ml::{AnyPass, Block, Operator, Registry, Transformer};
use serde_json::Value as Json;
use std::sync::Arc;

struct ForgetfulRunner {
    registry: Registry,
    blocks: Vec<Block>,
}

impl Runner for ForgetfulRunner {
    fn run(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc> {
        let pass = self.registry.decode_pass(pass.name(), &pass.encode()?)?;
        let accs = self.blocks.iter().map(|block| {
            let mut acc = pass.zero();
            pass.update(&mut acc, &mut Partition::new(block.clone()), fit)?;
            pass.decode_acc(&pass.encode_acc(&acc)?)
        });
        merge_in_order(pass.as_ref(), accs.collect::<Result<_>>()?)
    }

    fn forget(&self, _: u64) {}
}

/// The model that a stage learns when executors lose their memory all the time.
pub fn fit_through_bytes(
    stage: &str,
    params: &Json,
    rows: &RecordBatch,
    partition_rows: usize,
) -> Box<dyn Transformer> {
    let Operator::Estimator(mut estimator) = make(stage).unwrap() else { panic!("{stage} is no estimator") };
    set_params(estimator.params_mut(), params).unwrap();
    let blocks = blocks(rows, &estimator.inputs(rows.schema_ref()).unwrap(), partition_rows).unwrap();
    let fit = estimator.begin(rows.schema_ref(), rows.num_rows() as u64).unwrap();
    let runner = ForgetfulRunner { registry: Registry::standard(), blocks };
    runner::fit(&runner, fit, &Cancel::default(), &mut |_| {}).unwrap().0
}
