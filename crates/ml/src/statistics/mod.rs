//! Statistics of columns, `pyspark.ml.stat`: each is one aggregate over the rows and a table at the end.

pub mod analysis_of_variance;
pub mod contingency;
pub mod correlation;
pub mod covariance;
pub mod distributions;
pub mod gathered;
pub mod kolmogorov;
pub mod regression_test;
pub mod sample_test;
pub mod summary;
mod test_table;

pub use test_table::{Layout, TestResult, table_of_tests};

use crate::fit::{AnyAcc, AnyPass};
use crate::transform::invalid_row;
use crate::{Block, Input, Pass, Registry, Value};
use arrow_array::{Array, RecordBatch};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use std::sync::Arc;

/// A statistic over a DataFrame: one aggregate and the table made of it.
pub trait Statistic: Send + Sync {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>>;
    fn pass(&self) -> Arc<dyn AnyPass>;
    fn finish(&self, merged: AnyAcc) -> Result<RecordBatch>;
}

/// Registers the passes that may run in another process.
pub fn register(registry: &mut Registry) {
    registry
        .pass::<covariance::Covary>()
        .pass::<gathered::Gather>()
        .pass::<contingency::CountPairs>()
        .pass::<analysis_of_variance::SumByClass>()
        .pass::<summary::SummarizeVectors>();
}

/// The statistic of a helper call of Spark Connect: `correlation`, `chiSquareTest` or `kolmogorovSmirnovTest`, with the
/// arguments that follow the DataFrame.
///
/// # Errors
/// There is no such statistic, or the arguments are not its.
pub fn by_name(name: &str, arguments: &[Value]) -> Result<Box<dyn Statistic>> {
    match (name, arguments) {
        ("correlation", [Value::Text(column), Value::Text(method)]) => correlation::statistic(column, method),
        ("chiSquareTest", [Value::Text(features), Value::Text(label), Value::Bool(flatten)]) => {
            Ok(Box::new(contingency::ChiSquareTest::new(features, label, *flatten)))
        }
        ("kolmogorovSmirnovTest", [Value::Text(sample), Value::Text(distribution), Value::Doubles(parameters)]) => {
            sample_test::statistic(sample, distribution, parameters)
        }
        _ => Err(Failure::unsupported(format!("the statistic {name} with {} arguments", arguments.len()))),
    }
}

/// The numbers of an input, none of them null or NaN.
pub(crate) fn labels(block: &Block, input: usize) -> Result<Vec<f64>> {
    let numbers = block.numbers(input)?;
    if numbers.null_count() > 0 || numbers.values().iter().any(|value| value.is_nan()) {
        return Err(invalid_row("Labels MUST NOT be Null or NaN"));
    }
    Ok(numbers.values().to_vec())
}

/// The accumulator of a pass, by its type.
pub(crate) fn merged<P: Pass>(acc: AnyAcc) -> Result<P::Acc> {
    let acc = acc.downcast().map_err(|_| Failure::internal(format!("the accumulator is not of {}", P::NAME)))?;
    Ok(*acc)
}

/// A features vector and a label, in this order.
pub(crate) fn features_and_label(features: &str, label: &str, schema: &Schema) -> Result<Vec<Input>> {
    let inputs = vec![Input::vector(features), Input::number(label)];
    inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
    Ok(inputs)
}
