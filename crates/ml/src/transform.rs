//! A model is a function: what fitted models, feature stages and evaluators are to the rest of the platform.

use crate::fit::{AnyAcc, AnyPass};
use crate::linalg::{VectorColumn, vector_type};
use crate::persist::Saved;
use crate::schema::{self, with_size};
use crate::{Input, Params, Value};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
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
    /// The columns appended to a frame of this schema, in order, with their `ml_attr` metadata. One that has the name of
    /// a column of the frame stands in its place.
    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>>;
    /// Evaluates a batch that holds at least the input columns.
    fn transform(&self, batch: &RecordBatch) -> Result<Output>;

    /// An attribute by Spark's name (`coefficients`, `trees`, `toDebugString`, …) or a helper call with arguments.
    fn attribute(&self, name: &str, _arguments: &[Value]) -> Result<Attribute> {
        Err(no_attribute(self.class(), name))
    }

    /// The evaluator behind an attribute that is a number about other rows: `logLikelihood`, `computeCost`. It reads
    /// the frame that the client gives with the call.
    fn evaluation(&self, name: &str) -> Result<Box<dyn Evaluator>> {
        Err(no_attribute(self.class(), name))
    }

    /// A method that takes or gives DataFrames besides values: `approxNearestNeighbors`, `approxSimilarityJoin`.
    fn method(&self, name: &str, _arguments: &[Argument]) -> Result<RecordBatch> {
        Err(no_attribute(self.class(), name))
    }

    fn save(&self) -> Result<Saved>;

    /// The columns read, as far as the parameters tell without a schema: what a caller who has only raw values must
    /// bring. By default the features vector.
    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        let features = self.params().optional_text("featuresCol");
        Ok(features.into_iter().map(|column| RawInput::new(column, RawKind::Vector)).collect())
    }

    /// The vector columns whose size this stage would have to look up in the first row to declare its outputs, because
    /// their metadata does not tell it. [`schema::with_size`](crate::schema::with_size) puts the answer into the
    /// schema.
    fn unsized_vectors(&self, _schema: &Schema) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Whether rows are looked at even where nobody reads an output, because [`Output::keep`] may leave some out or one
    /// may be refused. The default asks `handleInvalid`, of the stages inside too.
    fn may_skip(&self) -> bool {
        skips(self.params()) || self.stages().iter().any(|stage| stage.may_skip())
    }

    /// The stages inside, for a pipeline; nothing for a single stage.
    fn stages(&self) -> &[Box<dyn Transformer>] {
        &[]
    }
}

/// A column that comes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawInput {
    pub column: String,
    pub kind: RawKind,
    /// The model works without it: an indexer of a label that nothing else reads.
    pub optional: bool,
}

impl RawInput {
    pub fn new(column: impl Into<String>, kind: RawKind) -> Self {
        Self { column: column.into(), kind, optional: false }
    }
}

/// What a column from outside holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawKind {
    Number,
    /// Strings; stages that index strings take numbers too, as Spark prints them.
    Text,
    /// Lists of strings.
    Words,
    Vector,
}

impl RawKind {
    /// The Arrow type to build such a column with.
    pub fn data_type(self) -> DataType {
        match self {
            RawKind::Number => DataType::Float64,
            RawKind::Text => DataType::Utf8,
            RawKind::Words => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            RawKind::Vector => vector_type(),
        }
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

/// Whether invalid rows are left out.
pub(crate) fn skips(params: &Params) -> bool {
    params.get("handleInvalid").is_some_and(|value| value == Value::Text("skip".to_owned()))
}

/// The batch with the transformer's columns appended, without the rows it drops: Spark's `transform`. An output that has
/// the name of a column replaces it.
pub fn append(transformer: &dyn Transformer, batch: &RecordBatch) -> Result<RecordBatch> {
    let wrong = |error| {
        Failure::internal(format!("{} gave other columns than it declared", transformer.class())).because(error)
    };
    let output = transformer.transform(batch)?;
    let added = transformer.outputs(sized(transformer, batch)?.as_ref())?;
    let (schema, places) = schema::after(batch.schema_ref(), added);
    let appended = with_columns(batch, Arc::new(schema), &places, output.columns).map_err(wrong)?;
    match output.keep {
        Some(keep) => arrow_select::filter::filter_record_batch(&appended, &keep).map_err(wrong),
        None => Ok(appended),
    }
}

/// The batch with more columns, each at its place in the new schema ([`schema::after`]).
pub(crate) fn with_columns(
    batch: &RecordBatch,
    schema: SchemaRef,
    places: &[usize],
    added: Vec<ArrayRef>,
) -> Result<RecordBatch, ArrowError> {
    let mut columns = batch.columns().to_vec();
    for (place, column) in places.iter().zip(added) {
        match columns.get_mut(*place) {
            Some(replaced) => *replaced = column,
            None => columns.push(column),
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns, &options)
}

/// The batch's schema with the sizes of the vectors that the transformer wants to know.
pub fn sized(transformer: &dyn Transformer, batch: &RecordBatch) -> Result<SchemaRef> {
    let mut schema = batch.schema();
    for column in transformer.unsized_vectors(&schema)? {
        let Some(array) = batch.column_by_name(&column) else { continue };
        let vectors = VectorColumn::new(array.as_ref())?;
        if let Some(row) = (0..vectors.rows()).find(|row| !vectors.is_null(*row)) {
            schema = Arc::new(with_size(&schema, &column, vectors.get(row).size()));
        }
    }
    Ok(schema)
}

/// The failure for a row that cannot be transformed; Spark raises it out of a user-defined function.
pub fn invalid_row(text: impl Into<String>) -> Failure {
    let condition = Condition::new("FAILED_EXECUTE_UDF", "39000", SparkException::Spark);
    Failure::new(&codes::ml::INVALID_ROW, text).with_condition(condition)
}

/// An argument of a method.
#[derive(Debug, Clone)]
pub enum Argument {
    Value(Value),
    /// The rows of a DataFrame.
    Frame(RecordBatch),
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

/// A metric over a DataFrame: one aggregate, or a few of which each needs the one before it, and a final formula.
/// [`runner::evaluate`](crate::runner::evaluate) drives it.
pub trait Evaluator: Send + Sync {
    fn class(&self) -> &'static str;
    fn params(&self) -> &Params;
    fn params_mut(&mut self) -> &mut Params;
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>>;
    /// The first pass, for most the only one.
    fn pass(&self) -> Result<Arc<dyn AnyPass>>;
    /// The pass to run after the one that gave `merged`; `None` when `merged` is what `finish` wants.
    fn next_pass(&self, _merged: &AnyAcc) -> Result<Option<Arc<dyn AnyPass>>> {
        Ok(None)
    }
    /// The metric, from the last pass.
    fn finish(&self, merged: AnyAcc) -> Result<f64>;
    fn is_larger_better(&self) -> Result<bool>;
    fn save(&self) -> Result<Saved>;
}
