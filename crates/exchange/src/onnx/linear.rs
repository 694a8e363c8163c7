//! Linear models: logistic and linear regression, generalized linear models, and support vector machines.

use super::classes::{Choice, Scores, answer, answer_number};
use super::columns::Form;
use super::graph::Tensor;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Value;

pub const CONVERTERS: &[(&str, Convert)] = &[
    ("LogisticRegressionModel", logistic),
    ("LinearSVCModel", support_vectors),
    ("LinearRegressionModel", regression),
    ("GeneralizedLinearRegressionModel", generalized),
];

/// `[rows, sets]`: features times coefficients, plus intercepts. `coefficients` is `[sets, features]`, row-major.
pub fn margins(writer: &mut Writer<'_>, stage: &Stage<'_>, coefficients: &[f64], intercepts: &[f64]) -> Result<Tensor> {
    let sets = intercepts.len();
    let size = coefficients.len() / sets.max(1);
    let features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(size))?;
    let by_feature: Vec<f64> =
        (0..size).flat_map(|slot| (0..sets).map(move |set| coefficients[set * size + slot])).collect();
    let graph = &mut writer.graph;
    let matrix = graph.doubles(&[size, sets], &by_feature);
    let products = graph.matmul(&features.tensor, &matrix);
    let intercepts = graph.row(intercepts);
    Ok(graph.add(&products, &intercepts))
}

/// The margin of a model of one set of coefficients.
pub fn margin(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<Tensor> {
    let data = stage.data()?;
    margins(writer, stage, &data.vector("coefficients")?.to_dense(), &[data.double("intercept")?])
}

fn logistic(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let coefficients = data.matrix("coefficientMatrix")?.to_row_major();
    let intercepts = data.vector("interceptVector")?.to_dense();
    let found = margins(writer, stage, &coefficients, &intercepts)?;
    if data.bool("isMultinomial")? {
        let scores = Scores::of_softmax(&mut writer.graph, found, intercepts.len());
        return answer(writer, stage, &scores, Choice::Largest);
    }
    let scores = Scores::of_margin(&mut writer.graph, &found, Some(1.0));
    let threshold = match stage.thresholds().as_deref() {
        Some([zero, one]) => 1.0 / (1.0 + zero / one),
        Some(_) => return Err(stage.damaged("thresholds must have 2 values for two classes")),
        None => stage.params().double("threshold")?,
    };
    let margin = match threshold {
        0.0 => f64::NEG_INFINITY,
        1.0 => f64::INFINITY,
        _ => (threshold / (1.0 - threshold)).ln(),
    };
    answer(writer, stage, &scores, Choice::Above(margin))
}

fn support_vectors(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let margin = margin(writer, stage)?;
    let scores = Scores::of_margin(&mut writer.graph, &margin, None);
    answer(writer, stage, &scores, Choice::Above(stage.params().double("threshold")?))
}

fn regression(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let margin = margin(writer, stage)?;
    answer_number(writer, stage, &margin);
    Ok(())
}

fn generalized(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let mut predictor = margin(writer, stage)?;
    if let Some(offset) = stage.params().optional_text("offsetCol") {
        let offset = writer.columns.number(&mut writer.graph, &offset)?;
        predictor = writer.graph.add(&predictor, &offset);
    }
    let family = stage.params().text("family")?.to_lowercase();
    let mean = mean(writer, stage, &family, &predictor)?;
    if let Some(column) = stage.params().optional_text("linkPredictionCol") {
        writer.columns.put_answer(&column, predictor, Form::Number);
    }
    answer_number(writer, stage, &mean);
    Ok(())
}

/// The mean of a linear predictor, in the family's range.
fn mean(writer: &mut Writer<'_>, stage: &Stage<'_>, family: &str, predictor: &Tensor) -> Result<Tensor> {
    let power = power(stage, family)?;
    let link = match power {
        Some(power) => link_of(power),
        None => stage.params().optional_text("link").unwrap_or_else(|| default_link(family).to_owned()).to_lowercase(),
    };
    let graph = &mut writer.graph;
    let found = match link.as_str() {
        "identity" => predictor.clone(),
        "log" => graph.op("Exp", &[predictor]),
        "inverse" => graph.op("Reciprocal", &[predictor]),
        "logit" => graph.op("Sigmoid", &[predictor]),
        "cloglog" => {
            let rate = graph.op("Exp", &[predictor]);
            let rate = graph.op("Neg", &[&rate]);
            let none = graph.op("Exp", &[&rate]);
            let one = graph.number(1.0);
            graph.sub(&one, &none)
        }
        "sqrt" => graph.mul(predictor, predictor),
        "power" => {
            let root = graph.number(1.0 / power.unwrap_or(1.0));
            graph.op("Pow", &[predictor, &root])
        }
        other => {
            let text = format!("the link {other}, whose function runtimes have no doubles for");
            return Err(stage.unsupported(text));
        }
    };
    // The bounds of Spark's families.
    const LEAST: f64 = 1e-16;
    let variance_power = match family {
        "tweedie" => Some(variance_power(stage)),
        _ => None,
    };
    let (least, most) = match (family, variance_power) {
        ("gaussian", _) | (_, Some(0.0)) => (f64::MIN, f64::MAX),
        ("binomial", _) => (LEAST, 1.0 - LEAST),
        _ => (LEAST, f64::MAX),
    };
    let (least, most) = (graph.number(least), graph.number(most));
    let found = graph.op("Max", &[&found, &least]);
    Ok(graph.op("Min", &[&found, &most]))
}

fn default_link(family: &str) -> &'static str {
    match family {
        "binomial" => "logit",
        "poisson" => "log",
        "gamma" => "inverse",
        _ => "identity",
    }
}

fn variance_power(stage: &Stage<'_>) -> f64 {
    if let Some(Value::Double(power)) = stage.params().get("variancePower") { power } else { 0.0 }
}

/// The power link of a Tweedie family.
fn power(stage: &Stage<'_>, family: &str) -> Result<Option<f64>> {
    if family != "tweedie" {
        return Ok(None);
    }
    if let Some(Value::Double(power)) = stage.params().get("linkPower") {
        return Ok(Some(power));
    }
    let variance_power = variance_power(stage);
    // Families that have another name have that family's own link.
    Ok(Some(match variance_power {
        0.0 => 1.0,
        1.0 => 0.0,
        2.0 => -1.0,
        power => 1.0 - power,
    }))
}

fn link_of(power: f64) -> String {
    match power {
        0.0 => "log",
        1.0 => "identity",
        -1.0 => "inverse",
        0.5 => "sqrt",
        _ => "power",
    }
    .to_owned()
}
