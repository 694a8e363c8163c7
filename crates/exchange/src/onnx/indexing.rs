//! Texts, indices and indicators: `StringIndexer`, `IndexToString`, `OneHotEncoder` and `VectorIndexer`.

use super::columns::Form;
use super::values::{self, Element};
use super::{Convert, Writer};
use crate::stage::Stage;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use brickyard_error::{Failure, Result};
use brickyard_ml::Attribute;
use std::collections::BTreeMap;

pub const CONVERTERS: &[(&str, Convert)] = &[
    ("StringIndexerModel", string_indexer),
    ("IndexToString", index_to_string),
    ("OneHotEncoderModel", one_hot),
    ("VectorIndexerModel", vector_indexer),
];

fn string_indexer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let all =
        if data.has("labelsArray") { data.nested_text_list("labelsArray")? } else { vec![data.text_list("labels")?] };
    for ((input, output), labels) in stage.pairs()?.into_iter().zip(all) {
        if writer.columns.is_absent(&input) {
            continue;
        }
        let keeps = stage.handle_invalid()? == "keep";
        let index = look_up_labels(writer, stage, &input, &labels)?;
        // Where unknown labels fail, their index is beyond the table.
        let indices: Vec<f64> = (0..labels.len() + usize::from(keeps)).map(|index| index as f64).collect();
        let table = writer.graph.doubles(&[indices.len()], &indices);
        let index = writer.graph.look_up(&table, &index);
        let mut labels = labels;
        labels.extend(keeps.then(|| "__unknown".to_owned()));
        writer.columns.put_index(&output, index, labels);
    }
    Ok(())
}

/// The place of a text among the labels, their number where it is none of them.
fn look_up_labels(
    writer: &mut Writer<'_>,
    stage: &Stage<'_>,
    input: &str,
    labels: &[String],
) -> Result<super::graph::Tensor> {
    let (graph, columns) = (&mut writer.graph, &mut writer.columns);
    let column = columns.any(graph, input, Form::Text)?;
    let places = || (0..labels.len() as i64).collect::<Vec<_>>();
    let unknown = labels.len() as i64;
    match column.form {
        Form::Text => {
            let attributes = vec![
                values::text_list("keys_strings", labels),
                values::int_list("values_int64s", places()),
                values::int("default_int64", unknown),
            ];
            Ok(graph.ml_op("LabelEncoder", 2, &[&column.tensor], attributes))
        }
        // Numbers were indexed as they are printed.
        Form::Whole => {
            let keys: Option<Vec<i64>> = labels.iter().map(|label| label.parse().ok()).collect();
            let keys =
                keys.ok_or_else(|| stage.unsupported(format!("the labels of the column {input} are no numbers")))?;
            let attributes = vec![
                values::int_list("keys_int64s", keys),
                values::int_list("values_int64s", places()),
                values::int("default_int64", unknown),
            ];
            Ok(graph.ml_op("LabelEncoder", 4, &[&column.tensor], attributes))
        }
        Form::Number => {
            let keys: Option<Vec<f64>> = labels.iter().map(|label| label.parse().ok()).collect();
            let keys =
                keys.ok_or_else(|| stage.unsupported(format!("the labels of the column {input} are no numbers")))?;
            let attributes = vec![
                values::tensor("keys_tensor", values::doubles(&[keys.len()], &keys)),
                values::tensor("values_tensor", values::ints(&[keys.len()], &places())),
                values::tensor("default_tensor", values::ints(&[1], &[unknown])),
            ];
            Ok(graph.ml_op("LabelEncoder", 4, &[&column.tensor], attributes))
        }
        Form::Vector(_) => Err(stage.unsupported(format!("the column {input} is a vector"))),
    }
}

fn index_to_string(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let (input, output) = (stage.params().text("inputCol")?, stage.params().text("outputCol")?);
    let column = writer.columns.any(&mut writer.graph, &input, Form::Number)?;
    let given = if stage.params().is_set("labels") { stage.params().texts("labels")? } else { Vec::new() };
    let labels = match (given.is_empty(), column.labels) {
        (false, _) => given,
        (true, Some(labels)) => labels.to_vec(),
        (true, None) => {
            let text = format!("the column {input} carries no labels; set the parameter labels");
            return Err(stage.unsupported(text));
        }
    };
    let graph = &mut writer.graph;
    let index = graph.cast(&column.tensor, Element::Int);
    let table = graph.constant(values::texts(&labels));
    let text = graph.look_up(&table, &index);
    writer.columns.put(&output, text, Form::Text);
    Ok(())
}

