//! The laws of FP-growth, and bad input.

use super::gold::{fit, frame, make, set_params};
use brickyard_ml::testkit::check_estimator;
use brickyard_ml::{Operator, Registry};
use serde_json::{Value as Json, json};

fn baskets() -> Json {
    json!({"columns": [["items", "strings"]], "rows": [
        [["r", "z", "h", "k", "p"]], [["z", "y", "x", "w", "v", "u", "t", "s"]], [["s", "x", "o", "n", "r"]],
        [["x", "z", "y", "m", "t", "s", "q", "e"]], [["z"]], [["x", "z", "y", "r", "q", "t", "p"]], [null], [[]],
    ]})
}

#[test]
fn the_laws_hold() {
    let Operator::Estimator(mut estimator) = make("FPGrowth").unwrap() else { panic!("no estimator") };
    set_params(estimator.params_mut(), &json!({"minSupport": 0.3, "minConfidence": 0.5})).unwrap();
    check_estimator(&Registry::standard(), estimator.as_ref(), &frame(&baskets()), 0.0).unwrap();
}

#[test]
fn repeated_items_are_no_transaction() {
    let Operator::Estimator(estimator) = make("FPGrowth").unwrap() else { panic!("no estimator") };
    let repeated = frame(&json!({"columns": [["items", "strings"]], "rows": [[["a", "b", "a"]]]}));
    let failure = fit(estimator.as_ref(), &repeated, 2, 10).map(drop).unwrap_err();
    assert!(failure.message().contains("must be unique"), "{failure}");
}
