//! The graph of a pipeline: its inputs, its outputs, and nothing that is not needed.

use super::cases::cases;
use super::data::flights;
use super::fitting::pipeline;
use brickyard_exchange::onnx::proto::{ModelProto, ValueInfoProto, type_proto};
use brickyard_exchange::{Format, export};
use prost::Message;
use std::collections::HashSet;

fn graph(name: &str, with_schema: bool) -> ModelProto {
    let train = flights(0, 300);
    let case = cases().into_iter().find(|case| case.name == name).unwrap();
    let schema = train.schema();
    let bytes = export(&pipeline(&case.stages, &train), with_schema.then_some(schema.as_ref()), Format::Onnx).unwrap();
    ModelProto::decode(bytes.as_slice()).unwrap()
}

fn column(value: &ValueInfoProto) -> (&str, i32) {
    let Some(type_proto::Value::TensorType(kind)) = value.r#type.as_ref().and_then(|kind| kind.value.as_ref()) else {
        panic!("{value:?} is no tensor");
    };
    (value.name(), kind.elem_type())
}

const INT: i32 = 7;
const TEXT: i32 = 8;
const DOUBLE: i32 = 11;

#[test]
fn columns_from_outside_go_in_and_predictions_come_out() {
    let rows = [(true, INT), (false, DOUBLE)];
    for (with_schema, hour) in rows {
        let model = graph("flights_forest", with_schema);
        let graph = model.graph.as_ref().unwrap();
        let inputs: Vec<_> = graph.input.iter().map(column).collect();
        let expected = [("carrier", TEXT), ("origin", TEXT), ("weather", DOUBLE), ("hour", hour), ("distance", DOUBLE)];
        assert_eq!(inputs, expected, "the label is not asked for");
        let outputs: Vec<_> = graph.output.iter().map(column).collect();
        let expected =
            [("rawPrediction", DOUBLE), ("probability", DOUBLE), ("prediction", DOUBLE), ("predicted", TEXT)];
        assert_eq!(outputs, expected);
        let versions: Vec<_> = model.opset_import.iter().map(|set| (set.domain(), set.version())).collect();
        assert_eq!(versions, [("", 18), ("ai.onnx.ml", 5)]);
    }
}

#[test]
fn every_value_is_made_once_and_used() {
    for name in ["flights_forest", "logistic", "numbers", "bisecting", "polynomial"] {
        let model = graph(name, true);
        let graph = model.graph.unwrap();
        let mut made: HashSet<&str> = HashSet::new();
        let mut used: HashSet<&str> = graph.output.iter().map(|output| output.name()).collect();
        let given = graph.input.iter().map(|input| input.name()).chain(graph.initializer.iter().map(|it| it.name()));
        for name in given.clone() {
            assert!(made.insert(name), "{name} is there twice");
        }
        for node in &graph.node {
            for input in &node.input {
                assert!(made.contains(input.as_str()), "{input} is read before it is made");
                used.insert(input);
            }
            for output in &node.output {
                assert!(made.insert(output), "{output} is made twice");
            }
        }
        for value in &made {
            assert!(used.contains(value), "{name}: nobody needs {value}");
        }
    }
}

#[test]
fn a_model_is_written_the_same_twice() {
    assert_eq!(graph("flights_forest", true), graph("flights_forest", true));
}