fn one_hot(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let sizes = stage.data()?.int_list("categorySizes")?;
    let keeps = stage.handle_invalid()? == "keep";
    let drops_last = stage.params().bool("dropLast")?;
    for ((input, output), size) in stage.pairs()?.into_iter().zip(sizes) {
        let index = writer.columns.number(&mut writer.graph, &input)?;
        let graph = &mut writer.graph;
        let (none, beyond) = (graph.number(0.0), graph.number(size as f64));
        let is_early = graph.op("GreaterOrEqual", &[&index, &none]);
        let is_late = graph.op("Less", &[&index, &beyond]);
        let is_known = graph.op("And", &[&is_early, &is_late]);
        let category = graph.select(&is_known, &index, &beyond);
        let category = graph.cast(&category, Element::Int);
        let slots = (size + i64::from(keeps) - i64::from(drops_last)).max(0);
        let numbers = graph.constant(values::ints(&[1, slots as usize], &(0..slots).collect::<Vec<_>>()));
        let is_category = graph.op("Equal", &[&category, &numbers]);
        let mut hot = graph.cast(&is_category, Element::Double);
        if !keeps {
            let is_unknown = graph.op("Not", &[&is_known]);
            hot = graph.refuse(&hot, &is_unknown, &format!("{input} has an unseen value"));
        }
        writer.columns.put(&output, hot, Form::Vector(Some(slots as usize)));
    }
    Ok(())
}

fn vector_indexer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let keeps = stage.handle_invalid()? == "keep";
    let size = stage.data()?.int("numFeatures")? as usize;
    let categories = categories(stage)?;
    let (input, output) = (stage.params().text("inputCol")?, stage.params().text("outputCol")?);
    let vectors = writer.columns.vectors(&mut writer.graph, &input, Some(size))?;
    let graph = &mut writer.graph;
    let mut parts = Vec::with_capacity(size);
    for slot in 0..size {
        let value = graph.slots(&vectors.tensor, &[slot as i64]);
        let Some(known) = categories.get(&slot) else {
            parts.push(value);
            continue;
        };
        if known.iter().any(|value| value.is_nan()) {
            return Err(stage.unsupported(format!("NaN is a category of slot {slot}")));
        }
        let table = graph.row(known);
        let is_category = graph.op("Equal", &[&value, &table]);
        let hits = graph.cast(&is_category, Element::Double);
        let place = graph.place_of("ArgMax", &hits);
        let place = graph.cast(&place, Element::Double);
        let found = graph.reduce("ReduceMax", &hits, 1, true);
        let none = graph.number(0.0);
        let is_unknown = graph.op("Equal", &[&found, &none]);
        parts.push(if keeps {
            let beyond = graph.number(known.len() as f64);
            graph.select(&is_unknown, &beyond, &place)
        } else {
            graph.refuse(&place, &is_unknown, &format!("slot {slot} of {input} has an unseen value"))
        });
    }
    let indexed = graph.concat(&parts.iter().collect::<Vec<_>>());
    writer.columns.put(&output, indexed, Form::Vector(Some(size)));
    Ok(())
}

/// The values of each categorical slot, by index.
fn categories(stage: &Stage<'_>) -> Result<BTreeMap<usize, Vec<f64>>> {
    let wrong = || Failure::internal("categoryMapsDF is not (slot, value, index)");
    let Attribute::Frame(frame) = stage.model.attribute("categoryMapsDF", &[])? else { return Err(wrong()) };
    let [slots, values, indices] = frame.columns() else { return Err(wrong()) };
    let slots = slots.as_primitive_opt::<Int32Type>().ok_or_else(wrong)?;
    let values = values.as_primitive_opt::<Float64Type>().ok_or_else(wrong)?;
    let indices = indices.as_primitive_opt::<Int32Type>().ok_or_else(wrong)?;
    let mut found: BTreeMap<usize, Vec<(i32, f64)>> = BTreeMap::new();
    for ((slot, value), index) in slots.values().iter().zip(values.values()).zip(indices.values()) {
        found.entry(*slot as usize).or_default().push((*index, *value));
    }
    let ordered = |mut values: Vec<(i32, f64)>| {
        values.sort_by_key(|(index, _)| *index);
        values.into_iter().map(|(_, value)| value).collect()
    };
    Ok(found.into_iter().map(|(slot, values)| (slot, ordered(values))).collect())
}
