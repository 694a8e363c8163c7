//! GBTClassifier and GBTRegressor: Spark's loop by hand, and what models answer.

use super::gold::{attribute, transformed};
use super::tree::{trained, wide_frame};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_ml::tree::IterationErrors;
use brickyard_ml::{Attribute, Input};
use serde_json::json;
use std::sync::Arc;

/// Equal but for the last digits of numbers: Spark sums gradients in doubles, in the order of rows.
pub fn assert_same_trees(name: &str, expected: &str, actual: &str) {
    let actual = actual.replace("_0123456789ab", "_{uid}");
    assert_eq!(expected.lines().count(), actual.lines().count(), "{name}\n{actual}");
    for (expected, found) in expected.lines().zip(actual.lines()) {
        let number = |line: &str| line.trim().strip_prefix("Predict: ").map(|number| number.parse::<f64>().unwrap());
        match (number(expected), number(found)) {
            (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{name}: {expected} is {found}"),
            _ => assert_eq!(expected, found, "{name}\n{actual}"),
        }
    }
}

#[test]
fn attributes_of_boosted_trees() {
    let frame = wide_frame(300);
    let model = trained("GBTRegressor", &json!({"labelCol": "value", "maxIter": 3}), &frame, 1, 300);
    let Attribute::Models(trees) = model.attribute("trees", &[]).unwrap() else { panic!() };
    assert_eq!(trees.len(), 3);
    assert!(
        attribute(trees[0].as_ref(), "toString").as_str().unwrap().starts_with("DecisionTreeRegressionModel: uid=dtr_")
    );
    assert_eq!(attribute(model.as_ref(), "treeWeights"), json!([1.0, 0.1, 0.1]));
    let nodes: i64 = trees.iter().map(|tree| attribute(tree.as_ref(), "numNodes").as_i64().unwrap()).sum();
    assert_eq!(attribute(model.as_ref(), "totalNumNodes"), json!(nodes));
    assert!(model.attribute("numClasses", &[]).is_err());
    assert!(IterationErrors::of(model.as_ref(), Some("logistic")).is_err());
    assert!(IterationErrors::of(trees[0].as_ref(), None).is_err());
}

/// Spark's loop by hand, over single trees that are known to be Spark's: what each tree learns, its weight, when it ends.
#[test]
fn boosting_is_trees_on_gradients() {
    let frame = wide_frame(500);
    let numbers = |batch: &RecordBatch, name: &str| -> Vec<f64> {
        let column = Input::number(name).read(batch).unwrap();
        column.as_primitive::<Float64Type>().values().to_vec()
    };
    let held = |row: usize| row % 5 == 2;
    let held_column: ArrayRef = Arc::new(BooleanArray::from_iter((0..500).map(|row| Some(held(row)))));
    let class: ArrayRef = Arc::new(Float64Array::from_iter_values(numbers(&frame, "kind").iter().map(|k| k.min(1.0))));
    let with = |name: &str, column: ArrayRef, batch: &RecordBatch| {
        let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(name, column.data_type().clone(), false)));
        let columns = batch.columns().iter().cloned().chain([column]).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    let frame = with("class", class, &with("held", held_column, &frame));
    let cases = [
        ("GBTClassifier", "class", "logistic", 6, 0.3, false),
        ("GBTRegressor", "value", "squared", 6, 0.1, false),
        ("GBTRegressor", "value", "absolute", 5, 0.4, false),
        ("GBTClassifier", "class", "logistic", 60, 1.0, true),
        ("GBTRegressor", "value", "squared", 60, 0.9, true),
    ];
    for (stage, label, loss, most, step, validated) in cases {
        let name = format!("{stage} {loss} {validated}");
        let error = |margin: f64, label: f64| match loss {
            "logistic" => 2.0 * (-2.0 * label * margin).exp().ln_1p(),
            "squared" => (label - margin).powi(2),
            _ => (label - margin).abs(),
        };
        let target = |margin: f64, label: f64| match loss {
            "logistic" => 4.0 * label / (1.0 + (2.0 * label * margin).exp()),
            "squared" => 2.0 * (label - margin),
            _ => (label - margin).signum(),
        };
        let labels: Vec<f64> =
            numbers(&frame, label).iter().map(|y| if loss == "logistic" { 2.0 * y - 1.0 } else { *y }).collect();
        let weights = numbers(&frame, "weight");
        let mut margins = vec![0.0; 500];
        let (mut texts, mut best): (Vec<String>, Option<(f64, usize)>) = (Vec::new(), None);
        for tree in 0..most {
            let learnt = (0..500).map(|row| if tree == 0 { labels[row] } else { target(margins[row], labels[row]) });
            let learnt = with("learnt", Arc::new(Float64Array::from_iter_values(learnt)), &frame);
            let rows = BooleanArray::from_iter((0..500).map(|row| Some(!(validated && held(row)))));
            let training = arrow_select::filter::filter_record_batch(&learnt, &rows).unwrap();
            let params = json!({"labelCol": "learnt", "weightCol": "weight", "maxDepth": 3, "minInstancesPerNode": 12});
            let model = trained("DecisionTreeRegressor", &params, &training, 1, 500);
            let text = attribute(model.as_ref(), "toDebugString");
            texts.push(text.as_str().unwrap().split_once('\n').unwrap().1.to_owned());
            let predicted = numbers(&transformed(model.as_ref(), &learnt).unwrap(), "prediction");
            let weight = if tree == 0 { 1.0 } else { step };
            margins.iter_mut().zip(&predicted).for_each(|(margin, predicted)| *margin += weight * predicted);
            let rows = || (0..500).filter(|row| held(*row));
            let errors = rows().map(|row| weights[row] * error(margins[row], labels[row])).sum::<f64>();
            let mean = errors / rows().map(|row| weights[row]).sum::<f64>();
            let (least, _) = *best.get_or_insert((mean, 1));
            if validated && tree > 0 && least - mean < 0.01 * mean.max(0.01) {
                break;
            }
            if mean < least {
                best = Some((mean, tree + 1));
            }
        }
        if validated {
            texts.truncate(best.unwrap().1);
            assert!(texts.len() < 40, "{name}: {} trees", texts.len());
        }
        let mut params =
            json!({"labelCol": label, "weightCol": "weight", "maxDepth": 3, "maxIter": most, "stepSize": step});
        params["lossType"] = json!(loss);
        // In small nodes two features may part the same rows, and the last digits choose.
        params["minInstancesPerNode"] = json!(12);
        if validated {
            params["validationIndicatorCol"] = json!("held");
        }
        let model = trained(stage, &params, &frame, 2, 100);
        let text = attribute(model.as_ref(), "toDebugString");
        let found: Vec<&str> = text.as_str().unwrap().split("  Tree ").skip(1).collect();
        assert_eq!(found.len(), texts.len(), "{name}");
        for (expected, found) in texts.iter().zip(found) {
            let found: String = found.lines().skip(1).map(|line| format!("{}\n", &line[2..])).collect();
            assert_same_trees(&name, expected, &found);
        }
    }
}

#[test]
fn bad_input_fails_in_sparks_words() {
    let mut failed = 0;
    for case in super::gold::cases("boosting").into_iter().filter(|case| case.gold("error").is_some()) {
        let failure = case.fitted().map(drop).unwrap_err();
        // Spark runs over the end of an array without trees, and leaves the indicator's type to its planner.
        if !["no_trees", "indicator_is_a_number"].contains(&case.name()) {
            case.check_error(&failure);
        }
        failed += 1;
    }
    assert!(failed >= 6);
}
