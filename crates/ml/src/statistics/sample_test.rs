//! Kolmogorov and Smirnov's test of a sample against a normal distribution.

use super::gathered::Gather;
use super::{Statistic, distributions, kolmogorov, merged};
use crate::Input;
use crate::fit::{AnyAcc, AnyPass};
use crate::persist::{Column, table};
use arrow_array::{Float64Array, RecordBatch};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// `KolmogorovSmirnovTest.test`: the distribution is `norm`, its parameters mean and standard deviation.
///
/// # Errors
/// Another distribution is asked for, or the parameters are not two, or the deviation is not positive.
pub fn statistic(sample: &str, distribution: &str, parameters: &[f64]) -> Result<Box<dyn Statistic>> {
    let wrong = |text: String| Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
    if distribution != "norm" {
        return wrong(format!(
            "{distribution} not yet supported through convenience method. Current options are:['norm']."
        ));
    }
    let (mean, deviation) = match parameters {
        [] => (0.0, 1.0),
        [mean, deviation] => (*mean, *deviation),
        _ => {
            let text = "requirement failed: Normal distribution requires mean and standard deviation as parameters";
            return wrong(text.to_owned());
        }
    };
    if deviation.is_nan() || deviation <= 0.0 {
        return wrong(format!("standard deviation ({deviation:?})"));
    }
    Ok(Box::new(SampleTest { sample: sample.to_owned(), mean, deviation }))
}

struct SampleTest {
    sample: String,
    mean: f64,
    deviation: f64,
}

impl Statistic for SampleTest {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::number(&self.sample);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(Gather)
    }

    fn finish(&self, acc: AnyAcc) -> Result<RecordBatch> {
        let mut values = merged::<Gather>(acc)?.values;
        if values.is_empty() {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "KolmogorovSmirnovTest was given no values"));
        }
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len();
        let apart = |(place, value): (usize, &f64)| {
            let expected = distributions::normal((value - self.mean) / self.deviation);
            let (below, at) = (place as f64 / count as f64, (place as f64 + 1.0) / count as f64);
            (at - expected).max(expected - below)
        };
        let statistic = values.iter().enumerate().map(apart).fold(0.0, f64::max);
        let p_value = 1.0 - kolmogorov::probability(statistic, count);
        let one = |value: f64| Arc::new(Float64Array::from(vec![value]));
        table([Column::required("pValue", one(p_value)), Column::required("statistic", one(statistic))])
    }
}
