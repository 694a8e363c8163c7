//! Forward and backward through the layers, 64 rows side by side: every weight meets a whole tile of rows at once, and the
//! gradient of a weight is one product of two tiles.

use super::layers::{Affine, Layers};
use super::rows::{PlainRows, Spec};
use crate::instances::LabelKind;
use crate::linear::exponential::{exp, ln_from_one};
use crate::linear::vectorized::{self, Kernel, LANES, Lanes};
use crate::{Merge, Pass};
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Cross entropy and its gradient at these weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PerceptronPass {
    pub layers: Layers,
    pub weights: Vec<f64>,
}

/// Sums over rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientSum {
    pub rows: u64,
    pub loss: f64,
    /// Laid out as the weights.
    pub gradient: Vec<f64>,
}

impl Merge for GradientSum {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.loss += other.loss;
        for (sum, value) in self.gradient.iter_mut().zip(other.gradient) {
            *sum += value;
        }
    }
}

impl Pass for PerceptronPass {
    const NAME: &'static str = "perceptron-gradient";
    type View = PlainRows;
    type Memo = ();
    type Acc = GradientSum;

    fn spec(&self) -> Arc<Spec> {
        let classes = u32::try_from(self.layers.outputs()).unwrap_or(u32::MAX);
        Arc::new(Spec { width: self.layers.inputs(), labels: LabelKind::Class { classes } })
    }

    fn zero(&self) -> GradientSum {
        GradientSum { rows: 0, loss: 0.0, gradient: vec![0.0; self.weights.len()] }
    }

    fn update(&self, acc: &mut GradientSum, rows: &PlainRows, _: &mut ()) -> Result<()> {
        if self.weights.len() != self.layers.weights() {
            return Err(Failure::internal("weights do not fit their layers"));
        }
        acc.merge(vectorized::run(Work { rows, layers: &self.layers, weights: &self.weights }));
        Ok(())
    }
}

struct Work<'a> {
    rows: &'a PlainRows,
    layers: &'a Layers,
    weights: &'a [f64],
}

impl Kernel for Work<'_> {
    type Output = GradientSum;

    #[inline(always)]
    fn run(self) -> GradientSum {
        let affine = self.layers.split(self.weights);
        // What each layer gives, the input first; and the loss's derivatives by what enters each layer's activation.
        let mut outputs: Vec<Vec<Lanes>> = self.layers.sizes().iter().map(|size| vec![[0.0; LANES]; *size]).collect();
        let mut deltas: Vec<Vec<Lanes>> = affine.iter().map(|layer| vec![[0.0; LANES]; layer.outputs]).collect();
        let mut sum = GradientSum { rows: self.rows.count as u64, loss: 0.0, gradient: vec![0.0; self.weights.len()] };
        let last = affine.len() - 1;
        for tile in 0..self.rows.rows.tiles() {
            self.rows.write_tile(tile, &mut outputs[0]);
            for (index, layer) in affine.iter().enumerate() {
                let (before, after) = outputs.split_at_mut(index + 1);
                forward(layer, &before[index], &mut after[0]);
                if index < last {
                    after[0].iter_mut().for_each(sigmoid);
                }
            }
            let lanes = self.rows.lanes(tile);
            sum.loss += cross_entropy(&outputs[last + 1], &self.rows.rows.labels[tile], lanes, &mut deltas[last]);
            for index in (0..last).rev() {
                let (before, after) = deltas.split_at_mut(index + 1);
                backward(&affine[index + 1], &after[0], &outputs[index + 1], &mut before[index]);
            }
            let mut rest = sum.gradient.as_mut_slice();
            for (index, layer) in affine.iter().enumerate() {
                let (matrix, after) = rest.split_at_mut(layer.inputs * layer.outputs);
                let (bias, after) = after.split_at_mut(layer.outputs);
                rest = after;
                add_gradient(layer, &deltas[index], &outputs[index], matrix, bias);
            }
        }
        sum
    }
}

/// `bias + matrix · input`, input by input.
#[inline(always)]
fn forward(layer: &Affine<'_>, input: &[Lanes], output: &mut [Lanes]) {
    for (number, (output, bias)) in output.iter_mut().zip(layer.bias).enumerate() {
        let mut sum = [*bias; LANES];
        for (input, weights) in input.iter().zip(layer.matrix.chunks_exact(layer.outputs)) {
            let weight = weights[number];
            for (sum, input) in sum.iter_mut().zip(input) {
                *sum += weight * input;
            }
        }
        *output = sum;
    }
}

