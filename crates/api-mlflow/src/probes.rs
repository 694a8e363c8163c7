//! What clients ask before anything else, without logging in.

use crate::MLFLOW_VERSION;
use axum::routing::get;
use axum::{Json, Router};
use brickyard_tracking::Tracking;
use serde_json::json;

pub(crate) fn routes() -> Router<Tracking> {
    Router::new().route("/health", get(|| async { "OK" })).route("/version", get(|| async { MLFLOW_VERSION }))
}

/// Without multipart transfers, clients stream artifacts through the proxy.
pub(crate) fn info_routes() -> Router<Tracking> {
    let info = json!({
        "store_type": "SqlStore",
        "workspaces_enabled": false,
        "trace_archival_enabled": false,
        "multipart_uploads_enabled": false,
        "multipart_downloads_enabled": false,
        "presigned_upload_run_id_supported": false,
        "presigned_upload_model_id_supported": false,
        "features_enabled": {},
    });
    Router::new().route("/server-info", get(|| async move { Json(info) }))
}
