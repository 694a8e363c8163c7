//! `/registered-models`, with their aliases.

use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::registry_json::{ModelVersion, RegisteredModel, Search};
use crate::wire::{Done, KeyValue, list, objects, pairs, text, version};
use axum::extract::State;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use brickyard_tracking::Tracking;
use brickyard_tracking::rows::Pair;
use serde::{Deserialize, Serialize};

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/registered-models/create", post(create))
        .route("/registered-models/get", get(find))
        .route("/registered-models/search", get(search))
        .route("/registered-models/update", patch(update))
        .route("/registered-models/rename", post(rename))
        .route("/registered-models/delete", delete(remove))
        .route("/registered-models/set-tag", post(set_tag))
        .route("/registered-models/delete-tag", delete(delete_tag))
        .route("/registered-models/alias", get(find_by_alias).post(set_alias).delete(delete_alias))
        .route("/registered-models/get-latest-versions", get(latest_versions).post(latest_versions))
}

#[derive(Serialize)]
struct Found {
    registered_model: RegisteredModel,
}

#[derive(Deserialize)]
struct Create {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    description: String,
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

async fn create(State(tracking): State<Tracking>, asked: Asked<Create>) -> Answer<Found> {
    let Create { name, description, tags } = asked.fields;
    let model = tracking.create_registered_model(&name, &description, pairs(tags)).await?;
    Ok(Json(Found { registered_model: model.into() }))
}

#[derive(Deserialize)]
struct ByName {
    #[serde(default, deserialize_with = "text")]
    name: String,
}

async fn find(State(tracking): State<Tracking>, asked: Asked<ByName>) -> Answer<Found> {
    Ok(Json(Found { registered_model: tracking.registered_model(&asked.fields.name).await?.into() }))
}

#[derive(Serialize)]
struct SearchAnswer {
    registered_models: Vec<RegisteredModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(tracking): State<Tracking>, asked: Asked<Search>) -> Answer<SearchAnswer> {
    let found = tracking.search_registered_models(asked.fields.into()).await?;
    let registered_models = found.rows.into_iter().map(RegisteredModel::from).collect();
    Ok(Json(SearchAnswer { registered_models, next_page_token: found.next_token }))
}

#[derive(Deserialize)]
struct Update {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    description: String,
}

async fn update(State(tracking): State<Tracking>, asked: Asked<Update>) -> Answer<Found> {
    let model = tracking.describe_registered_model(&asked.fields.name, &asked.fields.description).await?;
    Ok(Json(Found { registered_model: model.into() }))
}

#[derive(Deserialize)]
struct Rename {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    new_name: String,
}

async fn rename(State(tracking): State<Tracking>, asked: Asked<Rename>) -> Answer<Found> {
    let model = tracking.rename_registered_model(&asked.fields.name, &asked.fields.new_name).await?;
    Ok(Json(Found { registered_model: model.into() }))
}

async fn remove(State(tracking): State<Tracking>, asked: Asked<ByName>) -> Answer<Done> {
    tracking.delete_registered_model(&asked.fields.name).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    key: String,
    #[serde(default, deserialize_with = "text")]
    value: String,
}

async fn set_tag(State(tracking): State<Tracking>, asked: Asked<Tag>) -> Answer<Done> {
    let Tag { name, key, value } = asked.fields;
    tracking.set_registered_model_tag(&name, Pair { key, value }).await?;
    Ok(Json(Done {}))
}

async fn delete_tag(State(tracking): State<Tracking>, asked: Asked<Tag>) -> Answer<Done> {
    tracking.delete_registered_model_tag(&asked.fields.name, &asked.fields.key).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
struct Alias {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    alias: String,
    #[serde(default, deserialize_with = "version")]
    version: Option<i64>,
}

async fn set_alias(State(tracking): State<Tracking>, asked: Asked<Alias>) -> Answer<Done> {
    let Alias { name, alias, version } = asked.fields;
    tracking.set_alias(&name, &alias, version.ok_or_else(|| Refusal::missing("version"))?).await?;
    Ok(Json(Done {}))
}

async fn delete_alias(State(tracking): State<Tracking>, asked: Asked<Alias>) -> Answer<Done> {
    tracking.delete_alias(&asked.fields.name, &asked.fields.alias).await?;
    Ok(Json(Done {}))
}

#[derive(Serialize)]
struct FoundVersion {
    model_version: ModelVersion,
}

async fn find_by_alias(State(tracking): State<Tracking>, asked: Asked<Alias>) -> Answer<FoundVersion> {
    let version = tracking.version_by_alias(&asked.fields.name, &asked.fields.alias).await?;
    Ok(Json(FoundVersion { model_version: version.into() }))
}

#[derive(Deserialize)]
struct LatestVersions {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "list")]
    stages: Vec<String>,
}

#[derive(Serialize)]
struct Versions {
    model_versions: Vec<ModelVersion>,
}

async fn latest_versions(State(tracking): State<Tracking>, asked: Asked<LatestVersions>) -> Answer<Versions> {
    let found = tracking.latest_of_stages(&asked.fields.name, &asked.fields.stages).await?;
    Ok(Json(Versions { model_versions: found.into_iter().map(ModelVersion::from).collect() }))
}
