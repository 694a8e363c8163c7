//! What classifiers answer: raw predictions, probabilities and a class, each where its column has a name.

use super::Writer;
use super::columns::Form;
use super::graph::{Graph, Tensor};
use super::values::Element;
use crate::stage::Stage;
use brickyard_error::Result;

/// `[rows, classes]` each.
pub struct Scores {
    pub raw: Tensor,
    /// `None` for classifiers that know no probabilities.
    pub probability: Option<Tensor>,
    pub classes: usize,
}

/// How a class is chosen where no thresholds are set.
pub enum Choice {
    /// The first of the largest raw predictions.
    Largest,
    /// Class 1 where its raw prediction is above this.
    Above(f64),
}

impl Scores {
    /// Raw predictions -m and m, and the probability of class 1 at m: 1 / (1 + exp(-steepness · m)).
    pub fn of_margin(graph: &mut Graph, margin: &Tensor, steepness: Option<f64>) -> Self {
        let against = graph.op("Neg", &[margin]);
        let raw = graph.concat(&[&against, margin]);
        let probability = steepness.map(|steepness| {
            let scaled = if steepness == 1.0 { raw.clone() } else { graph.mul_number(&raw, steepness) };
            graph.op("Sigmoid", &[&scaled])
        });
        Self { raw, probability, classes: 2 }
    }

    /// Probabilities are the softmax of the raw predictions.
    pub fn of_softmax(graph: &mut Graph, raw: Tensor, classes: usize) -> Self {
        let probability = Some(graph.softmax(&raw));
        Self { raw, probability, classes }
    }
}

/// The columns of a classifier, in Spark's order.
pub fn answer(writer: &mut Writer<'_>, stage: &Stage<'_>, scores: &Scores, choice: Choice) -> Result<()> {
    let params = stage.params();
    let graph = &mut writer.graph;
    let thresholds = stage.thresholds().filter(|_| matches!(choice, Choice::Largest));
    let class = match (thresholds, &scores.probability, choice) {
        (Some(thresholds), Some(probability), _) => {
            if thresholds.len() != scores.classes {
                let (found, classes) = (thresholds.len(), scores.classes);
                return Err(stage.damaged(format!("thresholds has {found} values for {classes} classes")));
            }
            let divisors = graph.row(&thresholds);
            let ratios = graph.div(probability, &divisors);
            // 0 / 0 is not the largest ratio.
            let (is_nothing, none) = (graph.op("IsNaN", &[&ratios]), graph.number(-1.0));
            let ratios = graph.select(&is_nothing, &none, &ratios);
            graph.place_of("ArgMax", &ratios)
        }
        (_, _, Choice::Above(threshold)) => {
            let for_one = graph.slots(&scores.raw, &[1]);
            let threshold = graph.number(threshold);
            graph.op("Greater", &[&for_one, &threshold])
        }
        _ => graph.place_of("ArgMax", &scores.raw),
    };
    let class = graph.cast(&class, Element::Double);
    let vector = Form::Vector(Some(scores.classes));
    if let Some(column) = params.optional_text("rawPredictionCol") {
        writer.columns.put_answer(&column, scores.raw.clone(), vector);
    }
    if let (Some(column), Some(probability)) = (params.optional_text("probabilityCol"), &scores.probability) {
        writer.columns.put_answer(&column, probability.clone(), vector);
    }
    if let Some(column) = params.optional_text("predictionCol") {
        writer.columns.put_answer(&column, class, Form::Number);
    }
    Ok(())
}

/// The column of a regressor.
pub fn answer_number(writer: &mut Writer<'_>, stage: &Stage<'_>, prediction: &Tensor) {
    if let Some(column) = stage.params().optional_text("predictionCol") {
        writer.columns.put_answer(&column, prediction.clone(), Form::Number);
    }
}
