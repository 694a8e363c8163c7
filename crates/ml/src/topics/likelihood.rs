//! How likely documents are under a model: the variational bound of Hoffman, Blei and Bach (2010), equation 16.

use super::inference::{Inference, TopicTerms};
use super::special::{digamma, dirichlet_expectation};
use super::topic_terms::Topics;
use crate::instances::{Features, check_size};
use crate::persist::Saved;
use crate::special::ln_gamma;
use crate::transform::no_attribute;
use crate::{AnyAcc, AnyPass, Block, Evaluator, Input, Merge, Params, Pass};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Sums up the documents' part of the bound.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LikelihoodPass {
    topics: Arc<TopicTerms>,
    alpha: Vec<f64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    likelihood: f64,
    tokens: f64,
}

impl Merge for Bound {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.likelihood += other.likelihood;
        self.tokens += other.tokens;
    }
}

impl Pass for LikelihoodPass {
    const NAME: &'static str = "lda.likelihood";
    type View = Block;
    type Memo = ();
    type Acc = Bound;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Bound {
        Bound::default()
    }

    fn update(&self, acc: &mut Bound, block: &Block, (): &mut ()) -> Result<()> {
        if block.rows == 0 {
            return Ok(());
        }
        let features = Features::of(block, 0)?;
        check_size(features.size(), self.topics.terms())?;
        let mut inference = Inference::new(self.topics.topics);
        let mut log_theta = vec![0.0; self.topics.topics];
        let alpha_part =
            ln_gamma(self.alpha.iter().sum()) - self.alpha.iter().map(|alpha| ln_gamma(*alpha)).sum::<f64>();
        for row in 0..block.rows {
            if !inference.infer(features.row(row), &self.topics, &self.alpha) {
                continue;
            }
            log_theta.copy_from_slice(&inference.gamma);
            dirichlet_expectation(&mut log_theta);
            for (term, count) in inference.counts() {
                let likely: f64 =
                    self.topics.row(*term).iter().zip(&log_theta).map(|(beta, log)| beta * log.exp()).sum();
                acc.likelihood += count * likely.ln();
                acc.tokens += count;
            }
            let total: f64 = inference.gamma.iter().sum();
            for ((gamma, alpha), log) in inference.gamma.iter().zip(&self.alpha).zip(&log_theta) {
                acc.likelihood += (alpha - gamma) * log + ln_gamma(*gamma);
            }
            acc.likelihood += alpha_part - ln_gamma(total);
        }
        Ok(())
    }
}

/// The topics' part of the bound.
fn topics_part(topics: &Topics) -> f64 {
    let (count, terms) = (topics.topics, topics.terms() as f64);
    let mut totals = vec![0.0; count];
    for row in topics.weights.chunks_exact(count) {
        totals.iter_mut().zip(row).for_each(|(total, weight)| *total += weight);
    }
    let logs: Vec<f64> = totals.iter().map(|total| digamma(*total)).collect();
    let of_weights: f64 = topics
        .weights
        .chunks_exact(count)
        .flat_map(|row| row.iter().zip(&logs))
        .map(|(weight, log)| {
            (topics.eta - weight) * (digamma(*weight) - log) + ln_gamma(*weight) - ln_gamma(topics.eta)
        })
        .sum();
    of_weights + totals.iter().map(|total| ln_gamma(topics.eta * terms) - ln_gamma(*total)).sum::<f64>()
}

/// The attributes `logLikelihood` and `logPerplexity` of a model.
pub struct LikelihoodEvaluator {
    class: &'static str,
    params: Params,
    topics: Arc<Topics>,
    is_perplexity: bool,
}

/// The evaluator behind an attribute of a model.
pub fn evaluation(
    class: &'static str,
    params: &Params,
    topics: &Arc<Topics>,
    name: &str,
) -> Result<Box<dyn Evaluator>> {
    let is_perplexity = match name {
        "logLikelihood" => false,
        "logPerplexity" => true,
        _ => return Err(no_attribute(class, name)),
    };
    Ok(Box::new(LikelihoodEvaluator { class, params: params.clone(), topics: topics.clone(), is_perplexity }))
}

impl Evaluator for LikelihoodEvaluator {
    fn class(&self) -> &'static str {
        self.class
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        let topics = Arc::new(TopicTerms::of(&self.topics.weights, self.topics.topics));
        Ok(Arc::new(LikelihoodPass { topics, alpha: self.topics.alpha.clone() }))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let bound =
            merged.downcast::<Bound>().map_err(|_| Failure::internal("a likelihood got another pass's sums"))?;
        let likelihood = bound.likelihood + topics_part(&self.topics);
        Ok(if self.is_perplexity { -likelihood / bound.tokens } else { likelihood })
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(!self.is_perplexity)
    }

    fn save(&self) -> Result<Saved> {
        Err(Failure::unsupported("saving an attribute of a model"))
    }
}
