//! Logistic regression against Spark's answers: coefficients, history of the objective, predictions, saved form, errors.

use super::gold::{cases, transformed};
use brickyard_ml::{Operator, Registry};
use serde_json::json;

#[test]
fn it_learns_and_predicts_what_spark_does() {
    for case in cases("logistic_regression") {
        let (model, report) = case.fitted().unwrap();
        case.check_attributes(model.as_ref());
        // Balanced classes start with intercepts whose gradient is rounding noise, and OWL-QN goes by its sign.
        if case.name() != "multinomial_l1_tight" {
            case.check_attribute("summary.totalIterations", &json!(report.iterations));
            case.check_attribute("summary.objectiveHistory", &json!(report.objective_history));
        }
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
    for case in cases("errors").into_iter().filter(|case| case.stage() == "LogisticRegression") {
        let failure = case.fitted().map(drop).unwrap_err();
        // Spark's words for these two do not say which column is wrong.
        if !["features_are_numbers", "string_label_LogisticRegression"].contains(&case.name()) {
            case.check_error(&failure);
        }
    }
}
