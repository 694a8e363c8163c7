//! Columns of numbers: `Imputer`, `Bucketizer` and `Binarizer`.

use super::columns::Form;
use super::values::Element;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Value;

pub const CONVERTERS: &[(&str, Convert)] =
    &[("ImputerModel", imputer), ("Bucketizer", bucketizer), ("Binarizer", binarizer)];

fn imputer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let missing = stage.params().double("missingValue")?;
    for (input, output) in stage.pairs()? {
        let surrogate = data.double(&input)?;
        let column = writer.columns.any(&mut writer.graph, &input, Form::Number)?;
        let number = writer.columns.number(&mut writer.graph, &input)?;
        let graph = &mut writer.graph;
        // NaN is how nulls come in, which are imputed too.
        let mut is_missing = graph.op("IsNaN", &[&number]);
        if !missing.is_nan() {
            let missing = graph.number(missing);
            let is_marked = graph.op("Equal", &[&number, &missing]);
            is_missing = graph.op("Or", &[&is_missing, &is_marked]);
        }
        let surrogate = graph.number(surrogate);
        let mut filled = graph.select(&is_missing, &surrogate, &number);
        if column.form == Form::Whole {
            filled = graph.cast(&filled, Element::Int);
        }
        writer.columns.put(&output, filled, column.form);
    }
    Ok(())
}

fn bucketizer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let keeps = stage.handle_invalid()? == "keep";
    let pairs = stage.pairs()?;
    let splits = match (stage.params().get("splitsArray"), stage.params().get("splits")) {
        (Some(Value::NestedDoubles(all)), _) if stage.params().is_set("inputCols") => all,
        (_, Some(Value::Doubles(splits))) => vec![splits; pairs.len()],
        _ => return Err(stage.unsupported("splits are not set")),
    };
    for ((input, output), splits) in pairs.into_iter().zip(splits) {
        let (Some(least), Some(most)) = (splits.first().copied(), splits.last().copied()) else { continue };
        let number = writer.columns.number(&mut writer.graph, &input)?;
        let graph = &mut writer.graph;
        let buckets = splits.len() as f64 - 1.0;
        let bounds = graph.row(&splits);
        let is_reached = graph.op("LessOrEqual", &[&bounds, &number]);
        let reached = graph.cast(&is_reached, Element::Double);
        let count = graph.reduce("ReduceSum", &reached, 1, true);
        let bucket = graph.add_number(&count, -1.0);
        // The last bucket includes its upper bound.
        let last = graph.number(buckets - 1.0);
        let mut bucket = graph.op("Min", &[&bucket, &last]);
        let (least, most) = (graph.number(least), graph.number(most));
        let is_below = graph.op("Less", &[&number, &least]);
        let is_above = graph.op("Greater", &[&number, &most]);
        let mut is_bad = graph.op("Or", &[&is_below, &is_above]);
        let is_missing = graph.op("IsNaN", &[&number]);
        if keeps {
            let beyond = graph.number(buckets);
            bucket = graph.select(&is_missing, &beyond, &bucket);
        } else {
            is_bad = graph.op("Or", &[&is_bad, &is_missing]);
        }
        let bucket = graph.refuse(&bucket, &is_bad, &format!("{input} is in no bucket"));
        writer.columns.put(&output, bucket, Form::Number);
    }
    Ok(())
}

fn binarizer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let pairs = stage.pairs()?;
    let thresholds = match stage.params().get("thresholds") {
        Some(Value::Doubles(all)) if stage.params().is_set("inputCols") && stage.params().is_set("thresholds") => all,
        _ => vec![stage.params().double("threshold")?; pairs.len()],
    };
    for ((input, output), threshold) in pairs.into_iter().zip(thresholds) {
        let column = writer.columns.any(&mut writer.graph, &input, Form::Number)?;
        let is_vector = matches!(column.form, Form::Vector(_));
        let value = if is_vector { column.tensor } else { writer.columns.number(&mut writer.graph, &input)? };
        let graph = &mut writer.graph;
        let threshold = graph.number(threshold);
        let mut is_above = graph.op("Greater", &[&value, &threshold]);
        if !is_vector {
            // As in SQL, NaN is above every number.
            let is_missing = graph.op("IsNaN", &[&value]);
            is_above = graph.op("Or", &[&is_above, &is_missing]);
        }
        let flag = graph.cast(&is_above, Element::Double);
        writer.columns.put(&output, flag, if is_vector { column.form } else { Form::Number });
    }
    Ok(())
}
