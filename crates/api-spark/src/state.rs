//! What all calls share.

use crate::sessions::{Expiry, Sessions};
use crate::workers::Workers;
use brickyard_engine::Engine;
use brickyard_error::Result;
use brickyard_ml::Registry;
use brickyard_models::ModelStore;
use brickyard_tracking::Tracking;
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
    pub tracking: Tracking,
    pub workers: Workers,
}

impl SparkState {
    pub fn new(options: SparkOptions) -> Result<Self> {
        Ok(Self {
            // More threads than cores: the system shares them among queries that do not pause by themselves.
            workers: Workers::new(2 * options.engine.threads())?,
            sessions: Sessions::new(options.engine, options.expiry),
            trainer: options.trainer,
            models: ModelStore::new(options.tracking.clone()),
            tracking: options.tracking,
            registry: options.registry,
        })
    }

    /// Lets go of what sessions that ended have left half done.
    pub async fn clean_up(&self, ended: &[String]) {
        for session in ended {
            if let Err(failure) = self.models.abandon(session).await {
                tracing::warn!(session_id = %session, %failure, "an unfinished model version could not be given up");
            }
        }
    }
}
