//! `/metrics`: histories.

use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::run_json::Metric;
use crate::wire::{integer, list, some_text, text};
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use brickyard_tracking::Tracking;
use brickyard_tracking::rows::Interval;
use serde::{Deserialize, Serialize};

/// Values of a run in a chart, when the client does not say.
const SAMPLES: i64 = 320;

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/metrics/get-history", get(history))
        .route("/metrics/get-history-bulk", get(histories))
        .route("/metrics/get-history-bulk-interval", get(samples))
}

#[derive(Deserialize)]
struct History {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    run_uuid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    metric_key: String,
    #[serde(default, deserialize_with = "some_text")]
    page_token: Option<String>,
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
}

#[derive(Serialize)]
struct Metrics {
    metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn history(State(tracking): State<Tracking>, asked: Asked<History>) -> Answer<Metrics> {
    let History { run_id, run_uuid, metric_key, page_token, max_results } = asked.fields;
    let run_id = run_id.or(run_uuid).ok_or_else(|| Refusal::missing("run_id"))?;
    let found = tracking.metric_history(&run_id, &metric_key, max_results, page_token.as_deref()).await?;
    let metrics = found.rows.into_iter().map(Metric::from).collect();
    Ok(Json(Metrics { metrics, next_page_token: found.next_token }))
}

#[derive(Deserialize)]
struct Histories {
    #[serde(default, deserialize_with = "list")]
    run_id: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    metric_key: String,
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
}

async fn histories(State(tracking): State<Tracking>, asked: Asked<Histories>) -> Answer<Metrics> {
    let Histories { run_id, metric_key, max_results } = asked.fields;
    let found = tracking.metric_histories(run_id, &metric_key, max_results).await?;
    Ok(Json(Metrics { metrics: found.into_iter().map(Metric::from).collect(), next_page_token: None }))
}

#[derive(Deserialize)]
struct Samples {
    #[serde(default, deserialize_with = "list")]
    run_ids: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    metric_key: String,
    #[serde(default, deserialize_with = "integer")]
    start_step: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    end_step: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
}

async fn samples(State(tracking): State<Tracking>, asked: Asked<Samples>) -> Answer<Metrics> {
    let Samples { run_ids, metric_key, start_step, end_step, max_results } = asked.fields;
    let steps = match (start_step, end_step) {
        (Some(first), Some(last)) => Some((first, last)),
        (None, None) => None,
        _ => return Err(Refusal::invalid("if either start_step or end_step are specified, both must be specified")),
    };
    let interval = Interval { steps, max_rows: max_results.unwrap_or(SAMPLES) };
    let found = tracking.metric_samples(run_ids, &metric_key, interval).await?;
    Ok(Json(Metrics { metrics: found.into_iter().map(Metric::from).collect(), next_page_token: None }))
}
