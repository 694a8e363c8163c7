//! A training pass as a plan node: its input's rows are the numbers of the blocks to read, its rows their accumulators.
//! The numbers come from a memory source, a leaf that the scheduler knows how to share out among tasks.

use crate::codec::external;
use crate::training_blocks::BlockFiles;
use arrow::array::{ArrayRef, AsArray, BinaryArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use brickyard_error::Failure;
use brickyard_ml::{AnyPass, Registry};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::TryStreamExt;
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

/// The input: which blocks.
static NUMBERS: LazyLock<SchemaRef> =
    LazyLock::new(|| Arc::new(Schema::new(vec![Field::new("block", DataType::UInt32, false)])));

pub struct PassExec {
    pass: Arc<dyn AnyPass>,
    /// Keys the memos of one fit.
    fit: u64,
    blocks: BlockFiles,
    numbers: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    name: String,
    pass: Vec<u8>,
    fit: u64,
    blocks: BlockFiles,
}

impl PassExec {
    /// A pass over all blocks, dealt out to this many partitions: `partition`, `partition + partitions`, ….
    pub fn new(pass: Arc<dyn AnyPass>, fit: u64, blocks: BlockFiles, partitions: usize) -> Result<Self> {
        let total = blocks.first_rows.len() as u32;
        let deal = |partition| {
            let numbers = UInt32Array::from_iter_values((partition..total).step_by(partitions));
            Ok(vec![RecordBatch::try_new(NUMBERS.clone(), vec![Arc::new(numbers) as ArrayRef])?])
        };
        let dealt = (0..partitions as u32).map(deal).collect::<Result<Vec<_>>>()?;
        let numbers = MemorySourceConfig::try_new_exec(&dealt, NUMBERS.clone(), None)?;
        Ok(Self::over(numbers, pass, fit, blocks))
    }

    fn over(numbers: Arc<dyn ExecutionPlan>, pass: Arc<dyn AnyPass>, fit: u64, blocks: BlockFiles) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(SCHEMA.clone()),
            Partitioning::UnknownPartitioning(numbers.output_partitioning().partition_count()),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { pass, fit, blocks, numbers, properties: Arc::new(properties) }
    }

    pub fn encode(&self) -> Result<Vec<u8>> {
        let wire = Wire {
            name: self.pass.name().to_owned(),
            pass: self.pass.encode().map_err(external)?,
            fit: self.fit,
            blocks: self.blocks.clone(),
        };
        postcard::to_stdvec(&wire).map_err(|error| DataFusionError::External(Box::new(error)))
    }

    pub fn decode(bytes: &[u8], inputs: &[Arc<dyn ExecutionPlan>], registry: &Registry) -> Result<Self> {
        let [numbers] = inputs else { return internal_err!("a training pass has one input, not {}", inputs.len()) };
        let wire: Wire = postcard::from_bytes(bytes).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let pass = registry.decode_pass(&wire.name, &wire.pass).map_err(external)?;
        Ok(Self::over(numbers.clone(), pass, wire.fit, wire.blocks))
    }
}

/// Exact accumulators fold into one, under the number of its first block; others stay apart for the driver to merge in
/// block order.
fn run(pass: &dyn AnyPass, fit: u64, blocks: &BlockFiles, numbers: &[u32]) -> Result<RecordBatch, Failure> {
    let mut accumulators: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut folded = numbers.first().filter(|_| pass.exact()).map(|first| (*first, pass.zero()));
    for number in numbers {
        let rows = blocks.partition(*number as usize)?;
        let mut rows = rows.lock();
        match &mut folded {
            Some((_, folded)) => pass.update(folded, &mut rows, fit)?,
            None => {
                let mut own = pass.zero();
                pass.update(&mut own, &mut rows, fit)?;
                accumulators.push((*number, pass.encode_acc(&own)?));
            }
        }
    }
    if let Some((first, folded)) = folded {
        accumulators.push((first, pass.encode_acc(&folded)?));
    }
    let numbers = UInt32Array::from_iter_values(accumulators.iter().map(|(number, _)| *number));
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
        vec![&self.numbers]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, inputs: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let [numbers] = inputs.as_slice() else {
            return internal_err!("a training pass has one input, not {}", inputs.len());
        };
        Ok(Arc::new(Self::over(numbers.clone(), self.pass.clone(), self.fit, self.blocks.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (pass, fit, blocks) = (self.pass.clone(), self.fit, self.blocks.clone());
        let numbers = self.numbers.execute(partition, context)?;
        let work = async move {
            let batches: Vec<RecordBatch> = numbers.try_collect().await?;
            let numbers = batches.iter().flat_map(|batch| batch.column(0).as_primitive::<UInt32Type>().values());
            let numbers: Vec<u32> = numbers.copied().collect();
            let work = tokio::task::spawn_blocking(move || run(pass.as_ref(), fit, &blocks, &numbers));
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
