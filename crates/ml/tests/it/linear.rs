//! Linear regression against Spark's answers.

use super::gold::{cases, transformed};
use brickyard_ml::{Operator, Registry};
use serde_json::json;

#[test]
fn it_learns_and_predicts_what_spark_does() {
    for case in cases("linear_regression") {
        let (model, report) = case.fitted().unwrap();
        case.check_attributes(model.as_ref());
        case.check_attribute("summary.totalIterations", &json!(report.iterations));
        case.check_attribute("summary.objectiveHistory", &json!(report.objective_history));
        let frame = case.frame();
        case.check_output(&frame, &transformed(model.as_ref(), &frame).unwrap());

        let saved = model.save().unwrap();
        if case.gold("saved").is_some() {
            case.check_saved_metadata(&saved);
        }
        let Operator::Transformer(loaded) = Registry::standard().load(&saved).unwrap() else { panic!("no model") };
        case.check_output(&frame, &transformed(loaded.as_ref(), &frame).unwrap());
    }
}

#[test]
fn bad_input_fails_in_sparks_words() {
    for case in cases("errors").into_iter().filter(|case| case.stage() == "LinearRegression") {
        match case.fitted() {
            Ok(_) => assert!(case.gold("error").is_none(), "{} should fail", case.name()),
            // Spark's own words are "head of empty array".
            Err(failure) if case.name() == "empty_LinearRegression" => {
                assert_eq!(failure.message(), "ML algorithm was given empty dataset.");
            }
            Err(failure) => case.check_error(&failure),
        }
    }
}
