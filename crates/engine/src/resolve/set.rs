//! `UNION`, `INTERSECT`, `EXCEPT`, by position or by name.

use super::{Column, Resolved, Resolver, Typed};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_spec::{SetKind, SetOperation};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlanBuilder};

impl Resolver<'_> {
    pub fn set_operation(&mut self, set: &SetOperation) -> Result<Resolved> {
        let left = self.relation(&set.left)?;
        let right = self.relation(&set.right)?;
        let (left, right) =
            if set.by_name { self.by_name(left, right, set.allow_missing_columns)? } else { (left, right) };
        let operator = match set.kind {
            SetKind::Union => "UNION",
            SetKind::Intersect => "INTERSECT",
            SetKind::Except => "EXCEPT",
        };
        if left.columns.len() != right.columns.len() {
            return Err(failures::width_mismatch(operator, left.columns.len(), 1, right.columns.len()));
        }
        let mut types = Vec::new();
        for (index, (a, b)) in left.columns.iter().zip(&right.columns).enumerate() {
            let common = self.wider_type(&a.data_type, &b.data_type);
            types.push(common.ok_or_else(|| incompatible(operator, index, a, b))?);
        }
        let left = self.cast_columns(left, types.clone())?;
        let right = self.cast_columns(right, types)?;
        let columns: Vec<Column> = left
            .columns
            .iter()
            .zip(&right.columns)
            .map(|(a, b)| {
                let nullable = match set.kind {
                    SetKind::Union => a.nullable || b.nullable,
                    SetKind::Intersect => a.nullable && b.nullable,
                    SetKind::Except => a.nullable,
                };
                Column { id: self.fresh_id(&a.name), qualifier: Vec::new(), nullable, origins: Vec::new(), ..a.clone() }
            })
            .collect();
        let outputs = |side: &Resolved| -> Vec<PlanExpr> {
            side.columns.iter().zip(&columns).map(|(from, to)| from.expr().alias(&to.id)).collect()
        };
        let left_plan = left.builder().project(outputs(&left)).and_then(LogicalPlanBuilder::build);
        let right_plan = right.builder().project(outputs(&right)).and_then(LogicalPlanBuilder::build);
        let (left_plan, right_plan) = (left_plan.map_err(engine_failure)?, right_plan.map_err(engine_failure)?);
        let plan = match set.kind {
            SetKind::Union => LogicalPlanBuilder::from(left_plan).union(right_plan).and_then(LogicalPlanBuilder::build),
            SetKind::Intersect => LogicalPlanBuilder::intersect(left_plan, right_plan, set.is_all),
            SetKind::Except => LogicalPlanBuilder::except(left_plan, right_plan, set.is_all),
        };
        let combined = Resolved::new(plan.map_err(engine_failure)?, columns);
        if set.kind == SetKind::Union && !set.is_all {
            return self.deduplicate(combined, &[]);
        }
        Ok(combined)
    }

    /// The right side's columns in the order of the left's.
    fn by_name(&mut self, left: Resolved, right: Resolved, allow_missing: bool) -> Result<(Resolved, Resolved)> {
        let find = |side: &Resolved, name: &str| {
            side.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)).cloned()
        };
        let mut rights = Vec::new();
        for column in &left.columns {
            match find(&right, &column.name) {
                Some(found) => rights.push(Typed::of_column(&found)),
                None if allow_missing => rights.push(null_of(column)?),
                None => {
                    return Err(failures::unresolved_column(
                        std::slice::from_ref(&column.name),
                        &right.scope().names(),
                    ));
                }
            }
        }
        let mut lefts: Vec<Typed> = left.columns.iter().map(Typed::of_column).collect();
        for column in &right.columns {
            if find(&left, &column.name).is_some() {
                continue;
            }
            if !allow_missing {
                return Err(failures::width_mismatch("UNION", left.columns.len(), 1, right.columns.len()));
            }
            lefts.push(null_of(column)?);
            rights.push(Typed::of_column(column));
        }
        Ok((self.project_typed(left, lefts)?, self.project_typed(right, rights)?))
    }
}

fn null_of(column: &Column) -> Result<Typed> {
    let null = ScalarValue::try_from(&column.data_type).map_err(engine_failure)?;
    let expr = PlanExpr::Literal(null, None);
    Ok(Typed::new(expr, column.data_type.clone(), true, "NULL").named(&column.name))
}

fn incompatible(operator: &str, index: usize, left: &Column, right: &Column) -> Failure {
    use brickyard_error::{Condition, SparkException, codes};
    let sql_name = |data_type: &DataType| format!("\"{}\"", brickyard_functions::types::sql_name(data_type));
    let ordinal = failures::ordinal(index);
    let text = format!(
        "{operator} can only be performed on tables with compatible column types: the {ordinal} column of the second \
         table is {}, the first table's is {}",
        sql_name(&right.data_type),
        sql_name(&left.data_type)
    );
    let condition = Condition::new("INCOMPATIBLE_COLUMN_TYPE", "42825", SparkException::Analysis)
        .with("operator", operator)
        .with("columnOrdinalNumber", ordinal)
        .with("tableOrdinalNumber", "second")
        .with("dataType1", sql_name(&right.data_type))
        .with("dataType2", sql_name(&left.data_type))
        .with("hint", "");
    Failure::new(&codes::sql::TYPE_MISMATCH, text).with_condition(condition)
}
