//! Ids of users and items: whole numbers of 32 bits in any numeric column, and their places in a sorted list.

use crate::Input;
use crate::instances::raised;
use crate::linalg::java_double;
use crate::schema::{self, spark_name};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};

/// The column of ids, which must be numeric; it is read as it is, because doubles do not hold every long.
pub fn input(schema: &Schema, column: &str) -> Result<Input> {
    let found = schema::field(schema, column)?.data_type();
    if found.is_numeric() {
        return Ok(Input::any(column));
    }
    let text = format!(
        "requirement failed: Column {column} must be of type numeric but was actually of type {}.",
        spark_name(found)
    );
    Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
}

/// The ids of a column.
///
/// # Errors
/// An id is null, has a fractional part, or does not fit into 32 bits; the message is Spark's.
pub fn read(array: &ArrayRef, column: &str) -> Result<Vec<i32>> {
    if array.data_type() == &DataType::Int32 {
        if array.null_count() > 0 {
            return Err(raised(&codes::ml::INVALID_ROW, format!("{column} Ids MUST NOT be Null")));
        }
        return Ok(array.as_primitive::<Int32Type>().values().to_vec());
    }
    let numbers = arrow_cast::cast(array, &DataType::Float64).map_err(|error| {
        let text = format!("column {column} cannot be read as numbers");
        Failure::new(&codes::ml::COLUMN_TYPE, text).because(error)
    })?;
    let is_whole = array.data_type().is_integer();
    let id = |number: Option<f64>| match number {
        Some(number) if number.fract() == 0.0 && number >= i32::MIN.into() && number <= i32::MAX.into() => {
            Ok(number as i32)
        }
        _ => {
            let shown = match number {
                None => "NULL".to_owned(),
                Some(number) if is_whole => format!("{number:.0}"),
                Some(number) => java_double(number),
            };
            let text = format!(
                "ALS only supports non-Null values in Integer range and without fractional part for column {column}, \
                 but got {shown}"
            );
            Err(raised(&codes::ml::INVALID_ROW, text))
        }
    };
    numbers.as_primitive::<Float64Type>().iter().map(id).collect()
}

/// Different ids in order, and where each of them is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ids {
    sorted: Vec<i32>,
    /// Places by id - first id where the ids lie dense enough; empty otherwise.
    table: Vec<u32>,
}

impl Ids {
    /// Of ids in any order, with repetitions.
    pub fn of(ids: &[i32]) -> Self {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let span = match (sorted.first(), sorted.last()) {
            (Some(first), Some(last)) => (i64::from(*last) - i64::from(*first) + 1) as usize,
            _ => 0,
        };
        let mut table = Vec::new();
        if span <= sorted.len().saturating_mul(16).max(1 << 16) {
            table = vec![u32::MAX; span];
            let first = i64::from(sorted.first().copied().unwrap_or(0));
            for (place, id) in sorted.iter().enumerate() {
                table[(i64::from(*id) - first) as usize] = place as u32;
            }
        }
        Self { sorted, table }
    }

    pub fn as_slice(&self) -> &[i32] {
        &self.sorted
    }

    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    pub fn place(&self, id: i32) -> Option<usize> {
        if self.table.is_empty() {
            return self.sorted.binary_search(&id).ok();
        }
        let offset = i64::from(id) - i64::from(*self.sorted.first()?);
        let place = *self.table.get(usize::try_from(offset).ok()?)?;
        (place != u32::MAX).then_some(place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_dense_and_in_scattered_ids() {
        for ids in [vec![5, 3, 9, 3], vec![i32::MIN, 0, i32::MAX]] {
            let found = Ids::of(&ids);
            assert!(ids.iter().all(|id| found.as_slice()[found.place(*id).unwrap()] == *id));
            assert_eq!((found.place(4), found.place(-7)), (None, None));
        }
        assert_eq!(Ids::of(&[]).place(0), None);
    }
}
