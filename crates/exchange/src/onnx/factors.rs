//! Factorisation machines: `w₀ + x·w + ½ Σ ((x·v)² - x²·v²)` over the factors v (Rendle, 2010).

use super::classes::{Choice, Scores, answer, answer_number};
use super::graph::Tensor;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;

pub const CONVERTERS: &[(&str, Convert)] = &[("FMClassificationModel", classifier), ("FMRegressionModel", regressor)];

fn classifier(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let value = value(writer, stage)?;
    let scores = Scores::of_margin(&mut writer.graph, &value, Some(1.0));
    answer(writer, stage, &scores, Choice::Largest)
}

fn regressor(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let value = value(writer, stage)?;
    answer_number(writer, stage, &value);
    Ok(())
}

fn value(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<Tensor> {
    let data = stage.data()?;
    let (linear, factors) = (data.vector("linear")?.to_dense(), data.matrix("factors")?);
    let (size, count) = (factors.rows, factors.columns);
    let factors = factors.to_row_major();
    let features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(size))?.tensor;
    let graph = &mut writer.graph;
    let linear = graph.doubles(&[size, 1], &linear);
    let products = graph.matmul(&features, &linear);
    let straight = graph.add_number(&products, data.double("intercept")?);
    let squared: Vec<f64> = factors.iter().map(|factor| factor * factor).collect();
    let (factors, squared) = (graph.doubles(&[size, count], &factors), graph.doubles(&[size, count], &squared));
    let sums = graph.matmul(&features, &factors);
    let squares_of_sums = graph.mul(&sums, &sums);
    let squares = graph.mul(&features, &features);
    let sums_of_squares = graph.matmul(&squares, &squared);
    let pairs = graph.sub(&squares_of_sums, &sums_of_squares);
    let pairs = graph.reduce("ReduceSum", &pairs, 1, true);
    let pairs = graph.mul_number(&pairs, 0.5);
    Ok(graph.add(&straight, &pairs))
}
