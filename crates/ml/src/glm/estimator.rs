//! The estimator of generalized linear models, and its first look at the rows.

use super::irls::Irls;
use super::link::Distribution;
use super::params::SPECS;
use super::rows::{Inputs, Spec};
use crate::fit::{Estimator, Fit, Progress, Step};
use crate::instances::LabelKind;
use crate::linear::requirement_failed;
use crate::linear::standardized::Scaling;
use crate::linear::summary::{self, Summary};
use crate::schema::{self, Slots};
use crate::{Block, Input, Params, Pass};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.regression.GeneralizedLinearRegression";

/// More features make the normal matrix too large; Spark's number.
const MAX_FEATURES: usize = 4096;

/// The estimator.
#[derive(Debug, Clone)]
pub struct GeneralizedLinearRegression {
    params: Params,
}

impl GeneralizedLinearRegression {
    pub(super) fn new(params: Params) -> Self {
        debug_assert_eq!(params.specs().len(), SPECS.len());
        Self { params }
    }
}

/// Which columns the parameters name beside features and label.
pub fn inputs_of(params: &Params) -> Inputs {
    let named = |param: &str| params.optional_text(param).is_some();
    Inputs { weighted: named("weightCol"), offset: named("offsetCol") }
}

impl Estimator for GeneralizedLinearRegression {
    type Fit = GlmSummary;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let params = &self.params;
        let mut inputs = vec![Input::vector(&params.text("featuresCol")?), Input::number(&params.text("labelCol")?)];
        let more = ["weightCol", "offsetCol"].into_iter().filter_map(|param| params.optional_text(param));
        inputs.extend(more.map(|column| Input::number(&column)));
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<GlmSummary> {
        let column = self.params.text("featuresCol")?;
        let slots = schema::slots(schema::field(schema, &column)?);
        let names = if let Slots::Known(attrs) = slots { attrs } else { Vec::new() };
        let names = names.iter().map(|attr| attr.name().unwrap_or_default().to_owned()).collect();
        Ok(GlmSummary {
            distribution: Distribution::of(&self.params)?,
            inputs: inputs_of(&self.params),
            params: self.params.clone(),
            names,
        })
    }
}

/// Means and deviations of features and labels, without looking at offsets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SummaryPass(Inputs);

impl Pass for SummaryPass {
    const NAME: &'static str = "glm-summary";
    type View = Block;
    type Memo = ();
    type Acc = Summary;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Summary {
        Summary::default()
    }

    fn update(&self, acc: &mut Summary, block: &Block, memo: &mut ()) -> Result<()> {
        summary::SummaryPass { labels: LabelKind::Real }.update(acc, &self.0.labelled(block), memo)
    }
}

/// The first phase.
pub struct GlmSummary {
    params: Params,
    distribution: Distribution,
    inputs: Inputs,
    /// Names of the features, if the column's metadata has them.
    names: Vec<String>,
}

impl Fit for GlmSummary {
    type Pass = SummaryPass;

    fn pass(&self) -> SummaryPass {
        SummaryPass(self.inputs)
    }

    fn absorb(self, summary: Summary) -> Result<Step<Self>> {
        let width = summary.checked_width()?;
        if width > MAX_FEATURES {
            let text = format!(
                "Currently, GeneralizedLinearRegression only supports number of features <= {MAX_FEATURES}. Found \
                 {width} in the input dataset."
            );
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        if width == 0 && !self.params.bool("fitIntercept")? {
            let text = "GeneralizedLinearRegression was given data with 0 features, and with Param fitIntercept set to \
                        false. To fit a model with 0 features, fitIntercept must be set to true.";
            return Err(requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        if summary.label.weight == 0.0 {
            return Err(requirement_failed(&codes::ml::INVALID_ROW, "Sum of weights cannot be zero."));
        }
        let scaling = Scaling::new(LabelKind::Real, &summary.features.mean, &summary.features.standard_deviations());
        let spec = Arc::new(Spec { scaling, inputs: self.inputs });
        let irls = Irls::new(self.params, self.distribution, spec, summary.label.mean[0], self.names)?;
        Ok(Step::Then(Box::new(irls)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0).unsigned_abs(), unit: "iterations" }
    }
}
