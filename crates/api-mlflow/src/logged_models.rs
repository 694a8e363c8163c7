//! `/logged-models`.

use crate::artifact_proxy::Files;
use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::run_artifacts::list_below;
use crate::run_json::Metric;
use crate::wire::{Anything, Done, KeyValue, integer, key_values, list, objects, pairs, some_text, text};
use axum::extract::{Path, State};
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use brickyard_tracking::rows::{LoggedModelRow, LoggedModelStatus, ModelMetricRow};
use brickyard_tracking::{LoggedModelQuery, LoggedModelRequest, MetricOrder, Tracking};
use serde::{Deserialize, Serialize};

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/logged-models", post(create))
        .route("/logged-models/search", post(search))
        .route("/logged-models/{model_id}", get(find).patch(finalize).delete(remove))
        .route("/logged-models/{model_id}/params", post(log_params))
        .route("/logged-models/{model_id}/tags", patch(set_tags))
        .route("/logged-models/{model_id}/tags/{key}", delete(delete_tag))
        .route("/logged-models/{model_id}/artifacts/directories", get(list_artifacts))
}

#[derive(Serialize)]
struct Found {
    model: LoggedModel,
}

#[derive(Serialize)]
struct LoggedModel {
    info: Info,
    data: Data,
}

#[derive(Serialize)]
struct Info {
    model_id: String,
    experiment_id: String,
    name: String,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_run_id: Option<String>,
    tags: Vec<KeyValue>,
}

#[derive(Serialize)]
struct Data {
    params: Vec<KeyValue>,
    metrics: Vec<Metric>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Status {
    #[serde(rename = "LOGGED_MODEL_PENDING")]
    Pending,
    #[serde(rename = "LOGGED_MODEL_READY")]
    Ready,
    #[serde(rename = "LOGGED_MODEL_UPLOAD_FAILED")]
    UploadFailed,
}

impl From<Status> for LoggedModelStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => LoggedModelStatus::Pending,
            Status::Ready => LoggedModelStatus::Ready,
            Status::UploadFailed => LoggedModelStatus::UploadFailed,
        }
    }
}

impl From<LoggedModelStatus> for Status {
    fn from(status: LoggedModelStatus) -> Self {
        match status {
            LoggedModelStatus::Pending => Status::Pending,
            LoggedModelStatus::Ready => Status::Ready,
            LoggedModelStatus::UploadFailed => Status::UploadFailed,
        }
    }
}

impl From<LoggedModelRow> for Found {
    fn from(row: LoggedModelRow) -> Self {
        Found { model: row.into() }
    }
}

impl From<LoggedModelRow> for LoggedModel {
    fn from(row: LoggedModelRow) -> Self {
        let model_id = row.model_id.clone();
        let metric = |measured: ModelMetricRow| Metric {
            model_id: Some(model_id.clone()),
            dataset_name: measured.dataset_name,
            dataset_digest: measured.dataset_digest,
            run_id: Some(measured.run_id),
            ..measured.metric.into()
        };
        LoggedModel {
            data: Data { params: key_values(row.params), metrics: row.metrics.into_iter().map(metric).collect() },
            info: Info {
                model_id: row.model_id,
                experiment_id: row.experiment_id.to_string(),
                name: row.name,
                creation_timestamp_ms: row.creation_time_ms,
                last_updated_timestamp_ms: row.last_update_time_ms,
                artifact_uri: row.artifact_uri,
                status: row.status.into(),
                model_type: row.model_type,
                source_run_id: row.source_run_id,
                tags: key_values(row.tags),
            },
        }
    }
}

