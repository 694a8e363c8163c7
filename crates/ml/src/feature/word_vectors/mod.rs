//! `Word2Vec`: words to vectors that predict the words around them (Mikolov and others, 2013): skip-grams with a
//! hierarchical softmax. Blocks of rows learn on their own, and an iteration ends with the mean of what they learned.

mod estimator;
mod huffman;
mod model;
mod training;

use crate::Registry;

pub fn register(registry: &mut Registry) {
    registry.pass::<training::LearnWords>();
    estimator::register(registry);
    crate::feature::stage::register_model::<model::WordVectors>(registry);
}
