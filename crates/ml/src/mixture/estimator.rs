//! Training of a Gaussian mixture: components start from a few random rows each, as in Spark.

use super::SPECS;
use super::expect::{ExpectPass, Mixture, Moments};
use super::gaussian::Gaussian;
use super::model::GaussianMixtureModel;
use crate::fit::{Estimator, Fit, FitReport, Merge, Pass, Progress, Step};
use crate::instances::{Features, check_weight, empty_dataset, illegal, number};
use crate::random::Draws;
use crate::{Block, Input, Params, Value};
use arrow_schema::Schema;
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Spark's `GaussianMixture`.
#[derive(Debug, Clone)]
pub struct GaussianMixture {
    params: Params,
}

impl GaussianMixture {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

/// Rows a component starts from.
const SAMPLES: usize = 5;

/// A covariance of more features would not fit into Spark's arrays.
const MAX_FEATURES: usize = 46_340;

impl Estimator for GaussianMixture {
    type Fit = SampleFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        let weight = self.params.optional_text("weightCol").map(|weight| Input::number(&weight));
        let inputs: Vec<Input> = [features].into_iter().chain(weight).collect();
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, _schema: &Schema, rows: u64) -> Result<SampleFit> {
        let components = self.params.int("k")? as usize;
        let mut draws = Draws::new(self.params.int("seed")? as u64);
        let rows = (0..components * SAMPLES).map(|_| draws.below(rows as usize) as u64).collect();
        Ok(SampleFit { params: self.params.clone(), rows })
    }
}

/// The first phase: the rows that the components start from.
pub struct SampleFit {
    params: Params,
    /// Global numbers, component by component; a row may come several times.
    rows: Vec<u64>,
}

/// Fetches rows by their numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SamplePass {
    weighted: bool,
    /// Sorted, each once.
    rows: Vec<u64>,
}

/// Features and weight by row number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples(BTreeMap<u64, (Vec<f64>, f64)>);

impl Merge for Samples {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Pass for SamplePass {
    const NAME: &'static str = "mixture.sample";
    type View = Block;
    type Memo = ();
    type Acc = Samples;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Samples {
        Samples::default()
    }

    fn update(&self, acc: &mut Samples, block: &Block, (): &mut ()) -> Result<()> {
        let end = block.first_row + block.rows as u64;
        let from = self.rows.partition_point(|row| *row < block.first_row);
        let wanted: Vec<u64> = self.rows[from..].iter().copied().take_while(|row| *row < end).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let features = Features::of(block, 0)?;
        let weights = if self.weighted { Some(block.numbers(1)?) } else { None };
        for number_of_row in wanted {
            let row = (number_of_row - block.first_row) as usize;
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            acc.0.insert(number_of_row, (features.row(row).to_vector().to_dense(), weight));
        }
        Ok(())
    }
}

impl SampleFit {
    fn mixture(&self, samples: &Samples) -> Option<Mixture> {
        let chosen: Vec<&(Vec<f64>, f64)> =
            self.rows.iter().map(|row| samples.0.get(row)).collect::<Option<Vec<_>>>()?;
        let total: f64 = chosen.iter().map(|(_, weight)| weight).sum();
        let component = |rows: &[&(Vec<f64>, f64)]| {
            let size = rows[0].0.len();
            let weight: f64 = rows.iter().map(|(_, weight)| weight).sum();
            let mean_of = |value: &dyn Fn(&[f64], usize) -> f64| -> Vec<f64> {
                (0..size).map(|i| rows.iter().map(|(row, w)| w * value(row, i)).sum::<f64>() / weight).collect()
            };
            let mean = mean_of(&|row, i| row[i]);
            let variances = mean_of(&|row, i| (row[i] - mean[i]).powi(2));
            let mut covariance = vec![0.0; size * size];
            variances.iter().enumerate().for_each(|(i, variance)| covariance[i * size + i] = *variance);
            (weight / total, Gaussian::new(mean, covariance))
        };
        let (weights, gaussians) = chosen.chunks(SAMPLES).map(component).unzip();
        Some(Mixture { weights, gaussians })
    }
}

impl Fit for SampleFit {
    type Pass = SamplePass;

