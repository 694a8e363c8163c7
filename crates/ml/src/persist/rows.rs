//! Reading the tables of a saved operator: columns by name, of the type asked for, with failures that name them.

use crate::linalg::{VectorColumn, matrices_of};
use crate::{Matrix, Vector};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use brickyard_error::{Failure, Result, codes};

/// The rows of one folder of a saved operator.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The operator's uid and the folder, for messages.
    place: String,
    batch: RecordBatch,
}

impl Rows {
    pub(super) fn new(place: String, batch: RecordBatch) -> Self {
        Self { place, batch }
    }

    pub fn count(&self) -> usize {
        self.batch.num_rows()
    }

    pub fn has(&self, column: &str) -> bool {
        self.batch.column_by_name(column).is_some()
    }

    /// The column as it is.
    pub fn column(&self, name: &str) -> Result<&ArrayRef> {
        self.batch.column_by_name(name).ok_or_else(|| self.damaged(format!("the column {name} is missing")))
    }

    // -- whole columns, one value a row, none of them null

    pub fn doubles(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.cast(name, self.required(name)?, &DataType::Float64)?;
        Ok(column.as_primitive::<Float64Type>().values().to_vec())
    }

    /// Whole numbers of any width.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>> {
        let column = self.required(name)?;
        if !column.data_type().is_integer() {
            return Err(self.wrong_type(name, column, "whole numbers"));
        }
        let column = self.cast(name, column, &DataType::Int64)?;
        Ok(column.as_primitive::<Int64Type>().values().to_vec())
    }

    pub fn bools(&self, name: &str) -> Result<Vec<bool>> {
        let column = self.required(name)?;
        let values = column.as_boolean_opt().ok_or_else(|| self.wrong_type(name, column, "booleans"))?;
        Ok(values.iter().flatten().collect())
    }

    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        let column = self.required(name)?;
        if !matches!(column.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            return Err(self.wrong_type(name, column, "strings"));
        }
        let column = self.cast(name, column, &DataType::Utf8)?;
        Ok(column.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    }

    pub fn vectors(&self, name: &str) -> Result<Vec<Vector>> {
        let column = self.required(name)?;
        let vectors = VectorColumn::new(column.as_ref()).map_err(|_| self.wrong_type(name, column, "vectors"))?;
        Ok((0..vectors.rows()).map(|row| vectors.get(row).to_vector()).collect())
    }

    /// Dense or sparse matrices, as dense ones in the storage order they were saved with.
    pub fn matrices(&self, name: &str) -> Result<Vec<Matrix>> {
        let column = self.required(name)?;
        matrices_of(column.as_ref()).ok_or_else(|| self.wrong_type(name, column, "matrices"))
    }

    pub fn double_lists(&self, name: &str) -> Result<Vec<Vec<f64>>> {
        self.lists(name, Rows::doubles)
    }

    pub fn int_lists(&self, name: &str) -> Result<Vec<Vec<i64>>> {
        self.lists(name, Rows::ints)
    }

    pub fn text_lists(&self, name: &str) -> Result<Vec<Vec<String>>> {
        self.lists(name, Rows::texts)
    }

    pub fn nested_text_lists(&self, name: &str) -> Result<Vec<Vec<Vec<String>>>> {
        self.lists(name, Rows::text_lists)
    }

    /// The fields of a struct column as columns, for example `nodeData` of tree ensembles.
    pub fn fields(&self, name: &str) -> Result<Rows> {
        let column = self.required(name)?;
        let fields = column.as_struct_opt().ok_or_else(|| self.wrong_type(name, column, "structs"))?;
        Ok(Rows::new(format!("{}.{name}", self.place), fields.into()))
    }

    // -- the only row of a one-row table

    pub fn double(&self, name: &str) -> Result<f64> {
        self.only(name, self.doubles(name)?)
    }
    pub fn int(&self, name: &str) -> Result<i64> {
        self.only(name, self.ints(name)?)
    }
    pub fn bool(&self, name: &str) -> Result<bool> {
        self.only(name, self.bools(name)?)
    }
    pub fn vector(&self, name: &str) -> Result<Vector> {
        self.only(name, self.vectors(name)?)
    }
    pub fn matrix(&self, name: &str) -> Result<Matrix> {
        self.only(name, self.matrices(name)?)
    }
    pub fn double_list(&self, name: &str) -> Result<Vec<f64>> {
        self.only(name, self.double_lists(name)?)
    }
    pub fn int_list(&self, name: &str) -> Result<Vec<i64>> {
        self.only(name, self.int_lists(name)?)
    }
    pub fn text_list(&self, name: &str) -> Result<Vec<String>> {
        self.only(name, self.text_lists(name)?)
    }
    pub fn nested_text_list(&self, name: &str) -> Result<Vec<Vec<String>>> {
        self.only(name, self.nested_text_lists(name)?)
    }

    fn only<T>(&self, name: &str, values: Vec<T>) -> Result<T> {
        let found = values.len();
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(self.damaged(format!("{name} has {found} rows, expected one"))),
        }
    }

    fn required(&self, name: &str) -> Result<&ArrayRef> {
        let column = self.column(name)?;
        if column.null_count() > 0 {
            return Err(self.damaged(format!("the column {name} has nulls")));
        }
        Ok(column)
    }

    fn cast(&self, name: &str, column: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
        arrow_cast::cast(column, to).map_err(|error| self.wrong_type(name, column, "numbers").because(error))
    }

    /// Every list's items through the reader of a plain column.
    fn lists<T>(&self, name: &str, items: impl Fn(&Rows, &str) -> Result<Vec<T>>) -> Result<Vec<Vec<T>>> {
        let column = self.required(name)?;
        let lists: Vec<ArrayRef> = match column.data_type() {
            DataType::List(_) => column.as_list::<i32>().iter().flatten().collect(),
            DataType::LargeList(_) => column.as_list::<i64>().iter().flatten().collect(),
            _ => return Err(self.wrong_type(name, column, "lists")),
        };
        let one = |list: ArrayRef| {
            let batch = RecordBatch::try_from_iter_with_nullable([(name, list, true)]);
            let batch = batch.map_err(|error| Failure::internal("reading a list of a saved model").because(error))?;
            items(&Rows::new(self.place.clone(), batch), name)
        };
        lists.into_iter().map(one).collect()
    }

    fn wrong_type(&self, name: &str, column: &ArrayRef, expected: &str) -> Failure {
        self.damaged(format!("the column {name} is {}, expected {expected}", column.data_type()))
    }

    /// The failure for rows that cannot be a model's; `what` says what is wrong with them.
    pub fn damaged(&self, what: impl std::fmt::Display) -> Failure {
        Failure::new(&codes::ml::MODEL_FILES, format!("the saved model {} cannot be read: {what}", self.place))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, double_lists, nested_text_lists, table};
    use super::*;
    use crate::linalg::{matrix_column, vector_column};
    use arrow_array::{Float64Array, Int32Array};
    use std::sync::Arc;

    #[test]
    fn columns_come_back_or_say_what_is_wrong() {
        let labels = vec![vec!["a".to_owned(), "b".to_owned()], vec![]];
        let matrix = Matrix::row_major(1, 2, vec![1.0, 2.0]);
        let vector = Vector::Sparse { size: 2, indices: vec![1], values: vec![0.5] };
        let batch = table([
            Column::required("k", Arc::new(Int32Array::from(vec![3]))),
            Column::required("x", Arc::new(Float64Array::from(vec![0.5]))),
            Column::optional("v", vector_column([Some(&vector)])),
            Column::optional("m", matrix_column([&matrix])),
            Column::optional("l", double_lists([[1.0, 2.0]])),
            Column::optional("n", nested_text_lists([&labels])),
            Column::optional("empty", Arc::new(Int32Array::new_null(1))),
        ]);
        let rows = Rows::new("thing_1/data".to_owned(), batch.unwrap());
        assert_eq!(rows.int("k").unwrap(), 3);
        assert_eq!(rows.double("x").unwrap(), 0.5);
        assert_eq!(rows.vector("v").unwrap(), vector);
        assert_eq!(rows.matrix("m").unwrap(), matrix);
        assert_eq!(rows.double_list("l").unwrap(), [1.0, 2.0]);
        assert_eq!(rows.nested_text_list("n").unwrap(), labels);
        let failures = [
            (rows.int("gone").unwrap_err(), "the column gone is missing"),
            (rows.int("x").unwrap_err(), "the column x is Float64, expected whole numbers"),
            (rows.vector("k").unwrap_err(), "the column k is Int32, expected vectors"),
            (rows.int("empty").unwrap_err(), "the column empty has nulls"),
        ];
        for (failure, text) in failures {
            assert_eq!(
                failure.to_string(),
                format!("the saved model thing_1/data cannot be read: {text} [BY-ML-0012]")
            );
        }
    }
}
