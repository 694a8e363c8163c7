//! Columns of lists of numbers: labels and predictions of rankings and of several labels a row.

use crate::schema::{self, spark_name};
use crate::{Block, Input};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, LargeListArray, ListArray};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};

/// The input, if its column holds lists of doubles.
pub fn input(schema: &Schema, column: &str) -> Result<Input> {
    let field = schema::field(schema, column)?;
    let is_doubles = match field.data_type() {
        DataType::List(element) | DataType::LargeList(element) => element.data_type() == &DataType::Float64,
        _ => false,
    };
    if is_doubles {
        return Ok(Input::any(column));
    }
    let text = format!(
        "requirement failed: Column {column} must be of type equal to one of the following types: [array<double>, \
         array<double>] but was actually of type {}.",
        spark_name(field.data_type())
    );
    Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
}

/// The numbers of each row of an input.
pub struct Lists<'a> {
    column: &'a ArrayRef,
    what: &'static str,
}

impl<'a> Lists<'a> {
    pub fn of(block: &'a Block, input: usize, what: &'static str) -> Result<Self> {
        Ok(Self { column: block.column(input)?, what })
    }

    /// # Errors
    /// The list is null, or has a null in it.
    pub fn row(&self, row: usize) -> Result<Vec<f64>> {
        let invalid = || {
            let text = format!("a list of {} is null or has a null in it; drop such rows", self.what);
            Failure::new(&codes::ml::INVALID_ROW, text)
        };
        if self.column.is_null(row) {
            return Err(invalid());
        }
        let items = if let Some(lists) = self.column.as_any().downcast_ref::<ListArray>() {
            lists.value(row)
        } else if let Some(lists) = self.column.as_any().downcast_ref::<LargeListArray>() {
            lists.value(row)
        } else {
            return Err(invalid());
        };
        match items.as_primitive_opt::<Float64Type>() {
            Some(numbers) if numbers.null_count() == 0 => {
                Ok(numbers.values().iter().map(|value| value + 0.0).collect())
            }
            _ => Err(invalid()),
        }
    }
}

/// Sorted by value, NaN last.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// What two sorted lists have in common, with repetitions, and what only the first and only the second has.
pub fn compare(first: &[f64], second: &[f64]) -> [Vec<f64>; 3] {
    let [mut both, mut only_first, mut only_second] = [vec![], vec![], vec![]];
    let (mut i, mut j) = (0, 0);
    while i < first.len() && j < second.len() {
        match first[i].total_cmp(&second[j]) {
            std::cmp::Ordering::Less => only_first.push(first[i]),
            std::cmp::Ordering::Greater => only_second.push(second[j]),
            std::cmp::Ordering::Equal => both.push(first[i]),
        }
        let order = first[i].total_cmp(&second[j]);
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
    only_first.extend_from_slice(&first[i..]);
    only_second.extend_from_slice(&second[j..]);
    [both, only_first, only_second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_compare_with_repetitions() {
        let [both, first, second] = compare(&[1.0, 1.0, 2.0, 4.0], &[1.0, 2.0, 2.0, 3.0]);
        assert_eq!((both, first, second), (vec![1.0, 2.0], vec![1.0, 4.0], vec![2.0, 3.0]));
    }
}
