//! The four event models and the feature values that each of them can read.

use crate::Params;
use crate::instances::raised;
use crate::linalg::VectorRef;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// What a feature is thought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A count.
    Multinomial,
    /// A count, judged by how often other classes have it (Rennie et al., 2003).
    Complement,
    /// 0 or 1.
    Bernoulli,
    /// A normal variable.
    Gaussian,
}

impl Kind {
    pub const NAMES: [&str; 4] = ["multinomial", "complement", "bernoulli", "gaussian"];

    pub fn of(params: &Params) -> Result<Self> {
        match params.text("modelType")?.as_str() {
            "multinomial" => Ok(Kind::Multinomial),
            "complement" => Ok(Kind::Complement),
            "bernoulli" => Ok(Kind::Bernoulli),
            "gaussian" => Ok(Kind::Gaussian),
            other => Err(Failure::internal(format!("the model type {other} passed its check"))),
        }
    }

    fn reads(self, value: f64) -> bool {
        match self {
            Kind::Multinomial | Kind::Complement => (0.0..f64::INFINITY).contains(&value),
            Kind::Bernoulli => value == 0.0 || value == 1.0,
            Kind::Gaussian => value.is_finite(),
        }
    }

    /// # Errors
    /// A training vector has a value that the model cannot read; Spark's words.
    pub fn check_training(self, vector: VectorRef<'_>) -> Result<()> {
        if self.reads_all(vector) {
            return Ok(());
        }
        let wanted = match self {
            Kind::Multinomial | Kind::Complement => "MUST NOT be Negative, NaN or Infinity",
            Kind::Bernoulli => "MUST be in {0, 1}",
            Kind::Gaussian => "MUST NOT be NaN or Infinity",
        };
        let text = format!("Vector values {wanted}, but got {}", vector.to_vector());
        Err(raised(&codes::ml::INVALID_ROW, text))
    }

    /// # Errors
    /// A vector to predict from has a value that the model cannot read; Spark's words.
    pub fn check_prediction(self, vector: VectorRef<'_>) -> Result<()> {
        if self == Kind::Gaussian || self.reads_all(vector) {
            return Ok(());
        }
        let wanted = match self {
            Kind::Bernoulli => "Bernoulli naive Bayes requires 0 or 1",
            _ => "Naive Bayes requires nonnegative",
        };
        let text = format!("requirement failed: {wanted} feature values but found {}.", vector.to_vector());
        Err(crate::transform::invalid_row(text))
    }

    fn reads_all(self, vector: VectorRef<'_>) -> bool {
        let (VectorRef::Dense(values) | VectorRef::Sparse { values, .. }) = vector;
        values.iter().all(|value| self.reads(*value))
    }
}
