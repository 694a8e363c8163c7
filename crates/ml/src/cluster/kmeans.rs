//! The k-means estimator: what it reads, and how its training begins.

use super::params::Settings;
use super::seed::StartFit;
use super::tiles::TileSpec;
use crate::fit::{Estimator, Progress};
use crate::{Input, Params};
use arrow_schema::Schema;
use brickyard_error::Result;

/// Spark's `KMeans`.
#[derive(Debug, Clone)]
pub struct KMeans {
    params: Params,
}

impl KMeans {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

/// What all phases of a training know.
#[derive(Debug, Clone)]
pub struct Training {
    pub params: Params,
    pub settings: Settings,
}

impl Training {
    pub fn tiles(&self) -> TileSpec {
        TileSpec { unit_length: self.settings.cosine, weighted: self.settings.weighted }
    }

    pub fn progress(&self, iterations: u64) -> Progress {
        Progress { done: iterations, total: self.settings.max_iterations, unit: "iterations" }
    }
}

impl Estimator for KMeans {
    type Fit = StartFit;

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

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<StartFit> {
        Ok(StartFit::new(Training { params: self.params.clone(), settings: Settings::of(&self.params)? }))
    }
}
