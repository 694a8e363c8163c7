//! The shape of a perceptron and where each layer's weights stand in the vector of all weights.

use crate::Params;
use crate::Value;
use crate::random::java::XorShiftRandom;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// Sizes from the input to the output, at least two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers(Vec<usize>);

/// One affine layer's part of the weights.
#[derive(Debug, Clone, Copy)]
pub struct Affine<'a> {
    pub inputs: usize,
    pub outputs: usize,
    /// Column-major `[output, input]`: the weights of one input stand together.
    pub matrix: &'a [f64],
    pub bias: &'a [f64],
}

impl Layers {
    pub fn of(params: &Params) -> Result<Self> {
        match params.get("layers") {
            Some(Value::Ints(sizes)) => Ok(Self(sizes.iter().map(|size| size.unsigned_abs() as usize).collect())),
            _ => {
                let text = "Failed to find a default value for layers";
                Err(Failure::new(&codes::ml::PARAMETER_MISSING, text))
            }
        }
    }

    pub fn sizes(&self) -> &[usize] {
        &self.0
    }

    pub fn inputs(&self) -> usize {
        self.0.first().copied().unwrap_or(0)
    }

    pub fn outputs(&self) -> usize {
        self.0.last().copied().unwrap_or(0)
    }

    /// How many weights there are.
    pub fn weights(&self) -> usize {
        self.0.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }

    /// The layers' parts of the weights, from the input to the output.
    pub fn split<'a>(&self, weights: &'a [f64]) -> Vec<Affine<'a>> {
        let mut rest = weights;
        let mut parts = Vec::with_capacity(self.0.len());
        for pair in self.0.windows(2) {
            let (inputs, outputs) = (pair[0], pair[1]);
            let (matrix, after) = rest.split_at(inputs * outputs);
            let (bias, after) = after.split_at(outputs);
            rest = after;
            parts.push(Affine { inputs, outputs, matrix, bias });
        }
        parts
    }

    /// Spark's random start: uniform within ±2.4 divided by the number of a layer's inputs.
    pub fn start(&self, seed: i64) -> Vec<f64> {
        let mut random = XorShiftRandom::new(seed);
        let mut weights = Vec::with_capacity(self.weights());
        for pair in self.0.windows(2) {
            let inputs = pair[0] as f64;
            weights.extend((0..(pair[0] + 1) * pair[1]).map(|_| (random.unit() * 4.8 - 2.4) / inputs));
        }
        weights
    }
}
