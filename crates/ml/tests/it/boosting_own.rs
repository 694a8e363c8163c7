//! Our own boosting: held-out losses beside those of scikit-learn's, and what constraints and options promise.

use super::gold::{attribute, blocks, fit, make, read_json, repository, set_params, transformed};
use super::tree::{load, trained, wide_frame};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch};
use brickyard_ml::explain::Explainer;
use brickyard_ml::linalg::{VectorColumn, dense_column};
use brickyard_ml::random::{mix, unit};
use brickyard_ml::runner::{LocalRunner, Runner};
use brickyard_ml::tree::IterationErrors;
use brickyard_ml::{Attribute, Operator, Transformer, Value, Vector};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const CLASSIFIER: &str = "BoostingClassifier";
const REGRESSOR: &str = "BoostingRegressor";

// ---- quality ---------------------------------------------------------------------------------------------------------

#[test]
fn held_out_losses_are_those_of_scikit_learn() {
    let gold = read_json("gold/boosting/quality.json");
    for case in gold["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (train, test) = halves(case);
        let mut params = json!({"maxIter": case["iterations"], "regLambda": case["l2"].as_f64().unwrap_or(0.0)});
        let stage = match case["loss"].as_str().unwrap() {
            "log_loss" => CLASSIFIER,
            loss => {
                params["objective"] = json!(if loss == "squared_error" { "squared" } else { loss });
                REGRESSOR
            }
        };
        for (theirs, ours) in
            [("quantile", "quantile"), ("monotone", "monotoneConstraints"), ("categorical", "categoricalFeatures")]
        {
            if !case[theirs].is_null() {
                params[ours] = case[theirs].clone();
            }
        }
        if !case["weight"].is_null() {
            params["weightCol"] = json!("weight");
        }
        // What scikit-learn has no counterpart for is as there.
        params["categorySmoothing"] = json!(10.0);
        let model = trained(stage, &params, &train, 2, 50);
        let found = loss(case, &test, &transformed(model.as_ref(), &test).unwrap());
        let expected = case["held_out"].as_f64().unwrap();
        println!("{name}: {found:.5}, scikit-learn {expected:.5}");
        assert!(found <= expected * 1.05 + 0.002, "{name}: held-out loss is {found}, scikit-learn's {expected}");
    }
}

