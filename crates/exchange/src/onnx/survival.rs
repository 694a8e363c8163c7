//! Accelerated failure time: life times and their quantiles.

use super::classes::answer_number;
use super::columns::Form;
use super::linear::margin;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Value;

pub const CONVERTERS: &[(&str, Convert)] = &[("AFTSurvivalRegressionModel", survival)];

fn survival(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let margin = margin(writer, stage)?;
    let graph = &mut writer.graph;
    let prediction = graph.op("Exp", &[&margin]);
    if let Some(column) = stage.params().optional_text("quantilesCol") {
        let Some(Value::Doubles(probabilities)) = stage.params().get("quantileProbabilities") else {
            return Err(stage.damaged("quantileProbabilities are not set"));
        };
        let scale = stage.data()?.double("scale")?;
        // Quantiles of the Weibull distribution of shape 1 / scale.
        let factor = |probability: &f64| ((-(1.0 - probability).ln()).ln() * scale).exp();
        let factors = graph.row(&probabilities.iter().map(factor).collect::<Vec<_>>());
        let quantiles = graph.mul(&prediction, &factors);
        writer.columns.put_answer(&column, quantiles, Form::Vector(Some(probabilities.len())));
    }
    answer_number(writer, stage, &prediction);
    Ok(())
}
