//! `/experiments`.

use crate::asked::Asked;
use crate::refusal::Answer;
use crate::wire::{Done, KeyValue, ViewType, integer, key_values, list, objects, pairs, some_text, text};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use brickyard_tracking::rows::{DatasetSummary, ExperimentRow, Pair};
use brickyard_tracking::{ExperimentQuery, Tracking};
use serde::{Deserialize, Serialize};

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/experiments/create", post(create))
        .route("/experiments/search", get(search).post(search))
        .route("/experiments/get", get(find))
        .route("/experiments/get-by-name", get(find_by_name))
        .route("/experiments/delete", post(delete))
        .route("/experiments/restore", post(restore))
        .route("/experiments/update", post(update))
        .route("/experiments/set-experiment-tag", post(set_tag))
        .route("/experiments/delete-experiment-tag", post(delete_tag))
}

pub(crate) fn dataset_routes() -> Router<Tracking> {
    Router::new().route("/experiments/search-datasets", post(search_datasets))
}

#[derive(Serialize)]
struct Experiment {
    experiment_id: String,
    name: String,
    artifact_location: String,
    lifecycle_stage: &'static str,
    creation_time: i64,
    last_update_time: i64,
    tags: Vec<KeyValue>,
}

impl From<ExperimentRow> for Experiment {
    fn from(row: ExperimentRow) -> Self {
        Experiment {
            experiment_id: row.experiment_id.to_string(),
            name: row.name,
            artifact_location: row.artifact_location,
            lifecycle_stage: row.lifecycle_stage.as_str(),
            creation_time: row.creation_time_ms,
            last_update_time: row.last_update_time_ms,
            tags: key_values(row.tags),
        }
    }
}

#[derive(Serialize)]
struct Found {
    experiment: Experiment,
}

#[derive(Deserialize)]
struct Create {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "some_text")]
    artifact_location: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

#[derive(Serialize)]
struct Created {
    experiment_id: String,
}

async fn create(State(tracking): State<Tracking>, asked: Asked<Create>) -> Answer<Created> {
    let Create { name, artifact_location, tags } = asked.fields;
    let id = tracking.create_experiment(&name, artifact_location, pairs(tags)).await?;
    Ok(Json(Created { experiment_id: id.to_string() }))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
    #[serde(default, deserialize_with = "some_text")]
    page_token: Option<String>,
    #[serde(default, deserialize_with = "text")]
    filter: String,
    #[serde(default, deserialize_with = "list")]
    order_by: Vec<String>,
    #[serde(default)]
    view_type: Option<ViewType>,
}

#[derive(Serialize)]
struct SearchAnswer {
    experiments: Vec<Experiment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(tracking): State<Tracking>, asked: Asked<Search>) -> Answer<SearchAnswer> {
    let query = ExperimentQuery {
        filter: asked.fields.filter,
        order_by: asked.fields.order_by,
        view: asked.fields.view_type.unwrap_or_default().into(),
        max_results: asked.fields.max_results,
        page_token: asked.fields.page_token,
    };
    let found = tracking.search_experiments(query).await?;
    let experiments = found.rows.into_iter().map(Experiment::from).collect();
    Ok(Json(SearchAnswer { experiments, next_page_token: found.next_token }))
}

#[derive(Deserialize)]
struct ById {
    #[serde(default, deserialize_with = "text")]
    experiment_id: String,
}

async fn find(State(tracking): State<Tracking>, asked: Asked<ById>) -> Answer<Found> {
    Ok(Json(Found { experiment: tracking.experiment(&asked.fields.experiment_id).await?.into() }))
}

#[derive(Deserialize)]
struct ByName {
    #[serde(default, deserialize_with = "text")]
    experiment_name: String,
}

async fn find_by_name(State(tracking): State<Tracking>, asked: Asked<ByName>) -> Answer<Found> {
    Ok(Json(Found { experiment: tracking.experiment_by_name(&asked.fields.experiment_name).await?.into() }))
}

async fn delete(State(tracking): State<Tracking>, asked: Asked<ById>) -> Answer<Done> {
    tracking.delete_experiment(&asked.fields.experiment_id).await?;
    Ok(Json(Done {}))
}

async fn restore(State(tracking): State<Tracking>, asked: Asked<ById>) -> Answer<Done> {
    tracking.restore_experiment(&asked.fields.experiment_id).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Update {
    #[serde(default, deserialize_with = "text")]
    experiment_id: String,
    #[serde(default, deserialize_with = "text")]
    new_name: String,
}

async fn update(State(tracking): State<Tracking>, asked: Asked<Update>) -> Answer<Done> {
    tracking.rename_experiment(&asked.fields.experiment_id, &asked.fields.new_name).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default, deserialize_with = "text")]
    experiment_id: String,
    #[serde(default, deserialize_with = "text")]
    key: String,
    #[serde(default, deserialize_with = "text")]
    value: String,
}

async fn set_tag(State(tracking): State<Tracking>, asked: Asked<Tag>) -> Answer<Done> {
    let Tag { experiment_id, key, value } = asked.fields;
    tracking.set_experiment_tag(&experiment_id, Pair { key, value }).await?;
    Ok(Json(Done {}))
}

async fn delete_tag(State(tracking): State<Tracking>, asked: Asked<Tag>) -> Answer<Done> {
    tracking.delete_experiment_tag(&asked.fields.experiment_id, &asked.fields.key).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct SearchDatasets {
    #[serde(default, deserialize_with = "list")]
    experiment_ids: Vec<String>,
}

#[derive(Serialize)]
struct Summary {
    experiment_id: String,
    name: String,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
}

impl From<DatasetSummary> for Summary {
    fn from(row: DatasetSummary) -> Self {
        let DatasetSummary { experiment_id, name, digest, context } = row;
        Summary { experiment_id: experiment_id.to_string(), name, digest, context }
    }
}

#[derive(Serialize)]
struct Summaries {
    dataset_summaries: Vec<Summary>,
}

async fn search_datasets(State(tracking): State<Tracking>, asked: Asked<SearchDatasets>) -> Answer<Summaries> {
    let found = tracking.search_datasets(&asked.fields.experiment_ids).await?;
    Ok(Json(Summaries { dataset_summaries: found.into_iter().map(Summary::from).collect() }))
}