/// Even and odd rows of a case's file.
fn halves(case: &Json) -> (RecordBatch, RecordBatch) {
    let text = std::fs::read_to_string(repository().join(case["file"].as_str().unwrap())).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    let place = |name: &Json| header.iter().position(|column| Some(*column) == name.as_str()).unwrap();
    let features: Vec<usize> = case["features"].as_array().unwrap().iter().map(place).collect();
    let half = |odd: usize| {
        let rows: Vec<(usize, &Vec<&str>)> = rows.iter().enumerate().skip(odd).step_by(2).collect();
        let number = |row: &[&str], column: usize| row[column].parse::<f64>().unwrap();
        let value = |(index, row): (usize, &[&str]), slot: usize| {
            let hole = case["holes"] == true && (index * 7 + slot * 3).is_multiple_of(5);
            if hole { f64::NAN } else { number(row, features[slot]) }
        };
        let values = rows.iter().flat_map(|(index, row)| (0..features.len()).map(|slot| value((*index, row), slot)));
        let of = |column: &Json| -> ArrayRef {
            let numbers = rows.iter().map(|(_, row)| if column.is_null() { 1.0 } else { number(row, place(column)) });
            Arc::new(Float64Array::from_iter_values(numbers))
        };
        let columns = [
            ("features", dense_column(features.len(), values.collect())),
            ("label", of(&case["label"])),
            ("weight", of(&case["weight"])),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    (half(0), half(1))
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<f64> {
    batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

fn vectors(batch: &RecordBatch, name: &str) -> Vec<Vec<f64>> {
    let column = VectorColumn::new(batch.column_by_name(name).unwrap().as_ref()).unwrap();
    (0..batch.num_rows()).map(|row| column.get(row).to_vector().to_dense()).collect()
}

fn loss(case: &Json, test: &RecordBatch, output: &RecordBatch) -> f64 {
    let (labels, weights) = (numbers(test, "label"), numbers(test, "weight"));
    let losses: Vec<f64> = if case["loss"] == "log_loss" {
        let probabilities = vectors(output, "probability");
        labels.iter().zip(&probabilities).map(|(label, p)| -p[*label as usize].max(1e-15).ln()).collect()
    } else {
        let level = case["quantile"].as_f64().unwrap_or(0.5);
        let of = |(label, predicted): (&f64, f64)| match case["loss"].as_str().unwrap() {
            "squared_error" => (label - predicted).powi(2),
            "poisson" if *label > 0.0 => 2.0 * (label * (label / predicted).ln() - label + predicted),
            "poisson" => 2.0 * predicted,
            _ => (level * (label - predicted)).max((level - 1.0) * (label - predicted)),
        };
        labels.iter().zip(numbers(output, "prediction")).map(of).collect()
    };
    let total: f64 = losses.iter().zip(&weights).map(|(loss, weight)| loss * weight).sum();
    total / weights.iter().sum::<f64>()
}

/// 400 rows: feature 0 is a number, sometimes missing; feature 1 a category of 6; the label follows both.
fn mixed_frame() -> RecordBatch {
    let hash = |row: usize, column: usize| unit(mix((row * 8 + column) as u64));
    let number = |row: usize| if hash(row, 0) < 0.2 { f64::NAN } else { (hash(row, 1) * 100.0).floor() / 10.0 };
    let category = |row: usize| (hash(row, 2) * 6.0).floor();
    let label = |row: usize| {
        let of_category = if [1.0, 4.0].contains(&category(row)) { 5.0 } else { 0.0 };
        let number = number(row);
        of_category + if number.is_nan() { 20.0 } else { number } + hash(row, 3) / 10.0
    };
    let columns: [(&str, ArrayRef); 3] = [
        ("features", dense_column(2, (0..400).flat_map(|row| [number(row), category(row)]).collect())),
        ("label", Arc::new(Float64Array::from_iter_values((0..400).map(label)))),
        ("held", Arc::new(BooleanArray::from_iter((0..400).map(|row| Some(row % 4 == 3))))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn missing_values_and_categories_are_learnt_and_explained() {
    let frame = mixed_frame();
    let params = json!({"categoricalFeatures": [1], "minInstancesPerNode": 5, "categoryRegLambda": 0.0});
    let model = trained(REGRESSOR, &params, &frame, 2, 64);
    let predicted = numbers(&transformed(model.as_ref(), &frame).unwrap(), "prediction");
    let worst = predicted.iter().zip(numbers(&frame, "label")).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 0.6, "{worst}");
    let text = attribute(model.as_ref(), "toDebugString");
    let text = text.as_str().unwrap();
    assert!(text.contains("feature 1 in {1.0,4.0}") || text.contains("feature 1 in {0.0,2.0,3.0,5.0}"), "{text}");
    assert!(text.contains("or missing"), "{text}");

    let explainer = Explainer::of(model.as_ref()).unwrap();
    let explanation = explainer.explain(&frame).unwrap();
    for (row, predicted) in predicted.iter().enumerate() {
        let sum = explainer.base()[0] + explanation.of(row, 0).iter().sum::<f64>();
        assert!((sum - predicted).abs() < 1e-9, "row {row}: {sum}, predicted {predicted}");
    }
    assert_eq!(load(&model.save().unwrap()).save().unwrap(), model.save().unwrap());
}

#[test]
fn early_stopping_keeps_the_best_iteration() {
    let frame = mixed_frame();
    let params = json!({"maxIter": 300, "validationIndicatorCol": "held", "earlyStoppingRounds": 5, "stepSize": 0.5});
    let Operator::Estimator(mut estimator) = make(REGRESSOR).unwrap() else { panic!() };
    set_params(estimator.params_mut(), &params).unwrap();
    let (model, report) = fit(estimator.as_ref(), &frame, 2, 64).unwrap();
    let trees = attribute(model.as_ref(), "getNumTrees").as_u64().unwrap() as usize;
    let losses = &report.objective_history;
    assert!(trees > 2 && trees < 290, "{trees} trees");
    assert_eq!(losses.len(), trees + 5 + 1, "{losses:?}");
    assert!(losses.iter().all(|loss| losses[trees] <= *loss), "{losses:?}");

    let held: Vec<usize> = (0..400).filter(|row| row % 4 == 3).collect();
    let predicted = numbers(&transformed(model.as_ref(), &frame).unwrap(), "prediction");
    let labels = numbers(&frame, "label");
    let loss: f64 = held.iter().map(|row| (predicted[*row] - labels[*row]).powi(2)).sum::<f64>() / held.len() as f64;
    assert!((loss - losses[trees]).abs() < 1e-6 * loss.max(1.0), "{loss}, reported {}", losses[trees]);
}

#[test]
fn monotone_predictions_never_turn() {
    let frame = wide_frame(800);
    let signs = json!([1, 0, 0, -1, 0, 0, 0, 0, 0]);
    let params = json!({"labelCol": "value", "monotoneConstraints": signs, "minInstancesPerNode": 3, "numLeaves": 40});
    let model = trained(REGRESSOR, &params, &frame, 2, 200);
    let rows = vectors(&frame, "features");
    for row in rows.iter().step_by(37) {
        for (feature, sign) in [(0, 1.0), (3, -1.0)] {
            let line: Vec<f64> = (0..60)
                .flat_map(|step| {
                    let mut row = row.clone();
                    row[feature] = f64::from(step) / 10.0 - 0.5;
                    row
                })
                .collect();
            let line = RecordBatch::try_from_iter([("features", dense_column(9, line))]).unwrap();
            let predicted = numbers(&transformed(model.as_ref(), &line).unwrap(), "prediction");
            assert!(predicted.windows(2).all(|pair| sign * (pair[1] - pair[0]) >= 0.0), "{feature}: {predicted:?}");
        }
    }
}

#[test]
fn the_first_split_is_the_best_there_is() {
    let frame = wide_frame(300);
    let (rows, labels) = (vectors(&frame, "features"), numbers(&frame, "value"));
    let (mean, l2) = (labels.iter().sum::<f64>() / 300.0, 3.0);
    let worth = |side: &[f64]| side.iter().map(|label| mean - label).sum::<f64>().powi(2) / (side.len() as f64 + l2);
    let mut best = (f64::NEG_INFINITY, 0, 0.0);
    for feature in 0..9 {
        let mut values: Vec<f64> = rows.iter().map(|row| row[feature]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        for pair in values.windows(2) {
            let threshold = pair[0] + (pair[1] - pair[0]) / 2.0;
            let (left, right): (Vec<_>, Vec<_>) =
                rows.iter().zip(&labels).partition(|(row, _)| row[feature] <= threshold);
            let [left, right] = [left, right].map(|side| side.into_iter().map(|(_, label)| *label).collect::<Vec<_>>());
            let gain = worth(&left) + worth(&right);
            if left.len() >= 20 && right.len() >= 20 && gain > best.0 {
                best = (gain, feature, threshold);
            }
        }
    }
    let params = json!({"labelCol": "value", "maxIter": 1, "numLeaves": 2, "regLambda": l2});
    let model = trained(REGRESSOR, &params, &frame, 1, 300);
    let text = attribute(model.as_ref(), "toDebugString");
    let expected = format!("If (feature {} <= {:?}", best.1, best.2);
    assert!(text.as_str().unwrap().contains(&expected), "expected {expected}: {text}");
}

#[test]
fn leaves_are_split_by_gain_whatever_is_explored_first() {
    // One leaf more is one split more: the trees of n leaves are those of n + 1 leaves without their least gain.
    let frame = wide_frame(900);
    let gains = |leaves: usize| {
        let params = json!({"labelCol": "value", "maxIter": 1, "numLeaves": leaves, "minInstancesPerNode": 5});
        let saved = trained(REGRESSOR, &params, &frame, 1, 900).save().unwrap();
        let mut gains = numbers(saved.table("data").unwrap(), "gain");
        gains.retain(|gain| *gain >= 0.0);
        gains.sort_by(|a, b| b.total_cmp(a));
        gains
    };
    let mut fewer = gains(2);
    for leaves in 3..40 {
        let more = gains(leaves);
        assert_eq!(more.len(), leaves - 1);
        let kept = fewer.iter().filter(|gain| more.contains(gain)).count();
        assert_eq!(kept, fewer.len(), "{leaves} leaves");
        fewer = more;
    }
}

#[test]
fn leaves_and_losses_are_told() {
    let frame = wide_frame(300);
    let cases = [
        (CLASSIFIER, json!({"labelCol": "kind"}), 3),
        (REGRESSOR, json!({"labelCol": "value", "weightCol": "weight"}), 1),
        (REGRESSOR, json!({"labelCol": "kind", "objective": "poisson"}), 1),
    ];
    for (stage, mut params, margins) in cases {
        params["maxIter"] = json!(4);
        params["leafCol"] = json!("leaf");
        let model = trained(stage, &params, &frame, 2, 70);
        let trees = 4 * margins;
        assert_eq!(attribute(model.as_ref(), "treeWeights"), json!(vec![1.0; trees]));
        let loaded = load(&model.save().unwrap());
        let output = transformed(loaded.as_ref(), &frame).unwrap();
        let (leaves, features) = (vectors(&output, "leaf"), vectors(&frame, "features"));
        let text = attribute(model.as_ref(), "toDebugString");
        let values: Vec<Vec<f64>> = text.as_str().unwrap().split("  Tree ").skip(1).map(leaf_values).collect();
        let start = attribute(model.as_ref(), "startMargins")[0].as_f64().unwrap();
        for (row, leaves) in leaves.iter().enumerate() {
            assert_eq!(leaves.len(), trees);
            // Leaves are numbered in the order of the text: their values sum to the first margin.
            let margin: f64 =
                start + (0..trees).step_by(margins).map(|tree| values[tree][leaves[tree] as usize]).sum::<f64>();
            let found = match (margins, params["objective"].as_str()) {
                (1, None) => numbers(&output, "prediction")[row],
                (1, _) => numbers(&output, "prediction")[row].ln(),
                _ => vectors(&output, "rawPrediction")[row][0],
            };
            assert!((found - margin).abs() < 1e-9, "row {row} of {params}: {found}, its leaves give {margin}");
            let vector = Value::Vector(Vector::Dense(features[row].clone()));
            let Ok(Attribute::Value(alone)) = loaded.attribute("predictLeaf", &[vector]) else { panic!() };
            assert_eq!(alone, Value::Vector(Vector::Dense(leaves.clone())));
        }

        let errors = IterationErrors::of(model.as_ref(), None).unwrap();
        let inputs = errors.inputs(frame.schema_ref()).unwrap();
        let runner = LocalRunner::with_threads(2, blocks(&frame, inputs, 70).unwrap()).unwrap();
        let losses = errors.finish(runner.run(0, &errors.pass()).unwrap()).unwrap();
        assert!(losses.len() == 4 && losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
        if params["weightCol"].is_string() {
            let (labels, weights) = (numbers(&frame, "value"), numbers(&frame, "weight"));
            let errors =
                labels.iter().zip(numbers(&output, "prediction")).map(|(label, found)| (label - found).powi(2));
            let sum: f64 = errors.zip(&weights).map(|(error, weight)| error * weight).sum();
            assert!((losses[3] - sum / weights.iter().sum::<f64>()).abs() < 1e-9, "{losses:?}");
        }
        assert!(IterationErrors::of(model.as_ref(), Some("squared")).is_err());
    }
}

/// What the leaves of a tree give, in the order of its text.
fn leaf_values(text: &str) -> Vec<f64> {
    text.lines().filter_map(|line| line.trim().strip_prefix("Predict: ")).map(|value| value.parse().unwrap()).collect()
}

#[test]
fn bad_input_is_named() {
    let frame = |labels: &[f64], values: &[f64]| {
        let columns: [(&str, ArrayRef); 2] = [
            ("features", dense_column(values.len() / labels.len().max(1), values.to_vec())),
            ("label", Arc::new(Float64Array::from(labels.to_vec()))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let good = frame(&[0.0, 1.0], &[1.0, 2.0]);
    let cases = [
        (REGRESSOR, json!({}), frame(&[0.0, 1.0], &[f64::INFINITY, 2.0]), "MUST NOT be Infinity"),
        (REGRESSOR, json!({}), frame(&[0.0, f64::NAN], &[1.0, 2.0]), "Labels MUST NOT be Null or NaN"),
        (REGRESSOR, json!({"objective": "poisson"}), frame(&[0.0, -1.0], &[1.0, 2.0]), "at least 0, but one is -1.0"),
        (CLASSIFIER, json!({}), frame(&[0.0, 0.5], &[1.0, 2.0]), "Labels MUST be Integers"),
        (REGRESSOR, json!({"monotoneConstraints": [1, 1]}), good.clone(), "has 2 entries for 1 features"),
        (REGRESSOR, json!({"categoricalFeatures": [3]}), good.clone(), "numbered from 0 to 0"),
        (REGRESSOR, json!({"stepSize": 0.0}), good.clone(), "stepSize given invalid value 0.0"),
        (CLASSIFIER, json!({"thresholds": [0.2, 0.3, 0.5]}), good.clone(), "3 thresholds for 2 classes"),
        (REGRESSOR, json!({"validationIndicatorCol": "label"}), good.clone(), "must be of type boolean"),
        (REGRESSOR, json!({"sampling": "goss", "topRate": 0.8, "otherRate": 0.4}), good, "sum to more than 1"),
    ];
    for (stage, params, frame, words) in cases {
        let Operator::Estimator(mut estimator) = make(stage).unwrap() else { panic!() };
        let fitted = set_params(estimator.params_mut(), &params).and_then(|()| fit(estimator.as_ref(), &frame, 1, 10));
        let message = fitted.map(drop).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn edges() {
    // One class, a constant feature, no iterations: a model all the same.
    let columns: [(&str, ArrayRef); 2] =
        [("features", dense_column(1, vec![3.0; 50])), ("label", Arc::new(Float64Array::from(vec![0.0; 50])))];
    let frame = RecordBatch::try_from_iter(columns).unwrap();
    for params in [json!({}), json!({"maxIter": 0, "leafCol": "leaf"})] {
        for stage in [CLASSIFIER, REGRESSOR] {
            let model: Box<dyn Transformer> = trained(stage, &params, &frame, 2, 20);
            let predicted = numbers(&transformed(model.as_ref(), &frame).unwrap(), "prediction");
            assert!(predicted.iter().all(|value| value.abs() < 1e-9), "{stage} {params}");
        }
    }
}
