//! Bounds on the coefficients and intercepts of logistic regression.

use super::gradient::Intercept;
use super::logistic_params::BOUNDS;
use super::rows::requirement_failed;
use crate::optimize::Bounds;
use crate::{Matrix, Params, Value, Vector};
use brickyard_error::{Result, codes};

/// What was set, for coefficients of the original features.
#[derive(Debug, Clone, Default)]
pub struct LogisticBounds {
    lower_coefficients: Option<Matrix>,
    upper_coefficients: Option<Matrix>,
    lower_intercepts: Option<Vec<f64>>,
    upper_intercepts: Option<Vec<f64>>,
}

impl LogisticBounds {
    /// `None` without bounds.
    ///
    /// # Errors
    /// The bounds do not suit the shape of the model, cross each other, or stand beside an L1 penalty; Spark's words.
    pub fn of(params: &Params, sets: usize, width: usize) -> Result<Option<Self>> {
        if !BOUNDS.iter().any(|spec| params.is_set(spec.name)) {
            return Ok(None);
        }
        let matrix = |name: &str| if let Some(Value::Matrix(matrix)) = params.get(name) { Some(matrix) } else { None };
        let vector = |name: &str| match params.get(name) {
            Some(Value::Vector(vector)) => Some(Vector::to_dense(&vector)),
            _ => None,
        };
        let [lower_coefficients, upper_coefficients, lower_intercepts, upper_intercepts] = BOUNDS.map(|spec| spec.name);
        let bounds = Self {
            lower_coefficients: matrix(lower_coefficients),
            upper_coefficients: matrix(upper_coefficients),
            lower_intercepts: vector(lower_intercepts),
            upper_intercepts: vector(upper_intercepts),
        };
        let mixing = params.double("elasticNetParam")?;
        if mixing != 0.0 {
            let shown = crate::linalg::java_double(mixing);
            return Err(wrong(&format!(
                "Fitting under bound constrained optimization only supports L2 regularization, but got \
                 elasticNetParam = {shown}."
            )));
        }
        if !params.bool("fitIntercept")? && (bounds.lower_intercepts.is_some() || bounds.upper_intercepts.is_some()) {
            return Err(wrong("Please don't set bounds on intercepts if fitting without intercept."));
        }
        bounds.check_shapes(sets, width)?;
        bounds.check_order()?;
        Ok(Some(bounds))
    }

    fn check_shapes(&self, sets: usize, width: usize) -> Result<()> {
        let matrices = [
            ("LowerBoundsOnCoefficients", &self.lower_coefficients),
            ("upperBoundsOnCoefficients", &self.upper_coefficients),
        ];
        for (name, matrix) in matrices {
            if let Some(matrix) = matrix.as_ref().filter(|matrix| (matrix.rows, matrix.columns) != (sets, width)) {
                return Err(wrong(&format!(
                    "The shape of {name} must be compatible with (1, number of features) for binomial regression, or \
                     (number of classes, number of features) for multinomial regression, but found: ({}, {}).",
                    matrix.rows, matrix.columns
                )));
            }
        }
        let vectors =
            [("lowerBoundsOnIntercepts", &self.lower_intercepts), ("upperBoundsOnIntercepts", &self.upper_intercepts)];
        for (name, vector) in vectors {
            if let Some(vector) = vector.as_ref().filter(|vector| vector.len() != sets) {
                return Err(wrong(&format!(
                    "The size of {name} must be equal to 1 for binomial regression, or the number of classes for \
                     multinomial regression, but found: {}.",
                    vector.len()
                )));
            }
        }
        Ok(())
    }

    fn check_order(&self) -> Result<()> {
        let crossed = |lower: &[f64], upper: &[f64]| lower.iter().zip(upper).any(|(lower, upper)| lower > upper);
        if let (Some(lower), Some(upper)) = (&self.lower_coefficients, &self.upper_coefficients)
            && crossed(&lower.to_row_major(), &upper.to_row_major())
        {
            return Err(wrong(
                "LowerBoundsOnCoefficients should always be less than or equal to upperBoundsOnCoefficients",
            ));
        }
        if let (Some(lower), Some(upper)) = (&self.lower_intercepts, &self.upper_intercepts)
            && crossed(lower, upper)
        {
            return Err(wrong(
                "LowerBoundsOnIntercepts should always be less than or equal to upperBoundsOnIntercepts",
            ));
        }
        Ok(())
    }

    /// An intercept of centred features is not the model's own, so bounds on it want features as they are.
    pub fn intercept(&self) -> Intercept {
        let bounded = [&self.lower_intercepts, &self.upper_intercepts].into_iter().flatten().flatten();
        if bounded.clone().any(|bound| bound.is_finite()) { Intercept::Plain } else { Intercept::Centred }
    }

    /// In the space of standardised features, laid out as the point: `[feature][set]`, then the intercepts.
    pub fn scaled(&self, deviations: &[f64], sets: usize, dimensions: usize) -> Bounds {
        let mut bounds = Bounds::free(dimensions);
        let sides = [
            (&mut bounds.lower, &self.lower_coefficients, &self.lower_intercepts),
            (&mut bounds.upper, &self.upper_coefficients, &self.upper_intercepts),
        ];
        for (side, coefficients, intercepts) in sides {
            for (feature, deviation) in deviations.iter().enumerate() {
                for set in 0..sets {
                    if let Some(matrix) = coefficients {
                        let bound = matrix.get(set, feature);
                        // A constant feature has no coefficient, whatever its bounds.
                        side[feature * sets + set] = if *deviation == 0.0 { 0.0 } else { bound * deviation };
                    }
                }
            }
            if let Some(intercepts) = intercepts {
                for (slot, bound) in side[deviations.len() * sets..].iter_mut().zip(intercepts) {
                    *slot = *bound;
                }
            }
        }
        bounds
    }
}

fn wrong(text: &str) -> brickyard_error::Failure {
    requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
}
