//! One look at the rows of a reweighted least squares fit: working responses and weights at the current coefficients, and
//! the normal equations that they give.

use super::link::Distribution;
use super::rows::{OffsetRows, Spec};
use crate::linear::gram::Gram;
use crate::linear::standardized::Features;
use crate::linear::vectorized::{LANES, Lanes};
use crate::{Merge, Pass};
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where the working responses come from, and what is summed up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// The family's starting values.
    Start,
    /// A linear predictor of standardised features.
    Predictor { coefficients: Vec<f64>, intercept: f64 },
    /// The family's starting values, for an intercept alone.
    NullStart,
    /// An intercept alone, with its deviance.
    Null { intercept: f64 },
}

/// Sums up the working rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkingPass {
    pub spec: Arc<Spec>,
    pub distribution: Distribution,
    pub stage: Stage,
    /// Subtracted from the working responses, to keep their digits.
    pub center: f64,
}

/// The normal equations of the working rows; without features for an intercept alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Working {
    pub gram: Gram,
    /// Of an intercept alone.
    pub deviance: f64,
}

impl Merge for Working {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.gram.merge(other.gram);
        self.deviance += other.deviance;
    }
}

impl Pass for WorkingPass {
    const NAME: &'static str = "glm-working";
    type View = OffsetRows;
    type Memo = ();
    type Acc = Working;

    fn spec(&self) -> Arc<Spec> {
        self.spec.clone()
    }

    fn zero(&self) -> Working {
        let width = if self.is_null() { 0 } else { self.spec.scaling.width() };
        Working { gram: Gram::zero(width + 1), deviance: 0.0 }
    }

    fn update(&self, acc: &mut Working, rows: &OffsetRows, _: &mut ()) -> Result<()> {
        let tiles = rows.rows.tiles();
        let mut responses: Vec<Lanes> = vec![[0.0; LANES]; tiles];
        let mut weights: Vec<Lanes> = vec![[0.0; LANES]; tiles];
        let predictors = self.predictors(rows)?;
        let mut deviance = 0.0;
        for row in 0..rows.count {
            let (tile, lane) = (row / LANES, row % LANES);
            let (y, weight, offset) = rows.row(tile, lane);
            let (response, working_weight) = match &predictors {
                None => {
                    let mean = self.distribution.family.initialize(y, weight)?;
                    let predictor = self.distribution.link.link(self.distribution.family.project(mean));
                    (predictor - offset, weight)
                }
                Some(predictors) => {
                    let predictor = predictors[tile][lane] + offset;
                    if self.is_null() {
                        deviance +=
                            self.distribution.family.deviance(y, self.distribution.link.unlink(predictor), weight);
                    }
                    self.distribution.working(y, weight, predictor, offset)
                }
            };
            if working_weight != 0.0 {
                responses[tile][lane] = response - self.center;
                weights[tile][lane] = working_weight;
            }
        }
        let weight = weights.iter().flatten().sum();
        let gram = if self.is_null() {
            null_gram(&responses, &weights, weight)
        } else {
            Gram::of(&rows.rows.features, &responses, Some(&weights), weight, &self.spec.scaling)
        };
        acc.merge(Working { gram, deviance });
        Ok(())
    }
}

/// The gram of the label alone.
fn null_gram(responses: &[Lanes], weights: &[Lanes], weight: f64) -> Gram {
    let mut gram = Gram::zero(1);
    gram.weight = weight;
    for (responses, weights) in responses.iter().zip(weights) {
        for (response, weight) in responses.iter().zip(weights) {
            gram.sums[0] += weight * response;
            gram.products[0] += weight * response * response;
        }
    }
    gram
}

impl WorkingPass {
    fn is_null(&self) -> bool {
        matches!(self.stage, Stage::NullStart | Stage::Null { .. })
    }

    /// Linear predictors without offsets; `None` at the start.
    fn predictors(&self, rows: &OffsetRows) -> Result<Option<Vec<Lanes>>> {
        let (coefficients, intercept) = match &self.stage {
            Stage::Start | Stage::NullStart => return Ok(None),
            Stage::Null { intercept } => return Ok(Some(vec![[*intercept; LANES]; rows.rows.tiles()])),
            Stage::Predictor { coefficients, intercept } => (coefficients, *intercept),
        };
        if coefficients.len() != self.spec.scaling.width() {
            return Err(Failure::internal("coefficients do not fit the rows"));
        }
        let along_mean = crate::optimize::dot(coefficients, &self.spec.scaling.scaled_mean());
        let mut predictors = vec![[intercept; LANES]; rows.rows.tiles()];
        match &rows.rows.features {
            Features::Dense { width, tiles } => {
                for (out, tile) in predictors.iter_mut().zip(tiles.chunks_exact((*width).max(1))) {
                    out.iter_mut().for_each(|out| *out += along_mean);
                    for (feature, coefficient) in tile.iter().zip(coefficients) {
                        for (out, value) in out.iter_mut().zip(feature) {
                            *out += coefficient * value;
                        }
                    }
                }
            }
            Features::Sparse { starts, indices, values } => {
                for row in 0..rows.count {
                    let range = starts[row]..starts[row + 1];
                    let entries = indices[range.clone()].iter().zip(&values[range]);
                    let product: f64 = entries.map(|(index, value)| coefficients[*index as usize] * value).sum();
                    predictors[row / LANES][row % LANES] += product;
                }
            }
        }
        Ok(Some(predictors))
    }
}
