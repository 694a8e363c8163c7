//! Isotonic regression: straight lines between corners, looked up by how many corners lie below.

use super::classes::answer_number;
use super::columns::Form;
use super::values::Element;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;

pub const CONVERTERS: &[(&str, Convert)] = &[("IsotonicRegressionModel", isotonic)];

/// A piece of the function: `start + rise · (x - from) / run`.
struct Piece {
    start: f64,
    rise: f64,
    from: f64,
    run: f64,
}

fn isotonic(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let (boundaries, values) = (data.double_list("boundaries")?, data.double_list("predictions")?);
    let pieces = pieces(&boundaries, &values);
    if pieces.is_empty() {
        return Err(stage.unsupported("a model without corners"));
    }
    let features = stage.features()?;
    let column = writer.columns.any(&mut writer.graph, &features, Form::Vector(None))?;
    let x = match column.form {
        Form::Vector(_) => writer.graph.slots(&column.tensor, &[stage.params().int("featureIndex")?]),
        _ => writer.columns.number(&mut writer.graph, &features)?,
    };
    let graph = &mut writer.graph;
    let corners = graph.row(&boundaries);
    let is_below = graph.op("Less", &[&corners, &x]);
    let below = graph.cast(&is_below, Element::Int);
    let piece = graph.reduce("ReduceSum", &below, 1, true);
    let mut of_piece = |part: fn(&Piece) -> f64| {
        let table = graph.doubles(&[pieces.len()], &pieces.iter().map(part).collect::<Vec<_>>());
        graph.look_up(&table, &piece)
    };
    let (start, rise) = (of_piece(|piece| piece.start), of_piece(|piece| piece.rise));
    let (from, run) = (of_piece(|piece| piece.from), of_piece(|piece| piece.run));
    let along = graph.sub(&x, &from);
    let climbed = graph.mul(&rise, &along);
    let climbed = graph.div(&climbed, &run);
    let prediction = graph.add(&start, &climbed);
    answer_number(writer, stage, &prediction);
    Ok(())
}

/// The piece before the first corner, those between corners, and the one behind the last.
fn pieces(boundaries: &[f64], values: &[f64]) -> Vec<Piece> {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return Vec::new() };
    let flat = |value: &f64| Piece { start: *value, rise: 0.0, from: 0.0, run: 1.0 };
    let between = boundaries.windows(2).zip(values.windows(2)).map(|(x, y)| {
        // Nothing lies between two equal corners.
        let run = if x[1] > x[0] { x[1] - x[0] } else { 1.0 };
        Piece { start: y[0], rise: y[1] - y[0], from: x[0], run }
    });
    std::iter::once(flat(first)).chain(between).chain([flat(last)]).collect()
}
