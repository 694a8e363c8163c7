//! Feature stages against real Spark.

use super::gold::{self, Case, cases};
use super::saved_tables::check_saved_data;
use brickyard_ml::{Argument, Attribute, Operator, Registry, Value, Vector};
use serde_json::{Value as Json, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn check(case: &Case) {
    let before = case.frame();
    let outcome = case.fitted().and_then(|(model, _)| Ok((gold::transformed(model.as_ref(), &before)?, model)));
    let (after, model) = match outcome {
        Ok(outcome) => outcome,
        Err(failure) => {
            assert!(case.gold("error").is_some(), "{}: {failure:?}", case.name());
            return case.check_error(&failure);
        }
    };
    assert!(case.gold("error").is_none(), "{} should fail", case.name());
    case.check_output(&before, &after);
    case.check_attributes(model.as_ref());
    if case.gold("saved").is_some() {
        let saved = model.save().unwrap();
        case.check_saved_metadata(&saved);
        if case.stage() != "RFormula" {
            // It names columns by chance.
            check_saved_data(case, &saved);
        }
        let Operator::Transformer(again) = Registry::standard().load(&saved).unwrap() else {
            panic!("not a transformer")
        };
        assert_eq!(gold::transformed(again.as_ref(), &before).unwrap(), after, "{} after loading", case.name());
        assert_eq!(again.save().unwrap(), saved, "{}", case.name());
    }
}

#[test]
fn stages_answer_as_spark_does() {
    let groups = [
        "feature",
        "feature_more",
        "feature_scale",
        "feature_vector",
        "feature_words",
        "feature_formula",
        "selectors",
        "hashing",
    ];
    let all = groups.into_iter().flat_map(cases).filter(|case| case.stage() != "PCA");
    let fails = |case: &Case| catch_unwind(AssertUnwindSafe(|| check(case))).is_err();
    let failed: Vec<String> = all.filter(fails).map(|case| case.name().to_owned()).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn bad_input_fails_as_in_spark() {
    let all = cases("errors");
    let of_stages = |case: &&Case| ["OneHotEncoder", "StringIndexer", "VectorAssembler"].contains(&case.stage());
    let cases: Vec<&Case> = all.iter().filter(of_stages).collect();
    assert_eq!(cases.len(), 6);
    cases.into_iter().for_each(check);
}

/// The sign of a principal component is arbitrary: only its direction is compared.
#[test]
fn principal_components_are_those_of_spark() {
    let cases = cases("feature_scale");
    let cases: Vec<&Case> = cases.iter().filter(|case| case.stage() == "PCA").collect();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let model = match case.fitted() {
            Ok((model, _)) => model,
            Err(failure) => {
                case.check_error(&failure);
                continue;
            }
        };
        let saved = &case.json["saved"]["data"]["rows"];
        let rows = saved.as_array().unwrap();
        let numbers = |json: &Json| json.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        let spark: Vec<f64> = numbers(&rows[0]["pc"]["values"]);
        let variance: Vec<f64> = numbers(&rows[0]["explainedVariance"]["values"]);
        let Attribute::Value(Value::Matrix(own)) = model.attribute("pc", &[]).unwrap() else { panic!("no matrix") };
        for (spark, own) in spark.chunks(own.rows).zip(own.values.chunks(own.rows)) {
            let sign = spark.iter().zip(own).map(|(a, b)| a * b).sum::<f64>().signum();
            assert!(
                spark.iter().zip(own).all(|(a, b)| (a - sign * b).abs() < 1e-9),
                "{} {spark:?} {own:?}",
                case.name()
            );
        }
        let own = gold::attribute(model.as_ref(), "explainedVariance");
        gold::assert_close(case.name(), &json!({"dense": variance}), &own, 1e-9);
        case.check_saved_metadata(&model.save().unwrap());
    }
}

#[test]
fn near_rows_are_found_by_their_buckets() {
    let key = Argument::Value(Value::Vector(Vector::Dense(vec![1.0, 0.5])));
    for case in cases("hashing").iter().filter(|case| case.stage() == "BucketedRandomProjectionLSH") {
        let (model, _) = case.fitted().unwrap();
        let rows = case.frame();
        let column = Argument::Value(Value::Text("apart".to_owned()));
        let frame = || Argument::Frame(rows.clone());
        let count = Argument::Value(Value::Int(2));
        let near = model.method("approxNearestNeighbors", &[frame(), key.clone(), count, column.clone()]).unwrap();
        assert_eq!((near.num_rows(), near.num_columns()), (2, rows.num_columns() + 2));
        assert_eq!(gold::cell(near.column(0), 0), json!(0));
        assert_eq!(gold::cell(near.column(3), 0), json!(0.5));
        let most = Argument::Value(Value::Double(2.5));
        let pairs = model.method("approxSimilarityJoin", &[frame(), frame(), most, column]).unwrap();
        let names: Vec<&str> = pairs.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["datasetA", "datasetB", "apart"]);
        // Every row is near itself.
        assert!(pairs.num_rows() >= rows.num_rows());
    }
}

#[test]
fn words_in_the_same_places_have_near_vectors() {
    let mut rows = Vec::new();
    for round in 0..150 {
        let (animal, thing) = (["cat", "dog"][round % 2], ["car", "bus"][round / 2 % 2]);
        rows.push(json!([["the", animal, "eats", "fresh", "food"]]));
        rows.push(json!([["a", thing, "drives", "fast", "uphill"]]));
    }
    let frame = gold::frame(&json!({"columns": [["words", "strings"]], "rows": rows}));
    let Operator::Estimator(mut estimator) = gold::make("Word2Vec").unwrap() else { panic!("no estimator") };
    let params = json!({"inputCol": "words", "outputCol": "out", "vectorSize": 12, "minCount": 1, "maxIter": 30,
                        "windowSize": 2, "stepSize": 0.05, "seed": 7});
    gold::set_params(estimator.params_mut(), &params).unwrap();
    let (model, _) = gold::fit(estimator.as_ref(), &frame, 2, 100).unwrap();
    let most_alike = |word: &str| {
        let arguments = [Value::Text(word.to_owned()), Value::Int(1)];
        let Attribute::Frame(frame) = model.attribute("findSynonyms", &arguments).unwrap() else { panic!("no frame") };
        gold::cell(frame.column(0), 0)
    };
    assert_eq!(["cat", "dog", "bus"].map(most_alike), [json!("dog"), json!("cat"), json!("car")]);
    assert!(model.attribute("findSynonyms", &[Value::Text("cow".to_owned()), Value::Int(1)]).is_err());
    let Operator::Transformer(again) = Registry::standard().load(&model.save().unwrap()).unwrap() else { panic!() };
    assert_eq!(gold::transformed(again.as_ref(), &frame).unwrap(), gold::transformed(model.as_ref(), &frame).unwrap());
}
