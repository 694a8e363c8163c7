//! `df.mergeInto(table, condition)`.

use super::expression::name_parts;
use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::proto::expression::ExprType;
use crate::proto::merge_action::{ActionType, Assignment as ProtoAssignment};
use crate::proto::{Expression, MergeIntoTableCommand};
use brickyard_error::{Failure, Result};
use brickyard_spec::{Assignment, Condition, Expr, Matching, Merge, MergeAction, MergeClause, ObjectName};

impl Lowering {
    pub fn merge(&mut self, merge: MergeIntoTableCommand) -> Result<Merge> {
        if merge.with_schema_evolution {
            return Err(Failure::unsupported("withSchemaEvolution; add the columns to the table first"));
        }
        let condition = required(merge.merge_condition, "a merge without its condition")?;
        let kinds = [
            (Matching::Matched, merge.match_actions),
            (Matching::NotMatched, merge.not_matched_actions),
            (Matching::NotMatchedBySource, merge.not_matched_by_source_actions),
        ];
        let mut clauses = Vec::new();
        for (matching, actions) in kinds {
            for action in actions {
                clauses.push(self.merge_clause(matching, action)?);
            }
        }
        Ok(Merge {
            table: ObjectName(name_parts(&merge.target_table_name)),
            alias: None,
            source: self.relation(required(merge.source_table_plan, "a merge without its source")?)?,
            condition: self.condition(condition)?,
            clauses,
        })
    }

    fn merge_clause(&mut self, matching: Matching, action: Expression) -> Result<MergeClause> {
        let Some(ExprType::MergeAction(action)) = action.expr_type else {
            return Err(invalid_plan("an action of a merge that is none"));
        };
        let kind = action.action_type();
        let condition = action.condition.map(|condition| self.condition(*condition)).transpose()?;
        let assignments = action.assignments.into_iter().map(|one| self.assignment(one)).collect::<Result<_>>()?;
        let action = match kind {
            ActionType::Delete => MergeAction::Delete,
            ActionType::Insert => MergeAction::Insert(assignments),
            ActionType::InsertStar => MergeAction::InsertAll,
            ActionType::Update => MergeAction::Update(assignments),
            ActionType::UpdateStar => MergeAction::UpdateAll,
            ActionType::Invalid => return Err(invalid_plan("an action of a merge without a kind")),
        };
        Ok(MergeClause { matching, condition, action })
    }

    fn assignment(&mut self, assignment: ProtoAssignment) -> Result<Assignment> {
        let key = self.expression(required(assignment.key, "an assignment without its column")?)?;
        let value = self.expression(required(assignment.value, "an assignment without its value")?)?;
        match key {
            Expr::Column { name, .. } | Expr::Sql(name) => Ok((name_parts(&name), value)),
            Expr::ColumnParts(parts) => Ok((parts, value)),
            _ => Err(invalid_plan("an assignment to something that is no column")),
        }
    }

    fn condition(&mut self, condition: Expression) -> Result<Condition> {
        Ok(Condition { expr: self.expression(condition)?, text: String::new() })
    }
}
