//! Naive Bayes: a linear map of the features, or squared distances for Gaussian features.

use super::classes::{Choice, Scores, answer};
use super::graph::Tensor;
use super::linear::margins;
use super::values::Element;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;

pub const CONVERTERS: &[(&str, Convert)] = &[("NaiveBayesModel", naive_bayes)];

fn naive_bayes(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let priors = data.vector("pi")?.to_dense();
    let theta = data.matrix("theta")?;
    let (width, theta) = (theta.columns, theta.to_row_major());
    let kind = stage.params().text("modelType")?;
    let raw = match kind.as_str() {
        "gaussian" => {
            let variances = data.matrix("sigma")?.to_row_major();
            gaussian(writer, stage, width, &priors, &theta, &variances)?
        }
        "bernoulli" => {
            let without = |value: &f64| (-value.exp()).ln_1p();
            let weights: Vec<f64> = theta.iter().map(|value| value - without(value)).collect();
            let nothing = theta.chunks(width.max(1)).map(|row| row.iter().map(without).sum::<f64>());
            let intercepts: Vec<f64> = priors.iter().zip(nothing).map(|(prior, nothing)| prior + nothing).collect();
            margins(writer, stage, &weights, &intercepts)?
        }
        "complement" => {
            let scores = margins(writer, stage, &theta, &vec![0.0; priors.len()])?;
            let graph = &mut writer.graph;
            let logarithm = graph.reduce("ReduceLogSumExp", &scores, 1, true);
            graph.sub(&scores, &logarithm)
        }
        _ => margins(writer, stage, &theta, &priors)?,
    };
    let raw = if kind == "gaussian" { raw } else { checked(writer, stage, width, &kind, &raw)? };
    let scores = Scores::of_softmax(&mut writer.graph, raw, priors.len());
    answer(writer, stage, &scores, Choice::Largest)
}

/// Counts are not negative, and flags are 0 or 1.
fn checked(writer: &mut Writer<'_>, stage: &Stage<'_>, width: usize, kind: &str, raw: &Tensor) -> Result<Tensor> {
    let features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(width))?.tensor;
    let graph = &mut writer.graph;
    let (zero, one) = (graph.number(0.0), graph.number(1.0));
    let is_good = if kind == "bernoulli" {
        let (is_zero, is_one) = (graph.op("Equal", &[&features, &zero]), graph.op("Equal", &[&features, &one]));
        graph.op("Or", &[&is_zero, &is_one])
    } else {
        graph.op("GreaterOrEqual", &[&features, &zero])
    };
    let is_good = graph.cast(&is_good, Element::Int);
    let are_good = graph.reduce("ReduceMin", &is_good, 1, true);
    let are_good = graph.cast(&are_good, Element::Bool);
    let is_bad = graph.op("Not", &[&are_good]);
    let why = if kind == "bernoulli" { "a feature is neither 0 nor 1" } else { "a feature is negative" };
    Ok(graph.refuse(raw, &is_bad, why))
}

/// `prior - (Σ (x - mean)² / variance + Σ ln variance) / 2`.
fn gaussian(
    writer: &mut Writer<'_>,
    stage: &Stage<'_>,
    width: usize,
    priors: &[f64],
    means: &[f64],
    variances: &[f64],
) -> Result<Tensor> {
    let classes = priors.len();
    let features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(width))?.tensor;
    let logarithms = variances.chunks(width.max(1)).map(|row| row.iter().map(|value| value.ln()).sum::<f64>());
    let intercepts: Vec<f64> = priors.iter().zip(logarithms).map(|(prior, sum)| prior - sum / 2.0).collect();
    let graph = &mut writer.graph;
    let middle = graph.ints(&[1]);
    let features = graph.op("Unsqueeze", &[&features, &middle]);
    let (means, variances) =
        (graph.doubles(&[1, classes, width], means), graph.doubles(&[1, classes, width], variances));
    let differences = graph.sub(&features, &means);
    let squares = graph.mul(&differences, &differences);
    let scaled = graph.div(&squares, &variances);
    let sum = graph.reduce("ReduceSum", &scaled, 2, false);
    let half = graph.mul_number(&sum, -0.5);
    let intercepts = graph.row(&intercepts);
    Ok(graph.add(&half, &intercepts))
}
