//! `ORDER BY`, `LIMIT`, `OFFSET`, duplicates.

use super::{Column, Resolved, Resolver, Scope, Typed};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_spec::{Expr, Literal, NullOrder, SortDirection, SortKey};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, Sort};
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlanBuilder, lit};

impl Resolver<'_> {
    pub fn sort(&mut self, input: Resolved, keys: &[SortKey]) -> Result<Resolved> {
        if let [SortKey { expr: Expr::ColumnParts(parts), direction, nulls }] = keys
            && matches!(parts.as_slice(), [all] if all.eq_ignore_ascii_case("all"))
            && input.scope().find(parts)?.is_none()
        {
            let every = input.columns.iter().map(|column| SortKey {
                expr: super::project::exactly(column),
                direction: *direction,
                nulls: *nulls,
            });
            return self.sort(input.clone(), &every.collect::<Vec<_>>());
        }
        let mut input = input;
        let visible = input.columns.clone();
        let mut sorts = Vec::with_capacity(keys.len());
        for key in keys {
            let key = unwrapped(key);
            let typed = self.sort_key(&mut input, &key, &visible)?;
            if let DataType::Map(..) = typed.data_type {
                return Err(failures::form(format!("a map has no order: {}", typed.sql)));
            }
            let ascending = key.direction == SortDirection::Ascending;
            let value = self.grouping_value(typed.expr, &typed.data_type);
            sorts.push(Sort::new(value, ascending, key.nulls == NullOrder::First));
        }
        let plan = input.builder().sort(sorts).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        let below = input.below.clone();
        let sorted = Resolved { below, ..input.with_plan(plan) };
        self.only(sorted, &visible)
    }

    /// A sort key: a position in the list, a column of the result, or something of what lies below it.
    fn sort_key(&mut self, input: &mut Resolved, key: &SortKey, visible: &[Column]) -> Result<Typed> {
        if let Expr::Literal(Literal::Int(position)) = &key.expr {
            let index = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
            let column = index.and_then(|index| visible.get(index));
            return column
                .map(Typed::of_column)
                .ok_or_else(|| failures::order_position(i64::from(*position), visible.len()));
        }
        let scope = Scope { columns: visible, hidden: &input.hidden, outer: None };
        match self.expr(&key.expr, &scope) {
            Ok(typed) if !typed.has_aggregate() && !typed.has_window() => Ok(typed),
            Ok(_) => self.resolve_beneath(input, &key.expr, None),
            Err(failure) => self.resolve_beneath(input, &key.expr, Some(failure)),
        }
    }

    /// The relation with just these columns.
    pub fn only(&mut self, input: Resolved, columns: &[Column]) -> Result<Resolved> {
        if input.columns.len() == columns.len() {
            return Ok(input);
        }
        let outputs = columns.iter().map(|column| (column.expr(), column.clone())).collect();
        self.projection(input, outputs)
    }

    pub fn limit(&mut self, input: Resolved, count: &Expr) -> Result<Resolved> {
        let count = self.row_count(count, "limit")?;
        let plan = input.builder().limit(0, Some(count)).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        Ok(input.with_plan(plan))
    }

    pub fn offset(&mut self, input: Resolved, count: &Expr) -> Result<Resolved> {
        let count = self.row_count(count, "offset")?;
        let plan = input.builder().limit(count, None).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        Ok(input.with_plan(plan))
    }

    fn row_count(&mut self, count: &Expr, what: &str) -> Result<usize> {
        let typed = self.expr(count, &Scope::of(&[]))?;
        let value = typed.integer().and_then(|count| usize::try_from(count).ok());
        value.ok_or_else(|| {
            failures::form(format!("{what} is a constant whole number, 0 or more, and not {}", typed.sql))
        })
    }

    /// Keeps one row of those equal in the columns, the first by the order of the rows.
    pub fn deduplicate(&mut self, input: Resolved, names: &[String]) -> Result<Resolved> {
        if names.is_empty() {
            let keys: Vec<PlanExpr> = self.normalized_columns(&input);
            let aggregate = self.grouped_by_all(&input, keys)?;
            return Ok(aggregate);
        }
        let scope = input.scope();
        let mut keys = Vec::new();
        for name in names {
            match scope.find(std::slice::from_ref(name))? {
                Some(found) => keys.push(found.column.id.clone()),
                None => return Err(failures::unresolved_column(std::slice::from_ref(name), &scope.names())),
            }
        }
        let mut groups = Vec::new();
        let mut firsts = Vec::new();
        let mut columns = Vec::new();
        for column in &input.columns {
            if keys.contains(&column.id) {
                groups.push(column.expr());
            } else {
                let order = Vec::new();
                let first =
                    AggregateFunction::new_udf(first_value_udaf(), vec![column.expr()], false, None, order, None);
                firsts.push(PlanExpr::AggregateFunction(first).alias(self.fresh_id("first")));
            }
        }
        let mut named = firsts.iter().map(|expr| expr.qualified_name().1);
        for column in &input.columns {
            let expr = if keys.contains(&column.id) {
                column.expr()
            } else {
                super::plan_column(&named.next().unwrap_or_default())
            };
            columns.push((expr, column.clone()));
        }
        let plan =
            input.builder().aggregate(groups, firsts).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        let aggregate = Resolved::new(plan, Vec::new());
        self.projection(aggregate, columns)
    }

    fn normalized_columns(&mut self, input: &Resolved) -> Vec<PlanExpr> {
        input.columns.iter().map(|column| self.grouping_value(column.expr(), &column.data_type)).collect()
    }

    fn grouped_by_all(&mut self, input: &Resolved, keys: Vec<PlanExpr>) -> Result<Resolved> {
        let columns: Vec<Column> =
            input.columns.iter().map(|column| Column { id: self.fresh_id(&column.name), ..column.clone() }).collect();
        if columns.is_empty() {
            let plan = input.builder().limit(0, Some(1)).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
            return Ok(Resolved::new(plan, columns));
        }
        let keys: Vec<PlanExpr> = keys.into_iter().zip(&columns).map(|(key, column)| key.alias(&column.id)).collect();
        let none: Vec<PlanExpr> = Vec::new();
        let projected = input.builder().project(keys).map_err(engine_failure)?;
        let groups: Vec<PlanExpr> = columns.iter().map(Column::expr).collect();
        let plan = projected.aggregate(groups, none).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        Ok(Resolved::new(plan, columns))
    }

    /// A value to group by: `-0.0` and `0.0` are one, as are all kinds of NaN.
    pub fn grouping_value(&mut self, expr: PlanExpr, data_type: &DataType) -> PlanExpr {
        match data_type {
            DataType::Float32 | DataType::Float64 => {
                self.native("spark_normal_float", vec![expr.clone()]).unwrap_or(expr)
            }
            DataType::Null => lit(datafusion::common::ScalarValue::Boolean(None)),
            _ => expr,
        }
    }
}

/// A DataFrame's key may hold its order inside: `F.desc("a")`.
fn unwrapped(key: &SortKey) -> SortKey {
    match &key.expr {
        Expr::Sort(inner) => inner.as_ref().clone(),
        _ => key.clone(),
    }
}
