//! Lowers Spark's messages to `spec`: pure, one family a module.
//!
//! What a plan needs to be computed or looked up before it can be analysed (an attribute of a model that is a
//! DataFrame, a model with other parameters) is not done here: it is listed as [`Need`]s and stands in the tree by a
//! name.

mod aggregate;
mod columns;
mod command;
mod expression;
mod join;
mod literal;
mod machine_learning;
mod merge;
mod missing;
mod python;
mod read;
mod relation;
mod rows;
mod statistics;
#[cfg(test)]
mod tests;
mod types;
mod window;

use crate::handles::invalid_plan;
use crate::proto;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use brickyard_error::Result;
use brickyard_spec::Relation;
use std::collections::HashMap;
use std::sync::Arc;

pub use command::LoweredCommand;
pub use expression::name_parts;
pub use literal::raise_literal;
pub use machine_learning::{FetchNeed, MethodArgument, MethodCall, ModelSource, Need, TransformerNeed};
pub use types::{raise_schema, raise_type};

/// Reads a type in DDL (`a int, b string`) or JSON.
pub type ParseType = fn(&str) -> Result<DataType>;

/// The state of lowering one plan.
pub struct Lowering {
    parse_type: ParseType,
    /// Relations that expressions of this plan refer to by number (subqueries).
    references: HashMap<i64, Relation>,
    needs: Vec<Need>,
}

impl Lowering {
    pub fn new(parse_type: ParseType) -> Self {
        Self { parse_type, references: HashMap::new(), needs: Vec::new() }
    }

    /// What must be there before what was lowered can be analysed, in order.
    pub fn into_needs(self) -> Vec<Need> {
        self.needs
    }

    pub fn schema(&self, text: &str) -> Result<SchemaRef> {
        match (self.parse_type)(text)? {
            DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields))),
            other => Ok(Arc::new(Schema::new(vec![arrow::datatypes::Field::new("value", other, true)]))),
        }
    }

    fn input(&mut self, input: Option<Box<proto::Relation>>) -> Result<Relation> {
        self.relation(*required(input, "a relation without its input")?)
    }

    fn expressions(&mut self, expressions: Vec<proto::Expression>) -> Result<Vec<brickyard_spec::Expr>> {
        expressions.into_iter().map(|expression| self.expression(expression)).collect()
    }
}

fn required<T>(part: Option<T>, missing: &str) -> Result<T> {
    part.ok_or_else(|| invalid_plan(missing))
}