    fn pass(&self) -> SamplePass {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        rows.dedup();
        SamplePass { weighted: self.params.optional_text("weightCol").is_some(), rows }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0) as u64, unit: "iterations" }
    }

    fn absorb(self, samples: Samples) -> Result<Step<Self>> {
        let size = samples.0.values().next().map_or(0, |(row, _)| row.len());
        if size >= MAX_FEATURES {
            let text = format!(
                "requirement failed: GaussianMixture cannot handle more than {MAX_FEATURES} features because the size \
                 of the covariance matrix is quadratic in the number of features."
            );
            return Err(illegal(&codes::ml::INVALID_ROW, text));
        }
        let mixture = self.mixture(&samples).ok_or_else(empty_dataset)?;
        Ok(Step::Then(Box::new(ExpectFit {
            weighted: self.params.optional_text("weightCol").is_some(),
            max_iterations: self.params.int("maxIter")? as u64,
            tolerance: self.params.double("tol")?,
            params: self.params,
            mixture: Arc::new(mixture),
            iterations: 0,
            log_likelihood: f64::MIN,
            is_last: false,
        })))
    }
}

/// The second phase.
pub struct ExpectFit {
    params: Params,
    weighted: bool,
    max_iterations: u64,
    tolerance: f64,
    mixture: Arc<Mixture>,
    iterations: u64,
    /// Of the mixture that the last iteration began with, as Spark reports it.
    log_likelihood: f64,
    /// The mixture is final; the pass only counts the clusters.
    is_last: bool,
}

impl ExpectFit {
    /// The mixture of the rows' shares.
    fn maximized(&self, moments: &Moments) -> Mixture {
        let total: f64 = moments.weights.iter().sum();
        let size = self.mixture.gaussians.first().map_or(0, |gaussian| gaussian.mean.len());
        let component = |(index, old): (usize, &Gaussian)| {
            let weight = moments.weights[index];
            let moved: Vec<f64> = moments.firsts[index * size..][..size].iter().map(|sum| sum / weight).collect();
            let mean = old.mean.iter().zip(&moved).map(|(mean, moved)| mean + moved).collect();
            let seconds = &moments.seconds[index * size * size..][..size * size];
            let mut covariance = vec![0.0; size * size];
            for i in 0..size {
                for j in 0..=i {
                    let value = seconds[i * size + j] / weight - moved[i] * moved[j];
                    covariance[i * size + j] = value;
                    covariance[j * size + i] = value;
                }
            }
            (weight / total, Gaussian::new(mean, covariance))
        };
        let (weights, gaussians) = self.mixture.gaussians.iter().enumerate().map(component).unzip();
        Mixture { weights, gaussians }
    }

    fn finish(self, moments: &Moments) -> (GaussianMixtureModel, FitReport) {
        let sizes = moments.sizes.iter().map(|size| *size as i64).collect();
        let values = BTreeMap::from([
            ("logLikelihood", Value::Double(self.log_likelihood)),
            ("clusterSizes", Value::Ints(sizes)),
            ("k", Value::Int(self.mixture.weights.len() as i64)),
            ("numIter", Value::Int(self.iterations as i64)),
        ]);
        let model = GaussianMixtureModel::new(self.params.carry_to(SPECS), Arc::unwrap_or_clone(self.mixture));
        (model, FitReport { iterations: self.iterations, values, ..FitReport::default() })
    }
}

impl Fit for ExpectFit {
    type Pass = ExpectPass;

    fn pass(&self) -> ExpectPass {
        ExpectPass { weighted: self.weighted, mixture: self.mixture.clone() }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.iterations, total: self.max_iterations, unit: "iterations" }
    }

    fn absorb(mut self, moments: Moments) -> Result<Step<Self>> {
        if self.is_last || self.max_iterations == 0 {
            let (model, report) = self.finish(&moments);
            return Ok(Step::Done(Box::new(model), report));
        }
        let mixture = self.maximized(&moments);
        let change = (moments.log_likelihood - self.log_likelihood).abs();
        self.mixture = Arc::new(mixture);
        self.iterations += 1;
        self.log_likelihood = moments.log_likelihood;
        self.is_last = self.iterations >= self.max_iterations || change.is_nan() || change <= self.tolerance;
        Ok(Step::Again(self))
    }
}
