//! What all calls share.

use crate::sessions::{Expiry, Sessions};
use brickyard_engine::Engine;
use brickyard_ml::Registry;
use brickyard_tracking::Tracking;
use brickyard_models::ModelStore;
use brickyard_train::Trainer;
use std::sync::Arc;

/// The rooms behind the door.
pub struct SparkOptions {
    pub engine: Engine,
    pub trainer: Trainer,
    pub tracking: Tracking,
    pub registry: Arc<Registry>,
    pub expiry: Expiry,
}

pub struct SparkState {
    pub sessions: Sessions,
    pub trainer: Trainer,
    pub registry: Arc<Registry>,
    pub models: ModelStore,
}

impl SparkState {
    pub fn new(options: SparkOptions) -> Self {
        Self {
            sessions: Sessions::new(options.engine, options.expiry),
            trainer: options.trainer,
            models: ModelStore::new(options.tracking),
            registry: options.registry,
        }
    }
}
