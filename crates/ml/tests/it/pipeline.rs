//! Pipelines: what comes from outside, rows that a stage drops, labels that are not there, and saving.

use super::gold::{cell, frame, make, set_params, transformed};
use arrow_array::RecordBatch;
use brickyard_ml::pipeline::{PipelineModel, raw_inputs};
use brickyard_ml::transform::append;
use brickyard_ml::{Input, Operator, Registry, Transformer};
use serde_json::{Value as Json, json};

fn data() -> RecordBatch {
    frame(&json!({
        "columns": [["kind", "string"], ["size", "double"], ["answer", "string"]],
        "rows": [["a", 1.5, "yes"], ["b", 2.0, "no"], [null, 1.0, "yes"], ["a", null, "yes"], ["c", -1.0, "no"]],
    }))
}

fn fitted(stage: &str, params: Json, rows: &RecordBatch) -> Box<dyn Transformer> {
    match make(stage).unwrap() {
        Operator::Estimator(mut estimator) => {
            set_params(estimator.params_mut(), &params).unwrap();
            super::gold::fit(estimator.as_ref(), rows, 1, 2).unwrap().0
        }
        Operator::Transformer(mut transformer) => {
            set_params(transformer.params_mut(), &params).unwrap();
            transformer
        }
        Operator::Evaluator(_) => panic!("{stage} is an evaluator"),
    }
}

fn pipeline() -> PipelineModel {
    let mut rows = data();
    let mut stages: Vec<Box<dyn Transformer>> = Vec::new();
    for (stage, params) in [
        ("StringIndexer", json!({"inputCol": "kind", "outputCol": "index", "handleInvalid": "skip"})),
        ("StringIndexer", json!({"inputCol": "answer", "outputCol": "label"})),
        ("OneHotEncoder", json!({"inputCol": "index", "outputCol": "hot"})),
        ("VectorAssembler", json!({"inputCols": ["hot", "size"], "outputCol": "all", "handleInvalid": "skip"})),
        ("StandardScaler", json!({"inputCol": "all", "outputCol": "features", "withMean": true})),
    ] {
        let stage = fitted(stage, params, &rows);
        rows = append(stage.as_ref(), &rows).unwrap();
        stages.push(stage);
    }
    PipelineModel::new("PipelineModel_1", stages)
}

#[test]
fn columns_from_outside_are_named_without_a_schema() {
    let pipeline = pipeline();
    assert_eq!(raw_inputs(&pipeline).unwrap(), [Input::any("kind"), Input::number("size")]);
    let label = &pipeline.raw_inputs().unwrap()[1];
    assert_eq!((label.column.as_str(), label.optional), ("answer", true));
    let inputs = pipeline.inputs(data().schema_ref()).unwrap();
    assert_eq!(inputs, [Input::any("kind"), Input::any("answer"), Input::number("size")]);
    let outputs = pipeline.outputs(data().schema_ref()).unwrap();
    let names: Vec<&str> = outputs.iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["index", "label", "hot", "all", "features"]);
}

#[test]
fn dropped_rows_are_dropped_and_the_others_are_as_stage_by_stage() {
    let pipeline = pipeline();
    let whole = transformed(&pipeline, &data()).unwrap();
    assert_eq!(whole.num_rows(), 3);
    let mut step_by_step = data();
    for stage in pipeline.stages() {
        step_by_step = append(stage.as_ref(), &step_by_step).unwrap();
    }
    assert_eq!(whole, step_by_step);
    let none = append(&pipeline, &data().slice(2, 1)).unwrap();
    assert_eq!((none.num_rows(), none.num_columns()), (0, 8));
}

#[test]
fn the_label_may_be_absent() {
    let without = data().project(&[0, 1]).unwrap();
    let rows = append(&pipeline(), &without).unwrap();
    assert!(rows.column_by_name("label").is_none());
    let with = append(&pipeline(), &data()).unwrap();
    let features = |rows: &RecordBatch| cell(rows.column_by_name("features").unwrap(), 1);
    assert_eq!(features(&rows), features(&with));
}

#[test]
fn a_saved_pipeline_is_the_same_function() {
    let pipeline = pipeline();
    let saved = pipeline.save().unwrap();
    let mut python = saved.clone();
    python.metadata["class"] = json!("pyspark.ml.pipeline.PipelineModel");
    for saved in [saved, python.with_param("language", "Python")] {
        let Operator::Transformer(again) = Registry::standard().load(&saved).unwrap() else { panic!("not a model") };
        assert_eq!(append(again.as_ref(), &data()).unwrap(), append(&pipeline, &data()).unwrap());
        assert_eq!(again.stages().len(), 5);
    }
    let mut broken = pipeline.save().unwrap();
    broken.children.pop();
    let failure = Registry::standard().load(&broken).err().unwrap().to_string();
    assert!(failure.contains("the folder stages/4_StandardScaler_0123456789ab is missing"), "{failure}");
}

/// A size hint writes to its input column, and what follows reads what it wrote.
#[test]
fn a_stage_may_replace_a_column() {
    let rows = frame(&json!({
        "columns": [["a", "double"], ["v", "vector"]],
        "rows": [[1.5, {"dense": [1.0, 2.0]}], [2.0, {"dense": [3.0]}], [0.5, {"dense": [0.0, 4.0]}]],
    }));
    let hint = fitted("VectorSizeHint", json!({"inputCol": "v", "size": 2, "handleInvalid": "skip"}), &rows);
    let assembler = fitted("VectorAssembler", json!({"inputCols": ["v", "a"], "outputCol": "out"}), &rows);
    let pipeline = PipelineModel::new("PipelineModel_2", vec![hint, assembler]);
    let outputs = pipeline.outputs(rows.schema_ref()).unwrap();
    let names: Vec<&str> = outputs.iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["v", "out"]);
    let after = transformed(&pipeline, &rows).unwrap();
    let names: Vec<&str> = after.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!((names, after.num_rows()), (vec!["a", "v", "out"], 2));
    assert_eq!(cell(after.column(2), 1), json!({"dense": [0.0, 4.0, 0.5]}));
    assert_eq!(brickyard_ml::schema::slots(after.schema_ref().field(1)).len(), Some(2));
}
