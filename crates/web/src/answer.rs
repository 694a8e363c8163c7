//! Failures as the page reads them: the code, what happened, and the next step.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use brickyard_error::Failure;
use serde::Serialize;

/// JSON, or a failure.
pub type Answer<T> = Result<axum::Json<T>, Refusal>;

pub struct Refusal(Failure);

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

#[derive(Serialize)]
struct RefusalBody<'a> {
    error_code: &'a str,
    message: &'a str,
    next: Option<&'a str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let failure = self.0;
        let status = StatusCode::from_u16(failure.status().http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (message, next) = what_and_next(failure.message());
        let body = RefusalBody { error_code: failure.code().id, message, next };
        (status, axum::Json(body)).into_response()
    }
}

/// Messages say the next step after their last semicolon.
fn what_and_next(message: &str) -> (&str, Option<&str>) {
    match message.rsplit_once("; ") {
        Some((what, next)) if !next.contains('\n') => (what, Some(next)),
        _ => (message, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_stands_after_the_last_semicolon() {
        let rows = [
            ("there is no table x", ("there is no table x", None)),
            ("y is a string; index it", ("y is a string", Some("index it"))),
            ("a; b; do c", ("a; b", Some("do c"))),
            ("syntax error; SQL:\nSELECT", ("syntax error; SQL:\nSELECT", None)),
        ];
        for (message, expected) in rows {
            assert_eq!(what_and_next(message), expected, "{message}");
        }
    }
}
