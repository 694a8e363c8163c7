//! Computed columns stay above filters, sorts and limits, and are computed once. DataFusion's own rules move a projection
//! that narrows its input below them whatever it computes; but a cast, a division or a model may fail on just the rows
//! that a filter keeps away, and costs most on rows that a limit cuts off. They also pull fields out of structs early,
//! which would run a model once for each of its outputs.

use crate::rows::KeepOrder;
use brickyard_python::PythonCalls;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, remove_unnecessary_projections};
use std::sync::Arc;

/// Takes the place of DataFusion's rule of the same name.
#[derive(Debug)]
struct ProjectionPushdown;

impl PhysicalOptimizerRule for ProjectionPushdown {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let push = |plan: Arc<dyn ExecutionPlan>| match computes_above_rows(&plan) {
            true => Ok(Transformed::no(plan)),
            false => remove_unnecessary_projections(plan),
        };
        plan.transform_down(push).data()
    }

    fn name(&self) -> &str {
        "ProjectionPushdown"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether a plan is a projection that computes, over anything but a scan.
fn computes_above_rows(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<ProjectionExec>().is_some_and(|projection| {
        let computes = projection.expr().iter().any(|column| column.expr.downcast_ref::<Column>().is_none());
        computes && projection.input().downcast_ref::<DataSourceExec>().is_none()
    })
}

const EARLY_FIELDS: [&str; 2] = ["extract_leaf_expressions", "push_down_leaf_projections"];

/// DataFusion's rules for logical plans without those that pull fields out early; calls of Python come out first.
pub(crate) fn logical_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let python: Arc<dyn OptimizerRule + Send + Sync> = Arc::new(PythonCalls);
    let rules = Optimizer::new().rules.into_iter().filter(|rule| !EARLY_FIELDS.contains(&rule.name()));
    [python].into_iter().chain(rules).collect()
}

/// DataFusion's rules for physical plans with ours among them.
pub(crate) fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let ours = |rule: Arc<dyn PhysicalOptimizerRule + Send + Sync>| match rule.name() == ProjectionPushdown.name() {
        true => Arc::new(ProjectionPushdown) as Arc<dyn PhysicalOptimizerRule + Send + Sync>,
        false => rule,
    };
    let order: Arc<dyn PhysicalOptimizerRule + Send + Sync> = Arc::new(KeepOrder);
    PhysicalOptimizer::new().rules.into_iter().map(ours).chain([order]).collect()
}
