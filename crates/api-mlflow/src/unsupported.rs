//! What is understood and answered with 501: traces, evaluation datasets, presigned and multipart transfers.

use crate::refusal::Refusal;
use axum::Router;
use axum::extract::State;
use axum::routing::{MethodRouter, any};
use brickyard_error::Failure;
use brickyard_tracking::Tracking;

pub(crate) fn routes() -> Router<Tracking> {
    let traces = "traces of language-model applications; runs, metrics and models are tracked";
    let datasets = "evaluation datasets; log the dataset of a run with mlflow.log_input";
    let presigned = "presigned artifact URLs; artifacts go through this server";
    let mut router = Router::new();
    for (path, what) in [
        ("/traces", traces),
        ("/traces/{*rest}", traces),
        ("/unified-traces", traces),
        ("/get-online-trace-details", traces),
        ("/datasets/{*rest}", datasets),
        ("/artifacts/presigned-upload-url", presigned),
        ("/artifacts/presigned-download-url", presigned),
    ] {
        router = router.route(path, not_implemented(what));
    }
    router
}

/// OpenTelemetry's own path for traces.
pub(crate) fn telemetry_routes() -> Router<Tracking> {
    Router::new().route("/v1/traces", not_implemented("traces by OTLP; runs, metrics and models are tracked"))
}

pub(crate) fn not_implemented(what: &'static str) -> MethodRouter<Tracking> {
    any(move |State(_): State<Tracking>| async move { Refusal::from(Failure::unsupported(what)) })
}
