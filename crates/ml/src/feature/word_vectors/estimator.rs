//! Fitting word vectors: words are counted first, then the iterations follow.

use super::huffman::Paths;
use super::model::WordVectors;
use super::training::{Corpus, LearnWords, Learned, Weights};
use crate::feature::stage::Staged;
use crate::feature::term_counts::{CountTerms, TermCounts};
use crate::feature::text::java_order;
use crate::feature::word_lists::WordLists;
use crate::fit::{FitReport, Progress, Step};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::random::{mix, unit};
use crate::schema;
use crate::{Estimator, Fit, Input, Operator, Params, Registry};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.Word2Vec";
pub const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    shared::max_iter(1),
    ParamSpec::new("maxSentenceLength", Kind::Int, Default::Int(1000), "longer sentences are cut (> 0)")
        .checked(check::positive),
    ParamSpec::new("minCount", Kind::Int, Default::Int(5), "occurrences that a word must have (>= 0)")
        .checked(check::at_least_zero),
    ParamSpec::new(
        "numPartitions",
        Kind::Int,
        Default::Int(1),
        "taken for Spark's sake: blocks of rows learn apart (> 0)",
    )
    .checked(check::positive),
    shared::OUTPUT_COL,
    shared::seed(shared::class_seed(CLASS)),
    ParamSpec::new("stepSize", Kind::Double, Default::Double(0.025), "first step of learning (> 0)")
        .checked(check::positive),
    ParamSpec::new("vectorSize", Kind::Int, Default::Int(100), "length of the vectors (> 0)").checked(check::positive),
    ParamSpec::new("windowSize", Kind::Int, Default::Int(5), "words around a word (> 0)").checked(check::positive),
];

pub fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::estimator(WordEstimator { params: Params::new(uid, SPECS) }),
        |_, saved| Ok(Operator::estimator(WordEstimator { params: saved.params(SPECS)? })),
    );
}

#[derive(Debug)]
struct WordEstimator {
    params: Params,
}

impl Estimator for WordEstimator {
    type Fit = Counting;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![WordLists::input(&self.params.text("inputCol")?, schema)?])
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Counting> {
        schema::no_such_columns(schema, [self.params.text("outputCol")?.as_str()])?;
        Ok(Counting { column: self.params.text("inputCol")?, params: self.params.clone() })
    }
}

/// The first phase.
struct Counting {
    column: String,
    params: Params,
}

impl Fit for Counting {
    type Pass = CountTerms;

    fn pass(&self) -> CountTerms {
        CountTerms { column: self.column.clone() }
    }

    fn absorb(self, merged: TermCounts) -> Result<Step<Self>> {
        let least = self.params.int("minCount")? as u64;
        let kept = merged.of.into_iter().filter(|(_, count)| count.occurrences >= least);
        let mut words: Vec<(String, u64)> = kept.map(|(word, count)| (word, count.occurrences)).collect();
        words.sort_by(|(a, count_a), (b, count_b)| count_b.cmp(count_a).then_with(|| java_order(a, b)));
        if words.is_empty() {
            let text = "requirement failed: The vocabulary size should be > 0. You may need to check the setting of \
                        minCount, which could be large enough to remove all your words in sentences.";
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, text));
        }
        let counts: Vec<u64> = words.iter().map(|(_, count)| *count).collect();
        let words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
        let corpus = Corpus {
            column: self.column,
            numbers: words.iter().enumerate().map(|(number, word)| (word.clone(), number as u32)).collect(),
            paths: Paths::of(&counts),
            size: self.params.int("vectorSize")? as usize,
            window: self.params.int("windowSize")? as usize,
            longest_sentence: self.params.int("maxSentenceLength")? as usize,
            step: self.params.double("stepSize")? as f32,
            iterations: self.params.int("maxIter")? as u32,
            seed: self.params.int("seed")? as u64,
        };
        let values = words.len() * corpus.size;
        let first = |place: usize| (unit(mix(corpus.seed ^ mix(place as u64))) as f32 - 0.5) / corpus.size as f32;
        let weights =
            Weights { words: (0..values).map(first).collect(), nodes: vec![0.0; corpus.paths.nodes() * corpus.size] };
        let training =
            Training { params: self.params, words, corpus: Arc::new(corpus), weights: Arc::new(weights), iteration: 0 };
        if training.corpus.iterations == 0 {
            let (model, report) = training.finish();
            return Ok(Step::Done(model, report));
        }
        Ok(Step::Then(Box::new(training)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "passes" }
    }
}

/// The iterations.
struct Training {
    params: Params,
    words: Vec<String>,
    corpus: Arc<Corpus>,
    weights: Arc<Weights>,
    iteration: u32,
}

impl Training {
    fn finish(self) -> (Box<dyn crate::Transformer>, FitReport) {
        let vectors = Arc::unwrap_or_clone(self.weights).words;
        let model = WordVectors::new(self.words, self.corpus.size, vectors);
        let report = FitReport { iterations: u64::from(self.iteration), ..FitReport::default() };
        (Box::new(Staged::new(self.params, model)), report)
    }
}

impl Fit for Training {
    type Pass = LearnWords;

    fn pass(&self) -> LearnWords {
        LearnWords { corpus: self.corpus.clone(), weights: self.weights.clone(), iteration: self.iteration }
    }

    fn absorb(mut self, merged: Learned) -> Result<Step<Self>> {
        self.weights = Arc::new(merged.mean(&self.weights));
        self.iteration += 1;
        if self.iteration < self.corpus.iterations {
            return Ok(Step::Again(self));
        }
        let (model, report) = self.finish();
        Ok(Step::Done(model, report))
    }

    fn progress(&self) -> Progress {
        Progress { done: u64::from(self.iteration), total: u64::from(self.corpus.iterations), unit: "iterations" }
    }
}
