//! Linear, generalized, bayesian, survival, isotonic, factorised and neural models against Spark's answers.

use super::gold::{Case, assert_close, attribute, blocks, cases, cell, encode, make, set_params, transformed};
use super::summaries::{encoded, summary};
use brickyard_ml::evaluate::SummaryKind;
use brickyard_ml::runner::{LocalRunner, Runner};
use brickyard_ml::{Operator, Registry, transform};
use serde_json::{Value as Json, json};

/// Attributes that are not Spark's: of fits without an optimum (means below 0 under these links; standard errors of a
/// singular matrix), and a name drawn by chance.
const OWN_WAYS: [(&str, &[&str]); 4] = [
    ("poisson_identity", &[]),
    ("gamma_identity", &[]),
    ("gamma", &["dispersion", "coefficientStandardErrors", "tValues", "__repr__"]),
    ("link_column_only", &["predictionCol"]),
];

/// Errors out of a task: Spark puts the name of the Java class in front.
const OWN_WORDS: [&str; 2] = ["minus_GeneralizedLinearRegression", "zero_GeneralizedLinearRegression"];

/// Checks everything that was recorded of a group's cases.
fn check_group(group: &str) {
    for case in cases(group) {
        check_case(&case);
    }
}

fn check_case(case: &Case) {
    let (model, report) = case.fitted().unwrap_or_else(|failure| panic!("{}: {failure}", case.name()));
    let frame = case.frame();
    let own_ways = OWN_WAYS.iter().find(|(name, _)| *name == case.name()).map(|(_, names)| *names);
    if own_ways == Some(&[]) {
        return;
    }
    for (path, expected) in case.json["attributes"].as_object().unwrap() {
        let place = format!("{} {path}", case.name());
        let Some(name) = path.strip_prefix("summary.") else {
            assert_close(&place, expected, &attribute(model.as_ref(), path), case.tolerance());
            continue;
        };
        if own_ways.is_some_and(|names| names.contains(&name)) {
            continue;
        }
        let answer = if let Some(kind) = name.strip_prefix("residuals(").and_then(|rest| rest.strip_suffix(')')) {
            residuals(model.as_ref(), kind, &frame)
        } else {
            let name = if name == "__repr__" { "toString" } else { name };
            encoded(summary(model.as_ref(), &report, &frame).attribute(name, &[]).unwrap())
        };
        assert_close(&place, expected, &answer, case.tolerance());
    }
    if case.gold("quality").is_some() {
        check_quality(case, model.as_ref());
    }
    if case.gold("output").is_some() {
        case.check_output(&frame, &transformed(model.as_ref(), &frame).unwrap());
    }
    let saved = model.save().unwrap();
    if case.gold("saved").is_some() {
        case.check_saved_metadata(&saved);
    }
    let Operator::Transformer(loaded) = Registry::standard().load(&saved).unwrap() else { panic!("no model") };
    if case.gold("output").is_some() {
        case.check_output(&frame, &transformed(loaded.as_ref(), &frame).unwrap());
    }
}

/// The residuals of all rows, as the recorder shows a frame.
fn residuals(model: &dyn brickyard_ml::Transformer, kind: &str, frame: &arrow_array::RecordBatch) -> Json {
    let summary = SummaryKind::of(model).unwrap().unwrap();
    let predictions = transform::append(summary.model(), frame).unwrap();
    let (stage, column) = summary.residuals(&[kind.into()]).unwrap().unwrap();
    let with_residuals = transform::append(stage.as_ref(), &predictions).unwrap();
    let values = with_residuals.column_by_name(column).unwrap();
    let rows: Vec<Vec<Json>> = (0..frame.num_rows().min(20)).map(|row| vec![cell(values, row)]).collect();
    json!({"columns": [column], "count": frame.num_rows(), "rows": rows})
}

#[test]
fn support_vector_machines() {
    check_group("linear_svc");
}

#[test]
fn generalized_linear_models() {
    check_group("generalized");
}

#[test]
fn naive_bayes() {
    check_group("naive_bayes");
}

#[test]
fn multilayer_perceptrons() {
    check_group("perceptron");
}

#[test]
fn survival_times() {
    check_group("survival");
}

#[test]
fn isotonic_functions() {
    check_group("isotonic");
}

#[test]
fn factorisation_machines() {
    check_group("factorised");
}

#[test]
fn huber_losses_and_bounds() {
    check_group("linear_more");
}

/// Random starts are Spark's own, so that even what is random by nature is as good as Spark's, but for rounding.
fn check_quality(case: &Case, model: &dyn brickyard_ml::Transformer) {
    let evaluator = make(case.json["metric"]["evaluator"].as_str().unwrap()).unwrap();
    let Operator::Evaluator(mut evaluator) = evaluator else { panic!("no evaluator") };
    set_params(evaluator.params_mut(), &case.json["metric"]["params"]).unwrap();
    let predictions = transform::append(model, &case.frame()).unwrap();
    let inputs = evaluator.inputs(predictions.schema_ref()).unwrap();
    let runner = LocalRunner::with_threads(2, blocks(&predictions, &inputs, 70).unwrap()).unwrap();
    let found = evaluator.finish(runner.run(1, &evaluator.pass().unwrap()).unwrap()).unwrap();
    let wanted = case.json["quality"].as_f64().unwrap();
    let slack = 0.01 * wanted.abs();
    let is_good = if evaluator.is_larger_better().unwrap() { found >= wanted - slack } else { found <= wanted + slack };
    assert!(is_good, "{}: {found}, Spark has {wanted}", case.name());
}

#[test]
fn bad_input_fails_in_sparks_words() {
    for case in cases("linear_errors") {
        match (case.fitted(), case.gold("error")) {
            (Ok(_), None) => {}
            (Ok(_), Some(error)) => panic!("{} should fail: {error}", case.name()),
            (Err(failure), None) => panic!("{} should not fail: {failure}", case.name()),
            (Err(failure), Some(_)) if OWN_WORDS.contains(&case.name()) => {
                assert!(failure.code().id.starts_with("BY-ML-"), "{}: {failure}", case.name());
            }
            (Err(failure), Some(_)) => case.check_error(&failure),
        }
    }
}

#[test]
fn predictions_of_one_vector_are_those_of_the_column() {
    let case = cases("naive_bayes").into_iter().find(|case| case.name() == "gaussian").unwrap();
    let (model, _) = case.fitted().unwrap();
    let frame = case.frame();
    let whole = transformed(model.as_ref(), &frame).unwrap();
    let features = cell(frame.column_by_name("features").unwrap(), 7);
    let values: Vec<f64> = features["dense"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    for (name, column) in
        [("predictRaw", "rawPrediction"), ("predictProbability", "probability"), ("predict", "prediction")]
    {
        let argument = brickyard_ml::Vector::Dense(values.clone()).into();
        let brickyard_ml::Attribute::Value(answer) = model.attribute(name, &[argument]).unwrap() else {
            panic!("{name}")
        };
        assert_eq!(encode(&answer), cell(whole.column_by_name(column).unwrap(), 7), "{name}");
    }
}
