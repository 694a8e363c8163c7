//! The engine from outside: what real Spark answered, and what frames promise.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

#[path = "it/frames.rs"]
mod frames;
#[path = "it/gold.rs"]
mod gold;
#[path = "it/values.rs"]
mod values;

use brickyard_engine::{Engine, EngineOptions, Frame, Session, SqlOutcome};
use brickyard_lake::Lake;
use brickyard_meta::Meta;
use std::sync::Arc;
use tempfile::TempDir;

/// A session over an empty lake; the folder goes with it.
pub struct Bench {
    pub session: Arc<Session>,
    pub folder: TempDir,
}

pub async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(Meta::in_memory().await.unwrap(), &folder.path().join("tables")).await.unwrap();
    let engine = Engine::new(EngineOptions { threads: 2, ..EngineOptions::default() }, lake).unwrap();
    Bench { session: engine.session("tester", "one"), folder }
}

pub async fn sql(session: &Arc<Session>, text: &str) -> brickyard_error::Result<Frame> {
    match session.sql(text, Vec::new(), Vec::new()).await? {
        SqlOutcome::Query(frame) | SqlOutcome::Command(frame) => Ok(frame),
    }
}
