//! What a document is about, given the topics: the variational posterior of Hoffman, Blei and Bach (2010).

use super::special::{digamma, dirichlet_expectation};
use crate::linalg::VectorRef;
use serde::{Deserialize, Serialize};

/// exp E[ln β]: how likely a topic gives a term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicTerms {
    pub topics: usize,
    /// `[terms, topics]`, row by row.
    pub values: Vec<f64>,
}

impl TopicTerms {
    /// From the parameters of the topics, `[terms, topics]`, row by row.
    pub fn of(parameters: &[f64], topics: usize) -> Self {
        let mut totals = vec![0.0; topics];
        for row in parameters.chunks_exact(topics) {
            totals.iter_mut().zip(row).for_each(|(total, value)| *total += value);
        }
        let totals: Vec<f64> = totals.into_iter().map(digamma).collect();
        let values = parameters.chunks_exact(topics).flat_map(|row| row.iter().zip(&totals));
        Self { topics, values: values.map(|(value, total)| (digamma(*value) - total).exp()).collect() }
    }

    pub fn row(&self, term: usize) -> &[f64] {
        &self.values[term * self.topics..][..self.topics]
    }

    pub fn terms(&self) -> usize {
        self.values.len() / self.topics
    }
}

/// Memory of inference, used again from document to document.
#[derive(Debug, Clone)]
pub struct Inference {
    /// The parameters of the document's distribution over topics.
    pub gamma: Vec<f64>,
    /// exp E[ln θ].
    pub theta: Vec<f64>,
    /// Terms that occur, and how often over how likely.
    pub ratios: Vec<(usize, f64)>,
    last: Vec<f64>,
    counts: Vec<(usize, f64)>,
}

/// The document's distribution is found when its parameters move by less than this, on average.
const TOLERANCE: f64 = 1e-3;

/// Documents that do not settle are left where they are; Spark would go on without end.
const MAX_ROUNDS: usize = 10_000;

/// Keeps a term that no topic gives from dividing by zero.
const TINY: f64 = 1e-100;

impl Inference {
    pub fn new(topics: usize) -> Self {
        Self {
            gamma: vec![0.0; topics],
            theta: vec![0.0; topics],
            ratios: Vec::new(),
            last: vec![0.0; topics],
            counts: Vec::new(),
        }
    }

    /// Infers a document; false for one without terms. Every document starts from the same point, so that it gets the
    /// same answer alone as among others.
    pub fn infer(&mut self, document: VectorRef<'_>, topics: &TopicTerms, alpha: &[f64]) -> bool {
        self.counts.clear();
        match document {
            VectorRef::Dense(values) => self.counts.extend(values.iter().copied().enumerate()),
            VectorRef::Sparse { indices, values, .. } => {
                self.counts.extend(indices.iter().map(|index| *index as usize).zip(values.iter().copied()));
            }
        }
        self.counts.retain(|(_, count)| *count != 0.0);
        if self.counts.is_empty() {
            return false;
        }
        self.gamma.fill(1.0);
        self.update(topics);
        for _ in 0..MAX_ROUNDS {
            self.last.copy_from_slice(&self.gamma);
            self.gamma.fill(0.0);
            for (term, ratio) in &self.ratios {
                self.gamma.iter_mut().zip(topics.row(*term)).for_each(|(sum, beta)| *sum += ratio * beta);
            }
            for ((gamma, theta), alpha) in self.gamma.iter_mut().zip(&self.theta).zip(alpha) {
                *gamma = *gamma * theta + alpha;
            }
            self.update(topics);
            let change: f64 = self.gamma.iter().zip(&self.last).map(|(gamma, last)| (gamma - last).abs()).sum();
            if change / alpha.len() as f64 <= TOLERANCE {
                break;
            }
        }
        true
    }

    fn update(&mut self, topics: &TopicTerms) {
        self.theta.copy_from_slice(&self.gamma);
        dirichlet_expectation(&mut self.theta);
        self.theta.iter_mut().for_each(|theta| *theta = theta.exp());
        self.ratios.clear();
        for (term, count) in &self.counts {
            let likely: f64 = topics.row(*term).iter().zip(&self.theta).map(|(beta, theta)| beta * theta).sum();
            self.ratios.push((*term, count / (likely + TINY)));
        }
    }

    /// The counts of the document last inferred.
    pub fn counts(&self) -> &[(usize, f64)] {
        &self.counts
    }
}
