//! `UnivariateFeatureSelector`: slots that a statistical test finds to depend on the label. Chi-squared of categories on
//! categories, analysis of variance of numbers on categories, F test of a regression of numbers on numbers.

use super::selected_slots::{Mode, SelectedSlots, Selector, choose, requirement};
use super::stage::{Staged, register_model};
use crate::fit::{AnyAcc, AnyFit, AnyPass, AnyStep, FitReport, Progress};
use crate::linalg::java_double;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::schema;
use crate::statistics::analysis_of_variance::SumByClass;
use crate::statistics::contingency::CountPairs;
use crate::statistics::covariance::Covary;
use crate::statistics::{TestResult, features_and_label, merged, regression_test};
use crate::{AnyEstimator, Input, Operator, Params, Registry, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.UnivariateFeatureSelector";
const KINDS: [&str; 2] = ["categorical", "continuous"];
const MODES: [&str; 5] = ["numTopFeatures", "percentile", "fpr", "fdr", "fwe"];

/// What the model is of.
#[derive(Debug)]
struct Univariate;

impl Selector for Univariate {
    const MODEL_CLASS: &'static str = "org.apache.spark.ml.feature.UnivariateFeatureSelectorModel";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("featureType", Kind::Text, Default::None, "type of the features: categorical or continuous")
            .checked(|value| matches!(value, Value::Text(value) if KINDS.contains(&value.as_str()))),
        shared::FEATURES_COL,
        shared::LABEL_COL,
        ParamSpec::new("labelType", Kind::Text, Default::None, "type of the label: categorical or continuous")
            .checked(|value| matches!(value, Value::Text(value) if KINDS.contains(&value.as_str()))),
        shared::OUTPUT_COL,
        ParamSpec::new(
            "selectionMode",
            Kind::Text,
            Default::Text("numTopFeatures"),
            "how features are selected: numTopFeatures, percentile, fpr, fdr, fwe",
        )
        .checked(|value| matches!(value, Value::Text(value) if MODES.contains(&value.as_str()))),
        ParamSpec::new("selectionThreshold", Kind::Double, Default::None, "what the selection mode counts to"),
    ];
    const NUMBERS: bool = true;
}

pub fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::Estimator(Box::new(UnivariateSelector { params: Params::new(uid, Univariate::SPECS) })),
        |_, saved| Ok(Operator::Estimator(Box::new(UnivariateSelector { params: saved.params(Univariate::SPECS)? }))),
    );
    register_model::<SelectedSlots<Univariate>>(registry);
}

/// Which test is run; each has its own pass.
#[derive(Debug, Clone, Copy)]
enum Test {
    ChiSquared,
    AnalysisOfVariance,
    Regression,
}

impl Test {
    fn of(params: &Params) -> Result<Self> {
        let both = params.is_set("featureType") && params.is_set("labelType");
        requirement(both, || "featureType and labelType need to be set".to_owned())?;
        let (features, label) = (params.text("featureType")?, params.text("labelType")?);
        match (features.as_str(), label.as_str()) {
            ("categorical", "categorical") => Ok(Test::ChiSquared),
            ("continuous", "categorical") => Ok(Test::AnalysisOfVariance),
            ("continuous", "continuous") => Ok(Test::Regression),
            _ => {
                let text = format!("Unsupported combination: featureType={features}, labelType={label}");
                Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
            }
        }
    }

    fn pass(self) -> Arc<dyn AnyPass> {
        match self {
            Test::ChiSquared => Arc::new(CountPairs),
            Test::AnalysisOfVariance => Arc::new(SumByClass),
            Test::Regression => Arc::new(Covary { with_label: true }),
        }
    }

    fn results(self, acc: AnyAcc) -> Result<Vec<TestResult>> {
        match self {
            Test::ChiSquared => merged::<CountPairs>(acc)?.tests(),
            Test::AnalysisOfVariance => merged::<SumByClass>(acc)?.tests(),
            Test::Regression => regression_test::tests(&merged::<Covary>(acc)?),
        }
    }
}

#[derive(Debug)]
struct UnivariateSelector {
    params: Params,
}

impl UnivariateSelector {
    fn check_threshold(&self) -> Result<()> {
        let Some(Value::Double(threshold)) = self.params.get("selectionThreshold") else { return Ok(()) };
        let mode = self.params.text("selectionMode")?;
        let shown = java_double(threshold);
        if mode == "numTopFeatures" {
            return requirement(threshold >= 1.0 && threshold.fract() == 0.0, || {
                format!(
                    "selectionThreshold needs to be a positive Integer for selection mode numTopFeatures, but got \
                     {shown}"
                )
            });
        }
        requirement((0.0..=1.0).contains(&threshold), || {
            format!("selectionThreshold needs to be in the range [0, 1] for selection mode {mode}, but got {shown}")
        })
    }
}

/// How slots are chosen, given their number.
fn mode(params: &Params, slots: usize) -> Result<Mode> {
    let threshold = |unset: f64| match params.get("selectionThreshold") {
        Some(Value::Double(threshold)) => threshold,
        _ => unset,
    };
    Ok(match params.text("selectionMode")?.as_str() {
        "numTopFeatures" => Mode::Top(threshold(50.0) as usize),
        "percentile" => Mode::Top((slots as f64 * threshold(0.1)) as usize),
        "fpr" => Mode::Below(threshold(0.05)),
        "fdr" => Mode::FalseDiscovery(threshold(0.05)),
        _ => Mode::Below(threshold(0.05) / slots as f64),
    })
}

impl AnyEstimator for UnivariateSelector {
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        self.check_threshold()?;
        Test::of(&self.params)?;
        features_and_label(&self.params.text("featuresCol")?, &self.params.text("labelCol")?, schema)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Box<dyn AnyFit>> {
        schema::no_such_columns(schema, [self.params.text("outputCol")?.as_str()])?;
        Ok(Box::new(Testing { test: Test::of(&self.params)?, params: self.params.clone() }))
    }
}

/// The fit: one pass, of the type that the test needs.
struct Testing {
    test: Test,
    params: Params,
}

impl AnyFit for Testing {
    fn pass(&self) -> Arc<dyn AnyPass> {
        self.test.pass()
    }

    fn absorb(self: Box<Self>, merged: AnyAcc) -> Result<AnyStep> {
        let p_values: Vec<f64> = self.test.results(merged)?.iter().map(|result| result.p_value).collect();
        let selected = choose(&p_values, mode(&self.params, p_values.len())?);
        let model = Staged::new(self.params, SelectedSlots::<Univariate>::new(selected));
        Ok(AnyStep::Done(Box::new(model), FitReport::default()))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "passes" }
    }
}