#[inline(always)]
fn sigmoid(lanes: &mut Lanes) {
    lanes.iter_mut().for_each(|value| *value = 1.0 / (1.0 + exp(-*value)));
}

/// The loss of a tile, and its derivatives: probabilities less the one hot labels. Lanes beyond the rows have none.
#[inline(always)]
fn cross_entropy(scores: &[Lanes], labels: &Lanes, lanes: usize, deltas: &mut [Lanes]) -> f64 {
    let mut highest = [f64::NEG_INFINITY; LANES];
    let mut of_label = [0.0; LANES];
    for (class, scores) in scores.iter().enumerate() {
        for lane in 0..LANES {
            highest[lane] = if scores[lane] > highest[lane] { scores[lane] } else { highest[lane] };
            of_label[lane] = if labels[lane] == class as f64 { scores[lane] } else { of_label[lane] };
        }
    }
    let mut totals = [0.0; LANES];
    for (delta, scores) in deltas.iter_mut().zip(scores) {
        for lane in 0..LANES {
            delta[lane] = exp(scores[lane] - highest[lane]);
            totals[lane] += delta[lane];
        }
    }
    for (class, delta) in deltas.iter_mut().enumerate() {
        for lane in 0..LANES {
            let hit = if labels[lane] == class as f64 { 1.0 } else { 0.0 };
            delta[lane] = if lane < lanes { delta[lane] / totals[lane] - hit } else { 0.0 };
        }
    }
    (0..lanes).map(|lane| ln_from_one(totals[lane]) - (of_label[lane] - highest[lane])).sum()
}

/// Derivatives by what entered the sigmoids whose outputs are given: through the layer above, times `output (1 - output)`.
#[inline(always)]
fn backward(above: &Affine<'_>, deltas: &[Lanes], outputs: &[Lanes], out: &mut [Lanes]) {
    let columns = above.matrix.chunks_exact(above.outputs);
    for ((out, output), weights) in out.iter_mut().zip(outputs).zip(columns) {
        let mut sum = [0.0; LANES];
        for (delta, weight) in deltas.iter().zip(weights) {
            for (sum, delta) in sum.iter_mut().zip(delta) {
                *sum += weight * delta;
            }
        }
        for lane in 0..LANES {
            out[lane] = sum[lane] * ((1.0 - output[lane]) * output[lane]);
        }
    }
}

#[inline(always)]
fn add_gradient(layer: &Affine<'_>, deltas: &[Lanes], inputs: &[Lanes], matrix: &mut [f64], bias: &mut [f64]) {
    for (input, column) in inputs.iter().zip(matrix.chunks_exact_mut(layer.outputs)) {
        for (delta, sum) in deltas.iter().zip(column) {
            let mut products = [0.0; LANES];
            for lane in 0..LANES {
                products[lane] = delta[lane] * input[lane];
            }
            *sum += vectorized::sum(&products);
        }
    }
    for (delta, sum) in deltas.iter().zip(bias) {
        *sum += vectorized::sum(delta);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::dense_column;
    use crate::{Block, View};
    use arrow_array::Float64Array;

    #[test]
    fn gradients_are_differences_of_losses() {
        let values: Vec<f64> = (0..70 * 3).map(|index| f64::from(index * 37 % 23) / 11.0 - 1.0).collect();
        let labels: Float64Array = (0..70).map(|row| f64::from(row % 3)).collect();
        let columns = vec![dense_column(3, values), Arc::new(labels) as _];
        let block = Block { partition: 0, first_row: 0, rows: 70, columns };
        let layers: Layers = serde_json::from_str("[3, 4, 2, 3]").unwrap();
        let weights = layers.start(7);
        let loss = |weights: &[f64]| {
            let pass = PerceptronPass { layers: layers.clone(), weights: weights.to_vec() };
            let mut sum = pass.zero();
            pass.update(&mut sum, &PlainRows::build(&block, &pass.spec()).unwrap(), &mut ()).unwrap();
            sum
        };
        let at = loss(&weights);
        assert_eq!(at.rows, 70);
        for index in 0..weights.len() {
            let moved = |by: f64| {
                let mut weights = weights.clone();
                weights[index] += by;
                loss(&weights).loss
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - at.gradient[index]).abs() < 1e-6, "{index}: {slope} {}", at.gradient[index]);
        }
    }
}
