//! Grouping: `GROUP BY`, `ROLLUP`, `CUBE`, grouping sets, aggregates of the whole.

use super::{Below, Column, Resolved, Resolver, Scope, Typed, plan_column};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_python::PythonCall;
use brickyard_spec::{Aggregate, Expr, Grouping, Literal};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr as PlanExpr, GroupingSet, LogicalPlanBuilder};
use std::sync::Arc;

/// What an aggregate is made of, so that more aggregates can be added to it.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub input: Resolved,
    /// Grouping expressions over `input` and the columns they become.
    pub groups: Vec<(PlanExpr, Column)>,
    /// Aggregates over `input` by their name in the plan.
    pub aggregates: Vec<(PlanExpr, String)>,
    pub sets: Sets,
}

#[derive(Debug, Clone)]
pub(crate) enum Sets {
    One,
    Rollup,
    Cube,
    /// Indices into the groups.
    Some(Vec<Vec<usize>>),
}

impl Resolver<'_> {
    pub fn aggregate(
        &mut self,
        input: Resolved,
        aggregate: &Aggregate,
        pivot_values: Option<Vec<Literal>>,
    ) -> Result<Resolved> {
        let (by, sets) = match &aggregate.grouping {
            Grouping::Pivot { by, pivot } => {
                return self.pivot(input, aggregate, by, pivot, pivot_values);
            }
            Grouping::By(by) => (by.clone(), Sets::One),
            Grouping::Rollup(by) => (by.clone(), Sets::Rollup),
            Grouping::Cube(by) => (by.clone(), Sets::Cube),
            Grouping::Sets { by, sets } => {
                let index = |expr: &Expr| by.iter().position(|known| known == expr);
                let sets = sets.iter().map(|set| set.iter().filter_map(index).collect()).collect();
                (by.clone(), Sets::Some(sets))
            }
        };
        let scope = input.scope();
        let exprs = self.expand_stars(&aggregate.exprs, &scope)?;
        let by = self.group_by_all(by, &exprs, &scope)?;
        let by = self.expand_stars(&by, &scope)?;
        let groups = by.iter().map(|expr| self.group(expr, &exprs, &scope)).collect::<Result<Vec<_>>>()?;
        let mut typed: Vec<Typed> = if aggregate.with_keys { groups.clone() } else { Vec::new() };
        typed.extend(self.exprs(&exprs, &scope)?);
        let having = match &aggregate.having {
            // Names of the list come after those of the input.
            Some(having) => {
                let listed = self.aliases_of(&typed);
                let aliases: Vec<Column> = listed.iter().map(|(column, _)| column.clone()).collect();
                let outer = Scope::of(&aliases);
                let scope = Scope { outer: Some(&outer), ..scope };
                let mut typed = self.expr(having, &scope)?;
                typed.expr = replaced(typed.expr, &listed)?;
                Some(typed)
            }
            None => None,
        };
        self.grouped(input, groups, sets, typed, having)
    }

    /// Columns that stand for the named expressions of a list.
    fn aliases_of(&mut self, typed: &[Typed]) -> Vec<(Column, PlanExpr)> {
        let named = typed.iter().filter(|typed| typed.column.is_none());
        let named: Vec<(String, Typed)> = named.map(|typed| (typed.sql.clone(), typed.clone())).collect();
        named
            .into_iter()
            .map(|(name, typed)| (self.new_column(&name, typed.data_type, typed.nullable), typed.expr))
            .collect()
    }

    /// `GROUP BY ALL`: every item of the list without an aggregate.
    fn group_by_all(&mut self, by: Vec<Expr>, exprs: &[Expr], scope: &Scope) -> Result<Vec<Expr>> {
        match by.as_slice() {
            [Expr::Function { name, .. }] if name == "group_by_all" => {
                let mut keys = Vec::new();
                for expr in exprs {
                    if !self.expr(expr, scope)?.has_aggregate() {
                        keys.push(expr.clone());
                    }
                }
                Ok(keys)
            }
            _ => Ok(by),
        }
    }

    /// A grouping expression: a position in the list, a column of the input, or the name of an item of the list.
    fn group(&mut self, expr: &Expr, list: &[Expr], scope: &Scope) -> Result<Typed> {
        if let Expr::Literal(Literal::Int(position)) = expr
            && !list.is_empty()
        {
            let index = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
            let item = index.and_then(|index| list.get(index));
            let item = item.ok_or_else(|| failures::group_position(i64::from(*position), list.len()))?;
            return self.expr(item, scope);
        }
        let failure = match self.expr(expr, scope) {
            Ok(typed) => return Ok(typed),
            Err(failure) => failure,
        };
        let name = match expr {
            Expr::ColumnParts(parts) if parts.len() == 1 => parts[0].clone(),
            Expr::Column { name, plan_id: None } => name.clone(),
            _ => return Err(failure),
        };
        let is_it = |item: &&Expr| matches!(item, Expr::Alias { names, .. } if names.len() == 1 && names[0].eq_ignore_ascii_case(&name));
        match list.iter().find(is_it) {
            Some(item) => self.expr(item, scope),
            None => Err(failure),
        }
    }

    /// Aggregates in a list without `GROUP BY`.
    pub fn aggregate_whole(&mut self, input: Resolved, typed: Vec<Typed>) -> Result<Resolved> {
        self.grouped(input, Vec::new(), Sets::One, typed, None)
    }

    pub fn grouped(
        &mut self,
        input: Resolved,
        groups: Vec<Typed>,
        sets: Sets,
        typed: Vec<Typed>,
        having: Option<Typed>,
    ) -> Result<Resolved> {
        let mut parts = Parts { input, groups: Vec::new(), aggregates: Vec::new(), sets };
        for group in groups {
            if group.has_aggregate() {
                return Err(failures::form(format!("GROUP BY holds no aggregate, and {} is one", group.sql)));
            }
            let nullable = group.nullable || !matches!(parts.sets, Sets::One);
            let column = match &group.column {
                Some(column) => Column { nullable, ..column.clone() },
                None => {
                    let name = group.alone.clone().unwrap_or_else(|| group.sql.clone());
                    Column {
                        metadata: group.metadata.clone(),
                        ..self.new_column(&name, group.data_type.clone(), nullable)
                    }
                }
            };
            parts.groups.push((group.expr, column));
        }
        let mut outputs = Vec::new();
        for typed in typed {
            outputs.push(self.over_groups(&mut parts, typed, &[])?);
        }
        let having = having.map(|having| self.over_groups(&mut parts, having, &[])).transpose()?;
        let mut aggregate = self.aggregate_plan(&parts)?;
        if let Some(having) = having {
            aggregate = self.filter_typed(aggregate, having)?;
        }
        let mut projected = self.project_typed(aggregate, outputs)?;
        if let Some(below) = projected.below.take() {
            let Below { input, outputs, .. } = Arc::unwrap_or_clone(below);
            let is_plain = !matches!(input.plan, datafusion::logical_expr::LogicalPlan::Filter(_));
            let aggregate = is_plain.then_some(parts);
            projected.below = Some(Arc::new(Below { input, outputs, aggregate }));
        }
        Ok(projected)
    }

    /// The aggregate itself, with its groups as columns.
    pub fn aggregate_plan(&mut self, parts: &Parts) -> Result<Resolved> {
        // The grouping expressions become plain columns first, so that they are computed once.
        let mut below: Vec<PlanExpr> = Vec::new();
        let mut keys = Vec::new();
        for (expr, column) in &parts.groups {
            let id = self.fresh_id(&column.name);
            below.push(self.grouping_value(expr.clone(), &column.data_type).alias(&id));
            keys.push(plan_column(&id));
        }
        for column in parts.input.plan.schema().columns() {
            below.push(PlanExpr::Column(column));
        }
        let group_exprs = match &parts.sets {
            Sets::One => keys.clone(),
            Sets::Rollup => vec![PlanExpr::GroupingSet(GroupingSet::Rollup(keys.clone()))],
            Sets::Cube => vec![PlanExpr::GroupingSet(GroupingSet::Cube(keys.clone()))],
            Sets::Some(sets) => {
                let sets = sets.iter().map(|set| set.iter().map(|index| keys[*index].clone()).collect()).collect();
                vec![PlanExpr::GroupingSet(GroupingSet::GroupingSets(sets))]
            }
        };
        let aggregates =
            parts.aggregates.iter().map(|(expr, id)| over_keys(expr.clone(), &parts.groups, &keys).alias(id));
        let aggregates: Vec<PlanExpr> = aggregates.collect();
        let builder = if keys.is_empty() {
            parts.input.builder()
        } else {
            parts.input.builder().project(below).map_err(engine_failure)?
        };
        let empty = keys.is_empty() && aggregates.is_empty();
        let aggregated = if parts.aggregates.iter().any(|(expr, _)| PythonCall::of(expr).is_some()) {
            let input = builder.build().map_err(engine_failure)?;
            LogicalPlanBuilder::from(self.python_aggregates(parts, input, &keys)?)
        } else if empty {
            builder.limit(0, Some(1)).map_err(engine_failure)?
        } else {
            builder.aggregate(group_exprs, aggregates).map_err(engine_failure)?
        };
        // Back to the names the columns are known by.
        let mut named: Vec<PlanExpr> =
            keys.iter().zip(&parts.groups).map(|(key, (_, column))| key.clone().alias(&column.id)).collect();
        named.extend(parts.aggregates.iter().map(|(_, id)| plan_column(id)));
        let plan = aggregated.project(named).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        let columns = parts.groups.iter().map(|(_, column)| column.clone()).collect();
        Ok(Resolved::new(plan, columns))
    }

    /// The expression over the groups: grouping expressions and aggregates become columns; nothing else may be left.
    pub fn over_groups(&mut self, parts: &mut Parts, mut typed: Typed, also: &[Column]) -> Result<Typed> {
        let expr = std::mem::replace(&mut typed.expr, datafusion::logical_expr::lit(0));
        let groups = parts.groups.clone();
        let mut wrong: Option<Failure> = None;
        let rewritten = expr.transform_down(|expr| {
            if let Some((_, column)) = groups.iter().find(|(group, _)| same(group, &expr)) {
                return Ok(Transformed::new(plan_column(&column.id), true, TreeNodeRecursion::Jump));
            }
            match &expr {
                aggregate if is_aggregate(aggregate) => {
                    if is_grouping(aggregate) && matches!(parts.sets, Sets::One) {
                        wrong.get_or_insert_with(failures::grouping_without_sets);
                    }
                    let known = parts.aggregates.iter().find(|(known, _)| known == &expr);
                    let id = match known {
                        Some((_, id)) => id.clone(),
                        None => {
                            let id = self.fresh_id("aggregate");
                            parts.aggregates.push((expr.clone(), id.clone()));
                            id
                        }
                    };
                    Ok(Transformed::new(plan_column(&id), true, TreeNodeRecursion::Jump))
                }
                PlanExpr::Column(column) if !also.iter().any(|known| known.id == column.name) => {
                    let is_made = groups.iter().any(|(_, made)| made.id == column.name)
                        || parts.aggregates.iter().any(|(_, id)| id == &column.name);
                    if !is_made {
                        let name = parts.input.columns.iter().find(|c| c.id == column.name).map(|c| c.name.clone());
                        wrong.get_or_insert_with(|| match groups.is_empty() {
                            true => failures::missing_group_by(),
                            false => failures::missing_aggregation(&name.unwrap_or_default()),
                        });
                    }
                    Ok(Transformed::no(expr))
                }
                _ => Ok(Transformed::no(expr)),
            }
        });
        if let Some(failure) = wrong {
            return Err(failure);
        }
        typed.expr = rewritten.map_err(engine_failure)?.data;
        if let Some(column) = &typed.column {
            // What is grouped may be null in a rollup.
            let group = parts.groups.iter().find(|(_, group)| group.id == column.id);
            let nullable = group.map_or(typed.nullable, |(_, group)| group.nullable);
            typed = typed.nullable(nullable);
        }
        if typed.column.is_none()
            && let PlanExpr::Column(reference) = &typed.expr
            && let Some((_, group)) = parts.groups.iter().find(|(_, group)| group.id == reference.name)
            && !typed.is_named
        {
            typed.nullable |= group.nullable;
        }
        Ok(typed)
    }

    pub fn filtered(&mut self, aggregate: &Expr, condition: &Expr, scope: &Scope) -> Result<Typed> {
        let mut typed = self.expr(aggregate, scope)?;
        let condition = self.expr(condition, scope)?;
        let sql = format!("{} FILTER (WHERE {})", typed.sql, condition.sql);
        let condition = self.implicit(condition, &DataType::Boolean)?;
        let mut found = false;
        typed.expr = typed
            .expr
            .transform_down(|expr| match expr {
                PlanExpr::AggregateFunction(mut function) => {
                    found = true;
                    let both = match function.params.filter.take() {
                        Some(own) => own.and(condition.expr.clone()),
                        None => condition.expr.clone(),
                    };
                    function.params.filter = Some(Box::new(both));
                    Ok(Transformed::new(PlanExpr::AggregateFunction(function), true, TreeNodeRecursion::Jump))
                }
                other => Ok(Transformed::no(other)),
            })
            .map_err(engine_failure)?
            .data;
        if found { Ok(typed.with_sql(sql)) } else { Err(failures::form("FILTER (WHERE …) follows an aggregate")) }
    }
}

