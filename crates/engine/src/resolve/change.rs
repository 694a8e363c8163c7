//! Changes of a table's rows as rows: which row of the table, what happens to it, its new values, and whether they
//! fulfil the table's rules.

use super::{Column, Resolved, Resolver, Scope, Typed, inner_type};
use crate::failures::{self, engine_failure};
use crate::sql;
use arrow::datatypes::{DataType, SchemaRef};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_lake::{ROW, Rule};
use brickyard_spec::{Assignment, Expr, Matching, MergeAction, MergeClause};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlanBuilder, lit};

/// The column with the number of the clause that a row of changes comes from.
const CLAUSE: &str = "#clause";
/// The column of a merge's source that is never null.
pub(crate) const SOURCE: &str = "#source";

/// A field of a column, by its path, and its new value.
struct FieldValue<'a> {
    path: Vec<String>,
    value: &'a Expr,
}

impl Resolver<'_> {
    /// The numbers of the rows to delete: [row, clause].
    pub fn deleted(&mut self, input: Resolved) -> Result<Resolved> {
        let row = row_of(&input.columns)?;
        self.project_typed(input, vec![Typed::of_column(&row), clause_number(0)])
    }

    /// The rows with their new values: [row, clause, the table's columns].
    pub fn updated(&mut self, input: Resolved, table: &SchemaRef, assignments: &[Assignment]) -> Result<Resolved> {
        let row = row_of(&input.columns)?;
        let mut outputs = vec![Typed::of_column(&row), clause_number(0)];
        outputs.extend(self.new_values(table, &input.columns, assignments, &input.scope())?);
        self.project_typed(input, outputs)
    }

    /// New rows: [row, clause, the table's columns].
    pub fn inserted(&mut self, input: Resolved, table: &SchemaRef) -> Result<Resolved> {
        let mut outputs = vec![self.null_of_type(&DataType::Int64)?.named(ROW), clause_number(0)];
        for field in table.fields() {
            let column = position(&input.columns, field.name()).map(|place| Typed::of_column(&input.columns[place]));
            let column = column.ok_or_else(|| Failure::internal("a row to insert lacks a column"))?;
            outputs.push(self.stored(column, &inner_type(field.data_type()))?.named(field.name()));
        }
        self.project_typed(input, outputs)
    }

    /// What the clauses of a merge make of the joined rows: [row, clause, the table's columns].
    ///
    /// The input is the join of the table, whose last column is its row, with the source, whose last is [`SOURCE`].
    pub fn merged(&mut self, input: Resolved, table: &SchemaRef, clauses: &[MergeClause]) -> Result<Resolved> {
        let row = row_of(&input.columns)?;
        let width = 1 + input.columns.iter().position(|column| column.id == row.id).unwrap_or_default();
        let (target, source) = input.columns.split_at(width);
        let (target, source) = (target.to_vec(), source.to_vec());
        let clause = self.clause_of(&input, &target, &source, clauses)?;

        let mut outputs: Vec<Typed> = input.columns.iter().map(Typed::of_column).collect();
        outputs.push(clause);
        let numbered = self.project_typed(input, outputs)?;
        let clause = numbered.columns[numbered.columns.len() - 1].clone();
        let builder = numbered.builder().filter(clause.expr().is_not_null());
        let chosen = builder.and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        let chosen = numbered.with_plan(chosen);

        if clauses.iter().all(|clause| clause.action == MergeAction::Delete) {
            return self.project_typed(chosen, vec![Typed::of_column(&row), Typed::of_column(&clause)]);
        }
        // A branch of each column's CASE is a clause that writes.
        let mut branches: Vec<Vec<(usize, Typed)>> = table.fields().iter().map(|_| Vec::new()).collect();
        let both: Vec<Column> = target.iter().chain(&source).cloned().collect();
        for (number, one) in clauses.iter().enumerate() {
            let scope = Scope::of(match one.matching {
                Matching::Matched => &both,
                Matching::NotMatched => &source,
                Matching::NotMatchedBySource => &target,
            });
            let values = match &one.action {
                MergeAction::Delete => continue,
                MergeAction::UpdateAll => {
                    let all = self.of_source(table, &source, "UPDATE")?;
                    self.new_values(table, &target, &all, &scope)?
                }
                MergeAction::InsertAll => {
                    let all = self.of_source(table, &source, "INSERT")?;
                    self.inserted_values(table, &target, &all, &scope)?
                }
                MergeAction::Update(assignments) => self.new_values(table, &target, assignments, &scope)?,
                MergeAction::Insert(assignments) => self.inserted_values(table, &target, assignments, &scope)?,
            };
            for (column, value) in branches.iter_mut().zip(values) {
                column.push((number, value));
            }
        }
        let mut outputs = vec![Typed::of_column(&row).nullable(true), Typed::of_column(&clause)];
        for (field, values) in table.fields().iter().zip(branches) {
            let data_type = inner_type(field.data_type());
            let whens = values.into_iter().map(|(number, value)| (clause.expr().eq(lit(number as i32)), value.expr));
            outputs.push(Typed::new(case(whens), data_type, true, field.name()).named(field.name()));
        }
        self.project_typed(chosen, outputs)
    }

    /// The changes with what the table's rules make of them: generated columns that no clause sets get their values,
    /// and a truth follows for each rule.
    pub fn under_rules(
        &mut self,
        changes: Resolved,
        rules: &[Rule],
        is_set: impl Fn(&str) -> bool,
    ) -> Result<Resolved> {
        let mut columns: Vec<Typed> = changes.columns.iter().map(Typed::of_column).collect();
        for rule in rules {
            let Rule::Generated { column, sql } = rule else { continue };
            if let (false, Some(place)) = (is_set(column), position(&changes.columns, column)) {
                let value = self.expr(&sql::parse_expression(sql)?, &Scope::of(&changes.columns[2..]))?;
                columns[place] = self.stored(value, &changes.columns[place].data_type)?.named(column);
            }
        }
        let changes = self.project_typed(changes, columns)?;
        let mut outputs: Vec<Typed> = changes.columns.iter().map(Typed::of_column).collect();
        for rule in rules {
            let truth = match rule {
                Rule::NotNull(column) => Expr::function("isnotnull", vec![Expr::exact_column(column)]),
                Rule::Check { sql, .. } => sql::parse_expression(sql)?,
                Rule::Generated { column, sql } => {
                    Expr::function("<=>", vec![Expr::exact_column(column), sql::parse_expression(sql)?])
                }
            };
            let truth = self.expr(&truth, &Scope::of(&changes.columns[2..]))?;
            let truth = self.stored(truth, &DataType::Boolean)?;
            outputs.push(Typed::new(truth.expr.is_true(), DataType::Boolean, false, "rule").named("rule"));
        }
        self.project_typed(changes, outputs)
    }

    /// The number of the first clause that is for a joined row and whose condition holds.
    fn clause_of(
        &mut self,
        input: &Resolved,
        target: &[Column],
        source: &[Column],
        clauses: &[MergeClause],
    ) -> Result<Typed> {
        let mut whens = [Vec::new(), Vec::new(), Vec::new()];
        for (number, clause) in clauses.iter().enumerate() {
            let (place, columns) = match clause.matching {
                Matching::Matched => (0, input.columns.as_slice()),
                Matching::NotMatched => (1, source),
                Matching::NotMatchedBySource => (2, target),
            };
            let condition = match &clause.condition {
                None => lit(true),
                Some(condition) => {
                    let typed = self.expr(&condition.expr, &Scope::of(columns))?;
                    if !matches!(typed.data_type, DataType::Boolean | DataType::Null) {
                        return Err(failures::filter_not_boolean(&typed.sql, &typed.data_type));
                    }
                    self.implicit(typed, &DataType::Boolean)?.expr
                }
            };
            whens[place].push((condition, lit(number as i32)));
        }
        let (row, mark) = (target[target.len() - 1].expr(), source[source.len() - 1].expr());
        let sides = [row.clone().is_not_null().and(mark.clone().is_not_null()), row.is_null(), mark.is_null()];
        let groups = sides.into_iter().zip(whens).map(|(side, whens)| (side, clause_case(whens))).collect();
        Ok(Typed::new(clause_case(groups), DataType::Int32, true, CLAUSE).named(CLAUSE))
    }

    /// `*` of an action: every column of the table from the source's column of its name.
    fn of_source(&mut self, table: &SchemaRef, source: &[Column], action: &str) -> Result<Vec<Assignment>> {
        let mut all = Vec::new();
        for field in table.fields() {
            let Some(column) = source.iter().find(|column| column.name.eq_ignore_ascii_case(field.name())) else {
                let names: Vec<&str> = source[..source.len() - 1].iter().map(|column| column.name.as_str()).collect();
                return Err(unresolved_in_merge(field.name(), action, &names.join(", ")));
            };
            all.push((vec![field.name().clone()], super::project::exactly(column)));
        }
        Ok(all)
    }

    /// The values of a new row: null where nothing is assigned.
    fn inserted_values(
        &mut self,
        table: &SchemaRef,
        target: &[Column],
        assignments: &[Assignment],
        scope: &Scope,
    ) -> Result<Vec<Typed>> {
        let chosen = assigned(target, assignments)?;
        let mut values = Vec::new();
        for field in table.fields() {
            let data_type = inner_type(field.data_type());
            let found = chosen.iter().find(|(name, _)| name.eq_ignore_ascii_case(field.name()));
            let value = match found.map(|(_, fields)| fields.as_slice()) {
                None => self.null_of_type(&data_type)?,
                Some([FieldValue { path, value }]) if path.is_empty() => {
                    let value = self.expr(value, scope)?;
                    self.stored(value, &data_type)?
                }
                Some(_) => return Err(failures::form("INSERT takes whole columns; give the struct a value")),
            };
            values.push(value.named(field.name()));
        }
        Ok(values)
    }

    /// The values of a changed row: as they are where nothing is assigned.
    fn new_values(
        &mut self,
        table: &SchemaRef,
        target: &[Column],
        assignments: &[Assignment],
        scope: &Scope,
    ) -> Result<Vec<Typed>> {
        let chosen = assigned(target, assignments)?;
        let mut values = Vec::new();
        for field in table.fields() {
            let data_type = inner_type(field.data_type());
            let column = Scope::of(target).find(std::slice::from_ref(field.name()))?;
            let column = column.ok_or_else(|| Failure::internal("a column of the table is missing"))?.column;
            let mut value = Typed::of_column(column);
            for (_, fields) in chosen.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field.name())) {
                for FieldValue { path, value: new } in fields {
                    let new = self.expr(new, scope)?;
                    value = self.with_value_at(value, path, new)?;
                }
            }
            values.push(self.stored(value, &data_type)?.named(field.name()));
        }
        Ok(values)
    }

    /// The value with another in the field at the path, in that field's type.
    fn with_value_at(&mut self, value: Typed, path: &[String], new: Typed) -> Result<Typed> {
        let Some((field, rest)) = path.split_first() else {
            return self.stored(new, &value.data_type);
        };
        if !matches!(value.data_type, DataType::Struct(_)) {
            let text = format!("{} is no struct: only fields of structs can be set", value.sql);
            return Err(Failure::new(&codes::sql::TYPE_MISMATCH, text));
        }
        let inner = self.field(value.clone(), field)?;
        let inner = self.with_value_at(inner, rest, new)?;
        self.update_field(value, field, Some(inner))
    }
}

