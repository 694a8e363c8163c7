//! The rows a pass reads: one block of one partition, as Arrow columns in the order the estimator asked for.

use crate::fit::View;
use crate::linalg::{VectorColumn, is_vector_type};
use crate::schema::{self, spark_name};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};

/// What an estimator wants a column to be when it reads it; the driver casts once, before the first pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Spark's VectorUDT, never null.
    Vector,
    /// Any numeric or boolean column, cast to `f64`; nulls stay null.
    Number,
    /// A number that names a group: rows come sorted by it, and all rows of a group are in one block.
    Group,
    /// The column as it is.
    Any,
}

/// A column that an operator reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub column: String,
    pub kind: InputKind,
}

impl Input {
    pub fn vector(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Vector }
    }
    pub fn number(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Number }
    }
    pub fn group(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Group }
    }
    pub fn any(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Any }
    }

    /// The column's field, if the schema has the column and it suits the kind.
    pub fn find<'a>(&self, schema: &'a Schema) -> Result<&'a Field> {
        let field = schema::field(schema, &self.column)?;
        let wanted = match self.kind {
            InputKind::Vector if !is_vector_type(field.data_type()) => {
                "class org.apache.spark.ml.linalg.VectorUDT:struct<type:tinyint,size:int,indices:array<int>,\
                 values:array<double>>"
            }
            InputKind::Number | InputKind::Group if !is_number(field.data_type()) => "numeric",
            _ => return Ok(field),
        };
        let (column, found) = (&self.column, spark_name(field.data_type()));
        let text =
            format!("requirement failed: Column {column} must be of type {wanted} but was actually of type {found}.");
        Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
    }

    /// The column of a batch as the kind: numbers and booleans as `f64`, others as they are. Transformers read so.
    pub fn read(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        self.find(batch.schema_ref())?;
        let column = batch.column_by_name(&self.column).ok_or_else(|| Failure::internal("a column vanished"))?;
        let is_read_as_number = matches!(self.kind, InputKind::Number | InputKind::Group);
        if !is_read_as_number || column.data_type() == &DataType::Float64 {
            return Ok(column.clone());
        }
        arrow_cast::cast(column, &DataType::Float64).map_err(|error| {
            let text = format!("column {} cannot be read as numbers", self.column);
            Failure::new(&codes::ml::COLUMN_TYPE, text).because(error)
        })
    }
}

/// Numbers and booleans; text that looks like a number is none.
fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || matches!(data_type, DataType::Boolean | DataType::Null)
}

/// Consecutive training rows of one partition.
///
/// Partitions are numbered from 0 in row order and `first_row` is the global number of the first row, so sampling by a
/// hash of the row number gives the same rows under any partitioning. A block has at most
/// [`PARTITION_ROWS`](crate::runner::PARTITION_ROWS) rows, unless one group of an [`InputKind::Group`] has more.
#[derive(Debug, Clone)]
pub struct Block {
    pub partition: u32,
    pub first_row: u64,
    pub rows: usize,
    /// One array per [`Input`], in that order, each of length `rows`.
    pub columns: Vec<ArrayRef>,
}

/// A block is its own view: a pass that looks at the rows once reads them where they are.
impl View for Block {
    type Spec = ();
    fn key(_: &()) -> u64 {
        0
    }
    fn build(block: &Block, _: &()) -> Result<Self> {
        Ok(block.clone())
    }
    fn bytes(&self) -> usize {
        0 // it shares the rows' memory
    }
}

impl Block {
    /// Input `index` as vectors.
    pub fn vectors(&self, index: usize) -> Result<VectorColumn<'_>> {
        VectorColumn::new(self.column(index)?.as_ref())
    }

    /// Input `index` as numbers.
    pub fn numbers(&self, index: usize) -> Result<&Float64Array> {
        let column = self.column(index)?;
        column
            .as_primitive_opt()
            .ok_or_else(|| Failure::internal(format!("input {index} is {}, expected Float64", column.data_type())))
    }

    pub fn column(&self, index: usize) -> Result<&ArrayRef> {
        self.columns
            .get(index)
            .ok_or_else(|| Failure::internal(format!("a pass asked for input {index}, which is absent")))
    }
}
