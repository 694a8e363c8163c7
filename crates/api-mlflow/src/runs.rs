//! `/runs`.

use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::run_json::{DatasetInput, Metric, ModelInput, ModelOutput, Run, RunInfo, Status};
use crate::user::User;
use crate::wire::{Done, KeyValue, ViewType, double, integer, list, objects, pairs, some_text, text};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use brickyard_tracking::rows::{Batch, Pair, RunChange};
use brickyard_tracking::{RunQuery, RunRequest, Tracking};
use serde::{Deserialize, Serialize};

const BATCH_BYTES_AT_MOST: usize = 1_000_000;

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/runs/create", post(create))
        .route("/runs/get", get(find))
        .route("/runs/update", post(update))
        .route("/runs/delete", post(delete))
        .route("/runs/restore", post(restore))
        .route("/runs/search", post(search))
        .route("/runs/log-metric", post(log_metric))
        .route("/runs/log-parameter", post(log_param))
        .route("/runs/log-batch", post(log_batch))
        .route("/runs/set-tag", post(set_tag))
        .route("/runs/delete-tag", post(delete_tag))
        .route("/runs/log-inputs", post(log_inputs))
        .route("/runs/outputs", post(log_outputs))
        .route("/runs/log-model", post(log_model))
}

#[derive(Serialize)]
struct Found {
    run: Run,
}

#[derive(Deserialize)]
struct Create {
    #[serde(default, deserialize_with = "text")]
    experiment_id: String,
    #[serde(default, deserialize_with = "some_text")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    run_name: Option<String>,
    #[serde(default, deserialize_with = "integer")]
    start_time: Option<i64>,
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

async fn create(State(tracking): State<Tracking>, user: User, asked: Asked<Create>) -> Answer<Found> {
    let Create { experiment_id, user_id, run_name, start_time, tags } = asked.fields;
    let request = RunRequest {
        experiment_id,
        user: user.or_claimed(user_id),
        name: run_name,
        start_time_ms: start_time,
        tags: pairs(tags),
    };
    Ok(Json(Found { run: tracking.create_run(request).await?.into() }))
}

/// The run that a request is about; requests carry the id under either name.
#[derive(Deserialize)]
struct ById {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    run_uuid: Option<String>,
}

impl ById {
    fn run_id(self) -> Result<String, Refusal> {
        self.run_id.or(self.run_uuid).ok_or_else(|| Refusal::missing("run_id"))
    }
}

async fn find(State(tracking): State<Tracking>, asked: Asked<ById>) -> Answer<Found> {
    Ok(Json(Found { run: tracking.run(&asked.fields.run_id()?).await?.into() }))
}

#[derive(Deserialize)]
struct Update {
    #[serde(flatten)]
    run: ById,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default, deserialize_with = "integer")]
    end_time: Option<i64>,
    #[serde(default, deserialize_with = "some_text")]
    run_name: Option<String>,
}

#[derive(Serialize)]
struct Updated {
    run_info: RunInfo,
}

async fn update(State(tracking): State<Tracking>, asked: Asked<Update>) -> Answer<Updated> {
    let Update { run, status, end_time, run_name } = asked.fields;
    let change = RunChange { status: status.map(Into::into), end_time_ms: end_time, name: run_name };
    Ok(Json(Updated { run_info: tracking.update_run(&run.run_id()?, change).await?.into() }))
}

async fn delete(State(tracking): State<Tracking>, asked: Asked<ById>) -> Answer<Done> {
    tracking.delete_run(&asked.fields.run_id()?).await?;
    Ok(Json(Done {}))
}

async fn restore(State(tracking): State<Tracking>, asked: Asked<ById>) -> Answer<Done> {
    tracking.restore_run(&asked.fields.run_id()?).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default, deserialize_with = "list")]
    experiment_ids: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    filter: String,
    #[serde(default)]
    run_view_type: Option<ViewType>,
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
    #[serde(default, deserialize_with = "list")]
    order_by: Vec<String>,
    #[serde(default, deserialize_with = "some_text")]
    page_token: Option<String>,
}

#[derive(Serialize)]
struct SearchAnswer {
    runs: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(tracking): State<Tracking>, asked: Asked<Search>) -> Answer<SearchAnswer> {
    let query = RunQuery {
        experiment_ids: asked.fields.experiment_ids,
        filter: asked.fields.filter,
        order_by: asked.fields.order_by,
        view: asked.fields.run_view_type.unwrap_or_default().into(),
        max_results: asked.fields.max_results,
        page_token: asked.fields.page_token,
    };
    let found = tracking.search_runs(query).await?;
    Ok(Json(SearchAnswer { runs: found.rows.into_iter().map(Run::from).collect(), next_page_token: found.next_token }))
}

