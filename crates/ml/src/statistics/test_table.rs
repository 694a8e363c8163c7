//! The results of one test a slot, as Spark lays them out: one row of arrays, or a row a slot.

use crate::hash_order;
use crate::linalg::dense_column;
use crate::persist::{Column, table};
use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field};
use brickyard_error::Result;
use std::sync::Arc;

/// The result of a test of one slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    pub p_value: f64,
    pub degrees_of_freedom: i64,
    pub statistic: f64,
}

/// How degrees of freedom and statistics are called and typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `degreesOfFreedom` are ints, `statistics` a vector: the chi-squared test.
    ChiSquared,
    /// `degreesOfFreedom` are longs, `fValues` a vector.
    FValues,
}

/// The results by slot; flat, a row each, with the slot's number, in the order in which Spark groups by it.
pub fn table_of_tests(results: &[TestResult], layout: Layout, flatten: bool) -> Result<RecordBatch> {
    let slots: Vec<i32> = (0..results.len() as i32).collect();
    let slots: Vec<i32> = match flatten {
        true => hash_order::grouped(&slots).into_iter().map(|slot| slot as i32).collect(),
        false => slots,
    };
    let results: Vec<TestResult> = slots.iter().map(|slot| results[*slot as usize]).collect();
    let p_values: Vec<f64> = results.iter().map(|result| result.p_value).collect();
    let statistics: Vec<f64> = results.iter().map(|result| result.statistic).collect();
    let degrees: Vec<i64> = results.iter().map(|result| result.degrees_of_freedom).collect();
    let narrow = || degrees.iter().map(|degrees| *degrees as i32);
    if flatten {
        let of_degrees: ArrayRef = match layout {
            Layout::ChiSquared => Arc::new(Int32Array::from_iter_values(narrow())),
            Layout::FValues => Arc::new(Int64Array::from(degrees.clone())),
        };
        let statistic = if layout == Layout::ChiSquared { "statistic" } else { "fValue" };
        return table([
            Column::required("featureIndex", Arc::new(Int32Array::from(slots))),
            Column::required("pValue", Arc::new(Float64Array::from(p_values))),
            Column::required("degreesOfFreedom", of_degrees),
            Column::required(statistic, Arc::new(Float64Array::from(statistics))),
        ]);
    }
    let of_degrees: ArrayRef = match layout {
        Layout::ChiSquared => crate::persist::int_lists([narrow().collect::<Vec<i32>>()]),
        Layout::FValues => longs(&degrees),
    };
    let statistic = if layout == Layout::ChiSquared { "statistics" } else { "fValues" };
    table([
        Column::optional("pValues", one_vector(p_values)),
        Column::optional("degreesOfFreedom", of_degrees),
        Column::optional(statistic, one_vector(statistics)),
    ])
}

fn one_vector(values: Vec<f64>) -> ArrayRef {
    if values.is_empty() {
        return crate::linalg::vector_column([Some(&crate::Vector::Dense(values))]);
    }
    dense_column(values.len(), values)
}

fn longs(values: &[i64]) -> ArrayRef {
    let mut builder = ListBuilder::new(Int64Builder::new()).with_field(Field::new_list_field(DataType::Int64, false));
    builder.values().append_slice(values);
    builder.append(true);
    Arc::new(builder.finish())
}
