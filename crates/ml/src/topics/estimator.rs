//! The LDA estimator: one way of training or the other.

use super::corpus::{Corpus, CorpusPass, first_document};
use super::em::EmFit;
use super::online::OnlineFit;
use super::params::Settings;
use crate::fit::{AnyFit, Estimator, Fit, Progress, Step};
use crate::schema::no_such_columns;
use crate::{Input, Params};
use arrow_schema::Schema;
use brickyard_error::Result;

/// Spark's `LDA`.
#[derive(Debug, Clone)]
pub struct Lda {
    params: Params,
}

impl Lda {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

/// What all phases of a training know.
#[derive(Debug, Clone)]
pub struct Training {
    pub params: Params,
    pub settings: Settings,
    /// Documents of the corpus.
    pub documents: u64,
}

impl Training {
    pub fn progress(&self, done: u64) -> Progress {
        Progress { done, total: self.settings.max_iterations, unit: "iterations" }
    }
}

impl Estimator for Lda {
    type Fit = StartFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        let output = self.params.optional_text("topicDistributionCol");
        no_such_columns(schema, output.as_deref())?;
        Ok(vec![features])
    }

    fn begin(&self, _schema: &Schema, rows: u64) -> Result<StartFit> {
        let settings = Settings::of(&self.params)?;
        Ok(StartFit(Training { params: self.params.clone(), settings, documents: rows }))
    }
}

/// The first phase: the documents for EM, and for online training how many terms there are.
pub struct StartFit(Training);

impl Fit for StartFit {
    type Pass = CorpusPass;

    fn pass(&self) -> Self::Pass {
        CorpusPass { keeps_documents: !self.0.settings.is_online }
    }

    fn progress(&self) -> Progress {
        self.0.progress(0)
    }

    fn absorb(self, corpus: Corpus) -> Result<Step<Self>> {
        let terms = first_document(&corpus)?;
        let next: Box<dyn AnyFit> = if self.0.settings.is_online {
            Box::new(OnlineFit::new(self.0, terms))
        } else {
            Box::new(EmFit::new(self.0, corpus, terms))
        };
        Ok(Step::Then(next))
    }
}
