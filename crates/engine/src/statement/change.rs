//! `DELETE` and `UPDATE`, and what they share with `MERGE`: a plan gives the changed rows once, their numbers are taken
//! out of the table's files, their new values go in.

use super::counts;
use crate::expand::expand;
use crate::failures::{self, engine_failure};
use crate::resolve::{Resolved, Resolver};
use crate::{Frame, Session, load};
use arrow::array::{Array, AsArray, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int32Type, Int64Type, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use brickyard_error::{Condition as SparkCondition, Failure, Result, SparkException, codes};
use brickyard_lake::{DeltaOperation, DeltaSaveMode, Reads, Reason, Rewrite, Rule, TableName};
use brickyard_spec::{Assignment, Condition, Expr, Node, ObjectName, Relation, Source};
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Delete,
    Update,
    Insert,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub deleted: u64,
    pub updated: u64,
    pub inserted: u64,
}

/// A table whose rows are being changed.
pub(super) struct Target {
    pub name: TableName,
    pub rewrite: Rewrite,
    /// The table with its rows' numbers in the last column.
    bare: Relation,
    /// The same under its alias.
    pub rows: Relation,
}

impl Target {
    pub async fn open(session: &Arc<Session>, table: &ObjectName, alias: Option<String>) -> Result<Self> {
        if session.view(table).is_some() {
            return Err(failures::form(format!("{table} is a view; DELETE, UPDATE and MERGE change tables")));
        }
        let name = session.table_name(table)?;
        let lake = session.engine().lake();
        if !lake.exists(&name).await? {
            return Err(failures::table_not_found(table, &session.place.read()));
        }
        let rewrite = lake.rewrite(&name).await?;
        // Reads of the same table in subqueries are others.
        let options = BTreeMap::from([("#rows".to_owned(), String::new())]);
        let bare = Relation::new(Node::Read(Source::Table { name: table.clone(), options }));
        let rows = match alias {
            None => bare.clone(),
            Some(name) => Relation::new(Node::Alias { input: bare.clone(), name, columns: Vec::new() }),
        };
        Ok(Self { name, rewrite, bare, rows })
    }

    /// A plan over the table: `exprs` come back closed, beside the resolved relation.
    pub async fn resolve(
        &mut self,
        session: &Arc<Session>,
        relation: Relation,
        exprs: Vec<Expr>,
        finish: impl FnOnce(&mut Resolver, Resolved, Vec<Expr>) -> Result<Resolved>,
    ) -> Result<Frame> {
        let carrier = expand(session, &Relation::new(Node::Project { input: relation, exprs }))?;
        let catalog = failures::spark_catalog(&self.name.catalog).to_owned();
        let qualifier = vec![catalog, self.name.schema.clone(), self.name.name.clone()];
        let loaded = load::from_provider(self.rewrite.target(), qualifier)?;
        let (carrier, sources) = load::load_with(session, carrier, vec![(self.bare.clone(), loaded)]).await?;
        let Node::Project { input, exprs } = *carrier.node else {
            return Err(Failure::internal("the expressions of a change were lost"));
        };
        let mut resolver = Resolver::new(session, &sources);
        let input = resolver.resolve(&input)?;
        let resolved = finish(&mut resolver, input, exprs)?;
        Frame::new(Arc::clone(session), resolved)
    }

