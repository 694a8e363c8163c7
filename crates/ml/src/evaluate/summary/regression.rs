//! Summaries of linear regression, with the errors and significance of its coefficients.

use crate::evaluate::regression_pass::RegressionSums;
use crate::evaluate::student::two_sided;
use crate::linear::INVERSE_DIAGONAL;
use crate::{Attribute, FitReport, Transformer, Value};
use brickyard_error::{Failure, Result, codes};

/// The fitted line, as far as the summary asks.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    has_intercept: bool,
    /// Coefficients, then the intercept if there is one.
    estimates: Vec<f64>,
}

impl LinearFit {
    pub fn of(model: &dyn Transformer) -> Result<Self> {
        let has_intercept = model.params().bool("fitIntercept")?;
        let Attribute::Value(Value::Vector(coefficients)) = model.attribute("coefficients", &[])? else {
            return Err(Failure::internal("coefficients are no vector"));
        };
        let Attribute::Value(Value::Double(intercept)) = model.attribute("intercept", &[])? else {
            return Err(Failure::internal("the intercept is no number"));
        };
        let mut estimates = coefficients.to_dense();
        estimates.extend(has_intercept.then_some(intercept));
        Ok(Self { has_intercept, estimates })
    }

    fn features(&self) -> i64 {
        self.estimates.len() as i64 - i64::from(self.has_intercept)
    }
}

#[derive(Debug, Clone)]
pub struct RegressionSummary {
    sums: RegressionSums,
    fit: LinearFit,
    /// Empty unless the normal equations were solved directly.
    inverse_diagonal: Vec<f64>,
}

impl RegressionSummary {
    pub fn new(sums: RegressionSums, fit: LinearFit, report: &FitReport) -> Self {
        let inverse_diagonal = match report.values.get(INVERSE_DIAGONAL) {
            Some(Value::Doubles(values)) => values.clone(),
            _ => Vec::new(),
        };
        Self { sums, fit, inverse_diagonal }
    }

    pub fn attribute(&self, name: &str) -> Result<Option<Attribute>> {
        let sums = &self.sums;
        let rows = sums.count() as i64;
        Ok(Some(match name {
            "explainedVariance" => sums.explained_variance().into(),
            "meanAbsoluteError" => sums.mean_absolute_error().into(),
            "meanSquaredError" => sums.mean_squared_error().into(),
            "rootMeanSquaredError" => sums.root_mean_squared_error().into(),
            "r2" => self.r2().into(),
            "r2adj" => {
                let intercept = i64::from(self.fit.has_intercept);
                let freedom = (rows - self.fit.features() - intercept) as f64;
                (1.0 - (1.0 - self.r2()) * (rows - intercept) as f64 / freedom).into()
            }
            "numInstances" => rows.into(),
            "degreesOfFreedom" => self.degrees_of_freedom().into(),
            "devianceResiduals" => sums.residual_range().to_vec().into(),
            "coefficientStandardErrors" => self.standard_errors("Std. Error of coefficients")?.into(),
            "tValues" => self.t_values("t-statistic")?.into(),
            "pValues" => {
                let freedom = self.degrees_of_freedom() as f64;
                let values = self.t_values("p-value")?;
                values.into_iter().map(|t| two_sided(t, freedom)).collect::<Vec<_>>().into()
            }
            _ => return Ok(None),
        }))
    }

    fn r2(&self) -> f64 {
        self.sums.r2(!self.fit.has_intercept)
    }

    fn degrees_of_freedom(&self) -> i64 {
        self.sums.count() as i64 - self.fit.estimates.len() as i64
    }

    fn standard_errors(&self, what: &str) -> Result<Vec<f64>> {
        if self.inverse_diagonal.is_empty() {
            let text = format!("No {what} available for this LinearRegressionModel; fit it with the normal solver");
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text));
        }
        let variance = self.sums.squared_errors() / self.degrees_of_freedom() as f64;
        Ok(self.inverse_diagonal.iter().map(|entry| (entry * variance).sqrt()).collect())
    }

    fn t_values(&self, what: &str) -> Result<Vec<f64>> {
        let errors = self.standard_errors(what)?;
        Ok(self.fit.estimates.iter().zip(errors).map(|(estimate, error)| estimate / error).collect())
    }
}
