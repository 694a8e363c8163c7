//! Feature stages against real Spark.

use super::gold::{self, Case, cases};
use brickyard_ml::{Operator, Registry};

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
        let Operator::Transformer(again) = Registry::standard().load(&saved).unwrap() else {
            panic!("not a transformer")
        };
        assert_eq!(gold::transformed(again.as_ref(), &before).unwrap(), after, "{} after loading", case.name());
        assert_eq!(again.save().unwrap(), saved, "{}", case.name());
    }
}

#[test]
fn stages_answer_as_spark_does() {
    cases("feature").iter().for_each(check);
    cases("feature_more").iter().for_each(check);
}

#[test]
fn bad_input_fails_as_in_spark() {
    let all = cases("errors");
    let of_stages = |case: &&Case| ["OneHotEncoder", "StringIndexer", "VectorAssembler"].contains(&case.stage());
    let cases: Vec<&Case> = all.iter().filter(of_stages).collect();
    assert_eq!(cases.len(), 6);
    cases.into_iter().for_each(check);
}
