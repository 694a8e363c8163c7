//! Joins: conditions, `USING`, `NATURAL`; semi and anti joins keep the left side.

use super::{Column, Resolved, Resolver, Scope, Typed};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Join, JoinCondition, JoinKind};
use datafusion::logical_expr::{Expr as PlanExpr, JoinType, LogicalPlanBuilder};

impl Resolver<'_> {
    pub fn join(&mut self, join: &Join) -> Result<Resolved> {
        if join.is_lateral {
            return Err(Failure::unsupported("LATERAL subqueries; LATERAL VIEW explode(…) works"));
        }
        let left = self.relation(&join.left)?;
        let right = self.relation(&join.right)?;
        match &join.condition {
            JoinCondition::Using(names) => self.join_using(left, right, join.kind, names),
            JoinCondition::Natural => {
                let is_right = |name: &str| right.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
                let names: Vec<String> =
                    left.columns.iter().map(|column| column.name.clone()).filter(|name| is_right(name)).collect();
                self.join_using(left, right, join.kind, &names)
            }
            JoinCondition::None => self.join_on(left, right, join.kind, None),
            JoinCondition::On(condition) => {
                let both: Vec<Column> = left.columns.iter().chain(&right.columns).cloned().collect();
                let hidden: Vec<Column> = left.hidden.iter().chain(&right.hidden).cloned().collect();
                let condition = self.expr(condition, &Scope { columns: &both, hidden: &hidden, outer: None })?;
                if condition.data_type != DataType::Boolean && condition.data_type != DataType::Null {
                    return Err(failures::mismatch(
                        "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
                        &condition.sql,
                        "a join condition is a boolean",
                        &[],
                    ));
                }
                self.join_on(left, right, join.kind, Some(condition.expr))
            }
        }
    }

    fn join_on(&mut self, left: Resolved, right: Resolved, kind: JoinKind, on: Option<PlanExpr>) -> Result<Resolved> {
        let builder = left.builder();
        let right_plan = right.plan.clone();
        let builder = match (join_type(kind), on) {
            (JoinType::Inner, None) => builder.cross_join(right_plan),
            (join_type, on) => {
                let on = on.unwrap_or_else(|| datafusion::logical_expr::lit(true));
                builder.join_on(right_plan, join_type, [on])
            }
        };
        let plan = builder.and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        let (left_nullable, right_nullable) = match kind {
            JoinKind::LeftOuter => (false, true),
            JoinKind::RightOuter => (true, false),
            JoinKind::FullOuter => (true, true),
            _ => (false, false),
        };
        let with = |columns: Vec<Column>, nullable: bool| {
            columns.into_iter().map(move |column| Column { nullable: column.nullable || nullable, ..column })
        };
        let mut columns: Vec<Column> = with(left.columns, left_nullable).collect();
        let mut hidden: Vec<Column> = with(left.hidden, left_nullable).collect();
        if !matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti) {
            columns.extend(with(right.columns, right_nullable));
            hidden.extend(with(right.hidden, right_nullable));
        }
        Ok(Resolved { plan, columns, hidden, below: None })
    }

    /// Equal in these columns, which come first and once; the originals stay reachable by their qualifier.
    fn join_using(&mut self, left: Resolved, right: Resolved, kind: JoinKind, names: &[String]) -> Result<Resolved> {
        let mut keys = Vec::new();
        for name in names {
            let find = |side: &Resolved, which: &str| -> Result<Column> {
                let found = Scope::of(&side.columns).find(std::slice::from_ref(name))?;
                found.map(|found| found.column.clone()).ok_or_else(|| using_not_found(name, which, side))
            };
            keys.push((find(&left, "left")?, find(&right, "right")?));
        }
        let mut conditions = Vec::new();
        for (a, b) in &keys {
            let sql = format!("({} = {})", a.name, b.name);
            let (a, b) = self.common_for_comparison(&sql, Typed::of_column(a), Typed::of_column(b))?;
            conditions.push(a.expr.eq(b.expr));
        }
        let on = conditions.into_iter().reduce(PlanExpr::and);
        let is_semi = matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti);
        let joined = self.join_on(left, right, kind, on)?;
        let mut outputs: Vec<(PlanExpr, Column)> = Vec::new();
        let mut hidden: Vec<Column> = Vec::new();
        for (a, b) in &keys {
            let of = |wanted: &Column| {
                joined.columns.iter().find(|c| c.id == wanted.id).cloned().unwrap_or_else(|| wanted.clone())
            };
            match kind {
                JoinKind::RightOuter => {
                    outputs.push((b.expr(), of(b)));
                    hidden.push(of(a));
                }
                JoinKind::FullOuter => {
                    let key = self.new_column(&a.name, a.data_type.clone(), a.nullable || b.nullable);
                    let first = datafusion::functions::core::expr_fn::coalesce(vec![a.expr(), b.expr()]);
                    outputs.push((first, key));
                    hidden.extend([of(a), of(b)]);
                }
                _ => {
                    outputs.push((a.expr(), of(a)));
                    if !is_semi {
                        hidden.push(of(b));
                    }
                }
            }
        }
        let is_key = |column: &Column| keys.iter().any(|(a, b)| a.id == column.id || b.id == column.id);
        let rest: Vec<Column> = joined.columns.iter().filter(|column| !is_key(column)).cloned().collect();
        outputs.extend(rest.into_iter().map(|column| (column.expr(), column)));
        let visible = outputs.len();
        hidden.extend(joined.hidden.iter().cloned());
        outputs.extend(hidden.iter().map(|column| (column.expr(), column.clone())));
        let mut projected = self.projection(joined, outputs)?;
        projected.columns.truncate(visible);
        projected.hidden = hidden;
        projected.below = None;
        Ok(projected)
    }
}

fn join_type(kind: JoinKind) -> JoinType {
    match kind {
        JoinKind::Inner | JoinKind::Cross => JoinType::Inner,
        JoinKind::LeftOuter => JoinType::Left,
        JoinKind::RightOuter => JoinType::Right,
        JoinKind::FullOuter => JoinType::Full,
        JoinKind::LeftSemi => JoinType::LeftSemi,
        JoinKind::LeftAnti => JoinType::LeftAnti,
    }
}

fn using_not_found(name: &str, side: &str, relation: &Resolved) -> Failure {
    use brickyard_error::{Condition, SparkException, codes};
    let mut names: Vec<String> = relation.columns.iter().map(|column| failures::quoted(&column.name)).collect();
    names.sort();
    let suggestion = names.join(", ");
    let condition = Condition::new("UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703", SparkException::Analysis)
        .with("colName", failures::quoted(name))
        .with("side", side)
        .with("suggestion", format!("[{suggestion}]"));
    let text = format!(
        "USING column {} cannot be resolved on the {side} side of the join; the columns there: [{suggestion}]",
        failures::quoted(name)
    );
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}
