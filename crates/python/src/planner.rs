//! From what Python is to compute to what computes it.

use crate::exec::{Planned, PlannedCall, PlannedFrame, PythonExec};
use crate::node::{Call, Frame, Operation, PythonNode};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, Result, internal_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use std::sync::Arc;

/// Plans each [`PythonNode`] as a [`PythonExec`].
#[derive(Debug, Default)]
pub struct PythonPlanner;

#[async_trait]
impl ExtensionPlanner for PythonPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        planning: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<PythonNode>() else { return Ok(None) };
        let (Some(first), last) = (logical.first(), logical.last()) else {
            return internal_err!("a Python node of no input");
        };
        let exprs = Exprs { planner, session, planning };
        let planned = match &node.operation {
            Operation::Calls { calls } => Planned::Calls { calls: exprs.calls(calls, first.schema())? },
            Operation::Map { function, frame, .. } => {
                Planned::Map { function: Arc::clone(function), frame: exprs.frame(frame, first.schema())? }
            }
            Operation::Groups { function, frame, .. } => {
                Planned::Groups { function: Arc::clone(function), frame: exprs.frame(frame, first.schema())? }
            }
            Operation::Cogroups { function, left, right, .. } => {
                let last = last.unwrap_or(first);
                let frames = [exprs.frame(left, first.schema())?, exprs.frame(right, last.schema())?];
                Planned::Cogroups { function: Arc::clone(function), frames }
            }
            Operation::Aggregates { keys, calls } => {
                let keys = keys.iter().map(|(key, _)| exprs.one(key, first.schema())).collect::<Result<_>>()?;
                Planned::Aggregates { keys, calls: exprs.calls(calls, first.schema())? }
            }
        };
        let schema = Arc::clone(UserDefinedLogicalNode::schema(node).inner());
        let exec = PythonExec::new(planned, inputs.to_vec(), schema, Arc::clone(&node.context));
        Ok(Some(Arc::new(exec)))
    }
}

struct Exprs<'a> {
    planner: &'a dyn PhysicalPlanner,
    session: &'a dyn Session,
    planning: &'a PhysicalPlanningContext,
}

impl Exprs<'_> {
    fn one(&self, expr: &Expr, schema: &DFSchema) -> Result<Arc<dyn PhysicalExpr>> {
        self.planner.create_physical_expr(expr, schema, self.session, self.planning)
    }

    fn calls(&self, calls: &[Call], schema: &DFSchema) -> Result<Vec<PlannedCall>> {
        let planned = |call: &Call| {
            let argument = |(name, expr): &(Option<String>, Expr)| Ok((name.clone(), self.one(expr, schema)?));
            let arguments = call.arguments.iter().map(argument).collect::<Result<_>>()?;
            Ok(PlannedCall { function: Arc::clone(&call.function), arguments })
        };
        calls.iter().map(planned).collect()
    }

    fn frame(&self, frame: &Frame, schema: &DFSchema) -> Result<PlannedFrame> {
        let keys = frame.keys.iter().map(|key| self.one(key, schema)).collect::<Result<_>>()?;
        Ok(PlannedFrame { names: frame.names.clone(), keys })
    }
}
