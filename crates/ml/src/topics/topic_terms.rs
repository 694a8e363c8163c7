//! What both models tell of their topics.

use super::params::Settings;
use crate::persist::{Column, double_lists, int_lists, table};
use crate::{Attribute, Matrix, Params, Value, Vector};
use arrow_array::Int32Array;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Topics as weights of terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Topics {
    pub topics: usize,
    /// `[terms, topics]`, row by row: parameters of distributions, or expected counts.
    pub weights: Vec<f64>,
    pub alpha: Vec<f64>,
    pub eta: f64,
}

/// Terms that `describeTopics` tells when it is not told how many.
const DESCRIBED_TERMS: i64 = 10;

impl Topics {
    pub fn terms(&self) -> usize {
        self.weights.len() / self.topics.max(1)
    }

    /// `[terms, topics]`, column by column, as Spark keeps it.
    pub fn matrix(&self) -> Matrix {
        let (terms, topics) = (self.terms(), self.topics);
        let values = (0..topics).flat_map(|topic| (0..terms).map(move |term| self.weights[term * topics + topic]));
        Matrix::column_major(terms, topics, values.collect())
    }

    pub fn of_matrix(matrix: &Matrix, alpha: Vec<f64>, eta: f64) -> Self {
        Self { topics: matrix.columns, weights: matrix.to_row_major(), alpha, eta }
    }

    /// The heaviest terms of each topic, and their shares of the topic.
    fn described(&self, count: usize) -> Result<Attribute> {
        let (terms, topics) = (self.terms(), self.topics);
        let (mut indices, mut shares) = (Vec::new(), Vec::new());
        for topic in 0..topics {
            let weight = |term: usize| self.weights[term * topics + topic];
            let total: f64 = (0..terms).map(weight).sum();
            let mut order: Vec<usize> = (0..terms).collect();
            order.sort_by(|a, b| weight(*b).total_cmp(&weight(*a)));
            order.truncate(count);
            shares.push(order.iter().map(|term| weight(*term) / total).collect::<Vec<f64>>());
            indices.push(order.into_iter().map(|term| term as i32).collect::<Vec<i32>>());
        }
        let rows = table([
            Column::required("topic", Arc::new((0..topics as i32).collect::<Int32Array>())),
            Column::optional("termIndices", int_lists(indices)),
            Column::optional("termWeights", double_lists(shares)),
        ])?;
        Ok(Attribute::Frame(rows))
    }

    /// The attributes that both models have.
    pub fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Option<Attribute>> {
        Ok(Some(match name {
            "vocabSize" => (self.terms() as i64).into(),
            "estimatedDocConcentration" => Value::Vector(Vector::Dense(self.alpha.clone())).into(),
            "topicsMatrix" => Value::Matrix(self.matrix()).into(),
            "describeTopics" => {
                let count = match arguments {
                    [] => DESCRIBED_TERMS,
                    [Value::Int(count)] => *count,
                    _ => {
                        return Err(Failure::new(
                            &codes::ml::ATTRIBUTE_UNKNOWN,
                            "describeTopics takes a number of terms",
                        ));
                    }
                };
                self.described(usize::try_from(count).unwrap_or(0))?
            }
            _ => return Ok(None),
        }))
    }

    /// Spark's text of both models.
    pub fn text(&self, class: &str, params: &Params) -> String {
        let name = class.rsplit('.').next().unwrap_or(class);
        format!("{name}: uid={}, k={}, numFeatures={}", params.uid(), self.topics, self.terms())
    }

    /// As a training starts with: the concentrations alone.
    pub fn empty(settings: &Settings) -> Self {
        Self { topics: settings.topics, weights: Vec::new(), alpha: settings.alpha.clone(), eta: settings.eta }
    }
}
