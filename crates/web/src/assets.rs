//! The built page: hashed files that never change, one document for every place, compressed when they were built.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// Nothing comes from elsewhere, no inline script or style runs, and strings cannot become scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// First parts of the addresses that the page itself interprets.
const PLACES: [&str; 9] =
    ["sql", "data", "experiments", "runs", "compare", "models", "endpoints", "compute", "explain"];

/// The document at every place of the page, and its files.
pub fn pages() -> Router {
    let mut router = Router::new()
        .route("/", get(document))
        .route("/assets/{*path}", get(hashed_file))
        .route("/favicon.svg", get(|headers: HeaderMap| async move { file("favicon.svg", &headers, REVALIDATE) }));
    for place in PLACES.iter().filter(|place| **place != "explain") {
        router = router.route(&format!("/{place}"), get(document)).route(&format!("/{place}/{{*rest}}"), get(document));
    }
    router
}

/// Whether a path is the page itself or one of its files: the same for everybody, without any data.
pub fn is_page(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    path == "/" || path == "/favicon.svg" || first == "assets" || PLACES.contains(&first)
}

const FOREVER: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";

pub async fn document(headers: HeaderMap) -> Response {
    file("index.html", &headers, REVALIDATE)
}

async fn hashed_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), &headers, FOREVER)
}

fn file(path: &str, headers: &HeaderMap, caching: &'static str) -> Response {
    let Some((embedded, encoding)) = best_encoding(path, headers) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = etag(&embedded);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known == Some(tag.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CACHE_CONTROL, caching)
        .header(header::ETAG, tag)
        .header(header::VARY, "accept-encoding")
        .header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer");
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    response.body(Body::from(embedded.data)).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The smallest form of a file that the client takes.
fn best_encoding(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, encoding)
            && let Some(embedded) = Dist::get(&format!("{path}.{ending}"))
        {
            return Some((embedded, Some(encoding)));
        }
    }
    Dist::get(path).map(|embedded| (embedded, None))
}

/// Whether an `Accept-Encoding` names this encoding, other than to refuse it by `q=0`.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, weight) = one.split_once(";q=").unwrap_or((one, "1"));
        name.trim() == encoding && weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

fn etag(embedded: &EmbeddedFile) -> String {
    let hash = embedded.metadata.sha256_hash();
    format!("\"{}\"", hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_open_and_data_is_not() {
        let rows = [
            ("/", true),
            ("/sql", true),
            ("/data/main/default/trips", true),
            ("/assets/index-abc.js", true),
            ("/favicon.svg", true),
            ("/explain/BY-SQL-0001", true),
            ("/ui/v1/tables", false),
            ("/api/2.0/serving-endpoints", false),
            ("/serving-endpoints/x/invocations", false),
            ("/assetsx", false),
        ];
        for (path, open) in rows {
            assert_eq!(is_page(path), open, "{path}");
        }
    }

    #[test]
    fn encodings_are_sent_only_to_those_who_take_them() {
        let rows = [
            ("gzip, deflate, br", "br", true),
            ("gzip;q=0.8, *;q=0.1", "gzip", true),
            ("br;q=0, gzip", "br", false),
            ("identity", "gzip", false),
            ("", "br", false),
        ];
        for (accepted, encoding, expected) in rows {
            assert_eq!(accepts(accepted, encoding), expected, "{accepted}");
        }
    }
}
