//! Which queries go to the executors: aggregates over files, whose plan every executor can read. All else stays in
//! process, by itself.

use crate::codec::PhysicalCodec;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use std::sync::Arc;

/// True when the plan aggregates rows of files, and has a wire form.
pub fn is_eligible(plan: &Arc<dyn ExecutionPlan>, codec: &PhysicalCodec) -> bool {
    let (mut aggregates, mut only_files) = (false, true);
    visit(plan, &mut |node| {
        aggregates |= node.downcast_ref::<AggregateExec>().is_some();
        if node.children().is_empty() {
            let source = node.downcast_ref::<DataSourceExec>();
            only_files &= source.is_some_and(|source| source.data_source().downcast_ref::<FileScanConfig>().is_some());
        }
    });
    aggregates && only_files && PhysicalPlanNode::try_from_physical_plan(plan.clone(), codec).is_ok()
}

fn visit(plan: &Arc<dyn ExecutionPlan>, see: &mut dyn FnMut(&Arc<dyn ExecutionPlan>)) {
    see(plan);
    plan.children().into_iter().for_each(|child| visit(child, see));
}
