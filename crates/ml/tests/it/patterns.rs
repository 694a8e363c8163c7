//! FP-growth and PrefixSpan: bad input, and what Spark finds: the order of its rules and of what they predict too.

use super::gold::{assert_close, cases, fit, frame, make, transformed};
use super::gold_rows::rows_of;
use brickyard_ml::{Attribute, Operator, Transformer};
use serde_json::{Value as Json, json};

pub fn baskets() -> Json {
    json!({"columns": [["items", "strings"]], "rows": [
        [["r", "z", "h", "k", "p"]], [["z", "y", "x", "w", "v", "u", "t", "s"]], [["s", "x", "o", "n", "r"]],
        [["x", "z", "y", "m", "t", "s", "q", "e"]], [["z"]], [["x", "z", "y", "r", "q", "t", "p"]], [null], [[]],
    ]})
}

#[test]
fn repeated_items_are_no_transaction() {
    let Operator::Estimator(estimator) = make("FPGrowth").unwrap() else { panic!("no estimator") };
    let repeated = frame(&json!({"columns": [["items", "strings"]], "rows": [[["a", "b", "a"]]]}));
    let failure = fit(estimator.as_ref(), &repeated, 2, 10).map(drop).unwrap_err();
    assert!(failure.message().contains("must be unique"), "{failure}");
}

fn rows(model: &dyn Transformer, name: &str) -> Vec<Json> {
    let Ok(Attribute::Frame(rows)) = model.attribute(name, &[]) else { panic!("{name} is no frame") };
    rows_of(&rows)
}

#[test]
fn itemsets_and_rules_come_in_sparks_order() {
    for case in cases("fp_growth") {
        let (model, _) = case.fitted().unwrap();
        for (name, expected) in case.gold("attributes").unwrap().as_object().unwrap() {
            let found = rows(model.as_ref(), name);
            assert_eq!(expected["count"], found.len(), "{} {name}", case.name());
            // Of long answers only the first rows were recorded.
            let first = found.len().min(expected["rows"].as_array().unwrap().len());
            let place = format!("{} {name}", case.name());
            assert_close(&place, &expected["rows"], &json!(found[..first]), case.tolerance());
        }
        let frame = case.frame();
        case.check_rows(&frame, &transformed(model.as_ref(), &frame).unwrap());
    }
}

#[test]
fn sequences_are_those_of_spark() {
    for case in cases("prefix_span") {
        let (answer, _) = case.fitted().unwrap();
        // Spark lists them in no order.
        let sorted = |rows: &[Json]| {
            let mut rows: Vec<String> = rows.iter().map(Json::to_string).collect();
            rows.sort();
            rows
        };
        let expected = case.gold("rows").unwrap().as_array().unwrap();
        assert_eq!(sorted(&rows(answer.as_ref(), "rows")), sorted(expected), "{}", case.name());
    }
}
