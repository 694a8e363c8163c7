//! MLflow 3 REST: the only crate that knows MLflow's JSON. One resource, one file; every decision is `tracking`'s.

mod artifact_proxy;
mod asked;
mod experiments;
mod logged_models;
mod metrics;
mod model_versions;
mod probes;
mod refusal;
mod registered_models;
mod registry_json;
mod run_artifacts;
mod run_json;
mod runs;
mod unsupported;
mod user;
mod wire;

use axum::Router;
use brickyard_tracking::Tracking;

/// The version of MLflow whose protocol is spoken here.
pub const MLFLOW_VERSION: &str = "3.17.2";

/// All routes of an MLflow server, under `/api` and again under `/ajax-api`. A request says who asks by an extension of
/// type `brickyard_auth::Principal`; without one it is the local user.
pub fn router(tracking: Tracking) -> Router {
    let mut router = probes::routes();
    for base in ["/api", "/ajax-api"] {
        router = router
            .nest(&format!("{base}/2.0/mlflow"), version_2())
            .nest(&format!("{base}/3.0/mlflow"), version_3())
            .nest(&format!("{base}/2.0/mlflow-artifacts"), artifact_proxy::routes())
            // Clients up to 3.17 forget the slash.
            .nest(&format!("{base}/2.0mlflow"), experiments::dataset_routes());
    }
    router.merge(run_artifacts::download_routes()).merge(unsupported::telemetry_routes()).with_state(tracking)
}

fn version_2() -> Router<Tracking> {
    Router::new()
        .merge(experiments::routes())
        .merge(experiments::dataset_routes())
        .merge(runs::routes())
        .merge(metrics::routes())
        .merge(run_artifacts::routes())
        .merge(logged_models::routes())
        .merge(registered_models::routes())
        .merge(model_versions::routes())
        .merge(unsupported::routes())
        .fallback(refusal::no_such_endpoint)
}

fn version_3() -> Router<Tracking> {
    Router::new().merge(probes::info_routes()).merge(unsupported::routes()).fallback(refusal::no_such_endpoint)
}

#[cfg(test)]
mod tests;
