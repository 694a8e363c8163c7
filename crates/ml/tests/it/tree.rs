//! Trees and forests against Spark's answers: texts, importances, predictions, saved form, errors; the
//! memory that they may take changes nothing.

use super::gold::{assert_close, attribute, cases, encode, fit, make, set_params, transformed};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int32Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_ml::linalg::{VectorColumn, dense_column, vector_column, vector_type};
use brickyard_ml::persist::Saved;
use brickyard_ml::schema::{Attr, Slots, slots_metadata, with_metadata};
use brickyard_ml::{Attribute, Input, Operator, Registry, Transformer, Value, Vector};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

#[test]
fn trees_are_those_of_spark() {
    let exact = |group| cases(group).into_iter().filter(|case| case.gold("output").is_some());
    for case in exact("decision_tree").chain(exact("random_forest")) {
        let (model, _) = case.fitted().unwrap();
        for (name, expected) in case.gold("attributes").unwrap().as_object().unwrap() {
            let actual = attribute(model.as_ref(), name);
            match expected.as_str() {
                Some(text) => assert_same_tree(case.name(), text, actual.as_str().unwrap()),
                None => assert_close(&format!("{} {name}", case.name()), expected, &actual, case.tolerance()),
            }
        }
        let frame = case.frame();
        case.check_output(&frame, &transformed(model.as_ref(), &frame).unwrap());

        let saved = model.save().unwrap();
        if let Some(expected) = case.gold("saved") {
            case.check_saved_metadata(&saved);
            assert_close(case.name(), &expected["data"]["rows"], &rows_json(saved.table("data").unwrap()), 1e-9);
            if let Some(trees) = saved.table("treesMetadata") {
                let text = rows_json(trees).to_string();
                let uid = text.find("dtc_").unwrap() + 4;
                let text = text.replace(&text[uid..uid + 12], "{uid}");
                assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), expected["treesMetadata"]["rows"]);
            }
        }
        let loaded = load(&saved);
        case.check_output(&frame, &transformed(loaded.as_ref(), &frame).unwrap());
        assert_eq!(loaded.save().unwrap(), saved);
    }
}

