//! `evaluateEachIteration`: the mean error of a boosted model's first tree, its first two, and so on, over a frame.

use super::loss::Loss;
use crate::boosting::BoostingModel;
use crate::fit::{Merge, Pass};
use crate::instances::{Features, LabelKind, check_size, check_weight, number};
use crate::tree::model::TreeModel;
use crate::tree::node::Tree;
use crate::{AnyAcc, AnyPass, Block, Input, Transformer};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::sync::Arc;

/// How the errors of a model's iterations are found: run `pass` over `inputs` of a frame, and `finish` what it merged.
pub struct IterationErrors {
    inputs: Vec<Input>,
    pass: Arc<dyn AnyPass>,
}

impl IterationErrors {
    /// Of a pass that sums up [`ErrorSums`].
    pub(crate) fn new(inputs: Vec<Input>, pass: Arc<dyn AnyPass>) -> Self {
        Self { inputs, pass }
    }

    /// `loss` is Spark's name: `squared` or `absolute` for regression; nothing, or `logistic`, for classification. Our own
    /// models have the loss that they were trained with.
    ///
    /// # Errors
    /// The model is not boosted, or has no such loss.
    pub fn of(model: &dyn Transformer, loss: Option<&str>) -> Result<Self> {
        if let Some(own) = (model as &dyn Any).downcast_ref::<BoostingModel>().filter(|_| loss.is_none()) {
            return own.iteration_errors();
        }
        let of_trees: Option<&TreeModel> = (model as &dyn Any).downcast_ref();
        let Some(boosted) = of_trees.filter(|model| model.is_boosted()) else {
            return Err(crate::transform::no_attribute(model.class(), "evaluateEachIteration"));
        };
        let params = model.params();
        let loss = loss.map_or_else(|| params.text("lossType"), |loss| Ok(loss.to_owned()))?;
        let parsed = Loss::parse(&loss.to_lowercase());
        let classification = boosted.classes() > 0;
        let parsed = parsed.filter(|loss| (*loss == Loss::Logistic) == classification).ok_or_else(|| {
            let text = format!("{} parameter lossType given invalid value {loss}.", params.uid());
            crate::instances::illegal(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
        })?;
        let walks = boosted.trees().iter().map(PlainTree::of);
        let mut inputs = vec![Input::vector(&params.text("featuresCol")?), Input::number(&params.text("labelCol")?)];
        inputs.extend(params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        let pass = IterationErrorsPass {
            trees: Arc::new(walks.collect()),
            tree_weights: boosted.tree_weights().to_vec(),
            features: boosted.features(),
            classification,
            loss: parsed,
        };
        Ok(Self::new(inputs, Arc::new(pass)))
    }

    /// # Errors
    /// The frame lacks a column that is read.
    pub fn inputs(&self, schema: &Schema) -> Result<&[Input]> {
        self.inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(&self.inputs)
    }

    pub fn pass(&self) -> Arc<dyn AnyPass> {
        self.pass.clone()
    }

    /// The weighted mean error after each iteration; NaN without rows.
    pub fn finish(&self, merged: AnyAcc) -> Result<Vec<f64>> {
        let sums: Box<ErrorSums> =
            merged.downcast().map_err(|_| Failure::internal("the sums are not those of iterations"))?;
        Ok(sums.errors.iter().map(|error| error / sums.weight).collect())
    }
}

/// A tree as a message: what a row needs to find its prediction.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PlainTree {
    nodes: Vec<PlainNode>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum PlainNode {
    Leaf(f64),
    Cut { feature: u32, threshold: f64, children: [u32; 2] },
    Set { feature: u32, left: Vec<u32>, categories: u64, children: [u32; 2] },
}

impl PlainTree {
    fn of(tree: &Tree) -> Self {
        use crate::tree::node::Split;
        let node =
            |node: &crate::tree::node::Node| match node.inner.as_ref().map(|inner| (&inner.split, inner.children)) {
                None => PlainNode::Leaf(node.prediction),
                Some((Split::Continuous { feature, threshold }, children)) => {
                    PlainNode::Cut { feature: *feature, threshold: *threshold, children }
                }
                Some((Split::Categorical { feature, left, categories }, children)) => {
                    PlainNode::Set { feature: *feature, left: left.clone(), categories: *categories as u64, children }
                }
            };
        Self { nodes: tree.nodes.iter().map(node).collect() }
    }

    fn predict(&self, features: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            let (left, children) = match &self.nodes[at] {
                PlainNode::Leaf(prediction) => return *prediction,
                PlainNode::Cut { feature, threshold, children } => {
                    (features[*feature as usize] <= *threshold, children)
                }
                PlainNode::Set { feature, left, categories, children } => {
                    let goes = crate::tree::node::goes_left(features[*feature as usize], left, *categories as usize);
                    (goes, children)
                }
            };
            at = children[usize::from(!left)] as usize;
        }
    }
}

/// Inputs are features, label and, if there is one, weight.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IterationErrorsPass {
    trees: Arc<Vec<PlainTree>>,
    tree_weights: Vec<f64>,
    features: usize,
    classification: bool,
    loss: Loss,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ErrorSums {
    /// Weighted, by iteration.
    pub errors: Vec<f64>,
    pub weight: f64,
}

impl Merge for ErrorSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.errors.iter_mut().zip(&other.errors).for_each(|(sum, error)| *sum += error);
        self.weight += other.weight;
    }
}

impl Pass for IterationErrorsPass {
    const NAME: &'static str = "tree.iteration_errors";
    type View = Block;
    type Memo = ();
    type Acc = ErrorSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> ErrorSums {
        ErrorSums { errors: vec![0.0; self.trees.len()], weight: 0.0 }
    }

    fn update(&self, acc: &mut ErrorSums, block: &Block, (): &mut ()) -> Result<()> {
        let features = Features::of(block, 0)?;
        if block.rows > 0 {
            check_size(features.size(), self.features)?;
        }
        let labels = block.numbers(1)?;
        let weights = if block.columns.len() > 2 { Some(block.numbers(2)?) } else { None };
        let kind = if self.classification { LabelKind::Class { classes: 2 } } else { LabelKind::Real };
        let mut slots = vec![0.0; self.features];
        for row in 0..block.rows {
            let label = self.loss.label(kind.check(number(labels, row))?);
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            features.row(row).write_dense(&mut slots);
            let mut margin = 0.0;
            for ((tree, tree_weight), error) in self.trees.iter().zip(&self.tree_weights).zip(&mut acc.errors) {
                margin += tree.predict(&slots) * tree_weight;
                *error += weight * self.loss.error(margin, label);
            }
            acc.weight += weight;
        }
        Ok(())
    }
}
