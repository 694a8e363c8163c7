//! The F test of a regression on one slot: whether the slot is correlated with a label of numbers.

use super::covariance::{Covariance, Covary};
use super::distributions::f;
use super::{Layout, Statistic, TestResult, features_and_label, merged, table_of_tests};
use crate::Input;
use crate::fit::{AnyAcc, AnyPass};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// The test of every slot; the label is the last column of the covariance.
///
/// # Errors
/// There is no row.
pub fn tests(covariance: &Covariance) -> Result<Vec<TestResult>> {
    let Some(label) = covariance.size().checked_sub(1) else {
        return Err(Failure::new(&codes::ml::EMPTY_DATASET, "F value test was given no rows"));
    };
    let degrees = covariance.rows as i64 - 2;
    let test = |slot: usize| {
        let of = |one: usize, other: usize| covariance.product(one, other);
        let correlation = of(slot, label) / (of(slot, slot).sqrt() * of(label, label).sqrt());
        let square = correlation * correlation;
        let statistic = square / (1.0 - square) * degrees as f64;
        TestResult { p_value: 1.0 - f(statistic, 1.0, degrees as f64), degrees_of_freedom: degrees, statistic }
    };
    Ok((0..label).map(test).collect())
}

/// Spark's `FValueTest.test`.
#[derive(Debug)]
pub struct RegressionTest {
    features: String,
    label: String,
    flatten: bool,
}

impl RegressionTest {
    pub fn new(features: &str, label: &str, flatten: bool) -> Self {
        Self { features: features.to_owned(), label: label.to_owned(), flatten }
    }
}

impl Statistic for RegressionTest {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        features_and_label(&self.features, &self.label, schema)
    }

    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(Covary { with_label: true })
    }

    fn finish(&self, acc: AnyAcc) -> Result<RecordBatch> {
        table_of_tests(&tests(&merged::<Covary>(acc)?)?, Layout::FValues, self.flatten)
    }
}

#[cfg(test)]
mod tests {
    use super::super::analysis_of_variance::SumByClass;
    use super::*;
    use crate::linalg::vector_column;
    use crate::{Block, Pass, Vector};
    use arrow_array::Float64Array;

    fn block(labels: [f64; 8]) -> Block {
        let sparse = |indices: Vec<u32>, values: Vec<f64>| Vector::Sparse { size: 3, indices, values };
        let rows = [
            Vector::Dense(vec![0.0, 10.0, 1.7]),
            Vector::Dense(vec![1.0, 20.0, 4.4]),
            Vector::Dense(vec![0.0, 30.0, 3.1]),
            Vector::Dense(vec![1.0, 30.0, 1.1]),
            Vector::Dense(vec![0.0, 40.0, 9.2]),
            sparse(vec![1, 2], vec![40.0, 5.0]),
            sparse(vec![0, 1], vec![1.0, 2.5]),
            Vector::Dense(vec![1.0, 10.0, 0.3]),
        ];
        let labels = Arc::new(Float64Array::from(labels.to_vec()));
        Block { partition: 0, first_row: 0, rows: 8, columns: vec![vector_column(rows.iter().map(Some)), labels] }
    }

    fn check(found: &[TestResult], expected: [(f64, f64); 3], degrees: i64) {
        for (found, (statistic, p_value)) in found.iter().zip(expected) {
            assert_eq!(found.degrees_of_freedom, degrees);
            assert!((found.statistic - statistic).abs() < 1e-12, "{found:?} {statistic}");
            assert!((found.p_value - p_value).abs() < 1e-12, "{found:?} {p_value}");
        }
    }

    /// Values of SciPy 1.17: `linregress` and `f_oneway`.
    #[test]
    fn both_f_tests_agree_with_tables() {
        let covary = Covary { with_label: true };
        let mut covariance = Pass::zero(&covary);
        let labels = [1.5, 2.5, 3.0, -0.5, 6.0, 4.0, 8.5, 7.0];
        Pass::update(&covary, &mut covariance, &block(labels), &mut ()).unwrap();
        let expected = [
            (0.109_090_909_090_909_1, 0.752_409_432_640_799_8),
            (0.720_954_187_083_048_4, 0.428_402_207_427_394_2),
            (0.000_231_169_331_535_347_5, 0.988_362_190_747_877_5),
        ];
        check(&tests(&covariance).unwrap(), expected, 6);

        let mut sums = Pass::zero(&SumByClass);
        let classes = [0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 0.0];
        Pass::update(&SumByClass, &mut sums, &block(classes), &mut ()).unwrap();
        let expected = [
            (0.227_272_727_272_727_3, 0.804_504_722_489_700_7),
            (1.812_733_499_377_334_7, 0.255_840_011_613_793_05),
            (0.401_749_031_576_476_1, 0.688_970_142_027_148_7),
        ];
        check(&sums.tests().unwrap(), expected, 7);
    }
}
