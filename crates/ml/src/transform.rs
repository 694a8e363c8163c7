//! A model is a function: what fitted models, feature stages and evaluators are to the rest of the platform.

use crate::fit::{AnyAcc, AnyPass};
use crate::persist::Saved;
use crate::{Input, Params, Value};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// A fitted model or a stateless feature stage: a scalar function over columns, evaluated by the same code in a query,
/// a stream and an endpoint. Cloning is cheap: learned state sits behind an `Arc`.
pub trait Transformer: Any + Debug + Send + Sync {
    /// Spark's full class name, `org.apache.spark.ml.…`.
    fn class(&self) -> &'static str;
    fn params(&self) -> &Params;
    fn params_mut(&mut self) -> &mut Params;
    fn boxed(&self) -> Box<dyn Transformer>;

    /// The columns read; `transform` finds them by name, cast to the kinds asked for.
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>>;
    /// The columns appended to a frame of this schema, in order, with their `ml_attr` metadata.
    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>>;
    /// Evaluates a batch that holds at least the input columns.
    fn transform(&self, batch: &RecordBatch) -> Result<Output>;

    /// An attribute by Spark's name (`coefficients`, `trees`, `toDebugString`, …) or a helper call with arguments.
    fn attribute(&self, name: &str, _arguments: &[Value]) -> Result<Attribute> {
        Err(no_attribute(self.class(), name))
    }

    fn save(&self) -> Result<Saved>;

    /// The stages inside, for a pipeline; nothing for a single stage.
    fn stages(&self) -> &[Box<dyn Transformer>] {
        &[]
    }
}

/// The appended columns of a batch.
#[derive(Debug, Clone)]
pub struct Output {
    /// In the order of `outputs`, each as long as the batch.
    pub columns: Vec<ArrayRef>,
    /// Rows to keep, where `handleInvalid = "skip"` drops some; `None` keeps all.
    pub keep: Option<BooleanArray>,
}

impl Output {
    pub fn all(columns: Vec<ArrayRef>) -> Self {
        Self { columns, keep: None }
    }
}

/// The answer to an attribute.
#[derive(Debug)]
pub enum Attribute {
    Value(Value),
    Model(Box<dyn Transformer>),
    Models(Vec<Box<dyn Transformer>>),
    /// A DataFrame.
    Frame(RecordBatch),
}

impl Attribute {
    pub fn text(text: impl Into<String>) -> Self {
        Attribute::Value(Value::Text(text.into()))
    }
}

impl<T: Into<Value>> From<T> for Attribute {
    fn from(value: T) -> Self {
        Attribute::Value(value.into())
    }
}

pub fn no_attribute(class: &str, name: &str) -> Failure {
    Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, format!("{class} has no attribute {name}"))
}

/// A metric over a DataFrame: one aggregate and a final formula.
pub trait Evaluator: Send + Sync {
    fn class(&self) -> &'static str;
    fn params(&self) -> &Params;
    fn params_mut(&mut self) -> &mut Params;
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>>;
    fn pass(&self) -> Result<Arc<dyn AnyPass>>;
    fn finish(&self, merged: AnyAcc) -> Result<f64>;
    fn is_larger_better(&self) -> Result<bool>;
    fn save(&self) -> Result<Saved>;
}
