//! Expectation and maximisation (Asuncion and others 2009), as Spark does it on a graph: every token's topics follow
//! from its document's and its term's counts, and both counts from the tokens.

use super::corpus::Corpus;
use super::distributed::DistributedLdaModel;
use super::estimator::Training;
use super::topic_terms::Topics;
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::random::Draws;
use crate::turn::{Nothing, TurnPass};
use brickyard_error::Result;
use rayon::prelude::*;

/// A training between two iterations. It works where it is, over the gathered documents.
pub struct EmFit {
    training: Training,
    corpus: Corpus,
    state: Counts,
    done: u64,
}

/// Expected numbers of tokens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    /// `[documents, topics]`.
    pub by_document: Vec<f64>,
    /// `[terms, topics]`.
    pub by_term: Vec<f64>,
    pub by_topic: Vec<f64>,
}

/// Parts that the documents are split into, on any number of threads; their sums are added in order.
const PARTS: usize = 8;

impl Counts {
    /// From each entry's topics, which `topics_of` writes: document, entry, and where to write.
    fn of(corpus: &Corpus, terms: usize, topics: usize, topics_of: impl Fn(usize, usize, &mut [f64]) + Sync) -> Self {
        let documents = corpus.documents();
        let part = |part: usize| {
            let range = documents * part / PARTS..documents * (part + 1) / PARTS;
            let mut by_document = vec![0.0; range.len() * topics];
            let mut by_term = vec![0.0; terms * topics];
            let mut share = vec![0.0; topics];
            for (document, sums) in range.zip(by_document.chunks_exact_mut(topics)) {
                for entry in corpus.document(document) {
                    topics_of(document, entry, &mut share);
                    let scale = corpus.counts[entry] / share.iter().sum::<f64>();
                    let of_term = &mut by_term[corpus.terms[entry] as usize * topics..][..topics];
                    for ((share, sum), of_term) in share.iter().zip(sums.iter_mut()).zip(of_term) {
                        *sum += share * scale;
                        *of_term += share * scale;
                    }
                }
            }
            (by_document, by_term)
        };
        let parts: Vec<(Vec<f64>, Vec<f64>)> = (0..PARTS).into_par_iter().map(part).collect();
        let mut counts =
            Self { by_document: Vec::new(), by_term: vec![0.0; terms * topics], by_topic: vec![0.0; topics] };
        for (by_document, by_term) in parts {
            counts.by_document.extend(by_document);
            counts.by_term.iter_mut().zip(by_term).for_each(|(sum, other)| *sum += other);
        }
        for row in counts.by_term.chunks_exact(topics) {
            counts.by_topic.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
        counts
    }
}

impl EmFit {
    /// Every token starts with random topics.
    pub fn new(training: Training, corpus: Corpus, terms: usize) -> Self {
        let (topics, seed) = (training.settings.topics, training.settings.seed);
        let random = |_: usize, entry: usize, share: &mut [f64]| {
            let mut draws = Draws::new(seed ^ crate::random::mix(entry as u64));
            share.iter_mut().for_each(|share| *share = draws.unit());
        };
        let state = Counts::of(&corpus, terms, topics, random);
        Self { training, corpus, state, done: 0 }
    }

    fn next(&self) -> Counts {
        let settings = &self.training.settings;
        let (topics, counts) = (settings.topics, &self.state);
        let terms = counts.by_term.len() / topics;
        let (eta, alpha) = (settings.eta - 1.0, settings.alpha.first().map_or(0.0, |alpha| alpha - 1.0));
        let scales: Vec<f64> = counts.by_topic.iter().map(|total| 1.0 / (total + terms as f64 * eta)).collect();
        let topics_of = |document: usize, entry: usize, share: &mut [f64]| {
            let of_document = &counts.by_document[document * topics..][..topics];
            let of_term = &counts.by_term[self.corpus.terms[entry] as usize * topics..][..topics];
            for (index, share) in share.iter_mut().enumerate() {
                *share = (of_term[index] + eta) * (of_document[index] + alpha) * scales[index];
            }
        };
        Counts::of(&self.corpus, terms, topics, topics_of)
    }
}

impl Fit for EmFit {
    type Pass = TurnPass;

    fn pass(&self) -> TurnPass {
        TurnPass
    }

    fn progress(&self) -> Progress {
        self.training.progress(self.done)
    }

    fn absorb(mut self, _: Nothing) -> Result<Step<Self>> {
        if self.done < self.training.settings.max_iterations {
            self.state = self.next();
            self.done += 1;
        }
        if self.done < self.training.settings.max_iterations {
            return Ok(Step::Again(self));
        }
        let topics = Topics { weights: self.state.by_term, ..Topics::empty(&self.training.settings) };
        let model = DistributedLdaModel::new(self.training.params, topics, self.corpus, self.state.by_document);
        Ok(Step::Done(Box::new(model), FitReport { iterations: self.done, ..FitReport::default() }))
    }
}
