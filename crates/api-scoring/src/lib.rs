//! MLflow's scoring protocol: `POST /serving-endpoints/{name}/invocations`, the shape of Databricks' model serving.

mod answer;
mod body;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use brickyard_error::{Failure, Status, codes};
use brickyard_serving::Endpoints;
use serde_json::json;

/// The routes, with the largest body that is taken, in bytes.
pub fn router(endpoints: Endpoints, max_body_bytes: usize) -> Router {
    Router::new()
        .route("/serving-endpoints/{name}/invocations", post(invoke))
        .layer(DefaultBodyLimit::max(max_body_bytes))
        .with_state(endpoints)
}

async fn invoke(
    State(endpoints): State<Endpoints>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match score(&endpoints, &name, &headers, body).await {
        Ok(response) => response,
        Err(failure) => refusal(&failure),
    }
}

async fn score(
    endpoints: &Endpoints,
    name: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            &codes::server::BODY_TOO_LARGE,
            "the request's body is over the limit; send fewer rows, or start the server with a larger --max-body",
        ),
        _ => Failure::new(&codes::serving::BODY_INVALID, rejection.body_text()),
    })?;
    body::check_content_type(headers)?;
    let request = body::parse(&body)?;
    let invocation = endpoints.invoke(name, request.rows).await?;
    let text = answer::predictions(&invocation.batch, request.columns.as_deref())?;
    let served_by = [("x-served-entity", invocation.served_by), ("x-model-version", invocation.version.to_string())];
    Ok((served_by, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A failure as MLflow's scoring server words it.
fn refusal(failure: &Failure) -> Response {
    let (status, error_code) = match failure.status() {
        _ if std::ptr::eq(failure.code(), &codes::server::BODY_TOO_LARGE) => (413, "BAD_REQUEST"),
        _ if std::ptr::eq(failure.code(), &codes::serving::MEDIA_TYPE) => (415, "BAD_REQUEST"),
        _ if std::ptr::eq(failure.code(), &codes::serving::BODY_INVALID) => (400, "BAD_REQUEST"),
        Status::InvalidArgument => (400, "INVALID_PARAMETER_VALUE"),
        Status::NotFound => (404, "RESOURCE_DOES_NOT_EXIST"),
        Status::Unsupported => (501, "NOT_IMPLEMENTED"),
        status => (status.http(), "INTERNAL_ERROR"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(json!({ "error_code": error_code, "message": failure.to_string() }))).into_response()
}
