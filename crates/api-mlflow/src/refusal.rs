//! Failures as MLflow's JSON: `{"error_code", "message"}`, never a 500 for a bad request, since clients repeat those
//! for minutes.

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use brickyard_error::{Failure, Status, codes};
use serde_json::json;

/// A request that was not done, and why.
#[derive(Debug)]
pub(crate) struct Refusal(Failure);

pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

impl Refusal {
    pub(crate) fn invalid(why: impl std::fmt::Display) -> Self {
        Refusal(Failure::new(&codes::tracking::INVALID, why.to_string()))
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Refusal::invalid(format!("missing value for required parameter '{parameter}'"))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal(failure)
    }
}

/// MLflow's code and its HTTP status (`mlflow/protos/databricks.proto`, `mlflow/exceptions.py`).
fn mlflow_code(status: Status) -> (&'static str, StatusCode) {
    match status {
        Status::InvalidArgument => ("INVALID_PARAMETER_VALUE", StatusCode::BAD_REQUEST),
        Status::AlreadyExists => ("RESOURCE_ALREADY_EXISTS", StatusCode::BAD_REQUEST),
        Status::Unauthenticated => ("UNAUTHENTICATED", StatusCode::UNAUTHORIZED),
        Status::PermissionDenied => ("PERMISSION_DENIED", StatusCode::FORBIDDEN),
        Status::NotFound => ("RESOURCE_DOES_NOT_EXIST", StatusCode::NOT_FOUND),
        Status::Conflict => ("RESOURCE_CONFLICT", StatusCode::CONFLICT),
        Status::ResourceExhausted => ("REQUEST_LIMIT_EXCEEDED", StatusCode::TOO_MANY_REQUESTS),
        Status::Unsupported => ("NOT_IMPLEMENTED", StatusCode::NOT_IMPLEMENTED),
        Status::Unavailable => ("TEMPORARILY_UNAVAILABLE", StatusCode::SERVICE_UNAVAILABLE),
        Status::Internal => ("INTERNAL_ERROR", StatusCode::INTERNAL_SERVER_ERROR),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal(failure) = self;
        let (error_code, status) = mlflow_code(failure.status());
        if failure.status() == Status::Internal {
            tracing::error!(code = failure.code().id, error = ?failure, "an MLflow request failed");
        }
        (status, Json(json!({ "error_code": error_code, "message": failure.to_string() }))).into_response()
    }
}

/// For paths below MLflow's prefixes that lead nowhere.
pub(crate) async fn no_such_endpoint(uri: Uri) -> Response {
    let message = format!("no such endpoint: {}", uri.path());
    (StatusCode::NOT_FOUND, Json(json!({ "error_code": "ENDPOINT_NOT_FOUND", "message": message }))).into_response()
}
