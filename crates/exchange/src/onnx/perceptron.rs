//! The multilayer perceptron: affine layers with logistic activations, and softmax at the end.

use super::classes::{Choice, Scores, answer};
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Value;

pub const CONVERTERS: &[(&str, Convert)] = &[("MultilayerPerceptronClassificationModel", perceptron)];

fn perceptron(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let weights = stage.data()?.vector("weights")?.to_dense();
    let sizes: Vec<usize> = match stage.params().get("layers") {
        Some(Value::Ints(sizes)) => sizes.iter().map(|size| size.unsigned_abs() as usize).collect(),
        _ => return Err(stage.damaged("layers are not set")),
    };
    let (Some(inputs), Some(classes)) = (sizes.first().copied(), sizes.last().copied()) else {
        return Err(stage.damaged("it has no layers"));
    };
    let mut value = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(inputs))?.tensor;
    let graph = &mut writer.graph;
    let mut rest = weights.as_slice();
    for (index, pair) in sizes.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        let split = rest.split_at_checked(inputs * outputs);
        let split = split.and_then(|(matrix, rest)| Some((matrix, rest.split_at_checked(outputs)?)));
        let Some((matrix, (bias, after))) = split else { return Err(stage.damaged("weights do not fit its layers")) };
        rest = after;
        // The weights of one input stand together: `[input, output]`, row-major.
        let (matrix, bias) = (graph.doubles(&[inputs, outputs], matrix), graph.row(bias));
        let product = graph.matmul(&value, &matrix);
        value = graph.add(&product, &bias);
        if index + 2 < sizes.len() {
            value = graph.op("Sigmoid", &[&value]);
        }
    }
    let scores = Scores::of_softmax(graph, value, classes);
    answer(writer, stage, &scores, Choice::Largest)
}