/// The assignments by column: either one to the whole, or some to fields that do not contain each other.
fn assigned<'a>(target: &[Column], assignments: &'a [Assignment]) -> Result<Vec<(String, Vec<FieldValue<'a>>)>> {
    let scope = Scope::of(&target[..target.len() - 1]);
    let mut chosen: Vec<(String, Vec<FieldValue>)> = Vec::new();
    for (parts, value) in assignments {
        let found = scope.find(parts)?.ok_or_else(|| failures::unresolved_column(parts, &scope.names()))?;
        let (name, path) = (found.column.name.clone(), found.fields);
        let place = chosen.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            chosen.push((name, Vec::new()));
            chosen.len() - 1
        });
        let contains = |a: &[String], b: &[String]| a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b));
        if chosen[place].1.iter().any(|other| contains(&other.path, &path)) {
            let condition = Condition::new("DELTA_CONFLICT_SET_COLUMN", "42701", SparkException::Analysis)
                .with("columnList", parts.join("."));
            let text = format!("column {} is set more than once; set it once", parts.join("."));
            return Err(Failure::new(&codes::sql::FORM, text).with_condition(condition));
        }
        chosen[place].1.push(FieldValue { path, value });
    }
    Ok(chosen)
}

fn row_of(columns: &[Column]) -> Result<Column> {
    let row = columns.iter().find(|column| column.name == ROW);
    row.cloned().ok_or_else(|| Failure::internal("the rows of a table to change have no numbers"))
}

fn position(columns: &[Column], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
}

fn clause_number(number: i32) -> Typed {
    Typed::literal(ScalarValue::Int32(Some(number)), CLAUSE)
}

/// The first clause whose condition holds.
fn clause_case(whens: Vec<(PlanExpr, PlanExpr)>) -> PlanExpr {
    if whens.is_empty() { lit(ScalarValue::Int32(None)) } else { case(whens.into_iter()) }
}

fn case(whens: impl Iterator<Item = (PlanExpr, PlanExpr)>) -> PlanExpr {
    let whens: Vec<_> = whens.map(|(when, then)| (Box::new(when), Box::new(then))).collect();
    PlanExpr::Case(Case::new(None, whens, None))
}

fn unresolved_in_merge(name: &str, action: &str, columns: &str) -> Failure {
    let condition = Condition::new("DELTA_MERGE_UNRESOLVED_EXPRESSION", "42601", SparkException::Analysis)
        .with("sqlExpr", failures::quoted(name))
        .with("clause", format!("{action} clause"))
        .with("cols", columns);
    let text = format!(
        "cannot resolve {} in {action} clause given columns {columns}; name the columns",
        failures::quoted(name)
    );
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}
