//! Evaluators against Spark's answers.

use super::gold::{assert_close, blocks, cases, encode, set_params};
use brickyard_error::Result;
use brickyard_ml::runner::LocalRunner;
use brickyard_ml::{Evaluator, Operator, Registry, Value};
use serde_json::{Value as Json, json};

fn evaluator(case: &super::gold::Case) -> Box<dyn Evaluator> {
    let Operator::Evaluator(evaluator) = case.operator().unwrap() else { panic!("{} is no evaluator", case.name()) };
    evaluator
}

/// Over partitions of `rows_a_partition`, as a driver does it.
fn evaluate(evaluator: &dyn Evaluator, case: &super::gold::Case, rows_a_partition: usize) -> Result<f64> {
    let frame = case.frame();
    let inputs = evaluator.inputs(frame.schema_ref())?;
    let runner = LocalRunner::with_threads(2, blocks(&frame, &inputs, rows_a_partition)?)?;
    brickyard_ml::runner::evaluate(&runner, evaluator)
}

#[test]
fn metrics_are_sparks_in_any_partitioning() {
    for case in cases("evaluators") {
        let expected_better = case.gold("isLargerBetter").unwrap();
        assert_eq!(expected_better, &json!(evaluator(&case).is_larger_better().unwrap()), "{}", case.name());
        for (change, expected) in case.gold("values").unwrap().as_object().unwrap() {
            let mut evaluator = evaluator(&case);
            set_params(evaluator.params_mut(), &serde_json::from_str::<Json>(change).unwrap()).unwrap();
            let saved = evaluator.save().unwrap();
            let Operator::Evaluator(loaded) = Registry::standard().load(&saved).unwrap() else { panic!() };
            for (evaluator, rows) in [(&evaluator, 100), (&evaluator, 3), (&loaded, 1)] {
                let value = encode(&Value::Double(evaluate(evaluator.as_ref(), &case, rows).unwrap()));
                assert_close(&format!("{} {change}", case.name()), expected, &value, case.tolerance());
            }
        }
    }
}

#[test]
fn bad_input_fails_in_sparks_words() {
    for case in cases("errors").into_iter().filter(|case| case.stage().ends_with("Evaluator")) {
        let mut evaluator = evaluator(&case);
        let variant = &case.json["variants"][0];
        let outcome = set_params(evaluator.params_mut(), variant).and_then(|()| evaluate(evaluator.as_ref(), &case, 4));
        case.check_error(&outcome.unwrap_err());
    }
}

/// Worked out by hand from the definitions.
#[test]
fn metrics_of_lists_and_clusters() {
    let lists = json!({"columns": [["prediction", "doubles"], ["label", "doubles"]], "rows": [
        [[1.0, 2.0], [1.0, 3.0]], [[], [0.0]], [[5.0, 4.0], [4.0]],
    ]});
    let clusters = json!({"columns": [["prediction", "double"], ["features", "vector"]], "rows": [
        [0.0, {"dense": [0.0]}], [0.0, {"dense": [1.0]}], [2.0, {"dense": [3.0]}],
    ]});
    // The lone row of cluster 2 counts 0; the others are 1 from each other and 9 and 4 from it.
    let silhouette = ((1.0 - 1.0 / 9.0) + (1.0 - 1.0 / 4.0)) / 3.0;
    let table = [
        ("RankingEvaluator", &lists, json!({}), (0.5 + 0.0 + 0.5) / 3.0),
        ("RankingEvaluator", &lists, json!({"metricName": "precisionAtK", "k": 2}), (0.5 + 0.5) / 3.0),
        ("RankingEvaluator", &lists, json!({"metricName": "recallAtK", "k": 1}), 0.5 / 3.0),
        ("MultilabelClassificationEvaluator", &lists, json!({"metricName": "accuracy"}), (1.0 / 3.0 + 0.5) / 3.0),
        ("MultilabelClassificationEvaluator", &lists, json!({"metricName": "hammingLoss"}), 4.0 / 12.0),
        ("MultilabelClassificationEvaluator", &lists, json!({"metricName": "microPrecision"}), 2.0 / 4.0),
        ("MultilabelClassificationEvaluator", &lists, json!({"metricName": "recallByLabel", "metricLabel": 4.0}), 1.0),
        ("ClusteringEvaluator", &clusters, json!({}), silhouette),
    ];
    for (stage, data, params, expected) in table {
        let json = json!({"name": stage, "stage": stage, "params": params});
        let case = super::gold::Case { json, data: data.clone() };
        for rows in [1, 100] {
            let found = evaluate(evaluator(&case).as_ref(), &case, rows).unwrap();
            assert!((found - expected).abs() < 1e-12, "{stage} {params}: {found}, expected {expected}");
        }
    }
}
