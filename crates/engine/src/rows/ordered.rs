//! Several partitions as one stream in the order of the partitions: computed side by side, handed out one after the
//! other. Rows are numbered by their place (`sample`, `rand(seed)`, `monotonically_increasing_id`) and cut off by it
//! (`limit`), so that the same query over the same table gives the same rows.

use arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
    replace_children_if_necessary,
};
use futures::stream::{BoxStream, StreamExt};
use std::fmt;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Batches that a partition may be ahead of its reader.
const AHEAD: usize = 4;

type Rows = BoxStream<'static, Result<RecordBatch>>;

pub(crate) fn in_order(plan: &Arc<dyn ExecutionPlan>, task: Arc<TaskContext>) -> Result<Rows> {
    let count = plan.output_partitioning().partition_count();
    if count == 1 {
        return Ok(plan.execute(0, task)?.boxed());
    }
    let mut running = JoinSet::new();
    let mut receivers = Vec::with_capacity(count);
    for partition in 0..count {
        let mut rows = plan.execute(partition, Arc::clone(&task))?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        running.spawn(async move {
            while let Some(batch) = rows.next().await {
                // Nobody listens any more: stop computing.
                if sender.send(batch).await.is_err() {
                    return;
                }
            }
        });
        receivers.push(receiver);
    }
    let rows = futures::stream::unfold((receivers.into_iter(), None, running), next_batch);
    Ok(rows.boxed())
}

type Receiver = mpsc::Receiver<Result<RecordBatch>>;
type State = (std::vec::IntoIter<Receiver>, Option<Receiver>, JoinSet<()>);

async fn next_batch((mut waiting, mut current, running): State) -> Option<(Result<RecordBatch>, State)> {
    loop {
        let mut receiver = match current.take() {
            Some(receiver) => receiver,
            None => waiting.next()?,
        };
        if let Some(batch) = receiver.recv().await {
            return Some((batch, (waiting, Some(receiver), running)));
        }
    }
}

/// One partition of its input's, in their order.
#[derive(Debug)]
struct InOrderExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl InOrderExec {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, properties: Arc::new(properties) }
    }
}

impl DisplayAs for InOrderExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InOrderExec")
    }
}

impl ExecutionPlan for InOrderExec {
    fn name(&self) -> &str {
        "InOrderExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut inputs: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self::new(input))),
            _ => internal_err!("partitions in order are those of one input"),
        }
    }

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), in_order(&self.input, task)?)))
    }
}

/// Puts [`InOrderExec`] where DataFusion takes the batches of several partitions as they arrive. Not below a join, whose
/// rows have no order, and not above a shuffle or an aggregate, where none is left.
#[derive(Debug)]
pub(crate) struct KeepOrder;

impl PhysicalOptimizerRule for KeepOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        keep_order(&plan, false)
    }

    fn name(&self) -> &str {
        "KeepOrder"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn keep_order(plan: &Arc<dyn ExecutionPlan>, below_join: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let inputs = plan.children();
    let is_join = inputs.len() > 1;
    let inputs = inputs.into_iter().map(|input| keep_order(input, is_join)).collect::<Result<_>>()?;
    let plan = replace_children_if_necessary(Arc::clone(plan), inputs)?;
    let coalesce = plan.downcast_ref::<CoalescePartitionsExec>();
    let Some(coalesce) = coalesce.filter(|coalesce| !below_join && has_order(coalesce.input())) else {
        return Ok(plan);
    };
    let rows = Arc::new(InOrderExec::new(Arc::clone(coalesce.input())));
    Ok(match coalesce.fetch() {
        Some(wanted) => Arc::new(GlobalLimitExec::new(rows, 0, Some(wanted))),
        None => rows,
    })
}

fn has_order(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let loses_it = plan.downcast_ref::<AggregateExec>().is_some() || plan.downcast_ref::<RepartitionExec>().is_some();
    !loses_it && plan.children().into_iter().all(has_order)
}
