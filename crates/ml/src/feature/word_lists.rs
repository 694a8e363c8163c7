//! Columns of lists of words, read without a copy a row.

use crate::Input;
use crate::schema::{self, spark_name};
use crate::transform::invalid_row;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// A column of lists of words.
#[derive(Debug)]
pub struct WordLists {
    column: String,
    lists: ListArray,
    /// The words of all rows.
    words: Arc<StringArray>,
}

impl WordLists {
    /// The input, if the schema has it and it holds lists of words.
    pub fn input(column: &str, schema: &Schema) -> Result<Input> {
        match schema::field(schema, column)?.data_type() {
            DataType::List(element) if is_text(element.data_type()) => Ok(Input::any(column)),
            other => Err(wrong_type(column, "array<string>", other)),
        }
    }

    pub fn read(column: &str, batch: &RecordBatch) -> Result<Self> {
        Self::of(column, &Input::any(column).read(batch)?)
    }

    pub fn of(column: &str, array: &ArrayRef) -> Result<Self> {
        let lists = array.as_list_opt::<i32>().ok_or_else(|| wrong_type(column, "array<string>", array.data_type()))?;
        let words = super::text::as_text(column, lists.values())?;
        Ok(Self { column: column.to_owned(), lists: lists.clone(), words })
    }

    pub fn rows(&self) -> usize {
        self.lists.len()
    }

    /// The words of a row; `None` for a null among them.
    ///
    /// # Errors
    /// The row has no list: it is null.
    pub fn row(&self, row: usize) -> Result<impl ExactSizeIterator<Item = Option<&str>>> {
        if self.lists.is_null(row) {
            return Err(invalid_row(format!("a row has no words: column {} is null", self.column)));
        }
        let offsets = self.lists.value_offsets();
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        Ok(range.map(|place| self.words.is_valid(place).then(|| self.words.value(place))))
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Spark's words for a column of another type than a stage reads.
pub fn wrong_type(column: &str, wanted: &str, found: &DataType) -> Failure {
    let text = format!(
        "requirement failed: Column {column} must be of type {wanted} but was actually of type {}.",
        spark_name(found)
    );
    Failure::new(&codes::ml::COLUMN_TYPE, text)
}
