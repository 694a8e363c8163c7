//! What fitted models of one kind share, whatever they learned: the columns they append and the calls they answer.

pub mod classifier;
pub mod regressor;
