//! Window functions: partition, order, frame; and where they are computed.

use super::{Resolved, Resolver, Scope, Typed, plan_column};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_spec::{Expr, FrameBound, FrameUnit, NullOrder, SortDirection, Window};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Sort, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr as PlanExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};

impl Resolver<'_> {
    pub fn window_function(&mut self, window: &Window, scope: &Scope) -> Result<Typed> {
        let function = self.expr(&window.function, scope)?;
        let partition_by = self.exprs(&window.partition_by, scope)?;
        let mut order_by = Vec::new();
        let mut order_types = Vec::new();
        for key in &window.order_by {
            let key = match &key.expr {
                Expr::Sort(inner) => inner.as_ref(),
                _ => key,
            };
            let typed = self.expr(&key.expr, scope)?;
            let ascending = key.direction == SortDirection::Ascending;
            order_types.push(typed.data_type.clone());
            order_by.push(Sort::new(typed.expr, ascending, key.nulls == NullOrder::First));
        }
        let frame = match &window.frame {
            None => WindowFrame::new((!order_by.is_empty()).then_some(false)),
            Some(frame) => {
                let units = match frame.unit {
                    FrameUnit::Rows => WindowFrameUnits::Rows,
                    FrameUnit::Range => WindowFrameUnits::Range,
                };
                let of = order_types.first().filter(|_| frame.unit == FrameUnit::Range);
                let lower = self.frame_bound(&frame.lower, true, of)?;
                let upper = self.frame_bound(&frame.upper, false, of)?;
                WindowFrame::new_bounds(units, lower, upper)
            }
        };
        let partition: Vec<PlanExpr> =
            partition_by.iter().map(|typed| self.grouping_value(typed.expr.clone(), &typed.data_type)).collect();
        let sql = format!("{} OVER ({})", function.sql, specification(&partition_by, window, &frame));
        let mut found = false;
        let expr = function.expr.transform_down(|expr| {
            let (definition, args, distinct, filter, null_treatment) = match expr {
                PlanExpr::AggregateFunction(aggregate) => {
                    let params = aggregate.params;
                    let definition = WindowFunctionDefinition::AggregateUDF(aggregate.func);
                    (definition, params.args, params.distinct, params.filter, params.null_treatment)
                }
                PlanExpr::WindowFunction(plain) => {
                    let params = plain.params;
                    (plain.fun, params.args, params.distinct, params.filter, params.null_treatment)
                }
                other => return Ok(Transformed::no(other)),
            };
            found = true;
            let params = WindowFunctionParams {
                args,
                partition_by: partition.clone(),
                order_by: order_by.clone(),
                window_frame: frame.clone(),
                filter,
                null_treatment,
                distinct,
            };
            let function = WindowFunction { fun: definition, params };
            Ok(Transformed::new(PlanExpr::WindowFunction(Box::new(function)), true, TreeNodeRecursion::Jump))
        });
        let expr = expr.map_err(engine_failure)?.data;
        if !found {
            return Err(failures::form(format!("{} is no window function", function.sql)));
        }
        Ok(Typed::new(expr, function.data_type, function.nullable, sql))
    }

    fn frame_bound(
        &mut self,
        bound: &FrameBound,
        is_lower: bool,
        order: Option<&DataType>,
    ) -> Result<WindowFrameBound> {
        let offset = match bound {
            FrameBound::CurrentRow => return Ok(WindowFrameBound::CurrentRow),
            FrameBound::Unbounded if is_lower => return Ok(WindowFrameBound::Preceding(ScalarValue::UInt64(None))),
            FrameBound::Unbounded => return Ok(WindowFrameBound::Following(ScalarValue::UInt64(None))),
            FrameBound::Offset(offset) => self.expr(offset, &Scope::of(&[]))?,
        };
        let value = constant(&offset).ok_or_else(|| failures::form("a frame's offset is a constant number"))?;
        if value == 0.0 {
            return Ok(WindowFrameBound::CurrentRow);
        }
        let size = match order {
            None => ScalarValue::UInt64(Some(value.abs() as u64)),
            Some(DataType::Float32 | DataType::Float64) => ScalarValue::Float64(Some(value.abs())),
            Some(_) => ScalarValue::Int64(Some(value.abs() as i64)),
        };
        let size = match order {
            Some(data_type) => size.cast_to(data_type).map_err(engine_failure)?,
            None => size,
        };
        Ok(if value < 0.0 { WindowFrameBound::Preceding(size) } else { WindowFrameBound::Following(size) })
    }

    /// Computes the window functions in a node of their own; the expressions then refer to its columns.
    pub fn windows_below(&mut self, input: Resolved, typed: Vec<Typed>) -> Result<(Resolved, Vec<Typed>)> {
        if !typed.iter().any(Typed::has_window) {
            return Ok((input, typed));
        }
        let mut windows: Vec<(PlanExpr, String)> = Vec::new();
        let mut rewritten = Vec::with_capacity(typed.len());
        for mut typed in typed {
            let expr = typed.expr.transform_down(|expr| {
                if !matches!(expr, PlanExpr::WindowFunction(_)) {
                    return Ok(Transformed::no(expr));
                }
                let known = windows.iter().find(|(known, _)| known == &expr).map(|(_, id)| id.clone());
                let id = known.unwrap_or_else(|| {
                    let id = self.fresh_id("window");
                    windows.push((expr.clone(), id.clone()));
                    id
                });
                Ok(Transformed::new(plan_column(&id), true, TreeNodeRecursion::Jump))
            });
            typed.expr = expr.map_err(engine_failure)?.data;
            rewritten.push(typed);
        }
        // One node for those of one partitioning and order.
        let mut builder = input.builder();
        while let Some((first, _)) = windows.first().cloned() {
            let (together, others) = windows.into_iter().partition(|(expr, _)| same_order(&first, expr));
            let together: Vec<(PlanExpr, String)> = together;
            let exprs: Vec<PlanExpr> = together.into_iter().map(|(expr, id)| expr.alias(id)).collect();
            builder = builder.window(exprs).map_err(engine_failure)?;
            windows = others;
        }
        let plan = builder.build().map_err(engine_failure)?;
        Ok((input.with_plan(plan), rewritten))
    }
}