#[derive(Deserialize)]
struct Create {
    #[serde(default, deserialize_with = "text")]
    experiment_id: String,
    #[serde(default, deserialize_with = "some_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    model_type: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    source_run_id: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    params: Vec<KeyValue>,
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

async fn create(State(tracking): State<Tracking>, asked: Asked<Create>) -> Answer<Found> {
    let Create { experiment_id, name, model_type, source_run_id, params, tags } = asked.fields;
    let request =
        LoggedModelRequest { experiment_id, name, model_type, source_run_id, params: pairs(params), tags: pairs(tags) };
    Ok(Json(tracking.create_logged_model(request).await?.into()))
}

async fn find(State(tracking): State<Tracking>, Path(model_id): Path<String>) -> Answer<Found> {
    Ok(Json(tracking.logged_model(&model_id).await?.into()))
}

#[derive(Deserialize)]
struct Finalize {
    status: Option<Status>,
}

async fn finalize(
    State(tracking): State<Tracking>,
    Path(model_id): Path<String>,
    asked: Asked<Finalize>,
) -> Answer<Found> {
    let status = asked.fields.status.ok_or_else(|| Refusal::missing("status"))?;
    Ok(Json(tracking.finalize_logged_model(&model_id, status.into()).await?.into()))
}

async fn remove(State(tracking): State<Tracking>, Path(model_id): Path<String>, _: Asked<Anything>) -> Answer<Done> {
    tracking.delete_logged_model(&model_id).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Params {
    #[serde(default, deserialize_with = "objects")]
    params: Vec<KeyValue>,
}

async fn log_params(
    State(tracking): State<Tracking>,
    Path(model_id): Path<String>,
    asked: Asked<Params>,
) -> Answer<Done> {
    tracking.log_logged_model_params(&model_id, pairs(asked.fields.params)).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

async fn set_tags(State(tracking): State<Tracking>, Path(model_id): Path<String>, asked: Asked<Tags>) -> Answer<Found> {
    Ok(Json(tracking.set_logged_model_tags(&model_id, pairs(asked.fields.tags)).await?.into()))
}

async fn delete_tag(State(tracking): State<Tracking>, Path((model_id, key)): Path<(String, String)>) -> Answer<Done> {
    tracking.delete_logged_model_tag(&model_id, &key).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct ListArtifacts {
    #[serde(default, deserialize_with = "text")]
    artifact_directory_path: String,
}

async fn list_artifacts(
    State(tracking): State<Tracking>,
    Path(model_id): Path<String>,
    asked: Asked<ListArtifacts>,
) -> Answer<Files> {
    let model = tracking.logged_model(&model_id).await?;
    list_below(&tracking, model.artifact_uri, &asked.fields.artifact_directory_path).await
}

#[derive(Deserialize)]
struct Search {
    #[serde(default, deserialize_with = "list")]
    experiment_ids: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    filter: String,
    #[serde(default, deserialize_with = "objects")]
    datasets: Vec<Dataset>,
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
    #[serde(default, deserialize_with = "objects")]
    order_by: Vec<OrderBy>,
    #[serde(default, deserialize_with = "some_text")]
    page_token: Option<String>,
}

#[derive(Deserialize)]
struct Dataset {
    #[serde(default, deserialize_with = "text")]
    dataset_name: String,
    #[serde(default, deserialize_with = "some_text")]
    dataset_digest: Option<String>,
}

#[derive(Deserialize)]
struct OrderBy {
    #[serde(default, deserialize_with = "text")]
    field_name: String,
    #[serde(default)]
    ascending: Option<bool>,
    #[serde(default, deserialize_with = "some_text")]
    dataset_name: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    dataset_digest: Option<String>,
}

#[derive(Serialize)]
struct SearchAnswer {
    models: Vec<LoggedModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(tracking): State<Tracking>, asked: Asked<Search>) -> Answer<SearchAnswer> {
    let Search { experiment_ids, filter, datasets, max_results, order_by, page_token } = asked.fields;
    let order = |order: OrderBy| MetricOrder {
        field_name: order.field_name,
        descending: !order.ascending.unwrap_or(true),
        dataset: order.dataset_name.map(|name| (name, order.dataset_digest)),
    };
    let query = LoggedModelQuery {
        experiment_ids,
        filter,
        datasets: datasets.into_iter().map(|dataset| (dataset.dataset_name, dataset.dataset_digest)).collect(),
        order_by: order_by.into_iter().map(order).collect(),
        max_results,
        page_token,
    };
    let found = tracking.search_logged_models(query).await?;
    let models = found.rows.into_iter().map(LoggedModel::from).collect();
    Ok(Json(SearchAnswer { models, next_page_token: found.next_token }))
}
