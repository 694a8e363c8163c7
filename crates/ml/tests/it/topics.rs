//! LDA finds topics that are there.

use super::gold::{blocks, fit, make, set_params};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use brickyard_ml::linalg::{VectorColumn, dense_column};
use brickyard_ml::random::Draws;
use brickyard_ml::runner::{self, LocalRunner};
use brickyard_ml::{AnyEstimator, Attribute, Operator, Transformer, Value};
use serde_json::{Value as Json, json};

/// Documents of terms 0 to 3 and of terms 4 to 7 by turns, some of each in all.
pub fn documents() -> RecordBatch {
    let mut draws = Draws::new(2);
    let mut counts = vec![0.0; 60 * 8];
    for (number, document) in counts.chunks_exact_mut(8).enumerate() {
        for _ in 0..15 {
            let stray = usize::from(draws.unit() < 0.08);
            document[(number + stray) % 2 * 4 + draws.below(4)] += 1.0;
        }
    }
    let features: [(&str, ArrayRef); 1] = [("features", dense_column(8, counts))];
    RecordBatch::try_from_iter(features).unwrap()
}

fn estimator(params: &Json) -> Box<dyn AnyEstimator> {
    let Operator::Estimator(mut estimator) = make("LDA").unwrap() else { panic!("no estimator") };
    set_params(estimator.params_mut(), params).unwrap();
    estimator
}

/// The attribute that is a number about the documents.
pub fn about(model: &dyn Transformer, name: &str, frame: &RecordBatch) -> f64 {
    let evaluator = model.evaluation(name).unwrap();
    let inputs = evaluator.inputs(frame.schema_ref()).unwrap();
    let runner = LocalRunner::with_threads(2, blocks(frame, &inputs, 7).unwrap()).unwrap();
    runner::evaluate(&runner, evaluator.as_ref()).unwrap()
}

/// The heaviest terms of each topic, as sets.
pub fn described(model: &dyn Transformer) -> Vec<Vec<i32>> {
    let Ok(Attribute::Frame(rows)) = model.attribute("describeTopics", &[Value::Int(4)]) else { panic!("no frame") };
    let terms = rows.column(1).as_list::<i32>();
    let group = |topic: usize| {
        let mut terms = terms.value(topic).as_primitive::<Int32Type>().values().to_vec();
        terms.sort_unstable();
        terms
    };
    let mut groups: Vec<Vec<i32>> = (0..rows.num_rows()).map(group).collect();
    groups.sort();
    groups
}

#[test]
fn topics_that_are_there_are_found() {
    let frame = documents();
    for params in [
        json!({"k": 2, "maxIter": 40, "subsamplingRate": 0.5, "learningOffset": 1.0}),
        json!({"k": 2, "maxIter": 60, "optimizer": "em", "docConcentration": [1.5]}),
    ] {
        let (model, _) = fit(estimator(&params).as_ref(), &frame, 2, 13).unwrap();
        assert_eq!(described(model.as_ref()), [[0, 1, 2, 3], [4, 5, 6, 7]], "{params}");
        let output = brickyard_ml::transform::append(model.as_ref(), &frame).unwrap();
        let topics = VectorColumn::new(output.column(1).as_ref()).unwrap();
        let side = |row: usize| {
            let shares = topics.get(row).to_vector().to_dense();
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            shares[0] > shares[1]
        };
        assert!((0..60).all(|row| side(row) == (side(0) == (row % 2 == 0))), "{params}");
        // 900 words: knowing the topic makes a word about one of four, not one of eight.
        let perplexity = about(model.as_ref(), "logPerplexity", &frame);
        assert!((about(model.as_ref(), "logLikelihood", &frame) + 900.0 * perplexity).abs() < 1e-6);
        assert!((4.0f64.ln()..8.0f64.ln() + 0.3).contains(&perplexity), "{params}: {perplexity}");
    }
}