    /// Runs a plan of changes. Clauses by their number: `actions`.
    ///
    /// # Errors
    /// A row of the table comes twice and `may_repeat` is false; a new row breaks a rule.
    pub async fn apply(
        &mut self,
        session: &Arc<Session>,
        changes: &Frame,
        actions: &[Action],
        rules: &[Rule],
        may_repeat: bool,
    ) -> Result<Counts> {
        let plan = changes.physical_plan().await?;
        let mut rows = crate::rows::in_order(&plan, session.context().task_ctx()).map_err(engine_failure)?;
        let width = plan.schema().fields().len() - rules.len();
        let mut counts = Counts::default();
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(engine_failure)?;
            let clauses = batch.column(1).as_primitive::<Int32Type>();
            let is = |wanted: Action| -> BooleanArray {
                clauses.values().iter().map(|clause| Some(actions[*clause as usize] == wanted)).collect()
            };
            let (deletes, inserts) = (is(Action::Delete), is(Action::Insert));
            let (deleted, inserted) = (deletes.true_count() as u64, inserts.true_count() as u64);
            counts.deleted += deleted;
            counts.inserted += inserted;
            counts.updated += batch.num_rows() as u64 - deleted - inserted;

            let numbers: &Int64Array = batch.column(0).as_primitive::<Int64Type>();
            let repeated = self.rewrite.take(numbers) as u64;
            if repeated > 0 && !may_repeat {
                return Err(several_matches());
            }
            counts.deleted -= repeated;
            if width > 2 {
                let stays = arrow::compute::not(&deletes).map_err(|error| engine_failure(error.into()))?;
                let new = filter_record_batch(&batch, &stays).map_err(|error| engine_failure(error.into()))?;
                must_keep(rules, &new, width, self.rewrite.schema())?;
                let columns: Vec<usize> = (2..width).collect();
                let new = new.project(&columns).map_err(|error| engine_failure(error.into()))?;
                self.rewrite.write(new).await?;
            }
        }
        Ok(counts)
    }

    pub async fn commit(self, session: &Arc<Session>, reason: Reason) -> Result<()> {
        self.rewrite.commit(session.context(), reason).await
    }
}

pub(super) async fn delete(
    session: &Arc<Session>,
    table: &ObjectName,
    alias: Option<String>,
    condition: Option<Condition>,
) -> Result<Frame> {
    let mut target = Target::open(session, table, alias).await?;
    let all = if condition.is_none() { target.rewrite.take_all() } else { None };
    let deleted = match all {
        Some(rows) => rows,
        None => {
            let chosen = chosen(&target.rows, condition.as_ref());
            let plan = target.resolve(session, chosen, Vec::new(), |resolver, input, _| resolver.deleted(input));
            let plan = plan.await?;
            target.apply(session, &plan, &[Action::Delete], &[], false).await?.deleted
        }
    };
    let operation = DeltaOperation::Delete { predicate: condition.as_ref().map(predicate) };
    let reason = reason(session, operation, vec![("numDeletedRows", deleted)]);
    target.commit(session, reason).await?;
    counts(session, &[("num_affected_rows", deleted)])
}

pub(super) async fn update(
    session: &Arc<Session>,
    table: &ObjectName,
    alias: Option<String>,
    assignments: Vec<Assignment>,
    condition: Option<Condition>,
) -> Result<Frame> {
    let mut target = Target::open(session, table, alias).await?;
    let (schema, rules) = (Arc::clone(target.rewrite.schema()), target.rewrite.rules()?);
    let (names, values): (Vec<Vec<String>>, Vec<Expr>) = assignments.into_iter().unzip();
    let chosen = chosen(&target.rows, condition.as_ref());
    let plan = target.resolve(session, chosen, values, |resolver, input, values| {
        let assignments: Vec<Assignment> = names.iter().cloned().zip(values).collect();
        let changes = resolver.updated(input, &schema, &assignments)?;
        resolver.under_rules(changes, &rules, |column| sets(&names, column))
    });
    let plan = plan.await?;
    let updated = target.apply(session, &plan, &[Action::Update], &rules, false).await?.updated;
    let operation = DeltaOperation::Update { predicate: condition.as_ref().map(predicate) };
    let reason = reason(session, operation, vec![("numUpdatedRows", updated)]);
    target.commit(session, reason).await?;
    counts(session, &[("num_affected_rows", updated)])
}

