//! Pivots: for each value of a column, each aggregate over the rows with that value.

use super::{Column, Resolved, Resolver, Typed};
use crate::rows::scalar_of;
use brickyard_error::Result;
use brickyard_spec::{Aggregate, Expr, Literal, Pivot};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr as PlanExpr, lit};

impl Resolver<'_> {
    pub fn pivot(
        &mut self,
        input: Resolved,
        aggregate: &Aggregate,
        by: &[Expr],
        pivot: &Pivot,
        found: Option<Vec<Literal>>,
    ) -> Result<Resolved> {
        let scope = input.scope();
        let column = self.expr(&pivot.column, &scope)?;
        let exprs = self.exprs(&aggregate.exprs, &scope)?;
        // SQL's PIVOT groups by every column that is neither pivoted nor aggregated.
        let by = match by {
            [Expr::Star { .. }] => self.columns_not_used(&input, &column, &exprs),
            by => by.to_vec(),
        };
        let groups = self.exprs(&by, &input.scope())?;
        let values = if pivot.values.is_empty() { found.unwrap_or_default() } else { pivot.values.clone() };
        let mut outputs = groups.clone();
        for value in &values {
            let (scalar, text) = scalar_of(value)?;
            let constant = self.implicit(Typed::literal(scalar, text.clone()), &column.data_type)?;
            let condition = self.native("spark_null_safe_equal", vec![column.expr.clone(), constant.expr])?;
            for expr in &exprs {
                let name = match exprs.len() {
                    1 => text.clone(),
                    _ => format!("{text}_{}", expr.sql),
                };
                let filtered = with_filter(expr.expr.clone(), &condition)?;
                let mut typed = expr.clone().named(&name);
                (typed.expr, typed.nullable, typed.metadata) = (filtered, true, None);
                outputs.push(typed);
            }
        }
        self.grouped(input, groups, super::aggregate::Sets::One, outputs, None)
    }

    fn columns_not_used(&self, input: &Resolved, pivot: &Typed, exprs: &[Typed]) -> Vec<Expr> {
        let used = |column: &Column| {
            let is_it = |expr: &PlanExpr| matches!(expr, PlanExpr::Column(c) if c.name == column.id);
            super::typed::has(&pivot.expr, is_it) || exprs.iter().any(|typed| super::typed::has(&typed.expr, is_it))
        };
        input.columns.iter().filter(|column| !used(column)).map(super::project::exactly).collect()
    }
}

/// The aggregates of an expression over just the rows for which the condition holds. A count of no rows is null, as in
/// a pivot of Spark.
fn with_filter(expr: PlanExpr, condition: &PlanExpr) -> Result<PlanExpr> {
    let rewritten = expr.transform_down(|expr| match expr {
        PlanExpr::AggregateFunction(mut function) => {
            let both = match function.params.filter.take() {
                Some(own) => own.and(condition.clone()),
                None => condition.clone(),
            };
            function.params.filter = Some(Box::new(both));
            let is_count = function.func.name() == "count";
            let aggregate = PlanExpr::AggregateFunction(function);
            // Spark leaves out groups without a row of the value, so that their count is null.
            let zero = lit(datafusion::common::ScalarValue::Int64(Some(0)));
            let result =
                if is_count { datafusion::functions::core::expr_fn::nullif(aggregate, zero) } else { aggregate };
            Ok(Transformed::new(result, true, TreeNodeRecursion::Jump))
        }
        other => Ok(Transformed::no(other)),
    });
    Ok(rewritten.map_err(crate::failures::engine_failure)?.data)
}
