//! The login layer before every HTTP route and every gRPC call: a request goes on with its principal, or no further.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use brickyard_auth::{Auth, Credential, Principal};
use brickyard_error::{Failure, Status};
use serde_json::json;

/// Probes that clients send before they log in. The page's own files hold no data and are open too.
const OPEN_PATHS: [&str; 5] =
    ["/health", "/ping", "/version", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"];

/// For HTTP.
pub async fn require_principal(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let open = OPEN_PATHS.contains(&path) || brickyard_web::is_page(path);
    match principal(&auth, request.headers()).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(_) if open => next.run(request).await,
        Err(failure) => refuse(&failure),
    }
}

/// For gRPC: the status travels in the headers of an empty answer.
pub async fn require_principal_grpc(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    match principal(&auth, request.headers()).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(failure) => {
            let status = match failure.status() {
                Status::Unauthenticated => tonic::Status::unauthenticated(failure.to_string()),
                _ => tonic::Status::internal(failure.to_string()),
            };
            status.into_http()
        }
    }
}

async fn principal(auth: &Auth, headers: &HeaderMap) -> Result<Principal, Failure> {
    let now_ms = chrono::Utc::now().timestamp_millis();
    auth.check(credential(headers).as_ref(), now_ms).await
}

/// From the `authorization` header, or the page's own cookie.
fn credential(headers: &HeaderMap) -> Option<Credential> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(credential) = text(header::AUTHORIZATION).and_then(Credential::from_header) {
        return Some(credential);
    }
    let cookies = text(header::COOKIE)?.split(';');
    cookies.filter_map(|cookie| cookie.trim().strip_prefix("brickyard_token=")).map(Credential::bearer).next()
}

fn refuse(failure: &Failure) -> Response {
    let status = StatusCode::from_u16(failure.status().http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({ "error_code": "UNAUTHENTICATED", "message": failure.to_string() });
    (status, [(header::WWW_AUTHENTICATE, "Bearer")], axum::Json(body)).into_response()
}
