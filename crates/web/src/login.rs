//! Logging in: a token that the login layer has accepted becomes a cookie that scripts cannot read.

use crate::Page;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

pub fn routes() -> Router<Page> {
    Router::new().route("/login", post(log_in))
}

/// The request carries the token as a bearer header, so it comes this far with a valid one only.
async fn log_in(headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).filter(|token| is_cookie_value(token));
    let Some(token) = token else { return StatusCode::BAD_REQUEST.into_response() };
    let cookie = format!("brickyard_token={token}; Path=/; HttpOnly; SameSite=Strict");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

fn is_cookie_value(token: &str) -> bool {
    !token.is_empty()
        && token.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'"' | b'\\'))
}
