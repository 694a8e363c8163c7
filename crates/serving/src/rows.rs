//! Rows of a request, before a model has said what it wants of them; and their Arrow form, by the model's inputs.

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::linalg::vector_column;
use brickyard_ml::{Input, InputKind, Vector};
use std::sync::Arc;

/// One value as a client sent it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Numbers(Vec<f64>),
}

/// Named columns of equal length. Without names, columns are meant in the order of the model's inputs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    pub names: Option<Vec<String>>,
    /// By column.
    pub columns: Vec<Vec<Cell>>,
    pub count: usize,
}

impl Rows {
    /// The columns that a model reads, in Arrow. Other columns are left out, order is free.
    ///
    /// # Errors
    /// A column is missing, mixes kinds, or is of a kind the model cannot read; the message names it.
    pub fn to_batch(&self, inputs: &[Input]) -> Result<RecordBatch> {
        let mut fields = Vec::with_capacity(inputs.len());
        let mut arrays = Vec::with_capacity(inputs.len());
        for (position, input) in inputs.iter().enumerate() {
            let cells = self.column(position, input, inputs)?;
            let array = to_array(cells, input)?;
            fields.push(Field::new(&input.column, array.data_type().clone(), true));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|error| Failure::internal("laying out a request's rows").because(error))
    }

    fn column(&self, position: usize, input: &Input, inputs: &[Input]) -> Result<&[Cell]> {
        let index = match &self.names {
            Some(names) => names.iter().position(|name| name == &input.column),
            None => Some(position),
        };
        let missing = || {
            let wanted: Vec<&str> = inputs.iter().map(|input| input.column.as_str()).collect();
            let text = format!("the request has no column {}; the model reads {}", input.column, wanted.join(", "));
            Failure::new(&codes::serving::SCHEMA, text)
        };
        index.and_then(|index| self.columns.get(index)).map(Vec::as_slice).ok_or_else(missing)
    }
}

/// The narrowest kind that holds a column's cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Bool,
    Int,
    Double,
    Text,
    Numbers,
}

fn kind_of(cells: &[Cell]) -> Option<Kind> {
    cells.iter().try_fold(Kind::Nothing, |kind, cell| {
        let next = match cell {
            Cell::Null => return Some(kind),
            Cell::Bool(_) => Kind::Bool,
            Cell::Int(_) => Kind::Int,
            Cell::Double(_) => Kind::Double,
            Cell::Text(_) => Kind::Text,
            Cell::Numbers(_) => Kind::Numbers,
        };
        match (kind, next) {
            (Kind::Nothing, next) => Some(next),
            (Kind::Int, Kind::Double) | (Kind::Double, Kind::Int) => Some(Kind::Double),
            (kind, next) if kind == next => Some(kind),
            _ => None,
        }
    })
}

fn to_array(cells: &[Cell], input: &Input) -> Result<ArrayRef> {
    let wrong = |what: &str| {
        let text = format!("column {} {what}", input.column);
        Failure::new(&codes::serving::SCHEMA, text)
    };
    let kind = kind_of(cells).ok_or_else(|| wrong("mixes numbers, texts or lists; send one kind"))?;
    match (input.kind, kind) {
        (InputKind::Number, Kind::Text) => return Err(wrong("holds text, and the model reads numbers")),
        (InputKind::Number, Kind::Numbers) => return Err(wrong("holds lists, and the model reads numbers")),
        (InputKind::Vector, kind) if kind != Kind::Numbers => {
            return Err(wrong("is read as a vector; send each row as a list of numbers"));
        }
        _ => {}
    }
    Ok(match kind {
        Kind::Bool => Arc::new(cells.iter().map(as_bool).collect::<BooleanArray>()),
        Kind::Int if input.kind == InputKind::Any => Arc::new(cells.iter().map(as_int).collect::<Int64Array>()),
        Kind::Int | Kind::Double | Kind::Nothing => Arc::new(cells.iter().map(as_double).collect::<Float64Array>()),
        Kind::Text => Arc::new(cells.iter().map(as_text).collect::<StringArray>()),
        Kind::Numbers => {
            let vectors: Vec<Option<Vector>> = cells.iter().map(as_vector).collect();
            vector_column(vectors.iter().map(Option::as_ref))
        }
    })
}

fn as_bool(cell: &Cell) -> Option<bool> {
    if let Cell::Bool(value) = cell { Some(*value) } else { None }
}

fn as_int(cell: &Cell) -> Option<i64> {
    if let Cell::Int(value) = cell { Some(*value) } else { None }
}

fn as_double(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Double(value) => Some(*value),
        Cell::Int(value) => Some(*value as f64),
        _ => None,
    }
}

fn as_text(cell: &Cell) -> Option<&str> {
    if let Cell::Text(value) = cell { Some(value) } else { None }
}

fn as_vector(cell: &Cell) -> Option<Vector> {
    if let Cell::Numbers(values) = cell { Some(Vector::Dense(values.clone())) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let columns = vec![
            vec![Cell::Int(1), Cell::Double(2.5), Cell::Null],
            vec![Cell::Text("a".into()), Cell::Null, Cell::Text("b".into())],
            vec![Cell::Numbers(vec![1.0]), Cell::Numbers(vec![2.0]), Cell::Null],
            vec![Cell::Int(1), Cell::Text("x".into()), Cell::Null],
        ];
        let names = ["n", "s", "v", "mixed"].map(str::to_owned).to_vec();
        Rows { names: Some(names), columns, count: 3 }
    }

    #[test]
    fn the_model_says_which_columns_and_kinds() {
        let rows = rows();
        let batch = rows.to_batch(&[Input::any("s"), Input::number("n"), Input::vector("v")]).unwrap();
        let types: Vec<String> = batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
        assert_eq!(types[..2], ["Utf8", "Float64"]);
        assert_eq!(batch.num_rows(), 3);
        let failures = [
            (Input::any("absent"), "the request has no column absent; the model reads absent"),
            (Input::number("s"), "column s holds text, and the model reads numbers"),
            (Input::vector("n"), "column n is read as a vector"),
            (Input::any("mixed"), "column mixed mixes numbers, texts or lists"),
        ];
        for (input, message) in failures {
            let failure = rows.to_batch(&[input]).unwrap_err();
            assert!(failure.to_string().starts_with(message), "{failure}");
        }
    }
}
