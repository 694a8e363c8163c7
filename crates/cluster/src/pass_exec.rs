//! A training pass as a plan node: each partition of it reads its share of the blocks and gives their accumulators.

use crate::codec::external;
use crate::training_blocks::BlockFiles;
use arrow::array::{ArrayRef, BinaryArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use brickyard_error::Failure;
use brickyard_ml::{AnyPass, Registry};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// The number of the first block of an accumulator, and the accumulator in its wire form.
static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("block", DataType::UInt32, false),
        Field::new("accumulator", DataType::Binary, false),
    ]))
});

pub struct PassExec {
    pass: Arc<dyn AnyPass>,
    /// Keys the memos of one fit.
    fit: u64,
    blocks: BlockFiles,
    properties: Arc<PlanProperties>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    name: String,
    pass: Vec<u8>,
    fit: u64,
    blocks: BlockFiles,
    partitions: u32,
}

impl PassExec {
    pub fn new(pass: Arc<dyn AnyPass>, fit: u64, blocks: BlockFiles, partitions: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(SCHEMA.clone()),
            Partitioning::UnknownPartitioning(partitions.max(1)),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { pass, fit, blocks, properties: Arc::new(properties) }
    }

    pub fn encode(&self) -> Result<Vec<u8>> {
        let wire = Wire {
            name: self.pass.name().to_owned(),
            pass: self.pass.encode().map_err(external)?,
            fit: self.fit,
            blocks: self.blocks.clone(),
            partitions: self.partitions() as u32,
        };
        postcard::to_stdvec(&wire).map_err(|error| DataFusionError::External(Box::new(error)))
    }

    pub fn decode(bytes: &[u8], registry: &Registry) -> Result<Self> {
        let wire: Wire = postcard::from_bytes(bytes).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let pass = registry.decode_pass(&wire.name, &wire.pass).map_err(external)?;
        Ok(Self::new(pass, wire.fit, wire.blocks, wire.partitions as usize))
    }

    fn partitions(&self) -> usize {
        self.properties.partitioning.partition_count()
    }
}

/// Blocks `partition`, `partition + partitions`, …: exact accumulators fold into one, others stay apart for the driver
/// to merge in block order.
fn run(
    pass: &dyn AnyPass,
    fit: u64,
    blocks: &BlockFiles,
    partition: usize,
    partitions: usize,
) -> Result<RecordBatch, Failure> {
    let mut accumulators: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut folded = pass.exact().then(|| pass.zero());
    for index in (partition..blocks.first_rows.len()).step_by(partitions) {
        let rows = blocks.partition(index)?;
        let mut rows = rows.lock();
        match &mut folded {
            Some(folded) => pass.update(folded, &mut rows, fit)?,
            None => {
                let mut own = pass.zero();
                pass.update(&mut own, &mut rows, fit)?;
                accumulators.push((index as u32, pass.encode_acc(&own)?));
            }
        }
    }
    if let Some(folded) = folded {
        accumulators.push((partition as u32, pass.encode_acc(&folded)?));
    }
    let numbers = UInt32Array::from_iter_values(accumulators.iter().map(|(index, _)| *index));
    let bytes = BinaryArray::from_iter_values(accumulators.iter().map(|(_, bytes)| bytes));
    RecordBatch::try_new(SCHEMA.clone(), vec![Arc::new(numbers) as ArrayRef, Arc::new(bytes)])
        .map_err(|error| Failure::internal("laying out accumulators").because(error))
}

impl ExecutionPlan for PassExec {
    fn name(&self) -> &str {
        "PassExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (pass, fit, blocks, partitions) = (self.pass.clone(), self.fit, self.blocks.clone(), self.partitions());
        let work = async move {
            let work = tokio::task::spawn_blocking(move || run(pass.as_ref(), fit, &blocks, partition, partitions));
            let outcome = work.await.map_err(|error| DataFusionError::External(Box::new(error)))?;
            outcome.map_err(external)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(SCHEMA.clone(), futures::stream::once(work))))
    }
}

impl fmt::Debug for PassExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PassExec({}, {} blocks)", self.pass.name(), self.blocks.first_rows.len())
    }
}

impl DisplayAs for PassExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
