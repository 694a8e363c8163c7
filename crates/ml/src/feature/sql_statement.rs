//! `SQLTransformer`: a SELECT over `__THIS__`, the rows that come in. Only a query engine can run it: this stage holds the
//! statement, is saved and loaded, and says so when it is asked for rows.

use super::stage::{Stage, register_stage};
use crate::param::{Default, Kind, ParamSpec};
use crate::persist::Saved;
use crate::{Input, Output, Params, RawInput, Registry};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result};

/// The class that an engine looks for among stages; its parameter `statement` is the query.
pub const CLASS: &str = "org.apache.spark.ml.feature.SQLTransformer";
/// What stands for the rows in a statement.
pub const ROWS: &str = "__THIS__";

pub fn register(registry: &mut Registry) {
    register_stage::<SqlStatement>(registry);
}

#[derive(Debug, std::default::Default)]
struct SqlStatement;

fn needs_engine() -> Failure {
    Failure::unsupported("SQLTransformer outside of a query")
}

impl Stage for SqlStatement {
    const CLASS: &'static str = CLASS;
    const SPECS: &'static [ParamSpec] =
        &[ParamSpec::new("statement", Kind::Text, Default::None, "SQL statement over __THIS__")];

    fn inputs(&self, _: &Params, _: &Schema) -> Result<Vec<Input>> {
        Err(needs_engine())
    }
    fn raw_inputs(&self, _: &Params) -> Result<Vec<RawInput>> {
        Err(needs_engine())
    }
    fn outputs(&self, _: &Params, _: &Schema) -> Result<Vec<Field>> {
        Err(needs_engine())
    }
    fn transform(&self, _: &Params, _: &RecordBatch) -> Result<Output> {
        Err(needs_engine())
    }
    fn load(_: &Saved) -> Result<Self> {
        Ok(SqlStatement)
    }
}
