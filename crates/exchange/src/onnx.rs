//! ONNX: a fitted pipeline as one graph, from raw columns to predictions, in doubles throughout.
//!
//! Inputs are the columns from outside, `[rows, 1]` each (a vector is `[rows, size]`), outputs are the predictions and
//! whatever else no stage reads. A missing number is NaN, a missing text is empty. What a stage would fail on fails in
//! the graph too: an index runs out of a table of one entry, in a node whose name says why. Every graph is evaluated on
//! some rows before it is given away, and must predict what the model predicts.

mod assembling;
mod bayes;
mod check;
mod classes;
mod clusters;
mod columns;
mod encoding;
mod factors;
mod formula;
mod graph;
mod indexing;
mod isotonic;
mod linear;
mod mixture;
mod numbers;
mod perceptron;
pub mod proto;
pub mod run;
mod scaling;
mod survival;
mod trees;
mod values;
mod vectors;

use crate::stage::Stage;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use brickyard_ml::Transformer;
use columns::Columns;
use graph::{Graph, ML};
use prost::Message;
use proto::{ModelProto, OperatorSetIdProto};

/// The version of ONNX's operators, and of the files: what runtimes read since 2023.
const OPERATORS: i64 = 18;
const FILES: i64 = 8;
/// The version of the classical operators that is written even where an older one has all that is used.
const LEAST_ML: i64 = 3;
/// The first version of files and of classical operators with trees in doubles.
const FILES_WITH_TREES: (i64, i64) = (10, 5);

const ABOUT: &str = "a missing number is NaN, a missing text is empty; \
                     a row that the model refuses fails in a Gather whose name says why";

/// Writes a stage into the graph.
type Convert = fn(&mut Writer<'_>, &Stage<'_>) -> Result<()>;

/// A graph with the columns that are known so far.
pub(crate) struct Writer<'a> {
    graph: Graph,
    columns: Columns<'a>,
}

pub(crate) fn export(model: &dyn Transformer, schema: Option<&Schema>) -> Result<Vec<u8>> {
    let mut writer = Writer { graph: Graph::default(), columns: Columns::new(model, schema)? };
    writer.stage(model)?;
    writer.columns.give(&mut writer.graph, model)?;
    let ml_version = writer.graph.ml_version().max(LEAST_ML);
    let files = if ml_version >= FILES_WITH_TREES.1 { FILES_WITH_TREES.0 } else { FILES };
    let set = |domain: &str, version| OperatorSetIdProto { domain: Some(domain.to_owned()), version: Some(version) };
    let file = ModelProto {
        ir_version: Some(files),
        producer_name: Some("brickyard".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        graph: Some(writer.graph.finish(model.params().uid(), ABOUT)),
        opset_import: vec![set("", OPERATORS), set(ML, ml_version)],
        ..ModelProto::default()
    };
    // What is held against the model is what will be read.
    let bytes = file.encode_to_vec();
    let read = ModelProto::decode(bytes.as_slice());
    let read = read.map_err(|error| Failure::internal("reading an exported graph").because(error))?;
    check::check(model, &read)?;
    Ok(bytes)
}

impl Writer<'_> {
    fn stage(&mut self, model: &dyn Transformer) -> Result<()> {
        if !model.stages().is_empty() {
            return model.stages().iter().try_for_each(|stage| self.stage(stage.as_ref()));
        }
        let stage = Stage::new(model)?;
        let convert = converter(stage.class()).ok_or_else(|| {
            let class = stage.class();
            Failure::unsupported(format!("exporting {class} ({}) to onnx", model.params().uid()))
        })?;
        self.graph.enter(model.params().uid());
        convert(self, &stage)
    }
}

/// By the last part of the class name.
fn converter(class: &str) -> Option<Convert> {
    let families = [
        assembling::CONVERTERS,
        bayes::CONVERTERS,
        clusters::CONVERTERS,
        encoding::CONVERTERS,
        factors::CONVERTERS,
        formula::CONVERTERS,
        indexing::CONVERTERS,
        isotonic::CONVERTERS,
        linear::CONVERTERS,
        mixture::CONVERTERS,
        numbers::CONVERTERS,
        perceptron::CONVERTERS,
        scaling::CONVERTERS,
        survival::CONVERTERS,
        trees::CONVERTERS,
        vectors::CONVERTERS,
    ];
    families.into_iter().flatten().find(|(known, _)| *known == class).map(|(_, convert)| *convert)
}

#[cfg(test)]
mod tests {
    use super::*;
    use brickyard_ml::{Operator, Registry, Value};

    fn binarizer(threshold: f64) -> Box<dyn Transformer> {
        let made = Registry::standard().make("org.apache.spark.ml.feature.Binarizer", "binarizer_1").unwrap();
        let Operator::Transformer(mut stage) = made else { panic!("no transformer") };
        for (name, value) in
            [("inputCol", Value::from("x")), ("outputCol", "y".into()), ("threshold", threshold.into())]
        {
            stage.params_mut().set(name, value).unwrap();
        }
        stage
    }

    #[test]
    fn a_graph_of_another_model_is_not_given_away() {
        let file = |threshold: f64| {
            let bytes = export(binarizer(threshold).as_ref(), None).unwrap();
            ModelProto::decode(bytes.as_slice()).unwrap()
        };
        assert!(check::check(binarizer(2.5).as_ref(), &file(2.5)).is_ok());
        let failure = check::check(binarizer(2.5).as_ref(), &file(0.7)).unwrap_err();
        assert!(failure.message().contains("y differs in"), "{failure}");
    }

    #[test]
    fn a_column_that_is_read_and_written_is_refused() {
        let mut stage = binarizer(1.0);
        stage.params_mut().set("outputCol", Value::from("x")).unwrap();
        let failure = export(stage.as_ref(), None).unwrap_err();
        assert!(failure.message().contains("the column x is read and written"), "{failure}");
    }
}
