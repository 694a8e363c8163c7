//! The driver: collects a training set, runs a fit's passes over it on all cores, and tells how far it has come.

use crate::training_set::TrainingSet;
use crate::watch::Watch;
use brickyard_cluster::{Cluster, ClusterRunner};
use brickyard_engine::Frame;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::fit::{AnyEstimator, FitReport};
use brickyard_ml::runner::{self, Cancel, LocalRunner, Runner};
use brickyard_ml::{Evaluator, Transformer};
use std::sync::Arc;

/// Fits and evaluates. Cloning is cheap.
#[derive(Clone)]
pub struct Trainer {
    pool: Arc<rayon::ThreadPool>,
    watch: Watch,
    cluster: Option<Cluster>,
}

/// What a fit gives.
pub struct Fitted {
    pub model: Arc<dyn Transformer>,
    pub report: FitReport,
    /// Rows trained on.
    pub rows: u64,
}

impl Trainer {
    /// A trainer on `threads` threads of its own.
    pub fn new(threads: usize) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|index| format!("train-{index}"))
            .build()
            .map_err(|error| Failure::internal("starting the training threads").because(error))?;
        Ok(Self { pool: Arc::new(pool), watch: Watch::default(), cluster: None })
    }

    /// The same trainer, whose fits run their passes on a cluster: the same blocks, so the same bits.
    pub fn on_cluster(self, cluster: Cluster) -> Self {
        Self { cluster: Some(cluster), ..self }
    }

    /// The fits that run now, for progress bars and pages.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Fits an estimator to a query's rows.
    pub async fn fit(
        &self,
        frame: &Frame,
        estimator: Box<dyn AnyEstimator>,
        class: &str,
        cancel: Cancel,
    ) -> Result<Fitted> {
        let schema = frame.schema();
        let inputs = estimator.inputs(&schema)?;
        let running = self.watch.start(class, estimator.params().uid());
        let set = TrainingSet::collect(&frame.dataframe()?, &inputs).await?;
        if set.rows == 0 {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "the training data has no rows; check df.count()"));
        }
        let rows = set.rows;
        running.rows(rows);
        let fit = estimator.begin(&schema, rows)?;
        let (pool, cluster) = (self.pool.clone(), self.cluster.clone());
        let runtime = tokio::runtime::Handle::current();
        let work = move || {
            let runner: Box<dyn Runner> = match cluster {
                Some(cluster) => Box::new(ClusterRunner::new(cluster, &set.blocks, runtime)?),
                None => Box::new(LocalRunner::new(pool, set.blocks)),
            };
            runner::fit(runner.as_ref(), fit, &cancel, &mut |progress| running.advance(progress))
        };
        let (model, report) = blocking(work).await?;
        Ok(Fitted { model: model.into(), report, rows })
    }

    /// One metric over a query's rows.
    pub async fn evaluate(&self, frame: &Frame, evaluator: Box<dyn Evaluator>) -> Result<f64> {
        let inputs = evaluator.inputs(&frame.schema())?;
        let set = TrainingSet::collect(&frame.dataframe()?, &inputs).await?;
        let pool = self.pool.clone();
        blocking(move || runner::evaluate(&LocalRunner::new(pool, set.blocks), evaluator.as_ref())).await
    }

    /// One pass over a query's rows.
    pub async fn aggregate(
        &self,
        frame: &Frame,
        inputs: &[brickyard_ml::Input],
        pass: Arc<dyn brickyard_ml::AnyPass>,
    ) -> Result<brickyard_ml::AnyAcc> {
        let set = TrainingSet::collect(&frame.dataframe()?, inputs).await?;
        let pool = self.pool.clone();
        blocking(move || LocalRunner::new(pool, set.blocks).run(0, &pass)).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::internal("a training thread died").because(error))?
}
