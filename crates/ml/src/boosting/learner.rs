//! The estimators: what they read, and the survey that starts a training.

use super::edges::bins_of;
use super::fit::{BoostingFit, Plan};
use super::model::{Family, Target};
use super::objective::Objective;
use super::params::{Settings, regression_objective};
use super::ranking::Ranking;
use super::survey::{Survey, SurveyPass};
use crate::fit::{Estimator, Fit, Progress, Step};
use crate::instances::{self, LabelKind, MAX_INFERRED_CLASSES};
use crate::tree::binned::BinSpec;
use crate::tree::bins::categories_of;
use crate::tree::boost::view::BoostSpec;
use crate::tree::cells::Cell;
use crate::{Input, Params, schema};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Rows that bins are found from, and how many values of all features they may have.
const SAMPLED_ROWS: f64 = 200_000.0;
const SAMPLED_VALUES: f64 = 20_000_000.0;

#[derive(Debug, Clone)]
pub struct BoostingLearner {
    family: &'static Family,
    params: Params,
}

impl BoostingLearner {
    pub fn new(family: &'static Family, params: Params) -> Self {
        Self { family, params }
    }
}

impl Estimator for BoostingLearner {
    type Fit = SurveyFit;

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
        if let Some(indicator) = self.params.optional_text("validationIndicatorCol") {
            let found = schema::field(schema, &indicator)?.data_type();
            if found != &DataType::Boolean {
                let found = schema::spark_name(found);
                let text = format!("Column {indicator} must be of type boolean but was actually of type {found}.");
                return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
            }
            inputs.push(Input::number(&indicator));
        }
        if self.family.target == Target::Order {
            inputs.push(Input::group(&self.params.text("queryCol")?));
        }
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, schema: &Schema, rows: u64) -> Result<SurveyFit> {
        let settings = Settings::of(&self.params)?;
        let features = schema::field(schema, &self.params.text("featuresCol")?)?;
        let label = schema::field(schema, &self.params.text("labelCol")?)?;
        let target = self.family.target;
        let declared_classes = if target == Target::Class { schema::attr(label).categories() } else { None };
        let classes = declared_classes.map_or(MAX_INFERRED_CLASSES, |classes| classes as u32);
        let weighted = self.params.optional_text("weightCol").is_some();
        let indicator = settings.early_stopping_rounds.map(|_| if weighted { 3 } else { 2 });
        let ranking = if target == Target::Order { Some(Arc::new(Ranking::of(&self.params)?)) } else { None };
        let query = ranking.as_ref().map(|_| 2 + usize::from(weighted) + usize::from(indicator.is_some()));
        let slots = schema::slots(features).len().unwrap_or(1).max(1) as f64;
        let sampled = SAMPLED_ROWS.min(SAMPLED_VALUES / slots) / rows.max(1) as f64;
        let objective = match target {
            Target::Class => None,
            Target::Number => Some(regression_objective(&self.params)?),
            Target::Order => Some(Objective::Order),
        };
        let pass = SurveyPass {
            label: match &ranking {
                Some(ranking) => LabelKind::Class { classes: ranking.grades() },
                None if target == Target::Class => LabelKind::Class { classes },
                None => LabelKind::Real,
            },
            counts: objective == Some(Objective::Poisson),
            weighted,
            indicator,
            query,
            seed: settings.seed,
            sampled_up_to: if sampled < 1.0 { (sampled * u64::MAX as f64) as u64 } else { u64::MAX },
        };
        Ok(SurveyFit {
            family: self.family,
            params: self.params.clone(),
            categories: categories_of(features),
            rows,
            settings,
            declared_classes,
            objective,
            ranking,
            pass,
        })
    }
}

/// The first phase: one pass that looks at every row.
pub struct SurveyFit {
    family: &'static Family,
    params: Params,
    settings: Settings,
    declared_classes: Option<usize>,
    /// Declared by the column's metadata.
    categories: Vec<Option<usize>>,
    /// `None` where it depends on the number of classes.
    objective: Option<Objective>,
    ranking: Option<Arc<Ranking>>,
    rows: u64,
    pass: SurveyPass,
}

impl Fit for SurveyFit {
    type Pass = SurveyPass;

