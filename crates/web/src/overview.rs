//! The first sight: counts, and what is running now.

use crate::answer::Answer;
use crate::statements::{Operation, Statements};
use crate::{Page, Services};
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use brickyard_error::Result;
use brickyard_lake::{DEFAULT_CATALOG, Lake};
use brickyard_tracking::{RegistryQuery, Tracking};
use serde::Serialize;

#[derive(Serialize)]
struct Overview {
    version: &'static str,
    uptime_ms: i64,
    spark_url: String,
    tables: usize,
    runs: u64,
    models: usize,
    endpoints: usize,
    executors: usize,
    operations: Vec<Operation>,
}

pub fn routes() -> Router<Page> {
    Router::new().route("/overview", get(overview))
}

async fn overview(State(services): State<Services>, State(statements): State<Statements>) -> Answer<Overview> {
    let executors = match &services.cluster {
        Some(cluster) => cluster.executors().await?.len(),
        None => 0,
    };
    Ok(Json(Overview {
        version: services.version,
        uptime_ms: (services.clock)() - services.started_ms,
        spark_url: services.spark_url.clone(),
        tables: count_tables(services.engine.lake()).await?,
        runs: services.tracking.count_runs().await?,
        models: count_models(&services.tracking).await?,
        endpoints: services.endpoints.list().len(),
        executors,
        operations: statements.running(),
    }))
}

async fn count_tables(lake: &Lake) -> Result<usize> {
    let mut tables = 0;
    for schema in lake.schemas(DEFAULT_CATALOG).await? {
        tables += lake.table_names(DEFAULT_CATALOG, &schema).await?.len();
    }
    Ok(tables)
}

async fn count_models(tracking: &Tracking) -> Result<usize> {
    let mut models = 0;
    let mut page_token = None;
    loop {
        let page = tracking.search_registered_models(RegistryQuery { page_token, ..RegistryQuery::default() }).await?;
        models += page.rows.len();
        page_token = page.next_token;
        if page_token.is_none() {
            return Ok(models);
        }
    }
}
