//! Columns as text: strings as they are, numbers as Spark's cast to string prints them.

use crate::linalg::java_double;
use crate::schema::spark_name;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;
use brickyard_error::{Failure, Result, codes};
use std::cmp::Ordering;
use std::sync::Arc;

/// True for columns that [`as_text`] reads.
pub fn is_text_or_number(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
        || data_type.is_numeric()
}

/// The column as strings; nulls stay null.
pub fn as_text(name: &str, column: &ArrayRef) -> Result<Arc<StringArray>> {
    let cast = |to: &DataType| {
        arrow_cast::cast(column, to).map_err(|error| {
            let kind = spark_name(column.data_type());
            let text = format!("column {name} is {kind}, which cannot be read as text");
            Failure::new(&codes::ml::COLUMN_TYPE, text).because(error)
        })
    };
    match column.data_type() {
        DataType::Float64 | DataType::Float16 | DataType::Float32 => {
            let numbers = cast(&DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            let single = column.data_type() != &DataType::Float64;
            let shown = |number: f64| if single { java_float(number as f32) } else { java_double(number) };
            Ok(Arc::new(numbers.iter().map(|number| number.map(shown)).collect()))
        }
        _ => Ok(Arc::new(cast(&DataType::Utf8)?.as_string::<i32>().clone())),
    }
}

/// A single-precision number as Java prints it: its own shortest digits, not those of the double of equal value.
fn java_float(number: f32) -> String {
    number.to_string().parse().map_or_else(|_| number.to_string(), java_double)
}

/// Java's order of strings: by UTF-16 units, which differs from Rust's beyond the basic plane.
pub fn java_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Float32Array, Float64Array, Int64Array};

    #[test]
    fn numbers_are_shown_as_in_spark() {
        let columns: [(ArrayRef, &[Option<&str>]); 3] = [
            (Arc::new(Float64Array::from(vec![Some(1.0), None, Some(1e10)])), &[Some("1.0"), None, Some("1.0E10")]),
            (Arc::new(Float32Array::from(vec![0.1, 2.0])), &[Some("0.1"), Some("2.0")]),
            (Arc::new(Int64Array::from(vec![-7])), &[Some("-7")]),
        ];
        for (column, expected) in columns {
            assert_eq!(as_text("c", &column).unwrap().iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn strings_are_ordered_as_in_java() {
        assert_eq!(java_order("a", "b"), Ordering::Less);
        assert_eq!(java_order("\u{ffee}", "\u{1f600}"), Ordering::Greater);
    }
}
