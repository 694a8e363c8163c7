//! What a format cannot express is refused, with what to do instead.

use super::data::flights;
use super::fitting::{StageSpec, pipeline, stage_of};
use brickyard_exchange::{Format, export, write};
use brickyard_ml::transform::append;
use serde_json::json;

#[test]
fn what_cannot_be_expressed_says_so() {
    let index = |invalid: &str| -> StageSpec {
        ("StringIndexer", json!({"inputCol": "carrier", "outputCol": "index", "handleInvalid": invalid}))
    };
    let assemble = || -> StageSpec { ("VectorAssembler", json!({"inputCols": ["hour"], "outputCol": "features"})) };
    let rows: Vec<(Vec<StageSpec>, Format, &str)> = vec![
        (
            vec![index("skip"), ("OneHotEncoder", json!({"inputCol": "index", "outputCol": "hot"}))],
            Format::Onnx,
            "drops rows",
        ),
        (vec![("Tokenizer", json!({"inputCol": "carrier", "outputCol": "words"}))], Format::Onnx, "Tokenizer"),
        (vec![assemble()], Format::LightGbm, "trees alone"),
        (vec![assemble()], Format::XgBoost, "trees alone"),
        (
            vec![assemble(), ("DecisionTreeClassifier", json!({"labelCol": "late", "leafCol": "leaf"}))],
            Format::Onnx,
            "numbers of leaves",
        ),
        (
            vec![
                assemble(),
                ("GeneralizedLinearRegression", json!({"labelCol": "late", "family": "binomial", "link": "probit"})),
            ],
            Format::Onnx,
            "probit",
        ),
    ];
    let train = flights(0, 200);
    for (stages, format, part) in rows {
        let failure = export(&pipeline(&stages, &train), None, format).unwrap_err();
        assert!(failure.to_string().contains(part), "{failure}");
        assert!(failure.to_string().starts_with("not supported: "), "{failure}");
    }
}

#[test]
fn three_classes_of_a_forest_are_no_sum_in_xgboost() {
    let train = flights(0, 200);
    let assembled = pipeline(&[("VectorAssembler", json!({"inputCols": ["hour"], "outputCol": "features"}))], &train);
    let rows = append(&assembled, &train).unwrap();
    let model = stage_of("RandomForestClassifier", 1, &json!({"labelCol": "level", "numTrees": 2}), &rows);
    let folder = super::files::folder("refused");
    let failure = write(model.as_ref(), None, Format::XgBoost, &folder).unwrap_err();
    assert!(failure.to_string().contains("votes for 3 classes"), "{failure}");
    assert!(!folder.join("model.json").exists());
}

#[test]
fn formats_have_names() {
    assert_eq!(Format::named("ONNX").unwrap(), Format::Onnx);
    assert_eq!(Format::named("lightgbm").unwrap(), Format::LightGbm);
    let failure = Format::named("pmml").unwrap_err();
    assert_eq!(failure.message(), "not supported: the model format pmml; there are onnx, lightgbm, xgboost");
}