#[derive(Deserialize)]
struct LogMetric {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    run_uuid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    key: String,
    #[serde(default, deserialize_with = "double")]
    value: Option<f64>,
    #[serde(default, deserialize_with = "integer")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    step: Option<i64>,
    #[serde(default, deserialize_with = "some_text")]
    model_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    dataset_name: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    dataset_digest: Option<String>,
}

async fn log_metric(State(tracking): State<Tracking>, asked: Asked<LogMetric>) -> Answer<Done> {
    let LogMetric { run_id, run_uuid, key, value, timestamp, step, model_id, dataset_name, dataset_digest } =
        asked.fields;
    let run_id = ById { run_id, run_uuid }.run_id()?;
    let metric = Metric { key, value, timestamp, step, model_id, dataset_name, dataset_digest, run_id: None };
    let entry = metric.into_entry(tracking.now_ms()).map_err(Refusal::missing)?;
    tracking.log(&run_id, Batch { metrics: vec![entry], ..Batch::default() }).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Param {
    #[serde(flatten)]
    run: ById,
    #[serde(default, deserialize_with = "text")]
    key: String,
    #[serde(default, deserialize_with = "text")]
    value: String,
}

impl Param {
    fn into_parts(self) -> Result<(String, Pair), Refusal> {
        Ok((self.run.run_id()?, Pair { key: self.key, value: self.value }))
    }
}

async fn log_param(State(tracking): State<Tracking>, asked: Asked<Param>) -> Answer<Done> {
    let (run_id, param) = asked.fields.into_parts()?;
    tracking.log_params(&run_id, vec![param]).await?;
    Ok(Json(Done {}))
}

async fn set_tag(State(tracking): State<Tracking>, asked: Asked<Param>) -> Answer<Done> {
    let (run_id, tag) = asked.fields.into_parts()?;
    tracking.set_tags(&run_id, vec![tag]).await?;
    Ok(Json(Done {}))
}

async fn delete_tag(State(tracking): State<Tracking>, asked: Asked<Param>) -> Answer<Done> {
    let (run_id, tag) = asked.fields.into_parts()?;
    tracking.delete_tag(&run_id, &tag.key).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct LogBatch {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    metrics: Vec<Metric>,
    #[serde(default, deserialize_with = "objects")]
    params: Vec<KeyValue>,
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

async fn log_batch(State(tracking): State<Tracking>, asked: Asked<LogBatch>) -> Answer<Done> {
    if asked.body_bytes > BATCH_BYTES_AT_MOST {
        return Err(Refusal::invalid(format!(
            "batched logging API requests must be at most {BATCH_BYTES_AT_MOST} bytes, got a request of size {}",
            asked.body_bytes
        )));
    }
    let LogBatch { run_id, metrics, params, tags } = asked.fields;
    let run_id = run_id.ok_or_else(|| Refusal::missing("run_id"))?;
    let now_ms = tracking.now_ms();
    let entry = |(index, metric): (usize, Metric)| {
        metric.into_entry(now_ms).map_err(|field| Refusal::missing(&format!("metrics[{index}].{field}")))
    };
    let metrics = metrics.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
    tracking.log(&run_id, Batch { metrics, params: pairs(params), tags: pairs(tags) }).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct LogInputs {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    datasets: Vec<DatasetInput>,
    #[serde(default, deserialize_with = "objects")]
    models: Vec<ModelInput>,
}

async fn log_inputs(State(tracking): State<Tracking>, asked: Asked<LogInputs>) -> Answer<Done> {
    let LogInputs { run_id, datasets, models } = asked.fields;
    let run_id = run_id.ok_or_else(|| Refusal::missing("run_id"))?;
    let datasets = datasets.into_iter().map(Into::into).collect();
    tracking.log_inputs(&run_id, datasets, models.into_iter().map(|model| model.model_id).collect()).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct LogOutputs {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    models: Vec<ModelOutput>,
}

async fn log_outputs(State(tracking): State<Tracking>, asked: Asked<LogOutputs>) -> Answer<Done> {
    let run_id = asked.fields.run_id.ok_or_else(|| Refusal::missing("run_id"))?;
    let models = asked.fields.models.into_iter().map(|model| (model.model_id, model.step.unwrap_or_default()));
    tracking.log_outputs(&run_id, models.collect()).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct LogModel {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    model_json: String,
}

async fn log_model(State(tracking): State<Tracking>, asked: Asked<LogModel>) -> Answer<Done> {
    let run_id = asked.fields.run_id.ok_or_else(|| Refusal::missing("run_id"))?;
    let model = serde_json::from_str(&asked.fields.model_json)
        .map_err(|error| Refusal::invalid(format!("malformed model info, expected JSON: {error}")))?;
    tracking.note_model(&run_id, model).await?;
    Ok(Json(Done {}))
}
