//! Slots put together and taken apart: `VectorAssembler`, `VectorSlicer` and the selectors.

use super::columns::Form;
use super::values::Element;
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Value;

pub const CONVERTERS: &[(&str, Convert)] = &[
    ("VectorAssembler", assembler),
    ("VectorSlicer", slicer),
    ("VectorSizeHint", size_hint),
    ("ChiSqSelectorModel", selector),
    ("UnivariateFeatureSelectorModel", selector),
    ("VarianceThresholdSelectorModel", selector),
];

fn assembler(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let keeps = stage.handle_invalid()? == "keep";
    let (mut parts, mut numbers, mut size) = (Vec::new(), Vec::new(), Some(0));
    for input in stage.params().texts("inputCols")? {
        let column = writer.columns.any(&mut writer.graph, &input, Form::Number)?;
        if let Form::Vector(slots) = column.form {
            size = size.zip(slots).map(|(size, slots)| size + slots);
            parts.push(column.tensor);
        } else {
            let number = writer.columns.number(&mut writer.graph, &input)?;
            size = size.map(|size| size + 1);
            numbers.push(number.clone());
            parts.push(number);
        }
    }
    let graph = &mut writer.graph;
    let mut assembled = graph.concat(&parts.iter().collect::<Vec<_>>());
    if !keeps && !numbers.is_empty() {
        // A NaN inside a vector is let pass, as in Spark.
        let numbers = graph.concat(&numbers.iter().collect::<Vec<_>>());
        let missing = graph.op("IsNaN", &[&numbers]);
        let missing = graph.cast(&missing, Element::Int);
        let any = graph.reduce("ReduceMax", &missing, 1, true);
        let any = graph.cast(&any, Element::Bool);
        assembled = graph.refuse(&assembled, &any, "a number is missing, and handleInvalid is error");
    }
    let output = stage.params().text("outputCol")?;
    writer.columns.put(&output, assembled, Form::Vector(size));
    Ok(())
}

fn slicer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let named = if stage.params().is_set("names") { stage.params().texts("names")? } else { Vec::new() };
    if !named.is_empty() {
        return Err(stage.unsupported("slots chosen by name; choose them by index"));
    }
    let indices = match stage.params().get("indices") {
        Some(Value::Ints(indices)) => indices,
        _ => Vec::new(),
    };
    let (input, output) = (stage.params().text("inputCol")?, stage.params().text("outputCol")?);
    choose(writer, &input, &output, &indices)
}

fn selector(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let mut selected = stage.data()?.int_list("selectedFeatures")?;
    selected.sort_unstable();
    choose(writer, &stage.features()?, &stage.params().text("outputCol")?, &selected)
}

fn choose(writer: &mut Writer<'_>, input: &str, output: &str, slots: &[i64]) -> Result<()> {
    let vectors = writer.columns.vectors(&mut writer.graph, input, None)?;
    let chosen = writer.graph.slots(&vectors.tensor, slots);
    writer.columns.put(output, chosen, Form::Vector(Some(slots.len())));
    Ok(())
}

/// The vectors as they are, of a size that later stages may rely on.
fn size_hint(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    stage.handle_invalid()?;
    let size = stage.params().int("size")?.unsigned_abs() as usize;
    writer.columns.vectors(&mut writer.graph, &stage.params().text("inputCol")?, Some(size))?;
    Ok(())
}
