//! The survival estimator: a look at the rows, then quasi-Newton steps over standardised features.

use super::model::AftSurvivalRegressionModel;
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::{LabelKind, number, raised};
use crate::linear::descent::{Descent, Penalty};
use crate::linear::gradient::{Intercept, Objective};
use crate::linear::requirement_failed;
use crate::linear::standardized::Scaling;
use crate::linear::summary::{Summary, SummaryPass};
use crate::optimize::{Solution, dot};
use crate::{Block, Input, Params, Pass, Transformer, Vector};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.regression.AFTSurvivalRegression";

/// The estimator.
#[derive(Debug, Clone)]
pub struct AftSurvivalRegression {
    params: Params,
}

impl AftSurvivalRegression {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Estimator for AftSurvivalRegression {
    type Fit = SurvivalStart;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    /// Features, life time, censor: the gradient reads the censor where other models have weights.
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let column = |param: &str| self.params.text(param);
        let inputs = vec![
            Input::vector(&column("featuresCol")?),
            Input::number(&column("labelCol")?),
            Input::number(&column("censorCol")?),
        ];
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<SurvivalStart> {
        Ok(SurvivalStart { params: self.params.clone() })
    }
}

/// Means and deviations, of rows whose life times and censors are as they must be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifetimePass;

impl Pass for LifetimePass {
    const NAME: &'static str = "survival-summary";
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
        let (labels, censors) = (block.numbers(1)?, block.numbers(2)?);
        for row in 0..block.rows {
            LabelKind::Real.check(number(labels, row))?;
            check_censor(number(censors, row))?;
        }
        if (0..block.rows).any(|row| labels.value(row) <= 0.0) {
            let text = "The lifetime or label should be greater than 0.";
            return Err(requirement_failed(&codes::ml::LABEL_INVALID, text));
        }
        let columns = block.columns.iter().take(2).cloned().collect();
        SummaryPass { labels: LabelKind::Real }.update(acc, &Block { columns, ..block.clone() }, memo)
    }
}

fn check_censor(censor: Option<f64>) -> Result<()> {
    match censor {
        Some(censor) if censor == 0.0 || censor == 1.0 => Ok(()),
        Some(censor) if !censor.is_nan() => {
            let shown = crate::linalg::java_double(censor);
            Err(raised(&codes::ml::INVALID_ROW, format!("Censors MUST be in {{0, 1}}, but got {shown}")))
        }
        _ => Err(raised(&codes::ml::INVALID_ROW, "Censors MUST NOT be Null or NaN".to_owned())),
    }
}

/// The first phase.
pub struct SurvivalStart {
    params: Params,
}

impl Fit for SurvivalStart {
    type Pass = LifetimePass;

    fn pass(&self) -> LifetimePass {
        LifetimePass
    }

    fn absorb(self, summary: Summary) -> Result<Step<Self>> {
        let width = summary.checked_width()?;
        let deviations = summary.features.standard_deviations();
        let scaling = Scaling::new(LabelKind::Real, &summary.features.mean, &deviations);
        let intercept = Intercept::centred(self.params.bool("fitIntercept")?);
        let objective = Objective::Survival { intercept };
        let dimensions = objective.dimensions(width);
        let penalty = Penalty { l1: None, l2: vec![0.0; dimensions] };
        let (params, inverse, means) = (self.params.clone(), scaling.inverse_deviation.clone(), scaling.scaled_mean());
        let finish = Box::new(move |solution: Solution| {
            let (scaled, rest) = solution.point.split_at(width);
            let own = if intercept == Intercept::None { 0.0 } else { rest[0] - dot(scaled, &means) };
            let scale = rest.last().copied().unwrap_or(0.0).exp();
            if let Some(value) = solution.point.iter().find(|value| !value.is_finite()) {
                let text = format!("the training diverged to a coefficient of {value}; scale the features");
                return Err(Failure::new(&codes::ml::INVALID_ROW, text));
            }
            let coefficients = scaled.iter().zip(&inverse).map(|(value, inverse)| value * inverse).collect();
            let model = AftSurvivalRegressionModel::new(params, Vector::Dense(coefficients), own, scale);
            let iterations = solution.history.len() as u64 - 1;
            let report = FitReport { objective_history: solution.history, iterations, ..FitReport::default() };
            Ok((Box::new(model) as Box<dyn Transformer>, report))
        });
        let descent = Descent::new(&self.params, scaling, objective, penalty, vec![0.0; dimensions], finish)?;
        Ok(Step::Then(Box::new(descent)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0).unsigned_abs(), unit: "iterations" }
    }
}
