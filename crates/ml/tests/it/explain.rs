//! Explanations add up to predictions, for every model made of trees.

use super::gold::transformed;
use super::tree::{trained, wide_frame};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use brickyard_ml::explain::Explainer;
use brickyard_ml::linalg::VectorColumn;
use serde_json::json;

/// What the columns say of a row that the explained outputs should add up to.
fn predicted(output: &RecordBatch, column: &str, row: usize) -> Vec<f64> {
    let column = output.column_by_name(column).unwrap();
    match column.as_primitive_opt::<Float64Type>() {
        Some(numbers) => vec![numbers.value(row)],
        None => VectorColumn::new(column.as_ref()).unwrap().get(row).to_vector().to_dense(),
    }
}

#[test]
fn explanations_add_up() {
    let frame = wide_frame(400);
    let cases = [
        ("DecisionTreeRegressor", json!({"labelCol": "value"}), "prediction"),
        ("DecisionTreeClassifier", json!({"labelCol": "kind", "weightCol": "weight"}), "probability"),
        ("RandomForestRegressor", json!({"labelCol": "value", "numTrees": 4}), "prediction"),
        ("RandomForestClassifier", json!({"labelCol": "kind", "numTrees": 4, "maxDepth": 8}), "probability"),
        ("GBTRegressor", json!({"labelCol": "value", "maxIter": 4}), "prediction"),
    ];
    for (stage, params, column) in cases {
        let model = trained(stage, &params, &frame, 1, 400);
        let output = transformed(model.as_ref(), &frame).unwrap();
        let explainer = Explainer::of(model.as_ref()).unwrap();
        let explanation = explainer.explain(&frame).unwrap();
        assert_eq!(explainer.feature_names(frame.schema_ref())[8], "feature 8");
        assert_eq!(explanation.outputs, explainer.outputs().len());
        for row in (0..400).step_by(7) {
            for (index, expected) in predicted(&output, column, row).into_iter().enumerate() {
                let sum: f64 = explainer.base()[index] + explanation.of(row, index).iter().sum::<f64>();
                assert!((sum - expected).abs() < 1e-9, "{stage} row {row} output {index}: {sum}, predicted {expected}");
            }
        }
    }
}

#[test]
fn only_models_of_trees_are_explained() {
    let model = trained("LinearRegression", &json!({"labelCol": "value"}), &wide_frame(50), 1, 50);
    assert!(Explainer::of(model.as_ref()).unwrap_err().message().contains("not made of trees"));
}
