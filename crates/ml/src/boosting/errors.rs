//! `evaluateEachIteration` of our own models: the mean loss after each iteration, over a frame.

use super::model::{BoostingModel, walker};
use super::objective::Objective;
use super::ranking::Ranking;
use super::survey::first_and_last;
use super::tree::Tree;
use crate::fit::Pass;
use crate::instances::{Features, LabelKind, check_size, check_weight, number};
use crate::tree::boost::view::ends_of_runs;
use crate::tree::boost::{ErrorSums, IterationErrors};
use crate::{Block, Input, Transformer};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

impl BoostingModel {
    pub(crate) fn iteration_errors(&self) -> Result<IterationErrors> {
        let (params, learned) = (self.params(), self.learned());
        let mut inputs = vec![Input::vector(&params.text("featuresCol")?), Input::number(&params.text("labelCol")?)];
        inputs.extend(params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        let weighted = inputs.len() > 2;
        let ranking = if learned.objective == Objective::Order { Some(Ranking::of(params)?) } else { None };
        let query = ranking.as_ref().map(|_| inputs.len());
        if ranking.is_some() {
            inputs.push(Input::group(&params.text("queryCol")?));
        }
        let label = match (&ranking, learned.objective.classes()) {
            (Some(ranking), _) => LabelKind::Class { classes: ranking.grades() },
            (None, 0) => LabelKind::Real,
            (None, classes) => LabelKind::Class { classes: classes as u32 },
        };
        let (start, objective, features) = (learned.start.clone(), learned.objective, learned.features);
        let trees = learned.trees.clone();
        let pass = BoostingErrorsPass { trees, start, objective, ranking, features, label, weighted, query };
        Ok(IterationErrors::new(inputs, Arc::new(pass)))
    }
}

/// Inputs are features, label, weight if weighted, and then the query.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoostingErrorsPass {
    trees: Vec<Tree>,
    start: Vec<f64>,
    objective: Objective,
    ranking: Option<Ranking>,
    features: usize,
    label: LabelKind,
    weighted: bool,
    query: Option<usize>,
}

impl Pass for BoostingErrorsPass {
    const NAME: &'static str = "boosting.iteration_errors";
    type View = Block;
    type Memo = ();
    type Acc = ErrorSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> ErrorSums {
        ErrorSums { errors: vec![0.0; self.trees.len() / self.start.len()], weight: 0.0 }
    }

    fn update(&self, acc: &mut ErrorSums, block: &Block, (): &mut ()) -> Result<()> {
        let features = Features::with_missing(block, 0)?;
        if block.rows > 0 {
            check_size(features.size(), self.features)?;
        }
        let labels = block.numbers(1)?;
        let labels = (0..block.rows).map(|row| self.label.check(number(labels, row))).collect::<Result<Vec<f64>>>()?;
        let weights = if self.weighted {
            let weights = block.numbers(2)?;
            (0..block.rows).map(|row| check_weight(number(weights, row))).collect::<Result<_>>()?
        } else {
            vec![1.0; block.rows]
        };
        let mut query_ends = Vec::new();
        if let Some(query) = self.query {
            first_and_last(block, query)?;
            query_ends = ends_of_runs(block.numbers(query)?.values());
        }
        let mut margins: Vec<Vec<f64>> = self.start.iter().map(|start| vec![*start; block.rows]).collect();
        let mut losses = Vec::new();
        for (trees, error) in self.trees.chunks_exact(self.start.len()).zip(&mut acc.errors) {
            for (tree, margins) in trees.iter().zip(&mut margins) {
                let walker = walker(&[tree], self.features);
                walker.add_values(block.rows, |row, slots| features.row(row).write_dense(slots), margins);
            }
            losses = match &self.ranking {
                Some(ranking) => ranking.losses(&query_ends, |_| true, &labels, &weights, &margins[0]),
                None => self.losses(&margins, &labels, &weights),
            };
            *error += losses.iter().map(|(loss, weight)| loss * weight).sum::<f64>();
        }
        acc.weight += losses.iter().map(|(_, weight)| weight).sum::<f64>();
        Ok(())
    }
}

impl BoostingErrorsPass {
    /// Loss and weight of each row.
    fn losses(&self, margins: &[Vec<f64>], labels: &[f64], weights: &[f64]) -> Vec<(f64, f64)> {
        let mut of_row = vec![0.0; margins.len()];
        let mut loss = |row: usize| {
            of_row.iter_mut().zip(margins).for_each(|(of_row, margins)| *of_row = margins[row]);
            self.objective.loss(&of_row, labels[row])
        };
        (0..labels.len()).map(|row| (loss(row), weights[row])).collect()
    }
}
