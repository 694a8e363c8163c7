//! Hyper-parameters searched on held-out rows: the features are made once, and every trial learns from them in memory.

use super::evaluation::Predictions;
use super::steps::Steps;
use super::{estimator, refused};
use crate::SearchLog;
use brickyard_error::Result;
use brickyard_ml::random::{mix, unit};
use brickyard_ml::runner::Cancel;
use brickyard_ml::search::{Algorithm, Proposal, Search, Space, Trial};
use brickyard_ml::{AnyEstimator, Params, Value};
use brickyard_spec::{Node, Relation};
use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;

/// What is logged of every trial, beside the metric's own name.
const OBJECTIVE: &str = "objective";
/// The objective where none is named: the first that the model has.
const USUAL: [&str; 4] = ["areaUnderROC", "f1", "r2", "silhouette"];
const SMALLER_IS_BETTER: [&str; 4] = ["rmse", "mse", "mae", "logLoss"];

/// How to search.
#[derive(Debug, Clone)]
pub(super) struct Tuning {
    pub space: Space,
    pub algorithm: Algorithm,
    pub trials: usize,
    /// Share of the rows that are held out.
    pub holdout: f64,
    pub objective: Option<String>,
    pub seed: u64,
}

impl Tuning {
    /// The best settings by the names of their parameters. `columns` are what the estimator reads.
    pub async fn run(
        &self,
        steps: &Steps<'_>,
        class: &str,
        params: &Params,
        columns: &[String],
        log: &SearchLog,
    ) -> Result<Vec<(String, Value)>> {
        let is_larger_better = self.objective.as_deref().is_none_or(|name| !SMALLER_IS_BETTER.contains(&name));
        let search = Search {
            space: self.space.clone(),
            algorithm: self.algorithm,
            is_larger_better,
            trials: self.trials,
            seed: self.seed,
        };
        let (schema, batches) = steps.collect(columns).await?;
        let rows = Rows { schema, batches, seed: self.seed, holdout: self.holdout };
        let held_out = rows.held_out()?;
        let mut learning = (0.0, held_out.clone()); // of the share that was tried last
        let names: Vec<&str> = self.space.0.iter().map(|dimension| dimension.name.as_str()).collect();

        let mut done: Vec<Trial> = Vec::new();
        for metric in log.metrics(OBJECTIVE).await? {
            let Some(Proposal { values, share }) = search.next(&done) else { break };
            done.push(Trial { values, share, metric });
        }
        let mut last_failure = None;
        while let Some(proposal) = search.next(&done) {
            let started_ms = log.now_ms();
            let settings: Vec<(String, Value)> =
                names.iter().map(|name| (*name).to_owned()).zip(proposal.values.iter().cloned()).collect();
            if learning.0 != proposal.share {
                learning = (proposal.share, rows.learning(proposal.share)?);
            }
            let result = self.trial(steps, with(steps, class, params, &settings), &learning.1, &held_out).await;
            log.log(done.len(), &names, &proposal, OBJECTIVE, &result, started_ms).await?;
            let metric = *result.as_ref().unwrap_or(&f64::NAN);
            last_failure = result.err().or(last_failure);
            done.push(Trial { values: proposal.values, share: proposal.share, metric });
        }
        match (search.best(&done), last_failure) {
            (Some(best), _) => {
                Ok(names.iter().map(|name| (*name).to_owned()).zip(best.values.iter().cloned()).collect())
            }
            (None, Some(failure)) => Err(log.fail(failure).await),
            (None, None) => Err(refused("a search takes one trial at least: raise num_trials")),
        }
    }

    async fn trial(
        &self,
        steps: &Steps<'_>,
        estimator: Result<Box<dyn AnyEstimator>>,
        learning: &Relation,
        held_out: &Relation,
    ) -> Result<f64> {
        let estimator = estimator?;
        let name = estimator.params().uid().to_owned();
        let frame = steps.session.frame(learning).await?;
        let fitted = steps.trainer.fit(&frame, estimator, &name, Cancel::default()).await?;
        let held_out = Steps::new(steps.trainer, steps.registry, steps.session, held_out.clone());
        let predictions = Predictions::of(held_out, fitted.model.as_ref()).await?;
        let metric = match &self.objective {
            Some(name) => predictions.metrics.iter().find(|metric| metric.name == name),
            None => USUAL.iter().find_map(|name| predictions.metrics.iter().find(|metric| metric.name == *name)),
        };
        let metric = metric.ok_or_else(|| {
            let names: Vec<&str> = predictions.metrics.iter().map(|metric| metric.name).collect();
            refused(format!("the objective of the search is one of {}", names.join(", ")))
        })?;
        predictions.score(steps.trainer, steps.registry, metric).await
    }
}

/// The estimator with other settings.
fn with(
    steps: &Steps<'_>,
    class: &str,
    params: &Params,
    settings: &[(String, Value)],
) -> Result<Box<dyn AnyEstimator>> {
    let mut estimator = estimator(steps.registry, class)?;
    let given = params.set_values().map(|(name, value)| (name, value.clone()));
    for (name, value) in given.chain(settings.iter().map(|(name, value)| (name.as_str(), value.clone()))) {
        estimator.params_mut().set(name, value)?;
    }
    Ok(estimator)
}

/// The prepared rows. Which are held out, and which are among the first share, is a hash of a row's number.
struct Rows {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    seed: u64,
    holdout: f64,
}

impl Rows {
    fn held_out(&self) -> Result<Relation> {
        self.chosen(|place, _| place < self.holdout)
    }

    fn learning(&self, share: f64) -> Result<Relation> {
        self.chosen(|place, order| place >= self.holdout && order < share)
    }

    fn chosen(&self, is_chosen: impl Fn(f64, f64) -> bool) -> Result<Relation> {
        let mut number = 0u64;
        let mut batches = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let numbers = number..number + batch.num_rows() as u64;
            number = numbers.end;
            let mask: Vec<bool> = numbers
                .map(|row| is_chosen(unit(mix(mix(self.seed) ^ row)), unit(mix(mix(!self.seed) ^ row))))
                .collect();
            let kept = filter_record_batch(batch, &BooleanArray::from(mask));
            batches.push(kept.map_err(|error| crate::training_set::engine(error.into()))?);
        }
        Ok(Relation::new(Node::Local { schema: self.schema.clone(), batches }))
    }
}
