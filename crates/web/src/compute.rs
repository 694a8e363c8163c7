//! The executors, as the page lists them.

use crate::answer::Answer;
use crate::{Page, Services};
use async_trait::async_trait;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use brickyard_error::Result;
use serde::Serialize;

/// A process that runs parts of queries and training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Executor {
    pub id: String,
    pub address: String,
    pub cores: u32,
    pub started_ms: i64,
    /// `active`, `terminating`, `lost`.
    pub state: String,
    pub running_tasks: u32,
    pub memory_bytes: Option<u64>,
}

/// What the page asks of a cluster; the server implements it over the cluster it runs.
#[async_trait]
pub trait Cluster: Send + Sync {
    async fn executors(&self) -> Result<Vec<Executor>>;
}

pub fn routes() -> Router<Page> {
    Router::new().route("/executors", get(executors))
}

async fn executors(State(services): State<Services>) -> Answer<Vec<Executor>> {
    Ok(Json(match &services.cluster {
        Some(cluster) => cluster.executors().await?,
        None => Vec::new(),
    }))
}
