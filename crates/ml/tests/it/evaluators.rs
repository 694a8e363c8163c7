//! Evaluators against Spark's answers.

use super::gold::{assert_close, blocks, cases, encode, set_params};
use brickyard_error::Result;
use brickyard_ml::runner::{LocalRunner, Runner};
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
    evaluator.finish(runner.run(1, &evaluator.pass()?)?)
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
