//! Spark Connect over gRPC: the only crate that knows Spark's messages.
//!
//! A call finds its session ([`sessions`]), its plan is lowered to `spec` ([`lower`]), the engine analyses and runs it,
//! and the result goes through a buffer that the client can come back to ([`operation`]). Machine learning is the same
//! door: operators come from the registry of `ml`, training is `train`'s, and models live in the session by id
//! ([`objects`]).
//!
//! Invariant: no other crate sees Spark's messages, and nothing is decided here that another door would decide again.

mod analysis;
mod analyze;
mod arrow_rows;
mod artifacts;
mod attributes;
mod catalog;
mod codec;
mod commands;
mod config;
mod error_details;
mod execute;
mod frame_calls;
mod handles;
mod helper;
mod identity;
mod lower;
mod machine_learning;
mod ml_values;
mod objects;
mod operation;
mod plan;
mod progress;
mod proto;
mod service;
mod sessions;
mod state;
mod summary;
mod workers;

pub use sessions::Expiry;
pub use state::SparkOptions;

use brickyard_error::Result;
use proto::spark_connect_service_server::SparkConnectServiceServer;
use std::sync::Arc;
use std::time::Duration;
use tonic::service::Routes;

/// Spark's own limit.
const LARGEST_MESSAGE_BYTES: usize = 128 << 20;
/// How often what is no longer used is looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// The service, to be served over gRPC. It reads a [`brickyard_auth::Principal`] from the extensions of each request,
/// and without one takes the caller for the local administrator: whoever serves it puts the login layer before it.
///
/// # Errors
/// When the threads for queries cannot be started.
///
/// Must be called within a tokio runtime: sessions expire by a task that ends with the service.
pub fn service(options: SparkOptions) -> Result<Routes> {
    let state = Arc::new(state::SparkState::new(options)?);
    let watched = Arc::downgrade(&state);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
        loop {
            ticks.tick().await;
            let Some(state) = watched.upgrade() else { return };
            let ended = state.sessions.expire(tokio::time::Instant::now());
            state.clean_up(&ended).await;
        }
    });
    let server = SparkConnectServiceServer::new(service::Service { state })
        .max_decoding_message_size(LARGEST_MESSAGE_BYTES)
        .max_encoding_message_size(LARGEST_MESSAGE_BYTES);
    Ok(Routes::new(server))
}