/// Equal but for the last digits of predicted numbers, which depend on the order of sums.
pub fn assert_same_tree(name: &str, expected: &str, actual: &str) {
    let actual = actual.replace("_0123456789ab", "_{uid}");
    let number = |line: &str| line.trim().strip_prefix("Predict: ").map(|number| number.parse::<f64>().unwrap());
    for (expected, found) in expected.lines().zip(actual.lines()) {
        match (number(expected), number(found)) {
            (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{name}: {expected} is {found}"),
            _ => assert_eq!(expected, found, "{name}\n{actual}"),
        }
    }
    assert_eq!(expected.lines().count(), actual.lines().count(), "{name}");
}

#[test]
fn categorical_features_split_as_in_spark() {
    let gold: Json = serde_json::from_str(include_str!("tree_categories.json")).unwrap();
    let frame = categorical_frame(&gold);
    for case in gold["cases"].as_array().unwrap() {
        let (name, stage) = (case["params"].to_string(), case["stage"].as_str().unwrap());
        let model = trained(stage, &case["params"], &frame, 2, 100);
        assert_same_tree(
            &name,
            case["toDebugString"].as_str().unwrap(),
            attribute(model.as_ref(), "toDebugString").as_str().unwrap(),
        );
        let importances = attribute(model.as_ref(), "featureImportances");
        let found = json!([importances["indices"], importances["values"]]);
        assert_close(&name, &case["importances"], &found, 1e-9);
        let loaded = load(&model.save().unwrap());
        let expected = transformed(model.as_ref(), &frame).unwrap();
        assert_eq!(transformed(loaded.as_ref(), &frame).unwrap(), expected, "{name}");
    }
}

#[test]
fn forests_are_about_as_good_as_those_of_spark() {
    for case in cases("random_forest").into_iter().filter(|case| case.gold("quality").is_some()) {
        let (model, _) = case.fitted().unwrap();
        let frame = case.frame();
        let output = transformed(model.as_ref(), &frame).unwrap();
        let column = |name: &str| Input::number(name).read(&output).unwrap();
        let predicted = column("prediction");
        let label = column(case.json["params"]["labelCol"].as_str().unwrap());
        let (predicted, label) = (predicted.as_primitive::<Float64Type>(), label.as_primitive::<Float64Type>());
        let metric = case.json["metric"]["params"]["metricName"].as_str();
        let (found, is_error) = quality(metric, predicted, label, &output);
        let gold = case.gold("quality").unwrap().as_f64().unwrap();
        let allowed = if is_error { found <= gold * 1.1 } else { found >= gold - 0.02 };
        assert!(allowed, "{}: {metric:?} is {found}, Spark's {gold}", case.name());
    }
}

/// The metric, and whether a smaller one is better.
pub fn quality(
    metric: Option<&str>,
    predicted: &Float64Array,
    label: &Float64Array,
    output: &RecordBatch,
) -> (f64, bool) {
    let pairs = || predicted.values().iter().zip(label.values());
    let rows = label.len() as f64;
    let mean = label.values().iter().sum::<f64>() / rows;
    let squares: f64 = pairs().map(|(predicted, label)| (predicted - label).powi(2)).sum();
    match metric {
        Some("rmse") => ((squares / rows).sqrt(), true),
        Some("r2") => (1.0 - squares / label.values().iter().map(|label| (label - mean).powi(2)).sum::<f64>(), false),
        Some("areaUnderROC") | None => {
            let raw = VectorColumn::new(output.column_by_name("rawPrediction").unwrap().as_ref()).unwrap();
            let score = |row: usize| raw.get(row).to_vector().to_dense()[1];
            let of = |class: f64| (0..label.len()).filter(move |row| label.value(*row) == class).map(score);
            let wins = |a: f64, b: f64| {
                if a > b {
                    1.0
                } else if a == b {
                    0.5
                } else {
                    0.0
                }
            };
            let total: f64 = of(1.0).flat_map(|a| of(0.0).map(move |b| wins(a, b))).sum();
            (total / (of(1.0).count() * of(0.0).count()) as f64, false)
        }
        // Accuracy, F1 and the like: all near the share of right predictions.
        Some(_) => (pairs().filter(|(predicted, label)| predicted == label).count() as f64 / rows, false),
    }
}

#[test]
fn bad_input_fails_in_sparks_words() {
    let trees = ["DecisionTreeClassifier", "RandomForestRegressor"];
    for case in cases("errors").into_iter().filter(|case| trees.contains(&case.stage())) {
        match case.gold("error") {
            Some(_) => case.check_error(&case.fitted().map(drop).unwrap_err()),
            None => drop(case.fitted().unwrap()),
        }
    }
}

#[test]
fn more_bad_input_and_edges() {
    let frame = |labels: &[f64], features: usize, values: &[f64]| {
        let columns: [(&str, ArrayRef); 2] = [
            ("features", dense_column(features, values.to_vec())),
            ("label", Arc::new(Float64Array::from(labels.to_vec()))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let fails = |stage: &str, params: Json, frame: &RecordBatch, words: &str| {
        let Operator::Estimator(mut estimator) = make(stage).unwrap() else { panic!() };
        let failure = set_params(estimator.params_mut(), &params).and_then(|()| fit(estimator.as_ref(), frame, 1, 10));
        let message = failure.map(drop).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    };
    let two = frame(&[0.0, 1.0], 1, &[1.0, 2.0]);
    fails(
        "DecisionTreeClassifier",
        json!({}),
        &frame(&[0.0, 1.5], 1, &[1.0, 2.0]),
        "Labels MUST be Integers, but got 1.5",
    );
    fails(
        "DecisionTreeClassifier",
        json!({}),
        &frame(&[0.0, 150.0], 1, &[1.0, 2.0]),
        "Labels MUST be in [0, 100), but got 150.0",
    );
    fails(
        "DecisionTreeRegressor",
        json!({}),
        &frame(&[0.0, f64::INFINITY], 1, &[1.0, 2.0]),
        "Labels MUST NOT be Infinity",
    );
    fails("DecisionTreeClassifier", json!({"thresholds": [1.0]}), &two, "but thresholds has length 1");
    fails("DecisionTreeClassifier", json!({"weightCol": "features"}), &two, "must be of type numeric");
    fails("RandomForestClassifier", json!({"featureSubsetStrategy": "most"}), &two, "given invalid value most");
    fails("RandomForestClassifier", json!({"subsamplingRate": 0.0}), &two, "given invalid value 0.0");

    let one_class = trained("DecisionTreeClassifier", &json!({}), &frame(&[0.0, 0.0], 1, &[1.0, 2.0]), 1, 10);
    assert_eq!(attribute(one_class.as_ref(), "numClasses"), json!(1));
    assert_eq!(attribute(one_class.as_ref(), "numNodes"), json!(1));

    let model = trained("RandomForestClassifier", &json!({"numTrees": 3}), &two, 1, 10);
    let failure = model.transform(&frame(&[0.0], 2, &[1.0, 2.0])).unwrap_err();
    assert!(failure.message().contains("has size 2, the model was trained on 1 features"), "{failure}");
    let null: [(&str, ArrayRef); 1] = [("features", vector_column([None]))];
    let failure = model.transform(&RecordBatch::try_from_iter(null).unwrap()).unwrap_err();
    assert!(failure.message().contains("is null"), "{failure}");
}

#[test]
fn memory_changes_nothing() {
    let frame = wide_frame(3_000);
    let memory = |megabytes: i64| {
        let params = json!({"labelCol": "kind", "numTrees": 2, "maxDepth": 7, "maxMemoryInMB": megabytes});
        attribute(trained("RandomForestClassifier", &params, &frame, 2, 500).as_ref(), "toDebugString")
    };
    assert_eq!(memory(0), memory(256));
}

#[test]
fn sparse_rows_are_dense_rows() {
    let dense = wide_frame(500);
    let column = VectorColumn::new(dense.column(0).as_ref()).unwrap();
    let sparse = (0..500).map(|row| match column.get(row).to_vector() {
        Vector::Dense(values) => {
            let indices: Vec<u32> = (0..values.len() as u32).filter(|index| values[*index as usize] != 0.0).collect();
            let values = indices.iter().map(|index| values[*index as usize]).collect();
            Vector::Sparse { size: column.get(row).size(), indices, values }
        }
        sparse => sparse,
    });
    let vectors: Vec<Vector> = sparse.collect();
    let mut columns = dense.columns().to_vec();
    columns[0] = vector_column(vectors.iter().map(Some));
    let sparse = RecordBatch::try_new(dense.schema(), columns).unwrap();
    for stage in ["RandomForestClassifier", "DecisionTreeRegressor"] {
        let label = if stage == "RandomForestClassifier" { "kind" } else { "value" };
        let params = json!({"labelCol": label});
        let (a, b) = (trained(stage, &params, &dense, 1, 500), trained(stage, &params, &sparse, 1, 500));
        assert_eq!(a.save().unwrap(), b.save().unwrap(), "{stage}");
        let (a, b) = (a.transform(&dense).unwrap(), b.transform(&sparse).unwrap());
        assert_eq!(a.columns, b.columns, "{stage}");
    }
}

#[test]
fn attributes_of_a_forest() {
    let frame = wide_frame(400);
    let params = json!({"labelCol": "kind", "numTrees": 3, "leafCol": "leaf"});
    let forest = trained("RandomForestClassifier", &params, &frame, 1, 400);
    let output = forest.transform(&frame).unwrap();
    let features = VectorColumn::new(frame.column(0).as_ref()).unwrap().get(7).to_vector();
    let call = |model: &dyn Transformer, name: &str| match model.attribute(name, &[Value::Vector(features.clone())]) {
        Ok(Attribute::Value(value)) => encode(&value),
        other => panic!("{name}: {other:?}"),
    };
    for (column, name) in ["predictRaw", "predictProbability", "predict", "predictLeaf"].into_iter().enumerate() {
        assert_eq!(call(forest.as_ref(), name), super::gold::cell(&output.columns[column], 7), "{name}");
    }
    let Attribute::Models(trees) = forest.attribute("trees", &[]).unwrap() else { panic!() };
    let nodes: i64 = trees.iter().map(|tree| attribute(tree.as_ref(), "numNodes").as_i64().unwrap()).sum();
    assert_eq!(attribute(forest.as_ref(), "totalNumNodes"), json!(nodes));
    assert_eq!(attribute(forest.as_ref(), "treeWeights"), json!([1.0, 1.0, 1.0]));
    assert_eq!(attribute(forest.as_ref(), "getNumTrees"), json!(3));
    let text = attribute(trees[0].as_ref(), "toString");
    assert!(text.as_str().unwrap().starts_with("DecisionTreeClassificationModel: uid=dtc_"), "{text}");
    let leaves: Vec<Json> = trees.iter().map(|tree| call(tree.as_ref(), "predictLeaf")).collect();
    assert_eq!(call(forest.as_ref(), "predictLeaf"), json!({"dense": leaves}));
    assert!(forest.attribute("depth", &[]).is_err());
}

// ---- helpers ---------------------------------------------------------------------------------------------------------

pub fn trained(
    stage: &str,
    params: &Json,
    frame: &RecordBatch,
    threads: usize,
    partition: usize,
) -> Box<dyn Transformer> {
    let Operator::Estimator(mut estimator) = make(stage).unwrap() else { panic!("{stage} is no estimator") };
    set_params(estimator.params_mut(), params).unwrap();
    fit(estimator.as_ref(), frame, threads, partition).unwrap().0
}

pub fn load(saved: &Saved) -> Box<dyn Transformer> {
    let Operator::Transformer(loaded) = Registry::standard().load(saved).unwrap() else { panic!("no model") };
    loaded
}

/// Nine features of which some matter, a class of three, a number, and a weight.
pub fn wide_frame(rows: usize) -> RecordBatch {
    let hash =
        |row: usize, column: usize| brickyard_ml::random::unit(brickyard_ml::random::mix((row * 16 + column) as u64));
    let value = |row: usize, column: usize| {
        if column == 8 { (hash(row, 8) * 2.0).floor() } else { (hash(row, column) * 40.0).floor() / 8.0 }
    };
    let features: Vec<f64> = (0..rows).flat_map(|row| (0..9).map(move |column| value(row, column))).collect();
    let score = |row: usize| value(row, 0) - value(row, 3) * value(row, 8) + hash(row, 9);
    let kind = (0..rows).map(|row| (score(row) > 1.0) as i32 + (value(row, 5) > 3.0) as i32);
    let columns: [(&str, ArrayRef); 4] = [
        ("features", dense_column(9, features)),
        ("kind", Arc::new(Int32Array::from_iter_values(kind))),
        ("value", Arc::new(Float64Array::from_iter_values((0..rows).map(score)))),
        ("weight", Arc::new(Float64Array::from_iter_values((0..rows).map(|row| (hash(row, 10) * 4.0).floor() / 4.0)))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn categorical_frame(gold: &Json) -> RecordBatch {
    let rows = gold["rows"].as_array().unwrap();
    let features = rows.iter().flat_map(|row| row[0].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()));
    let attr = |count: &Json| match count.as_u64() {
        Some(count) => Attr::NominalCount { name: None, count: count as usize },
        None => Attr::Numeric { name: None },
    };
    let slots = Slots::Known(gold["categories"].as_array().unwrap().iter().map(attr).collect());
    let mut fields = vec![with_metadata(Field::new("features", vector_type(), true), &slots_metadata(&slots))];
    let mut columns = vec![dense_column(5, features.collect())];
    for (index, name) in gold["columns"].as_array().unwrap().iter().enumerate().skip(1) {
        fields.push(Field::new(name.as_str().unwrap(), DataType::Float64, false));
        columns.push(Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row[index].as_f64().unwrap()))));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

pub fn rows_json(rows: &RecordBatch) -> Json {
    let row = |row: usize| {
        let cells = rows
            .schema()
            .fields()
            .iter()
            .zip(rows.columns())
            .map(|(f, column)| (f.name().clone(), any_cell(column, row)))
            .collect();
        Json::Object(Map::from_iter::<Vec<_>>(cells))
    };
    Json::Array((0..rows.num_rows()).map(row).collect())
}

fn any_cell(column: &ArrayRef, row: usize) -> Json {
    match column.data_type() {
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            Json::Array((0..items.len()).map(|item| any_cell(&items, item)).collect())
        }
        DataType::Struct(fields) => {
            let cells = fields.iter().zip(column.as_struct().columns());
            Json::Object(cells.map(|(field, column)| (field.name().clone(), any_cell(column, row))).collect())
        }
        other => panic!("no JSON for {other}"),
    }
}
