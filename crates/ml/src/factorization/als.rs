//! The ALS estimator: one pass gathers the ratings, then every turn solves for the items and for the users.
//!
//! The turns happen where the fit is, on all cores: ratings and factors are small beside the rows they come from. A
//! turn is still a pass, over nothing, so that progress and cancelling work as for every fit.

use super::gram::Factors;
use super::ids;
use super::model::AlsModel;
use super::params::{MODEL_SPECS, Settings};
use super::ratings::{Ratings, RatingsPass, Side};
use super::solve::factors_of;
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::illegal;
use crate::random::Draws;
use crate::schema::no_such_columns;
use crate::turn::{Nothing, TurnPass};
use crate::{Input, Params};
use arrow_schema::Schema;
use brickyard_error::{Result, codes};

/// Spark's `ALS`.
#[derive(Debug, Clone)]
pub struct Als {
    params: Params,
}

impl Als {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Estimator for Als {
    type Fit = RatingsFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let inputs = vec![
            ids::input(schema, &self.params.text("userCol")?)?,
            ids::input(schema, &self.params.text("itemCol")?)?,
            Input::number(&self.params.optional_text("ratingCol").unwrap_or_default()),
        ];
        inputs[2].find(schema)?;
        no_such_columns(schema, [self.params.text("predictionCol")?.as_str()])?;
        Ok(inputs)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<RatingsFit> {
        Ok(RatingsFit { params: self.params.clone(), settings: Settings::of(&self.params)? })
    }
}

/// The first phase: the ratings.
pub struct RatingsFit {
    params: Params,
    settings: Settings,
}

impl Fit for RatingsFit {
    type Pass = RatingsPass;

    fn pass(&self) -> RatingsPass {
        RatingsPass {
            user_column: self.params.text("userCol").unwrap_or_default(),
            item_column: self.params.text("itemCol").unwrap_or_default(),
        }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.settings.max_iterations, unit: "iterations" }
    }

    fn absorb(self, ratings: Ratings) -> Result<Step<Self>> {
        if ratings.users.is_empty() {
            return Err(illegal(&codes::ml::EMPTY_DATASET, "requirement failed: No ratings available".to_owned()));
        }
        let [users, items] = ratings.sides();
        let mut draws = Draws::new(self.settings.seed);
        let factors = [&users, &items].map(|side| start(side.ids.len(), &self.settings, &mut draws));
        let turns = TurnFit { params: self.params, settings: self.settings, sides: [users, items], factors, done: 0 };
        if turns.settings.max_iterations == 0 {
            let (model, report) = turns.finish()?;
            return Ok(Step::Done(Box::new(model), report));
        }
        Ok(Step::Then(Box::new(turns)))
    }
}

/// Directions drawn uniformly from the sphere, of length 1: from its positive part for nonnegative factors, since a factor
/// that is negative for most would be 0 for all from the first turn on.
fn start(ids: usize, settings: &Settings, draws: &mut Draws) -> Factors {
    let rank = settings.rank;
    let mut values = Vec::with_capacity(ids * rank);
    for _ in 0..ids {
        let signed = |value: f64| if settings.nonnegative { value.abs() } else { value };
        let factor: Vec<f64> = (0..rank).map(|_| signed(normal(draws))).collect();
        let length = factor.iter().map(|value| value * value).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        values.extend(factor.iter().map(|value| (value / length) as f32));
    }
    Factors { rank, values }
}

/// A standard normal number (Box and Muller).
fn normal(draws: &mut Draws) -> f64 {
    let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
    radius * (2.0 * std::f64::consts::PI * draws.unit()).cos()
}

/// The turns.
pub struct TurnFit {
    params: Params,
    settings: Settings,
    /// Of users and of items.
    sides: [Side; 2],
    factors: [Factors; 2],
    done: u64,
}

impl TurnFit {
    fn finish(self) -> Result<(AlsModel, FitReport)> {
        let mut params = self.params.carry_to(MODEL_SPECS);
        params.set("blockSize", self.params.int("blockSize")?.into())?;
        let [users, items] = self.sides.map(|side| side.ids);
        let [user_factors, item_factors] = self.factors;
        let model = AlsModel::new(params, (users, user_factors), (items, item_factors));
        Ok((model, FitReport { iterations: self.done, ..FitReport::default() }))
    }
}

impl Fit for TurnFit {
    type Pass = TurnPass;

    fn pass(&self) -> TurnPass {
        TurnPass
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.settings.max_iterations, unit: "iterations" }
    }

    fn absorb(mut self, _: Nothing) -> Result<Step<Self>> {
        self.factors[1] = factors_of(&self.sides[1], &self.factors[0], &self.settings);
        self.factors[0] = factors_of(&self.sides[0], &self.factors[1], &self.settings);
        self.done += 1;
        if self.done < self.settings.max_iterations {
            return Ok(Step::Again(self));
        }
        let (model, report) = self.finish()?;
        Ok(Step::Done(Box::new(model), report))
    }
}