/// Whether the expression is an aggregate itself.
pub(crate) fn is_aggregate(expr: &PlanExpr) -> bool {
    matches!(expr, PlanExpr::AggregateFunction(_))
        || PythonCall::of(expr).is_some_and(|(call, _)| call.function().way.is_aggregate())
}

fn is_grouping(expr: &PlanExpr) -> bool {
    matches!(expr, PlanExpr::AggregateFunction(call) if call.func.name() == "grouping")
}

/// `grouping` over the columns that the grouping expressions have become; without arguments over all.
fn over_keys(expr: PlanExpr, groups: &[(PlanExpr, Column)], keys: &[PlanExpr]) -> PlanExpr {
    let is_grouping = is_grouping(&expr);
    let PlanExpr::AggregateFunction(mut call) = expr else { return expr };
    if is_grouping {
        let key = |argument: &PlanExpr| {
            let place = groups.iter().position(|(group, _)| group == argument);
            place.map_or(argument.clone(), |place| keys[place].clone())
        };
        let arguments = &call.params.args;
        call.params.args = if arguments.is_empty() { keys.to_vec() } else { arguments.iter().map(key).collect() };
    }
    PlanExpr::AggregateFunction(call)
}

/// Equal expressions, or the same column with or without a rewrite around.
fn same(group: &PlanExpr, expr: &PlanExpr) -> bool {
    !matches!(expr, PlanExpr::Literal(..)) && group == expr
}

