//! GBTClassifier and GBTRegressor: what they read, and the survey that starts a training.

use super::fit::{BoostFit, BoostPlan};
use super::loss::Loss;
use super::view::BoostSpec;
use crate::fit::{Estimator, Fit, Progress, Step};
use crate::instances::{self, LabelKind};
use crate::tree::binned::BinSpec;
use crate::tree::bins::{bins_of, categories_of};
use crate::tree::bootstrap::Sampling;
use crate::tree::cells::Cell;
use crate::tree::family::Family;
use crate::tree::learner::{check_thresholds, no_features, no_rows, survey_spec};
use crate::tree::params::Settings;
use crate::tree::survey::{Survey, SurveyPass, SurveySpec};
use crate::{Input, Params, schema};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct BoostedLearner {
    family: &'static Family,
    params: Params,
}

impl BoostedLearner {
    pub fn new(family: &'static Family, params: Params) -> Self {
        Self { family, params }
    }

    fn indicator(&self) -> Option<String> {
        self.params.optional_text("validationIndicatorCol")
    }
}

impl Estimator for BoostedLearner {
    type Fit = BoostSurveyFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let mut inputs =
            vec![Input::vector(&self.params.text("featuresCol")?), Input::number(&self.params.text("labelCol")?)];
        inputs.extend(self.params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        if let Some(indicator) = self.indicator() {
            let found = schema::field(schema, &indicator)?.data_type();
            if found != &DataType::Boolean {
                let found = schema::spark_name(found);
                let text = format!(
                    "requirement failed: Column {indicator} must be of type boolean but was actually of type {found}."
                );
                return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
            }
            inputs.push(Input::number(&indicator));
        }
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, schema: &Schema, rows: u64) -> Result<BoostSurveyFit> {
        let settings = Settings::of(&self.params)?;
        let trees = self.params.int("maxIter")? as usize;
        if trees == 0 {
            let text = format!("{} parameter maxIter given invalid value 0: boosting needs a tree.", self.params.uid());
            return Err(instances::illegal(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        let loss = self.params.text("lossType")?.to_lowercase();
        let loss = Loss::parse(&loss).ok_or_else(|| Failure::internal(format!("the loss {loss} passed its check")))?;
        if self.family.classification {
            check_thresholds(self.family, &self.params, 2)?;
        }
        let features = schema::field(schema, &self.params.text("featuresCol")?)?;
        let label = if self.family.classification { LabelKind::Class { classes: 2 } } else { LabelKind::Real };
        let weighted = self.params.optional_text("weightCol").is_some();
        let indicator = self.indicator().map(|_| if weighted { 3 } else { 2 });
        Ok(BoostSurveyFit {
            family: self.family,
            categories: categories_of(features),
            spec: survey_spec(label, weighted, indicator, &settings, rows),
            trees,
            step_size: self.params.double("stepSize")?,
            validation_tolerance: indicator.map(|_| self.params.double("validationTol")).transpose()?,
            params: self.params.clone(),
            settings,
            loss,
        })
    }
}

/// The first phase: one pass that looks at every row.
pub struct BoostSurveyFit {
    family: &'static Family,
    params: Params,
    settings: Settings,
    categories: Vec<Option<usize>>,
    spec: SurveySpec,
    loss: Loss,
    trees: usize,
    step_size: f64,
    validation_tolerance: Option<f64>,
}

impl Fit for BoostSurveyFit {
    type Pass = SurveyPass;

    fn pass(&self) -> SurveyPass {
        SurveyPass { spec: self.spec.clone() }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.trees as u64, unit: "trees" }
    }

    fn absorb(self, survey: Survey) -> Result<Step<Self>> {
        let survey = survey.checked()?;
        let features = match survey.features {
            Some(0) => return Err(no_features()),
            Some(features) if survey.rows > 0 => features,
            _ if self.family.classification => return Err(instances::empty_dataset()),
            _ => return Err(no_rows()),
        };
        let bins = bins_of(&survey.sample, features, &self.categories, None, self.settings.max_bins, survey.rows)?;
        let bins = BinSpec::new(bins, Cell::Moments { exponents: [0; 3] }, self.spec.weighted);
        let spec =
            BoostSpec { bins: bins.clone(), label: self.spec.label, indicator: self.spec.indicator, query: None };
        let plan = BoostPlan {
            family: self.family,
            growth: self.settings.growth(bins, survey.weight, self.family.classification),
            sampling: Arc::new(Sampling::new(false, self.settings.subsampling_rate)),
            spec: Arc::new(spec),
            params: self.params,
            trees: self.trees,
            step_size: self.step_size,
            validation_tolerance: self.validation_tolerance,
            rows: survey.all_rows,
            largest_weight: survey.largest_weight,
            largest_label: if self.loss == Loss::Logistic { 1.0 } else { survey.largest_magnitude },
            loss: self.loss,
        };
        Ok(Step::Then(Box::new(BoostFit::new(plan))))
    }
}
