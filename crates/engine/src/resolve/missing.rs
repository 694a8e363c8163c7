//! Names that a filter or a sort key uses and the list above has dropped: they are taken from what lies below.

use super::typed::has;
use super::{Below, Column, Resolved, Resolver, Typed};
use brickyard_error::{Failure, Result};
use brickyard_spec::Expr;
use datafusion::logical_expr::Expr as PlanExpr;
use std::sync::Arc;

impl Resolver<'_> {
    /// Resolves the expression below the topmost list of `input`, which gets what is needed as more columns.
    /// `failure` says why it was not resolved above.
    pub fn resolve_beneath(&mut self, input: &mut Resolved, expr: &Expr, failure: Option<Failure>) -> Result<Typed> {
        let Some(below) = input.below.clone() else { return Err(failure.unwrap_or_else(no_aggregate_here)) };
        if let Some(parts) = &below.aggregate {
            return self.resolve_beneath_aggregate(input, &below, parts, expr, failure);
        }
        let aliases: Vec<Column> = input.columns.clone();
        let scope = super::Scope { columns: &aliases, hidden: &[], outer: Some(&below.input.scope()) };
        let typed = match self.expr(expr, &scope) {
            Ok(typed) if !typed.has_aggregate() => typed,
            Ok(_) => return Err(failure.unwrap_or_else(no_aggregate_here)),
            Err(own) => return Err(failure.unwrap_or(own)),
        };
        // Computed where the list is: the names of the list stand for its expressions.
        let mut outputs = below.outputs.clone();
        let uses_window = typed.has_window();
        let needed: Vec<Column> = below
            .input
            .columns
            .iter()
            .chain(&below.input.hidden)
            .filter(|column| has(&typed.expr, |e| matches!(e, PlanExpr::Column(c) if c.name == column.id)))
            .filter(|column| !outputs.iter().any(|(_, output)| output.id == column.id))
            .cloned()
            .collect();
        outputs.extend(needed.iter().map(|column| (column.expr(), column.clone())));
        let widened = self.projection(below.input.clone(), outputs)?;
        *input = self.replaced_below_sort(input, widened)?;
        if !uses_window {
            return Ok(typed);
        }
        let (with_window, mut typed) = self.windows_below(input.clone(), vec![typed])?;
        *input = Resolved { below: input.below.clone(), columns: input.columns.clone(), ..with_window };
        typed.pop().ok_or_else(no_aggregate_here)
    }

    /// The filters between the list and here, over the widened list.
    fn replaced_below_sort(&mut self, input: &Resolved, widened: Resolved) -> Result<Resolved> {
        use datafusion::logical_expr::LogicalPlan;
        let mut filters = Vec::new();
        let mut plan = &input.plan;
        while let LogicalPlan::Filter(filter) = plan {
            filters.push(filter.predicate.clone());
            plan = &filter.input;
        }
        let mut rebuilt = widened;
        while let Some(predicate) = filters.pop() {
            let builder = rebuilt.builder().filter(predicate).map_err(crate::failures::engine_failure)?;
            let plan = builder.build().map_err(crate::failures::engine_failure)?;
            let below = rebuilt.below.clone();
            rebuilt = Resolved { below, ..rebuilt.with_plan(plan) };
        }
        Ok(rebuilt)
    }

    fn resolve_beneath_aggregate(
        &mut self,
        input: &mut Resolved,
        below: &Arc<Below>,
        parts: &super::aggregate::Parts,
        expr: &Expr,
        failure: Option<Failure>,
    ) -> Result<Typed> {
        let aliases: Vec<Column> = input.columns.clone();
        let scope = super::Scope {
            columns: &parts.input.columns,
            hidden: &parts.input.hidden,
            outer: Some(&super::Scope::of(&aliases)),
        };
        let typed = match self.expr(expr, &scope) {
            Ok(typed) => typed,
            Err(own) => return Err(failure.unwrap_or(own)),
        };
        let mut parts = parts.clone();
        let rewritten = match self.over_groups(&mut parts, typed, &aliases) {
            Ok(typed) => typed,
            Err(own) => return Err(failure.unwrap_or(own)),
        };
        let extra = self.new_column("sort", rewritten.data_type.clone(), rewritten.nullable);
        let mut outputs = below.outputs.clone();
        outputs.push((rewritten.expr.clone(), extra.clone()));
        let aggregate = self.aggregate_plan(&parts)?;
        let mut projected = self.projection(aggregate, outputs)?;
        if let Some(below) = projected.below.take() {
            let Below { input, outputs, .. } = Arc::unwrap_or_clone(below);
            projected.below = Some(Arc::new(Below { input, outputs, aggregate: Some(parts) }));
        }
        *input = self.replaced_below_sort(input, projected)?;
        Ok(Typed::of_column(&extra))
    }

    /// A filter whose condition needs columns that were dropped: Spark looks below the list.
    pub fn filter_below(&mut self, mut input: Resolved, condition: &Expr, failure: Failure) -> Result<Resolved> {
        let visible = input.columns.clone();
        let typed = self.resolve_beneath(&mut input, condition, Some(failure))?;
        let filtered = self.filter_typed(input, typed)?;
        self.only(filtered, &visible)
    }
}

impl Clone for Below {
    fn clone(&self) -> Self {
        Self { input: self.input.clone(), outputs: self.outputs.clone(), aggregate: self.aggregate.clone() }
    }
}

fn no_aggregate_here() -> Failure {
    crate::failures::form("an aggregate or a window function cannot stand here")
}
