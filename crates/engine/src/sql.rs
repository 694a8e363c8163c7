//! Spark's SQL: text to relations, expressions and statements. A recursive-descent parser, a file a subject.

mod alter;
mod change;
mod cursor;
mod expression;
mod literal;
mod platform;
mod query;
mod select;
mod special;
mod statement;
mod token;

use brickyard_error::Result;
use brickyard_spec::{Expr, Relation, Statement};
use cursor::Parser;

/// Arguments of a text: `:name` and `?`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bindings {
    pub named: Vec<(String, Expr)>,
    pub positional: Vec<Expr>,
}

pub(crate) fn parse_statement(text: &str, bindings: &Bindings) -> Result<Statement> {
    let mut parser = Parser::new(text, bindings)?;
    let statement = parser.statement()?;
    parser.expect_end()?;
    Ok(statement)
}

/// Text that must be a query.
pub(crate) fn parse_query(text: &str, bindings: &Bindings) -> Result<Relation> {
    match parse_statement(text, bindings)? {
        Statement::Query(relation) => Ok(relation),
        other => Ok(Relation::new(brickyard_spec::Node::Statement(Box::new(other)))),
    }
}

/// An expression, with an alias perhaps: `age * 2 AS twice`.
pub(crate) fn parse_expression(text: &str) -> Result<Expr> {
    let bindings = Bindings::default();
    let mut parser = Parser::new(text, &bindings)?;
    let expr = parser.select_item()?;
    parser.expect_end()?;
    Ok(expr)
}
