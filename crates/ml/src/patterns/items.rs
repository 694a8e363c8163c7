//! Items of any simple type: read from Arrow as values that sort and hash, and written back in the column's own type.

use crate::hash_order::{java, scala};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, ListArray, StringArray, new_null_array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One item. Doubles are told by the bits of a number that sorts like them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Item {
    Null,
    Whole(i64),
    Double(i64),
    Text(String),
}

/// Items as a column, in a type of few.
#[derive(Debug, Clone)]
enum Column {
    Whole(Int64Array),
    Double(Float64Array),
    Text(StringArray),
}

/// Lists of items, row by row.
#[derive(Debug, Clone)]
pub struct Lists {
    lists: ListArray,
    items: Column,
}

/// The type of the items of a column of lists.
pub fn item_type(list: &DataType) -> Option<&DataType> {
    match list {
        DataType::List(element) | DataType::LargeList(element) => Some(element.data_type()),
        _ => None,
    }
}

impl Lists {
    pub fn of(column: &ArrayRef) -> Result<Self> {
        let wrong =
            || Failure::new(&codes::ml::COLUMN_TYPE, format!("lists were expected, found {}", column.data_type()));
        let item = item_type(column.data_type()).ok_or_else(wrong)?;
        let simple = match item {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
            DataType::Float32 | DataType::Float64 => DataType::Float64,
            item if item.is_integer() || matches!(item, DataType::Boolean | DataType::Date32 | DataType::Null) => {
                DataType::Int64
            }
            other => return Err(Failure::unsupported(format!("items of type {other}"))),
        };
        let target = DataType::List(Arc::new(Field::new_list_field(simple.clone(), true)));
        let lists = arrow_cast::cast(column, &target).map_err(|error| wrong().because(error))?;
        let lists = lists.as_list::<i32>().clone();
        let items = match simple {
            DataType::Utf8 => Column::Text(lists.values().as_string::<i32>().clone()),
            DataType::Float64 => Column::Double(lists.values().as_primitive::<Float64Type>().clone()),
            _ => Column::Whole(lists.values().as_primitive::<Int64Type>().clone()),
        };
        Ok(Self { lists, items })
    }

    pub fn is_null(&self, row: usize) -> bool {
        self.lists.is_null(row)
    }

    /// The places of a row's items.
    pub fn places(&self, row: usize) -> std::ops::Range<usize> {
        self.lists.value_offsets()[row] as usize..self.lists.value_offsets()[row + 1] as usize
    }

    pub fn item(&self, place: usize) -> Item {
        match &self.items {
            Column::Whole(items) if items.is_valid(place) => Item::Whole(items.value(place)),
            Column::Double(items) if items.is_valid(place) => Item::Double(ordered_bits(items.value(place))),
            Column::Text(items) if items.is_valid(place) => Item::Text(items.value(place).to_owned()),
            _ => Item::Null,
        }
    }

    pub fn row(&self, row: usize) -> impl Iterator<Item = Item> {
        self.places(row).map(|place| self.item(place))
    }
}

impl Item {
    /// The hash of the item in a sequence: Scala's, by which equal numbers of any type are equal.
    pub fn scala_hash(&self) -> i32 {
        match self {
            Item::Null => 0,
            Item::Whole(value) => scala::long(*value),
            Item::Double(bits) => scala::double(number(*bits)),
            Item::Text(text) => scala::text(text),
        }
    }

    /// The hash of the item alone: Java's.
    pub fn java_hash(&self) -> i32 {
        match self {
            Item::Double(bits) => java::double(number(*bits)),
            other => other.scala_hash(),
        }
    }
}

fn ordered_bits(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The number with these [`ordered_bits`].
fn number(bits: i64) -> f64 {
    f64::from_bits((bits ^ (((bits >> 63) as u64) >> 1) as i64) as u64)
}

/// The items as a column of a type that they were read from.
pub fn column<'a>(items: impl Iterator<Item = &'a Item>, item_type: &DataType) -> Result<ArrayRef> {
    let items: Vec<&Item> = items.collect();
    let simple: ArrayRef = match items.iter().find(|item| ***item != Item::Null) {
        None => return Ok(new_null_array(item_type, items.len())),
        Some(Item::Text(_)) => Arc::new(StringArray::from_iter(items.iter().map(|item| match item {
            Item::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        Some(Item::Double(_)) => Arc::new(Float64Array::from_iter(items.iter().map(|item| match item {
            Item::Double(bits) => Some(number(*bits)),
            _ => None,
        }))),
        Some(_) => Arc::new(Int64Array::from_iter(items.iter().map(|item| match item {
            Item::Whole(value) => Some(*value),
            _ => None,
        }))),
    };
    arrow_cast::cast(&simple, item_type).map_err(|error| Failure::internal("writing items").because(error))
}

/// Lists of these lengths over items.
pub fn lists(items: ArrayRef, lengths: impl IntoIterator<Item = usize>) -> ArrayRef {
    let element = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Arc::new(ListArray::new(element, OffsetBuffer::from_lengths(lengths), items, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_all_types_come_back() {
        let columns: [ArrayRef; 4] = [
            Arc::new(StringArray::from(vec![Some("b"), None, Some("a")])),
            Arc::new(Float64Array::from(vec![-1.5, 0.0, 2.5])),
            Arc::new(arrow_array::Int32Array::from(vec![3, -1, 2])),
            Arc::new(arrow_array::BooleanArray::from(vec![true, false, true])),
        ];
        for values in columns {
            let read = Lists::of(&lists(values.clone(), [1, 2])).unwrap();
            let items: Vec<Item> = (0..2).flat_map(|row| read.row(row)).collect();
            assert_eq!(&column(items.iter(), values.data_type()).unwrap(), &values);
        }
        assert!(Item::Double(ordered_bits(-2.0)) < Item::Double(ordered_bits(-1.0)));
    }
}
