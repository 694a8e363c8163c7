//! What a fit comes to when Spark has no model for it: a DataFrame.
//!
//! Frequent sequences and power iteration clustering read a frame and answer with one. They train as every estimator
//! does, pass by pass, so that they run where the rows are; instead of a model there is an answer.

use crate::persist::Saved;
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, Transformer, Value};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result};

/// The attribute that holds the rows of an answer.
pub const ROWS: &str = "rows";

/// The answer of a class that has no model.
#[derive(Debug, Clone)]
pub struct Answer {
    class: &'static str,
    params: Params,
    rows: RecordBatch,
}

impl Answer {
    pub fn new(class: &'static str, params: Params, rows: RecordBatch) -> Self {
        Self { class, params, rows }
    }

    fn is_no_model(&self) -> Failure {
        Failure::unsupported(format!("a model of {}: it answers with rows", self.class))
    }
}

impl Transformer for Answer {
    fn class(&self) -> &'static str {
        self.class
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
    fn inputs(&self, _: &Schema) -> Result<Vec<Input>> {
        Err(self.is_no_model())
    }
    fn outputs(&self, _: &Schema) -> Result<Vec<Field>> {
        Err(self.is_no_model())
    }
    fn transform(&self, _: &RecordBatch) -> Result<Output> {
        Err(self.is_no_model())
    }
    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        if name == ROWS { Ok(Attribute::Frame(self.rows.clone())) } else { Err(no_attribute(self.class, name)) }
    }
    fn save(&self) -> Result<Saved> {
        Err(self.is_no_model())
    }
}
