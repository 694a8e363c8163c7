//! `DELETE`, `UPDATE`, `MERGE`.

use super::cursor::Parser;
use crate::failures;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Assignment, Condition, Matching, Merge, MergeAction, MergeClause, ObjectName, Statement};

impl Parser<'_> {
    pub fn delete(&mut self) -> Result<Statement> {
        self.expect_word("delete")?;
        self.expect_word("from")?;
        let (table, alias) = self.target("where")?;
        let condition = if self.accept_word("where") { Some(self.condition()?) } else { None };
        Ok(Statement::Delete { table, alias, condition })
    }

    pub fn update(&mut self) -> Result<Statement> {
        self.expect_word("update")?;
        let (table, alias) = self.target("set")?;
        self.expect_word("set")?;
        let assignments = self.separated(Parser::assignment)?;
        let condition = if self.accept_word("where") { Some(self.condition()?) } else { None };
        Ok(Statement::Update { table, alias, assignments, condition })
    }

    pub fn merge(&mut self) -> Result<Statement> {
        self.expect_word("merge")?;
        if self.accept_words(&["with", "schema", "evolution"]) {
            return Err(Failure::unsupported("MERGE WITH SCHEMA EVOLUTION; add the columns to the table first"));
        }
        self.expect_word("into")?;
        let (table, alias) = self.target("using")?;
        self.expect_word("using")?;
        let source = self.table_factor()?;
        self.expect_word("on")?;
        let condition = self.condition()?;
        let mut clauses = Vec::new();
        while self.accept_word("when") {
            clauses.push(self.merge_clause()?);
        }
        Ok(Statement::Merge(Merge { table, alias, source, condition, clauses }))
    }

    fn merge_clause(&mut self) -> Result<MergeClause> {
        let matching = if self.accept_words(&["not", "matched"]) {
            match self.accept_words(&["by", "source"]) {
                true => Matching::NotMatchedBySource,
                false => {
                    self.accept_words(&["by", "target"]);
                    Matching::NotMatched
                }
            }
        } else {
            self.expect_word("matched")?;
            Matching::Matched
        };
        let condition = if self.accept_word("and") { Some(self.condition()?) } else { None };
        self.expect_word("then")?;
        let action = match matching {
            Matching::NotMatched => self.insert_action()?,
            Matching::Matched | Matching::NotMatchedBySource => self.change_action(matching)?,
        };
        Ok(MergeClause { matching, condition, action })
    }

    fn change_action(&mut self, matching: Matching) -> Result<MergeAction> {
        if self.accept_word("delete") {
            return Ok(MergeAction::Delete);
        }
        self.expect_word("update")?;
        self.expect_word("set")?;
        if matching == Matching::Matched && self.accept_symbol("*") {
            return Ok(MergeAction::UpdateAll);
        }
        Ok(MergeAction::Update(self.separated(Parser::assignment)?))
    }

    fn insert_action(&mut self) -> Result<MergeAction> {
        self.expect_word("insert")?;
        if self.accept_symbol("*") {
            return Ok(MergeAction::InsertAll);
        }
        self.expect_symbol("(")?;
        let columns = self.separated(Parser::object_name)?;
        self.expect_symbol(")")?;
        self.expect_word("values")?;
        self.expect_symbol("(")?;
        let values = self.separated(Parser::expression)?;
        self.expect_symbol(")")?;
        if columns.len() != values.len() {
            let text = format!("INSERT names {} columns and gives {} values", columns.len(), values.len());
            return Err(failures::syntax("'INSERT'", text));
        }
        let names = columns.into_iter().map(|ObjectName(parts)| parts);
        Ok(MergeAction::Insert(names.zip(values).collect()))
    }

    /// A table with its alias; `next` is the word that follows them.
    fn target(&mut self, next: &str) -> Result<(ObjectName, Option<String>)> {
        let table = self.object_name()?;
        let alias = if self.is_word(next) { None } else { self.alias()? };
        Ok((table, alias))
    }

    fn assignment(&mut self) -> Result<Assignment> {
        let ObjectName(column) = self.object_name()?;
        self.expect_symbol("=")?;
        Ok((column, self.expression()?))
    }

    pub fn condition(&mut self) -> Result<Condition> {
        let start = self.position();
        let expr = self.expression()?;
        Ok(Condition { expr, text: self.text_between(start, self.position()).to_owned() })
    }
}
