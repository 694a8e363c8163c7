//! The estimators: what they read, and the survey that starts a training.

use super::binned::BinSpec;
use super::bins::{bins_of, categories_of, rows_for_splits};
use super::bootstrap::Sampling;
use super::cells::{Cell, exponent_for, exponent_for_sum};
use super::family::Family;
use super::grow::{GrowFit, Plan};
use super::params::Settings;
use super::survey::{Survey, SurveyPass, SurveySpec};
use crate::fit::{Estimator, Fit, Progress, Step};
use crate::instances::{self, LabelKind, MAX_INFERRED_CLASSES};
use crate::{Input, Params, schema};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// A row's class is one byte.
const MAX_CLASSES: usize = 256;

/// DecisionTreeClassifier, DecisionTreeRegressor, RandomForestClassifier or RandomForestRegressor.
#[derive(Debug, Clone)]
pub struct TreeLearner {
    family: &'static Family,
    params: Params,
}

impl TreeLearner {
    pub fn new(family: &'static Family, params: Params) -> Self {
        Self { family, params }
    }
}

impl Estimator for TreeLearner {
    type Fit = SurveyFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        let label = Input::number(&self.params.text("labelCol")?);
        let weight = self.params.optional_text("weightCol").map(|weight| Input::number(&weight));
        let inputs: Vec<Input> = [features, label].into_iter().chain(weight).collect();
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, schema: &Schema, rows: u64) -> Result<SurveyFit> {
        let settings = Settings::of(&self.params)?;
        let label = schema::field(schema, &self.params.text("labelCol")?)?;
        let features = schema::field(schema, &self.params.text("featuresCol")?)?;
        let declared_classes = if self.family.classification { schema::attr(label).categories() } else { None };
        let classes = declared_classes.map_or(MAX_INFERRED_CLASSES, |classes| classes as u32);
        let label = if self.family.classification { LabelKind::Class { classes } } else { LabelKind::Real };
        let weighted = self.params.optional_text("weightCol").is_some();
        let spec = survey_spec(label, weighted, None, &settings, rows);
        Ok(SurveyFit {
            family: self.family,
            params: self.params.clone(),
            settings,
            declared_classes,
            categories: categories_of(features),
            spec,
        })
    }
}

/// The first phase: one pass that looks at every row.
pub struct SurveyFit {
    family: &'static Family,
    params: Params,
    settings: Settings,
    declared_classes: Option<usize>,
    categories: Vec<Option<usize>>,
    spec: SurveySpec,
}

impl Fit for SurveyFit {
    type Pass = SurveyPass;

    fn pass(&self) -> SurveyPass {
        SurveyPass { spec: self.spec.clone() }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.settings.trees as u64, unit: "trees" }
    }

    fn absorb(self, survey: Survey) -> Result<Step<Self>> {
        let survey = survey.checked()?;
        let features = match survey.features {
            Some(0) => return Err(no_features()),
            Some(features) => features,
            None if self.family.classification => return Err(instances::empty_dataset()),
            None => return Err(no_rows()),
        };
        let classes = self.classes(&survey)?;
        let bins = bins_of(&survey.sample, features, &self.categories, classes, self.settings.max_bins, survey.rows)?;
        let settings = &self.settings;
        let plan = Plan {
            family: self.family,
            params: self.params,
            growth: settings.growth(
                BinSpec::new(bins, cell(classes, self.spec.weighted, &survey), self.spec.weighted),
                survey.weight,
                self.family.classification,
            ),
            sampling: Arc::new(Sampling::new(settings.bootstrap, settings.subsampling_rate)),
            trees: settings.trees,
            classes: classes.unwrap_or(0),
        };
        Ok(Step::Then(Box::new(GrowFit::new(plan))))
    }
}

impl SurveyFit {
    /// Declared by the label's metadata, else one more than the largest label; `None` for regression.
    fn classes(&self, survey: &Survey) -> Result<Option<usize>> {
        if !self.family.classification {
            return Ok(None);
        }
        let classes = self.declared_classes.unwrap_or(survey.largest_label as usize + 1);
        if classes > MAX_CLASSES {
            return Err(Failure::unsupported(format!("trees for more than {MAX_CLASSES} classes")));
        }
        check_thresholds(self.family, &self.params, classes)?;
        Ok(Some(classes))
    }
}

/// What a survey of this many rows samples for splits, as Spark does.
pub(super) fn survey_spec(
    label: LabelKind,
    weighted: bool,
    indicator: Option<usize>,
    settings: &Settings,
    rows: u64,
) -> SurveySpec {
    let wanted = rows_for_splits(settings.max_bins.min(usize::try_from(rows).unwrap_or(usize::MAX)));
    let sampled = if wanted < rows { wanted as f64 / rows as f64 } else { 1.0 };
    let sampled_up_to = if sampled < 1.0 { (sampled * u64::MAX as f64) as u64 } else { u64::MAX };
    SurveySpec { label, weighted, indicator, seed: settings.seed, sampled_up_to }
}

/// # Errors
/// Thresholds are set, but not one for each class.
pub(super) fn check_thresholds(family: &Family, params: &Params, classes: usize) -> Result<()> {
    match params.get("thresholds") {
        Some(crate::Value::Doubles(thresholds)) if thresholds.len() != classes => {
            let name = family.estimator.rsplit('.').next().unwrap_or_default();
            let text = format!(
                "requirement failed: {name}.train() called with non-matching numClasses and thresholds.length. \
                 numClasses={classes}, but thresholds has length {}",
                thresholds.len()
            );
            Err(instances::illegal(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
        }
        _ => Ok(()),
    }
}

fn cell(classes: Option<usize>, weighted: bool, survey: &Survey) -> Cell {
    let [first, second] = survey.largest_moments.map(exponent_for);
    match (classes, weighted) {
        (Some(classes), false) => Cell::Classes { classes },
        (Some(classes), true) => {
            Cell::WeightedClasses { classes, exponent: exponent_for_sum(survey.largest_weight, survey.rows) }
        }
        (None, false) => Cell::Values { exponents: [first, second] },
        (None, true) => Cell::WeightedValues { exponents: [exponent_for(survey.largest_weight), first, second] },
    }
}

pub(super) fn no_features() -> Failure {
    let text =
        "requirement failed: DecisionTree requires number of features > 0, but was given an empty features vector";
    instances::illegal(&codes::ml::INVALID_ROW, text.to_owned())
}

pub(super) fn no_rows() -> Failure {
    let text = "DecisionTree requires size of input RDD > 0, but was given by empty one.";
    instances::illegal(&codes::ml::EMPTY_DATASET, text.to_owned())
}
