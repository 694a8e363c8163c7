//! Databricks' REST as `databricks-sdk` calls it: serving endpoints, and who am I.

mod endpoints;
mod me;
mod shapes;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use brickyard_error::{Failure, Status};
use brickyard_serving::Endpoints;
use serde_json::json;

/// Tells the time in milliseconds since 1970.
pub type Clock = fn() -> i64;

#[derive(Clone)]
pub struct DatabricksState {
    pub endpoints: Endpoints,
    pub clock: Clock,
}

pub fn router(state: DatabricksState) -> Router {
    Router::new().merge(endpoints::routes()).merge(me::routes()).with_state(state)
}

/// A failure as the SDK reads it: the status picks the exception, the error code its subclass.
struct Refusal(Failure);

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error_code = match self.0.status() {
            Status::InvalidArgument => "INVALID_PARAMETER_VALUE",
            Status::Unauthenticated => "UNAUTHENTICATED",
            Status::PermissionDenied => "PERMISSION_DENIED",
            Status::NotFound => "RESOURCE_DOES_NOT_EXIST",
            Status::AlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Status::Conflict => "RESOURCE_CONFLICT",
            Status::ResourceExhausted => "REQUEST_LIMIT_EXCEEDED",
            Status::Unsupported => "NOT_IMPLEMENTED",
            Status::Unavailable => "TEMPORARILY_UNAVAILABLE",
            Status::Internal => "INTERNAL_ERROR",
        };
        let status = StatusCode::from_u16(self.0.status().http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({ "error_code": error_code, "message": self.0.to_string(), "details": [] });
        (status, axum::Json(body)).into_response()
    }
}