/// The expression with columns replaced by what they stand for.
fn replaced(expr: PlanExpr, listed: &[(Column, PlanExpr)]) -> Result<PlanExpr> {
    let replaced = expr.transform_down(|expr| {
        let PlanExpr::Column(column) = &expr else { return Ok(Transformed::no(expr)) };
        match listed.iter().find(|(known, _)| known.id == column.name) {
            Some((_, stands_for)) => Ok(Transformed::new(stands_for.clone(), true, TreeNodeRecursion::Jump)),
            None => Ok(Transformed::no(expr)),
        }
    });
    Ok(replaced.map_err(engine_failure)?.data)
}

/// The aggregates of a condition over these columns, as messages list them: with the columns' whole names.
pub(crate) fn names_of(condition: &Expr, columns: &[Column]) -> String {
    let whole = |name: &str| {
        let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        column.map_or(name.to_owned(), |column| {
            [column.qualifier.as_slice(), std::slice::from_ref(&column.name)].concat().join(".")
        })
    };
    let mut names = Vec::new();
    condition.walk(&mut |expr| {
        if let Expr::Function { name, arguments, .. } = expr
            && ["sum", "count", "avg", "min", "max"].iter().any(|known| name.eq_ignore_ascii_case(known))
        {
            let arguments = arguments.iter().map(|argument| match argument {
                Expr::ColumnParts(parts) => match parts.as_slice() {
                    [name] => whole(name),
                    parts => parts.join("."),
                },
                Expr::Column { name, .. } => whole(name),
                _ => "…".to_owned(),
            });
            names.push(format!("{}({})", name.to_lowercase(), arguments.collect::<Vec<_>>().join(", ")));
        }
    });
    names.join(", ")
}
