//! One iteration over the sentences: every block starts from the same vectors, and the mean of what blocks learned is the
//! next start.

use super::huffman::Paths;
use crate::Block;
use crate::feature::word_lists::WordLists;
use crate::fit::{Merge, Pass};
use crate::random::{Draws, mix};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Scores beyond which a decision is sure, and nothing is learned from it.
const SURE: f32 = 6.0;

/// What does not change from iteration to iteration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Corpus {
    pub column: String,
    /// Word → number, by falling frequency.
    pub numbers: HashMap<String, u32>,
    pub paths: Paths,
    /// Length of a vector.
    pub size: usize,
    pub window: usize,
    pub longest_sentence: usize,
    pub step: f32,
    pub iterations: u32,
    pub seed: u64,
}

/// Vectors of words and of the tree's inner nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// `[words, size]`.
    pub words: Vec<f32>,
    /// `[nodes, size]`.
    pub nodes: Vec<f32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LearnWords {
    pub corpus: Arc<Corpus>,
    pub weights: Arc<Weights>,
    /// From 0.
    pub iteration: u32,
}

/// Sums of the vectors that blocks changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Learned {
    sums: Weights,
    /// How many blocks changed each word, and each node.
    words_changed: Vec<u32>,
    nodes_changed: Vec<u32>,
}

impl Learned {
    /// The mean where a block changed something, else the vectors as they were.
    pub fn mean(self, before: &Weights) -> Weights {
        let size = before.words.len() / self.words_changed.len().max(1);
        let of = |mut sums: Vec<f32>, changed: &[u32], before: &[f32]| {
            let rows = sums.chunks_exact_mut(size.max(1)).zip(before.chunks_exact(size.max(1)));
            for ((sum, before), changed) in rows.zip(changed) {
                match changed {
                    0 => sum.copy_from_slice(before),
                    blocks => sum.iter_mut().for_each(|value| *value /= *blocks as f32),
                }
            }
            sums
        };
        Weights {
            words: of(self.sums.words, &self.words_changed, &before.words),
            nodes: of(self.sums.nodes, &self.nodes_changed, &before.nodes),
        }
    }
}

fn add<T: Copy + std::ops::AddAssign>(into: &mut [T], from: &[T]) {
    into.iter_mut().zip(from).for_each(|(sum, more)| *sum += *more);
}

impl Merge for Learned {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        add(&mut self.sums.words, &other.sums.words);
        add(&mut self.sums.nodes, &other.sums.nodes);
        add(&mut self.words_changed, &other.words_changed);
        add(&mut self.nodes_changed, &other.nodes_changed);
    }
}

impl Pass for LearnWords {
    const NAME: &'static str = "feature/learn-words";
    type View = Block;
    type Memo = ();
    type Acc = Learned;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Learned {
        let (words, nodes) = (self.corpus.numbers.len(), self.corpus.paths.nodes());
        let size = self.corpus.size;
        Learned {
            sums: Weights { words: vec![0.0; words * size], nodes: vec![0.0; nodes * size] },
            words_changed: vec![0; words],
            nodes_changed: vec![0; nodes],
        }
    }

    fn update(&self, acc: &mut Learned, rows: &Block, (): &mut ()) -> Result<()> {
        let sentences = self.sentences(rows)?;
        let words_in_block: usize = sentences.iter().map(Vec::len).sum();
        if words_in_block == 0 {
            return Ok(());
        }
        let mut learner = Learner::new(self, rows.first_row);
        let mut seen = 0;
        for sentence in &sentences {
            let share = seen as f32 / words_in_block as f32;
            learner.sentence(sentence, self.step(share));
            seen += sentence.len();
        }
        learner.give(acc);
        Ok(())
    }
}

impl LearnWords {
    /// The numbers of the known words, in pieces of the longest sentence.
    fn sentences(&self, rows: &Block) -> Result<Vec<Vec<u32>>> {
        let lists = WordLists::of(&self.corpus.column, rows.column(0)?)?;
        let mut sentences = Vec::new();
        for row in 0..lists.rows() {
            let known = lists.row(row)?.flatten().filter_map(|word| self.corpus.numbers.get(word).copied());
            let known: Vec<u32> = known.collect();
            sentences.extend(known.chunks(self.corpus.longest_sentence).map(<[u32]>::to_vec));
        }
        Ok(sentences)
    }

    /// The step falls evenly over all iterations, but not to nothing.
    fn step(&self, share_of_block: f32) -> f32 {
        let done = (self.iteration as f32 + share_of_block) / self.corpus.iterations as f32;
        self.corpus.step * (1.0 - done).max(1e-4)
    }
}

/// One block's vectors while it learns.
struct Learner<'a> {
    corpus: &'a Corpus,
    weights: Weights,
    words_changed: Vec<bool>,
    nodes_changed: Vec<bool>,
    draws: Draws,
    gradient: Vec<f32>,
}

impl<'a> Learner<'a> {
    fn new(pass: &'a LearnWords, first_row: u64) -> Self {
        let corpus = pass.corpus.as_ref();
        Self {
            corpus,
            weights: pass.weights.as_ref().clone(),
            words_changed: vec![false; corpus.numbers.len()],
            nodes_changed: vec![false; corpus.paths.nodes()],
            draws: Draws::new(mix(corpus.seed ^ mix(u64::from(pass.iteration))) ^ first_row),
            gradient: vec![0.0; corpus.size],
        }
    }

    /// Every word predicts those around it, in a window of random width.
    fn sentence(&mut self, sentence: &[u32], step: f32) {
        let window = self.corpus.window;
        for (place, word) in sentence.iter().enumerate() {
            let width = window - self.draws.below(window);
            let (first, last) = (place.saturating_sub(width), (place + width).min(sentence.len() - 1));
            for neighbour in (first..=last).filter(|neighbour| *neighbour != place) {
                self.pair(sentence[neighbour], *word, step);
            }
        }
    }

    /// The vector of `given` is to find the path to `word`.
    fn pair(&mut self, given: u32, word: u32, step: f32) {
        let size = self.corpus.size;
        let vector = &mut self.weights.words[given as usize * size..][..size];
        self.gradient.fill(0.0);
        for (node, turn) in self.corpus.paths.of_word(word) {
            let decision = &mut self.weights.nodes[*node as usize * size..][..size];
            let score: f32 = vector.iter().zip(decision.iter()).map(|(a, b)| a * b).sum();
            if score.abs() >= SURE {
                continue;
            }
            let target = if *turn { 0.0 } else { 1.0 };
            let error = (target - 1.0 / (1.0 + (-score).exp())) * step;
            for ((gradient, decision), value) in self.gradient.iter_mut().zip(decision).zip(vector.iter()) {
                *gradient += error * *decision;
                *decision += error * value;
            }
            self.nodes_changed[*node as usize] = true;
        }
        add(vector, &self.gradient);
        self.words_changed[given as usize] = true;
    }

    fn give(self, acc: &mut Learned) {
        let size = self.corpus.size;
        let sums = [
            (&mut acc.sums.words, &mut acc.words_changed, &self.weights.words, &self.words_changed),
            (&mut acc.sums.nodes, &mut acc.nodes_changed, &self.weights.nodes, &self.nodes_changed),
        ];
        for (sums, counts, learned, changed) in sums {
            for (row, _) in changed.iter().enumerate().filter(|(_, changed)| **changed) {
                add(&mut sums[row * size..][..size], &learned[row * size..][..size]);
                counts[row] += 1;
            }
        }
    }
}