/// Adds rows to a table that has rules; the frame has the table's columns.
pub(super) async fn append(session: &Arc<Session>, name: TableName, rewrite: Rewrite, frame: &Frame) -> Result<()> {
    let (schema, rules) = (Arc::clone(rewrite.schema()), rewrite.rules()?);
    let sources = load::Sources::default();
    let mut resolver = Resolver::new(session, &sources);
    resolver.continue_after(frame.resolved());
    let rows = resolver.inserted(frame.resolved().clone(), &schema)?;
    let rows = Frame::new(Arc::clone(session), resolver.under_rules(rows, &rules, |_| true)?)?;
    let none = Relation::new(Node::OneRow);
    let mut target = Target { name, rewrite, bare: none.clone(), rows: none };
    let inserted = target.apply(session, &rows, &[Action::Insert], &rules, false).await?.inserted;
    let operation = DeltaOperation::Write { mode: DeltaSaveMode::Append, partition_by: None, predicate: None };
    let metrics = vec![("numOutputRows", inserted)];
    let reason = Reason { reads: Reads::Nothing, ..reason(session, operation, metrics) };
    target.commit(session, reason).await
}

/// Whether one of the names means the column.
pub(super) fn sets(names: &[Vec<String>], column: &str) -> bool {
    names.iter().any(|parts| parts.last().is_some_and(|name| name.eq_ignore_ascii_case(column)))
}

fn chosen(rows: &Relation, condition: Option<&Condition>) -> Relation {
    match condition {
        None => rows.clone(),
        Some(condition) => Relation::new(Node::Filter { input: rows.clone(), condition: condition.expr.clone() }),
    }
}

/// As Delta's history writes a predicate.
fn predicate(condition: &Condition) -> String {
    serde_json::json!([condition.text]).to_string()
}

fn reason(session: &Session, operation: DeltaOperation, metrics: Vec<(&'static str, u64)>) -> Reason {
    Reason { operation, title: None, user: session.user().to_owned(), metrics, reads: Reads::Files }
}

fn several_matches() -> Failure {
    let class = "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE";
    let condition = SparkCondition::new(class, "21506", SparkException::Spark);
    let text = "cannot perform MERGE as several source rows matched the same row of the table and would change it; make \
                the source unique in the columns of the ON condition";
    Failure::new(&codes::data::MERGE, text).with_condition(condition)
}

/// Refuses rows that break a rule; the truths of the rules are the columns from `first` on.
fn must_keep(rules: &[Rule], rows: &RecordBatch, first: usize, schema: &SchemaRef) -> Result<()> {
    for (index, rule) in rules.iter().enumerate() {
        let truths = rows.column(first + index).as_boolean();
        let Some(row) = (0..truths.len()).find(|row| truths.is_null(*row) || !truths.value(*row)) else { continue };
        return Err(broken(rule, &values_of(rows, row, schema)));
    }
    Ok(())
}

fn values_of(rows: &RecordBatch, row: usize, schema: &SchemaRef) -> String {
    let options = FormatOptions::default().with_null("null");
    let shown = schema.fields().iter().zip(&rows.columns()[2..]).map(|(field, column)| {
        let value = ArrayFormatter::try_new(column.as_ref(), &options).map(|values| values.value(row).to_string());
        format!(" - {} : {}", field.name(), value.unwrap_or_default())
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn broken(rule: &Rule, values: &str) -> Failure {
    let failure = |class: &str, sql_state: &str, text: String, parameters: &[(&str, &str)]| {
        let condition = SparkCondition::new(class, sql_state, SparkException::Spark);
        let condition = parameters.iter().fold(condition, |condition, (name, value)| condition.with(name, *value));
        Failure::new(&codes::data::CONSTRAINT, text).with_condition(condition)
    };
    match rule {
        Rule::NotNull(column) => {
            let text = format!("NOT NULL constraint violated for column: {column}; give it a value");
            failure("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502", text, &[("columnName", column)])
        }
        Rule::Check { name, sql } => {
            let text = format!("CHECK constraint {name} ({sql}) violated by row with values:\n{values}");
            let parameters = [("constraintName", name.as_str()), ("expression", sql), ("values", values)];
            failure("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001", text, &parameters)
        }
        Rule::Generated { column, sql } => {
            let text = format!("generated column {column} ({column} <=> {sql}) violated by row with values:\n{values}");
            let (name, sql) = (format!("Generated Column {column}"), format!("{column} <=> {sql}"));
            let parameters = [("constraintName", name.as_str()), ("expression", &sql), ("values", values)];
            failure("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001", text, &parameters)
        }
    }
}
