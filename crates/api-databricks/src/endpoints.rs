//! `/api/2.0/serving-endpoints`

use crate::shapes::{ConfigRequest, CreateRequest, endpoint_json, openapi_json, served};
use crate::{DatabricksState, Refusal};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::routing::{get, put};
use axum::{Extension, Json, Router};
use brickyard_auth::Principal;
use brickyard_error::{Failure, codes};
use serde_json::{Value, json};

pub fn routes() -> Router<DatabricksState> {
    Router::new()
        .route("/api/2.0/serving-endpoints", get(list).post(create))
        .route("/api/2.0/serving-endpoints/{name}", get(read).delete(delete))
        .route("/api/2.0/serving-endpoints/{name}/config", put(update))
        .route("/api/2.0/serving-endpoints/{name}/openapi", get(openapi))
        .route("/api/2.0/serving-endpoints/{name}/metrics", get(metrics))
}

type Answer = Result<Json<Value>, Refusal>;

async fn list(State(state): State<DatabricksState>) -> Json<Value> {
    let endpoints: Vec<Value> = state.endpoints.list().iter().map(endpoint_json).collect();
    Json(json!({ "endpoints": endpoints }))
}

async fn create(
    State(state): State<DatabricksState>,
    Extension(principal): Extension<Principal>,
    request: Result<Json<CreateRequest>, JsonRejection>,
) -> Answer {
    let Json(request) = request.map_err(bad_json)?;
    let served = served(&state.endpoints, request.config).await?;
    let status = state.endpoints.create(&request.name, served, &principal.name, (state.clock)()).await?;
    Ok(Json(endpoint_json(&status)))
}

async fn read(State(state): State<DatabricksState>, Path(name): Path<String>) -> Answer {
    Ok(Json(endpoint_json(&state.endpoints.get(&name)?)))
}

async fn update(
    State(state): State<DatabricksState>,
    Path(name): Path<String>,
    request: Result<Json<ConfigRequest>, JsonRejection>,
) -> Answer {
    let Json(request) = request.map_err(bad_json)?;
    let served = served(&state.endpoints, request).await?;
    let status = state.endpoints.update(&name, served, (state.clock)()).await?;
    Ok(Json(endpoint_json(&status)))
}

async fn delete(State(state): State<DatabricksState>, Path(name): Path<String>) -> Answer {
    state.endpoints.delete(&name).await?;
    Ok(Json(json!({})))
}

async fn openapi(State(state): State<DatabricksState>, Path(name): Path<String>) -> Answer {
    Ok(Json(openapi_json(&state.endpoints.get(&name)?)))
}

/// Prometheus text, as Databricks exports it.
async fn metrics(State(state): State<DatabricksState>, Path(name): Path<String>) -> Result<String, Refusal> {
    let latency = state.endpoints.get(&name)?.latency;
    Ok(format!(
        "# TYPE request_count_total counter\nrequest_count_total{{endpoint_name=\"{name}\"}} {}\n\
         # TYPE request_error_count_total counter\nrequest_error_count_total{{endpoint_name=\"{name}\"}} {}\n\
         # TYPE request_latency_ms summary\nrequest_latency_ms{{endpoint_name=\"{name}\",quantile=\"0.5\"}} {:.3}\n\
         request_latency_ms{{endpoint_name=\"{name}\",quantile=\"0.99\"}} {:.3}\n",
        latency.requests, latency.errors, latency.p50_ms, latency.p99_ms
    ))
}

fn bad_json(rejection: JsonRejection) -> Failure {
    Failure::new(&codes::serving::CONFIG_INVALID, rejection.body_text())
}
