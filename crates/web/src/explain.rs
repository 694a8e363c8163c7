//! The page of an error code: text for a client, the web page for a browser.

use crate::answer::Refusal;
use crate::{Page, assets};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use brickyard_error::{Failure, codes};

pub fn routes() -> Router<Page> {
    Router::new().route("/explain/{code}", get(explain))
}

async fn explain(Path(id): Path<String>, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") {
        return assets::document(headers).await;
    }
    match codes::by_id(&id) {
        Some(code) => ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], code.page).into_response(),
        None => {
            let text = format!("there is no error code {id}; codes look like BY-SQL-0001");
            Refusal::from(Failure::new(&codes::web::CODE_UNKNOWN, text)).into_response()
        }
    }
}
