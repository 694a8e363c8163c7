//! Online variational Bayes (Hoffman, Blei and Bach 2010): each iteration infers a sample of the documents and moves
//! the topics a little towards what they tell.

use super::estimator::Training;
use super::inference::{Inference, TopicTerms};
use super::model::LocalLdaModel;
use super::special::{digamma, dirichlet_expectation, gamma, trigamma};
use super::topic_terms::Topics;
use crate::Block;
use crate::fit::{Fit, FitReport, Merge, Pass, Progress, Step};
use crate::instances::{Features, check_size};
use crate::random::{Draws, mix, unit};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Infers the documents that the key draws.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OnlinePass {
    topics: Arc<TopicTerms>,
    alpha: Vec<f64>,
    /// Of the documents to draw.
    fraction: f64,
    key: u64,
}

/// What the drawn documents tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Documents drawn.
    documents: u64,
    /// Those of them with terms.
    inferred: u64,
    /// `[terms, topics]`, row by row.
    counts: Vec<f64>,
    /// Σ E[ln θ] by topic.
    log_theta: Vec<f64>,
}

impl Merge for Told {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        self.inferred += other.inferred;
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, other)| *sum += other);
        self.log_theta.iter_mut().zip(&other.log_theta).for_each(|(sum, other)| *sum += other);
    }
}

impl Pass for OnlinePass {
    const NAME: &'static str = "lda.online";
    type View = Block;
    type Memo = ();
    type Acc = Told;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Told {
        let counts = vec![0.0; self.topics.values.len()];
        Told { documents: 0, inferred: 0, counts, log_theta: vec![0.0; self.topics.topics] }
    }

    fn update(&self, acc: &mut Told, block: &Block, (): &mut ()) -> Result<()> {
        if block.rows == 0 {
            return Ok(());
        }
        let features = Features::of(block, 0)?;
        check_size(features.size(), self.topics.terms())?;
        let topics = self.topics.topics;
        let mut inference = Inference::new(topics);
        for row in 0..block.rows {
            if unit(mix(self.key ^ mix(block.first_row + row as u64))) >= self.fraction {
                continue;
            }
            acc.documents += 1;
            if !inference.infer(features.row(row), &self.topics, &self.alpha) {
                continue;
            }
            acc.inferred += 1;
            for (term, ratio) in &inference.ratios {
                let counts = &mut acc.counts[term * topics..][..topics];
                counts.iter_mut().zip(&inference.theta).for_each(|(count, theta)| *count += ratio * theta);
            }
            dirichlet_expectation(&mut inference.gamma);
            acc.log_theta.iter_mut().zip(&inference.gamma).for_each(|(sum, log)| *sum += log);
        }
        Ok(())
    }
}

/// A training between two iterations.
pub struct OnlineFit {
    training: Training,
    topics: Topics,
    likely: Arc<TopicTerms>,
    /// Iterations asked for, with or without documents.
    done: u64,
    /// Those that had documents.
    steps: u64,
}

/// The topics start close to equal: weights of a gamma distribution of mean 1 and this shape.
const START_SHAPE: f64 = 100.0;

impl OnlineFit {
    pub fn new(training: Training, terms: usize) -> Self {
        let mut draws = Draws::new(training.settings.seed);
        let mut topics = Topics::empty(&training.settings);
        topics.weights = (0..terms * topics.topics).map(|_| gamma(START_SHAPE, &mut draws) / START_SHAPE).collect();
        let likely = Arc::new(TopicTerms::of(&topics.weights, topics.topics));
        Self { training, topics, likely, done: 0, steps: 0 }
    }

    fn step(&mut self, told: &Told) {
        let settings = &self.training.settings;
        self.steps += 1;
        let rate = (settings.offset + self.steps as f64).powf(-settings.decay);
        let drawn = (settings.fraction * self.training.documents as f64).ceil();
        let scale = self.training.documents as f64 / drawn;
        for ((weight, count), likely) in self.topics.weights.iter_mut().zip(&told.counts).zip(&self.likely.values) {
            *weight = (1.0 - rate) * *weight + rate * (count * likely * scale + self.topics.eta);
        }
        if settings.optimizes_alpha && told.inferred > 0 {
            self.optimize_alpha(told, rate);
        }
        self.likely = Arc::new(TopicTerms::of(&self.topics.weights, self.topics.topics));
    }

    /// A step of Newton's method (Huang, *Maximum Likelihood Estimation of Dirichlet Distribution Parameters*, 3.3).
    fn optimize_alpha(&mut self, told: &Told, rate: f64) {
        let alpha = &mut self.topics.alpha;
        let count = told.inferred as f64;
        let total: f64 = alpha.iter().sum();
        let log_total = digamma(total);
        let gradient: Vec<f64> = alpha
            .iter()
            .zip(&told.log_theta)
            .map(|(alpha, log_theta)| count * (log_theta / count - (digamma(*alpha) - log_total)))
            .collect();
        let q: Vec<f64> = alpha.iter().map(|alpha| -count * trigamma(*alpha)).collect();
        let c = count * trigamma(total);
        let numerator: f64 = gradient.iter().zip(&q).map(|(gradient, q)| gradient / q).sum();
        let b = numerator / (1.0 / c + q.iter().map(|q| 1.0 / q).sum::<f64>());
        let moved: Vec<f64> = alpha
            .iter()
            .zip(gradient.iter().zip(&q))
            .map(|(alpha, (gradient, q))| alpha - rate * (gradient - b) / q)
            .collect();
        if moved.iter().all(|alpha| *alpha > 0.0) {
            *alpha = moved;
        }
    }
}

impl Fit for OnlineFit {
    type Pass = OnlinePass;

    fn pass(&self) -> OnlinePass {
        let settings = &self.training.settings;
        let key = mix(settings.seed ^ mix(self.done + 1));
        // After the last iteration nothing is drawn.
        let fraction = if self.done < settings.max_iterations { settings.fraction } else { 0.0 };
        OnlinePass { topics: self.likely.clone(), alpha: self.topics.alpha.clone(), fraction, key }
    }

    fn progress(&self) -> Progress {
        self.training.progress(self.done)
    }

    fn absorb(mut self, told: Told) -> Result<Step<Self>> {
        if told.documents > 0 {
            self.step(&told);
        }
        self.done += 1;
        if self.done < self.training.settings.max_iterations {
            return Ok(Step::Again(self));
        }
        let report = FitReport { iterations: self.training.settings.max_iterations, ..FitReport::default() };
        Ok(Step::Done(Box::new(LocalLdaModel::new(self.training.params, self.topics)), report))
    }
}
