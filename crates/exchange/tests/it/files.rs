//! Writes every case with rows and the native predictions to the tests' folder, where `tests/exchange` finds them.

use super::cases::{Case, cases, features, trees};
use super::data::flights;
use super::fitting::{pipeline, stage_of};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use brickyard_exchange::{Format, write};
use brickyard_ml::Transformer;
use brickyard_ml::linalg::{VectorColumn, dense_column, is_vector_type};
use brickyard_ml::transform::append;
use serde_json::{Map, Value as Json, json};
use std::path::PathBuf;

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("exchange").join(name)
}

/// Values by row; a missing one is null, and a vector a list.
fn values(column: &ArrayRef) -> Json {
    let number = |value: f64| if value.is_finite() { json!(value) } else { Json::Null };
    match column.data_type() {
        DataType::Float64 => {
            column.as_primitive::<Float64Type>().iter().map(|value| value.map_or(Json::Null, number)).collect()
        }
        DataType::Int32 => column.as_primitive::<Int32Type>().iter().map(|value| json!(value)).collect(),
        DataType::Utf8 => column.as_string::<i32>().iter().map(|value| json!(value)).collect(),
        kind if is_vector_type(kind) => {
            let vectors = VectorColumn::new(column.as_ref()).unwrap();
            let vector = |row| vectors.get(row).to_vector().to_dense().into_iter().map(number).collect::<Json>();
            (0..vectors.rows()).map(vector).collect()
        }
        other => panic!("no values of {other}"),
    }
}

fn columns(rows: &RecordBatch) -> Json {
    let schema = rows.schema();
    let named = schema.fields().iter().zip(rows.columns());
    Json::Object(named.map(|(field, column)| (field.name().clone(), values(column))).collect::<Map<_, _>>())
}

/// The model's file, and beside it `rows.json` with all columns before and after.
fn save(name: &str, format: Format, model: &dyn Transformer, given: &RecordBatch) -> Result<(), String> {
    let folder = folder(&format!("{}/{name}", format.name()));
    let schema = given.schema();
    write(model, Some(schema.as_ref()), format, &folder).map_err(|failure| format!("{name}: {failure}"))?;
    let text = json!({"rows": columns(&append(model, given).unwrap())}).to_string();
    std::fs::write(folder.join("rows.json"), text).map_err(|error| format!("{name}: {error}"))
}

#[test]
fn every_pipeline_goes_to_onnx() {
    let (train, others) = (flights(0, 700), flights(5_000, 300));
    let export = |case: Case| save(case.name, Format::Onnx, &pipeline(&case.stages, &train), &others).err();
    let failures: Vec<String> = cases().into_iter().filter_map(export).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn trees_go_to_lightgbm_and_xgboost() {
    let (train, others) = (flights(0, 700), flights(5_000, 300));
    for (name, columns, stage, params) in trees() {
        let features = pipeline(&features(columns, "keep"), &train);
        let (train, others) = (append(&features, &train).unwrap(), append(&features, &others).unwrap());
        let model = stage_of(stage, 1, &params, &train);
        save(&format!("alone_{name}"), Format::Onnx, model.as_ref(), &odd(&others)).unwrap();
        save(name, Format::LightGbm, model.as_ref(), &others).unwrap();
        if !name.ends_with("three_classes") || name.starts_with("boosting") {
            save(name, Format::XgBoost, model.as_ref(), &others).unwrap();
        }
    }
}

/// The rows with feature vectors of which some have values that are no category, or are far off.
fn odd(rows: &RecordBatch) -> RecordBatch {
    let place = rows.schema().index_of("features").unwrap();
    let vectors = VectorColumn::new(rows.column(place).as_ref()).unwrap();
    let odd = |row: usize| {
        let shift = [0.0, 0.5, 0.0, -40.0, 0.0, 1e6][row % 6];
        vectors.get(row).to_vector().to_dense().into_iter().map(move |value| value + shift)
    };
    let values: Vec<f64> = (0..vectors.rows()).flat_map(odd).collect();
    let column = dense_column(values.len() / vectors.rows(), values);
    let names = ["features", "label"];
    let label: ArrayRef = rows.column_by_name("flag").unwrap().clone();
    RecordBatch::try_from_iter(names.into_iter().zip([column, label])).unwrap()
}
