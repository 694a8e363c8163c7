//! `MERGE`: the table joined with a source; each pair, or row without a partner, goes to the first clause that is for it.

use super::change::{Action, Target, sets};
use super::counts;
use crate::resolve::SOURCE;
use crate::{Frame, Session, failures};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_lake::{DeltaOperation, MergePredicate, Reads, Reason};
use brickyard_spec::{
    Assignment, Expr, Join, JoinCondition, JoinKind, Literal, Matching, Merge, MergeAction, MergeClause, Node, Relation,
};
use std::sync::Arc;

pub(super) async fn merge(session: &Arc<Session>, merge: Merge) -> Result<Frame> {
    let Merge { table, alias, source, condition, clauses } = merge;
    must_be_in_order(&clauses)?;
    must_have_no_subquery(&condition.expr)?;
    let mut target = Target::open(session, &table, alias).await?;
    let (schema, rules) = (Arc::clone(target.rewrite.schema()), target.rewrite.rules()?);

    let mark = Expr::literal(Literal::Boolean(true)).alias(SOURCE);
    let joined = Relation::new(Node::Join(Join {
        left: target.rows.clone(),
        right: Relation::new(Node::WithColumns { input: source, columns: vec![mark] }),
        kind: kind_of_join(&clauses),
        condition: JoinCondition::On(condition.expr.clone()),
        is_lateral: false,
    }));
    let (exprs, names) = exprs_of(&clauses)?;
    let is_delete = |clause: &MergeClause| clause.action == MergeAction::Delete;
    let rules = if clauses.iter().all(is_delete) { Vec::new() } else { rules };
    let plan = target.resolve(session, joined, exprs, |resolver, input, exprs| {
        let clauses = with_exprs(&clauses, exprs);
        let changes = resolver.merged(input, &schema, &clauses)?;
        if rules.is_empty() {
            return Ok(changes);
        }
        let all = clauses.iter().any(|one| matches!(one.action, MergeAction::UpdateAll | MergeAction::InsertAll));
        resolver.under_rules(changes, &rules, |column| all || sets(&names, column))
    });
    let plan = plan.await?;
    let actions: Vec<Action> = clauses.iter().map(action).collect();
    // Deleting a row twice is deleting it.
    let matched: Vec<&MergeClause> = clauses.iter().filter(|one| one.matching == Matching::Matched).collect();
    let may_repeat = matches!(matched.as_slice(), [one] if is_delete(one) && one.condition.is_none());
    let done = target.apply(session, &plan, &actions, &rules, may_repeat).await?;

    let of = |matching: Matching| {
        let wanted = clauses.iter().filter(move |clause| clause.matching == matching);
        wanted.map(predicate).collect::<Vec<MergePredicate>>()
    };
    let operation = DeltaOperation::Merge {
        predicate: None,
        merge_predicate: Some(condition.text.clone()),
        matched_predicates: of(Matching::Matched),
        not_matched_predicates: of(Matching::NotMatched),
        not_matched_by_source_predicates: of(Matching::NotMatchedBySource),
    };
    let metrics = vec![
        ("numTargetRowsInserted", done.inserted),
        ("numTargetRowsUpdated", done.updated),
        ("numTargetRowsDeleted", done.deleted),
    ];
    let reason = Reason { operation, title: None, user: session.user().to_owned(), metrics, reads: Reads::Everything };
    target.commit(session, reason).await?;
    let affected = done.deleted + done.updated + done.inserted;
    let row = [
        ("num_affected_rows", affected),
        ("num_updated_rows", done.updated),
        ("num_deleted_rows", done.deleted),
        ("num_inserted_rows", done.inserted),
    ];
    counts(session, &row)
}

/// Keeps the rows without a partner that some clause is for.
fn kind_of_join(clauses: &[MergeClause]) -> JoinKind {
    let has = |matching: Matching| clauses.iter().any(|clause| clause.matching == matching);
    match (has(Matching::NotMatchedBySource), has(Matching::NotMatched)) {
        (true, true) => JoinKind::FullOuter,
        (true, false) => JoinKind::LeftOuter,
        (false, true) => JoinKind::RightOuter,
        (false, false) => JoinKind::Inner,
    }
}