fn same_order(a: &PlanExpr, b: &PlanExpr) -> bool {
    match (a, b) {
        (PlanExpr::WindowFunction(a), PlanExpr::WindowFunction(b)) => {
            a.params.partition_by == b.params.partition_by && a.params.order_by == b.params.order_by
        }
        _ => false,
    }
}

fn constant(typed: &Typed) -> Option<f64> {
    if let Some(value) = typed.integer() {
        return Some(value as f64);
    }
    if let Some(ScalarValue::Float64(value)) = typed.scalar() {
        return *value;
    }
    // `-(3)` of SQL's PRECEDING.
    let PlanExpr::ScalarFunction(call) = &typed.expr else { return None };
    let inner = call.args.first()?;
    let PlanExpr::Literal(value, _) = inner else { return None };
    let inner = Typed::literal(value.clone(), "");
    (call.func.name() == "spark_negate").then(|| constant(&inner).map(|value| -value)).flatten()
}

/// The specification as Spark writes it in names.
fn specification(partition_by: &[Typed], window: &Window, frame: &WindowFrame) -> String {
    let mut text = Vec::new();
    if !partition_by.is_empty() {
        let names: Vec<&str> = partition_by.iter().map(|typed| typed.sql.as_str()).collect();
        text.push(format!("PARTITION BY {}", names.join(", ")));
    }
    if !window.order_by.is_empty() {
        let keys = window.order_by.iter().map(|key| {
            let name = match &key.expr {
                Expr::ColumnParts(parts) => parts.join("."),
                Expr::Column { name, .. } => name.clone(),
                _ => "…".to_owned(),
            };
            let direction = if key.direction == SortDirection::Ascending { "ASC" } else { "DESC" };
            let nulls = if key.nulls == NullOrder::First { "FIRST" } else { "LAST" };
            format!("{name} {direction} NULLS {nulls}")
        });
        text.push(format!("ORDER BY {}", keys.collect::<Vec<_>>().join(", ")));
    }
    let units = if frame.units == WindowFrameUnits::Rows { "ROWS" } else { "RANGE" };
    let bound = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::CurrentRow => "CURRENT ROW".to_owned(),
        WindowFrameBound::Preceding(value) if value.is_null() => "UNBOUNDED PRECEDING".to_owned(),
        WindowFrameBound::Following(value) if value.is_null() => "UNBOUNDED FOLLOWING".to_owned(),
        WindowFrameBound::Preceding(value) => format!("{value} PRECEDING"),
        WindowFrameBound::Following(value) => format!("{value} FOLLOWING"),
    };
    text.push(format!("{units} BETWEEN {} AND {}", bound(&frame.start_bound), bound(&frame.end_bound)));
    text.join(" ")
}
