//! A fitted stage as writers see it: its parameters, and the tables it saves.

use brickyard_error::{Failure, Result};
use brickyard_ml::persist::{Rows, Saved};
use brickyard_ml::{Params, Transformer, Value};

pub struct Stage<'a> {
    pub model: &'a dyn Transformer,
    pub saved: Saved,
}

impl<'a> Stage<'a> {
    pub fn new(model: &'a dyn Transformer) -> Result<Self> {
        Ok(Self { model, saved: model.save()? })
    }

    pub fn params(&self) -> &'a Params {
        self.model.params()
    }

    /// The last part of the class name.
    pub fn class(&self) -> &'static str {
        let class = self.model.class();
        class.rsplit('.').next().unwrap_or(class)
    }

    /// The rows of the folder `data`.
    pub fn data(&self) -> Result<Rows> {
        self.saved.rows("data")
    }

    pub fn features(&self) -> Result<String> {
        self.params().text("featuresCol")
    }

    /// Input and output columns, of stages that have one pair or many.
    pub fn pairs(&self) -> Result<Vec<(String, String)>> {
        let inputs = self.params().one_or_many("inputCol", "inputCols")?;
        let outputs = self.params().one_or_many("outputCol", "outputCols")?;
        if inputs.len() != outputs.len() {
            return Err(Failure::internal("a fitted stage has as many outputs as inputs"));
        }
        Ok(inputs.into_iter().zip(outputs).collect())
    }

    /// The parameter `thresholds`, if set.
    pub fn thresholds(&self) -> Option<Vec<f64>> {
        match self.params().get("thresholds") {
            Some(Value::Doubles(thresholds)) => Some(thresholds),
            _ => None,
        }
    }

    /// # Errors
    /// `handleInvalid` is `skip`: no format of a function can leave rows out.
    pub fn handle_invalid(&self) -> Result<String> {
        let invalid = self.params().text("handleInvalid")?;
        if invalid == "skip" {
            let hint = "handleInvalid = \"skip\" drops rows, which an exported model cannot; set it to \"keep\" or \
                        \"error\" before the export";
            return Err(self.unsupported(hint));
        }
        Ok(invalid)
    }

    /// The failure for what cannot be expressed.
    pub fn unsupported(&self, what: impl std::fmt::Display) -> Failure {
        Failure::unsupported(format!("exporting {} ({}): {what}", self.class(), self.params().uid()))
    }

    /// The failure for a model whose parts do not fit together.
    pub fn damaged(&self, what: impl std::fmt::Display) -> Failure {
        self.saved.damaged(what)
    }
}
