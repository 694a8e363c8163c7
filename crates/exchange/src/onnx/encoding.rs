//! Categories as numbers and products: `TargetEncoder` and `Interaction`.

use super::columns::Form;
use super::graph::Tensor;
use super::values::{self, Element};
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;

pub const CONVERTERS: &[(&str, Convert)] = &[("TargetEncoderModel", target_encoder), ("Interaction", interaction)];

/// The keys of nulls and of all rows in a saved encoder.
const NULL_KEY: f64 = -1.0;
const ALL_KEY: f64 = 2_147_483_647.0;

fn target_encoder(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let keeps = stage.handle_invalid()? == "keep";
    let smoothing = stage.params().double("smoothing")?;
    let is_binary = stage.params().text("targetType")? == "binary";
    let data = stage.data()?;
    let [categories, counts, stats] =
        [data.double_lists("categories")?, data.double_lists("counts")?, data.double_lists("stats")?];
    let places = data.ints("index")?;
    for (number, (input, output)) in stage.pairs()?.into_iter().enumerate() {
        let row = places.iter().position(|place| *place == number as i64);
        let row = row.ok_or_else(|| stage.damaged(format!("the column {input} has no encoding")))?;
        let means = stats[row].iter().zip(&counts[row]).map(|(stat, rows)| if is_binary { stat / rows } else { *stat });
        let encodings: Vec<(f64, f64, f64)> = categories[row]
            .iter()
            .zip(&counts[row])
            .zip(means)
            .map(|((key, rows), mean)| (*key, *rows, mean))
            .collect();
        let all = encodings.iter().find(|(key, ..)| *key == ALL_KEY);
        let mean_of_all =
            all.map(|(.., mean)| *mean).ok_or_else(|| stage.damaged("the mean of all rows is missing"))?;
        // The mean of a category's rows and of `smoothing` rows more of the mean of all.
        let value = |rows: f64, mean: f64| {
            let weight = rows / (rows + smoothing);
            weight * mean + (1.0 - weight) * mean_of_all
        };
        let known: Vec<&(f64, f64, f64)> = encodings.iter().filter(|(key, ..)| *key != ALL_KEY).collect();
        let keys: Vec<f64> = known.iter().map(|(key, ..)| *key).collect();
        let mut table: Vec<f64> = known.iter().map(|(_, rows, mean)| value(*rows, *mean)).collect();
        // Where unseen categories fail, their place is beyond the table.
        table.extend(keeps.then_some(mean_of_all));
        let index = writer.columns.number(&mut writer.graph, &input)?;
        let encoded = look_up(writer, &index, &keys, &table);
        writer.columns.put(&output, encoded, Form::Number);
    }
    Ok(())
}

/// The entry of the table at the place of the number among the keys, or else behind them; NaN has the key of nulls, which
/// no number may have.
fn look_up(writer: &mut Writer<'_>, number: &Tensor, keys: &[f64], table: &[f64]) -> Tensor {
    let graph = &mut writer.graph;
    const NO_KEY: f64 = -2.0;
    let (null, nothing) = (graph.number(NULL_KEY), graph.number(NO_KEY));
    let is_pretended = graph.op("Equal", &[number, &null]);
    let number = graph.select(&is_pretended, &nothing, number);
    let is_missing = graph.op("IsNaN", &[&number]);
    let key = graph.select(&is_missing, &null, &number);
    let places: Vec<i64> = (0..keys.len() as i64).collect();
    let attributes = vec![
        values::tensor("keys_tensor", values::doubles(&[keys.len()], keys)),
        values::tensor("values_tensor", values::ints(&[keys.len()], &places)),
        values::tensor("default_tensor", values::ints(&[1], &[keys.len() as i64])),
    ];
    let place = graph.ml_op("LabelEncoder", 4, &[&key], attributes);
    let table = graph.doubles(&[table.len()], table);
    graph.look_up(&table, &place)
}

/// Products of all slots with all slots, the first column's outermost; an index counts as its indicators.
fn interaction(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let mut product: Option<(Tensor, usize)> = None;
    for input in stage.params().texts("inputCols")? {
        let (factor, size) = factor(writer, stage, &input)?;
        let graph = &mut writer.graph;
        product = Some(match product {
            None => (factor, size),
            Some((before, slots)) => {
                let (last, middle) = (graph.ints(&[2]), graph.ints(&[1]));
                let before = graph.op("Unsqueeze", &[&before, &last]);
                let factor = graph.op("Unsqueeze", &[&factor, &middle]);
                let products = graph.mul(&before, &factor);
                let flat = graph.ints(&[-1, (slots * size) as i64]);
                (graph.op("Reshape", &[&products, &flat]), slots * size)
            }
        });
    }
    let (product, size) = product.ok_or_else(|| stage.damaged("it has no columns"))?;
    writer.columns.put(&stage.params().text("outputCol")?, product, Form::Vector(Some(size)));
    Ok(())
}

fn factor(writer: &mut Writer<'_>, stage: &Stage<'_>, input: &str) -> Result<(Tensor, usize)> {
    let column = writer.columns.any(&mut writer.graph, input, Form::Number)?;
    match (column.form, &column.labels) {
        (Form::Vector(Some(size)), _) => Ok((column.tensor, size)),
        (Form::Vector(None), _) => {
            Err(stage.unsupported(format!("the vectors of the column {input} have no known size")))
        }
        (_, Some(labels)) => {
            let graph = &mut writer.graph;
            let numbers: Vec<f64> = (0..labels.len()).map(|number| number as f64).collect();
            let numbers = graph.row(&numbers);
            let is_category = graph.op("Equal", &[&column.tensor, &numbers]);
            Ok((graph.cast(&is_category, Element::Double), labels.len()))
        }
        _ => Ok((writer.columns.number(&mut writer.graph, input)?, 1)),
    }
}