    fn pass(&self) -> SurveyPass {
        self.pass.clone()
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.settings.iterations as u64, unit: "iterations" }
    }

    fn absorb(mut self, survey: Survey) -> Result<Step<Self>> {
        let survey = survey.checked()?;
        let features = survey.features.filter(|_| survey.rows > 0).ok_or_else(instances::empty_dataset)?;
        if features == 0 || survey.weight == 0.0 {
            let what = if features == 0 { "feature" } else { "row of a weight above 0" };
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, format!("boosting needs at least one {what}")));
        }
        self.check_features(features)?;
        let objective = self.objective(&survey);
        if let Some(crate::Value::Doubles(thresholds)) = self.params.get("thresholds")
            && self.family.target == Target::Class
            && thresholds.len() != objective.classes()
        {
            let (given, classes) = (thresholds.len(), objective.classes());
            let text = format!("there are {given} thresholds for {classes} classes; set one for each class");
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        self.categories.resize(features, None);
        for feature in &self.settings.categorical {
            self.categories[*feature as usize].get_or_insert(0);
        }
        let bins = bins_of(&survey, features, &self.categories, self.settings.max_bins)?;
        let label = match objective.classes() {
            0 => LabelKind::Real,
            classes => LabelKind::Class { classes: classes as u32 },
        };
        let bins = BinSpec::new(bins, Cell::Gradients, self.pass.weighted).with_missing();
        let plan = Plan {
            family: self.family,
            bins: Arc::new(bins.clone()),
            spec: Arc::new(BoostSpec { bins, label, indicator: self.pass.indicator, query: self.pass.query }),
            start: start(objective, &survey),
            objective,
            ranking: self.ranking,
            params: self.params,
            settings: self.settings,
            rows: self.rows,
            largest_weight: survey.largest_weight,
            largest_label: survey.largest_magnitude,
        };
        Ok(Step::Then(Box::new(BoostingFit::new(plan))))
    }
}

impl SurveyFit {
    /// # Errors
    /// Parameters name features that are not there.
    fn check_features(&self, features: usize) -> Result<()> {
        let monotone = self.settings.rules.monotone.len();
        let text = if monotone > 0 && monotone != features {
            format!("monotoneConstraints has {monotone} entries for {features} features; set one for each feature")
        } else if let Some(feature) = self.settings.categorical.iter().find(|feature| **feature >= features as i64) {
            format!("categoricalFeatures has {feature}, but features are numbered from 0 to {}", features - 1)
        } else {
            return Ok(());
        };
        Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
    }

    fn objective(&self, survey: &Survey) -> Objective {
        if let Some(objective) = self.objective {
            return objective;
        }
        match self.declared_classes.unwrap_or(survey.class_weights.len()) {
            0..=2 => Objective::Logistic,
            classes => Objective::Softmax { classes },
        }
    }
}

/// Shares of classes are kept this far from 0 and 1, so that margins are finite.
const LEAST_SHARE: f64 = 1e-9;

/// The constant margins that minimise the loss; of a quantile the one of the sampled labels.
fn start(objective: Objective, survey: &Survey) -> Vec<f64> {
    let share = |class: usize| {
        let weight = survey.class_weights.get(class).copied().unwrap_or(0.0);
        (weight / survey.weight).clamp(LEAST_SHARE, 1.0 - LEAST_SHARE)
    };
    let mean = survey.label_sum / survey.weight;
    match objective {
        Objective::Logistic => vec![(share(1) / (1.0 - share(1))).ln()],
        Objective::Softmax { classes } => (0..classes).map(|class| share(class).ln()).collect(),
        Objective::Squared => vec![mean],
        Objective::Order => vec![0.0],
        Objective::Poisson => vec![mean.max(LEAST_SHARE).ln()],
        Objective::Quantile { level } => {
            let mut labels = survey.sample_labels.clone();
            labels.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let wanted = level * labels.iter().map(|(_, weight)| weight).sum::<f64>();
            let mut below = 0.0;
            let quantile = labels.iter().find(|(_, weight)| {
                below += weight;
                below >= wanted
            });
            vec![quantile.or(labels.last()).map_or(mean, |(label, _)| *label)]
        }
    }
}