fn action(clause: &MergeClause) -> Action {
    match clause.action {
        MergeAction::Delete => Action::Delete,
        MergeAction::UpdateAll | MergeAction::Update(_) => Action::Update,
        MergeAction::InsertAll | MergeAction::Insert(_) => Action::Insert,
    }
}

/// The expressions of the clauses in a row, and the columns that they set.
fn exprs_of(clauses: &[MergeClause]) -> Result<(Vec<Expr>, Vec<Vec<String>>)> {
    let (mut exprs, mut names) = (Vec::new(), Vec::new());
    for clause in clauses {
        exprs.extend(clause.condition.iter().map(|condition| condition.expr.clone()));
        if let MergeAction::Update(assignments) | MergeAction::Insert(assignments) = &clause.action {
            exprs.extend(assignments.iter().map(|(_, value)| value.clone()));
            names.extend(assignments.iter().map(|(name, _)| name.clone()));
        }
    }
    exprs.iter().try_for_each(must_have_no_subquery)?;
    Ok((exprs, names))
}

/// The clauses with other expressions, in the order of [`exprs_of`].
fn with_exprs(clauses: &[MergeClause], exprs: Vec<Expr>) -> Vec<MergeClause> {
    let mut exprs = exprs.into_iter();
    let mut clauses = clauses.to_vec();
    for clause in &mut clauses {
        let condition = clause.condition.iter_mut().map(|condition| &mut condition.expr);
        let values: Vec<&mut Expr> = match &mut clause.action {
            MergeAction::Update(assignments) | MergeAction::Insert(assignments) => values_of(assignments),
            _ => Vec::new(),
        };
        for place in condition.chain(values) {
            if let Some(expr) = exprs.next() {
                *place = expr;
            }
        }
    }
    clauses
}

fn values_of(assignments: &mut [Assignment]) -> Vec<&mut Expr> {
    assignments.iter_mut().map(|(_, value)| value).collect()
}

fn predicate(clause: &MergeClause) -> MergePredicate {
    let action_type = match action(clause) {
        Action::Delete => "delete",
        Action::Update => "update",
        Action::Insert => "insert",
    };
    let predicate = clause.condition.as_ref().map(|condition| condition.text.clone());
    MergePredicate { action_type: action_type.to_owned(), predicate }
}

/// A clause without a condition is the last of its kind.
fn must_be_in_order(clauses: &[MergeClause]) -> Result<()> {
    let analysis = |class: &str, text: &str| {
        let condition = Condition::new(class, "42601", SparkException::Parse);
        Err(Failure::new(&codes::sql::SYNTAX, text).with_condition(condition))
    };
    if clauses.is_empty() {
        return analysis(
            "MERGE_WITHOUT_WHEN",
            "MERGE has no WHEN clause; say what happens to rows that match or do not",
        );
    }
    let kinds = [
        (Matching::Matched, "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION"),
        (Matching::NotMatched, "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION"),
        (Matching::NotMatchedBySource, "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION"),
    ];
    for (matching, class) in kinds {
        let of_kind: Vec<&MergeClause> = clauses.iter().filter(|clause| clause.matching == matching).collect();
        let all_but_last = &of_kind[..of_kind.len().saturating_sub(1)];
        if all_but_last.iter().any(|clause| clause.condition.is_none()) {
            return analysis(
                class,
                "only the last of several WHEN clauses of a kind may have no condition; give it one",
            );
        }
    }
    Ok(())
}

fn must_have_no_subquery(expr: &Expr) -> Result<()> {
    let mut found = false;
    expr.walk(&mut |expr| found |= matches!(expr, Expr::Subquery { .. }));
    match found {
        true => {
            Err(failures::form("MERGE takes no subqueries in its conditions and values; join them into the source"))
        }
        false => Ok(()),
    }
}
