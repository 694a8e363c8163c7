//! Slots moved and scaled: the scalers, and `ElementwiseProduct`.

use super::columns::Form;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Value;

pub const CONVERTERS: &[(&str, Convert)] = &[
    ("StandardScalerModel", standard),
    ("RobustScalerModel", robust),
    ("MinMaxScalerModel", min_max),
    ("MaxAbsScalerModel", max_abs),
    ("ElementwiseProduct", product),
];

fn standard(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    centered(writer, stage, ["mean", "std"], ["withMean", "withStd"])
}

fn robust(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    centered(writer, stage, ["median", "range"], ["withCentering", "withScaling"])
}

/// Minus a center, divided by a width; a slot of width 0 becomes 0.
fn centered(
    writer: &mut Writer<'_>,
    stage: &Stage<'_>,
    [center, width]: [&str; 2],
    [centers, scales]: [&str; 2],
) -> Result<()> {
    let data = stage.data()?;
    let (center, width) = (data.vector(center)?.to_dense(), data.vector(width)?.to_dense());
    let center = if stage.params().bool(centers)? { Some(center) } else { None };
    let inverse = |width: &f64| if *width == 0.0 { 0.0 } else { 1.0 / width };
    let size = width.len();
    let scale = stage.params().bool(scales)?.then(|| width.iter().map(inverse).collect());
    moved(writer, stage, size, Moves { center, scale, shift: None })
}

fn min_max(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let (least, most) = (data.vector("originalMin")?.to_dense(), data.vector("originalMax")?.to_dense());
    let (low, high) = (stage.params().double("min")?, stage.params().double("max")?);
    let ranges: Vec<f64> = most.iter().zip(&least).map(|(most, least)| most - least).collect();
    let scale = ranges.iter().map(|range| if *range == 0.0 { 0.0 } else { (high - low) / range }).collect();
    // A slot that was constant in training is put in the middle.
    let shift =
        ranges.iter().map(|range| if *range == 0.0 || high == low { (low + high) / 2.0 } else { low }).collect();
    moved(writer, stage, least.len(), Moves { center: Some(least), scale: Some(scale), shift: Some(shift) })
}

fn max_abs(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let most = stage.data()?.vector("maxAbs")?.to_dense();
    let scale = most.iter().map(|most| if *most == 0.0 { 1.0 } else { 1.0 / most }).collect();
    moved(writer, stage, most.len(), Moves { scale: Some(scale), ..Moves::default() })
}

fn product(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let Some(Value::Vector(factors)) = stage.params().get("scalingVec") else {
        return Err(stage.unsupported("scalingVec is not set"));
    };
    let factors = factors.to_dense();
    moved(writer, stage, factors.len(), Moves { scale: Some(factors), ..Moves::default() })
}

/// `(x - center) · scale + shift`, slot by slot.
#[derive(Default)]
struct Moves {
    center: Option<Vec<f64>>,
    scale: Option<Vec<f64>>,
    shift: Option<Vec<f64>>,
}

fn moved(writer: &mut Writer<'_>, stage: &Stage<'_>, size: usize, moves: Moves) -> Result<()> {
    let (input, output) = (stage.params().text("inputCol")?, stage.params().text("outputCol")?);
    let mut value = writer.columns.vectors(&mut writer.graph, &input, Some(size))?.tensor;
    let graph = &mut writer.graph;
    for (kind, numbers) in [("Sub", moves.center), ("Mul", moves.scale), ("Add", moves.shift)] {
        let Some(numbers) = numbers else { continue };
        let numbers = graph.row(&numbers);
        value = graph.op(kind, &[&value, &numbers]);
    }
    writer.columns.put(&output, value, Form::Vector(Some(size)));
    Ok(())
}
