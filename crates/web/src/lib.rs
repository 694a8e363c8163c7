//! The web page: its built assets, and the few routes under `/ui/v1` that only the page uses. Everything else the page
//! shows comes through the public doors (MLflow's and Databricks' REST), as for any client.

mod answer;
mod assets;
mod cells;
mod compute;
mod explain;
mod login;
mod overview;
mod signature;
mod sql;
mod statements;
mod tables;

pub use assets::{is_page, pages};
pub use compute::{Cluster, Executor};

use axum::Router;
use axum::extract::FromRef;
use brickyard_engine::Engine;
use brickyard_serving::{Endpoints, Models};
use brickyard_tracking::Tracking;
use statements::Statements;
use std::sync::Arc;

/// Tells the time in milliseconds since 1970.
pub type Clock = fn() -> i64;

/// The rooms that the page looks into.
#[derive(Clone)]
pub struct Services {
    pub engine: Engine,
    pub tracking: Tracking,
    pub endpoints: Endpoints,
    pub models: Models,
    /// None while everything runs in the server's own process.
    pub cluster: Option<Arc<dyn Cluster>>,
    /// Where Spark clients connect: `sc://host:port`.
    pub spark_url: String,
    pub version: &'static str,
    pub started_ms: i64,
    pub clock: Clock,
}

/// The page and its routes. A request says who asks by an extension of type `brickyard_auth::Principal`; without one it
/// is the local user. [`is_page`] names the paths that hold no data and so need no login.
pub fn router(services: Services) -> Router {
    pages().merge(routes(services))
}

#[derive(Clone)]
struct Page {
    services: Services,
    statements: Statements,
}

impl FromRef<Page> for Services {
    fn from_ref(page: &Page) -> Self {
        page.services.clone()
    }
}

impl FromRef<Page> for Statements {
    fn from_ref(page: &Page) -> Self {
        page.statements.clone()
    }
}

fn routes(services: Services) -> Router {
    let page = Page { services, statements: Statements::default() };
    let routes = Router::new()
        .merge(overview::routes())
        .merge(tables::routes())
        .merge(sql::routes())
        .merge(compute::routes())
        .merge(signature::routes())
        .merge(login::routes());
    Router::new().nest("/ui/v1", routes).merge(explain::routes()).with_state(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, header};
    use brickyard_engine::EngineOptions;
    use brickyard_lake::Lake;
    use brickyard_meta::Meta;
    use brickyard_ml::Registry;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    async fn page(folder: &std::path::Path) -> Router {
        let meta = Meta::in_memory().await.unwrap();
        let lake = Lake::open(meta.clone(), &folder.join("tables")).await.unwrap();
        let tracking = Tracking::open(meta.clone(), &folder.join("artifacts")).await.unwrap();
        let models = Models::new(tracking.clone(), Arc::new(Registry::standard()));
        router(Services {
            engine: Engine::new(EngineOptions::default(), lake).unwrap(),
            endpoints: Endpoints::open(meta, models.clone()).await.unwrap(),
            tracking,
            models,
            cluster: None,
            spark_url: "sc://127.0.0.1:15002".to_owned(),
            version: "1.2.3",
            started_ms: 1_000,
            clock: || 3_500,
        })
    }

    async fn ask(page: &Router, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        let body = if method == "GET" { Body::empty() } else { Body::from(body.to_string()) };
        let response = page.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    #[tokio::test]
    async fn statements_tables_and_counts_agree() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path()).await;
        let create = "CREATE TABLE t AS SELECT * FROM VALUES (1L, 'a'), (2L, NULL) AS v(n, s)";
        let run = |statement: &str, max_rows: u32| json!({ "id": "x", "statement": statement, "max_rows": max_rows });
        assert_eq!(ask(&page, "POST", "/ui/v1/sql", run(create, 10)).await.0, 200);

        let (status, answer) = ask(&page, "POST", "/ui/v1/sql", run("SELECT * FROM t ORDER BY n", 1)).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["columns"], json!([{ "name": "n", "type": "bigint" }, { "name": "s", "type": "string" }]));
        assert_eq!((&answer["rows"], &answer["truncated"]), (&json!([["1", "a"]]), &json!(true)));

        let (_, tables) = ask(&page, "GET", "/ui/v1/tables", Value::Null).await;
        assert_eq!(
            (&tables[0]["name"], &tables[0]["rows"], &tables[0]["version"]),
            (&json!("t"), &json!(2), &json!(0))
        );
        assert!(tables[0]["modified_ms"].is_i64(), "{tables}");
        let (_, detail) = ask(&page, "GET", "/ui/v1/tables/main/default/t", Value::Null).await;
        assert_eq!(detail["preview"]["rows"].as_array().map(Vec::len), Some(2), "{detail}");
        assert_eq!(detail["history"][0]["version"], json!(0));

        let (_, overview) = ask(&page, "GET", "/ui/v1/overview", Value::Null).await;
        assert_eq!(
            (&overview["tables"], &overview["runs"], &overview["uptime_ms"]),
            (&json!(1), &json!(0), &json!(2_500))
        );
        assert_eq!(overview["operations"], json!([]), "nothing runs any more");
    }

    #[tokio::test]
    async fn what_is_refused_says_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path()).await;
        let rows = [
            ("POST", "/ui/v1/sql/none/cancel", 404, "BY-WEB-0002"),
            ("GET", "/ui/v1/tables/main/default/none", 404, "BY-DATA-0006"),
            ("GET", "/ui/v1/endpoints/none", 404, "BY-SERVING-0001"),
            ("GET", "/explain/BY-NONE-0001", 404, "BY-WEB-0004"),
        ];
        for (method, path, status, code) in rows {
            let (answered, body) = ask(&page, method, path, json!({})).await;
            assert_eq!((answered, &body["error_code"]), (status, &json!(code)), "{path}: {body}");
        }
        let (status, text) = ask(&page, "GET", "/explain/by-web-0001", Value::Null).await;
        assert!(status == 200 && text.as_str().unwrap().starts_with("# BY-WEB-0001"), "{text}");
        let (status, document) = ask(&page, "GET", "/data/main/default/t", Value::Null).await;
        assert!(status == 200 && document.as_str().unwrap().contains("<title>Brickyard</title>"), "{document}");
    }
}
