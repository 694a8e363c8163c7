//! `/model-versions`.

use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::registry_json::{ModelVersion, Search};
use crate::user::User;
use crate::wire::{Done, KeyValue, boolean, objects, pairs, some_text, text, version};
use axum::extract::State;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use brickyard_tracking::rows::Pair;
use brickyard_tracking::{Tracking, VersionRequest};
use serde::{Deserialize, Serialize};

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/model-versions/create", post(create))
        .route("/model-versions/get", get(find))
        .route("/model-versions/search", get(search))
        .route("/model-versions/update", patch(update))
        .route("/model-versions/delete", delete(remove))
        .route("/model-versions/transition-stage", post(transition))
        .route("/model-versions/get-download-uri", get(download_uri))
        .route("/model-versions/set-tag", post(set_tag))
        .route("/model-versions/delete-tag", delete(delete_tag))
}

#[derive(Serialize)]
struct Found {
    model_version: ModelVersion,
}

#[derive(Deserialize)]
struct Create {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    source: String,
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    run_link: Option<String>,
    #[serde(default, deserialize_with = "text")]
    description: String,
    #[serde(default, deserialize_with = "some_text")]
    model_id: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
}

async fn create(State(tracking): State<Tracking>, user: User, asked: Asked<Create>) -> Answer<Found> {
    let Create { name, source, run_id, run_link, description, model_id, tags } = asked.fields;
    let request =
        VersionRequest { name, source, run_id, run_link, model_id, description, user: user.name(), tags: pairs(tags) };
    Ok(Json(Found { model_version: tracking.create_version(request).await?.into() }))
}

/// The version that a request is about.
#[derive(Deserialize)]
struct ByNumber {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "version")]
    version: Option<i64>,
}

impl ByNumber {
    fn into_parts(self) -> Result<(String, i64), Refusal> {
        Ok((self.name, self.version.ok_or_else(|| Refusal::missing("version"))?))
    }
}

async fn find(State(tracking): State<Tracking>, asked: Asked<ByNumber>) -> Answer<Found> {
    let (name, number) = asked.fields.into_parts()?;
    Ok(Json(Found { model_version: tracking.version(&name, number).await?.into() }))
}

async fn remove(State(tracking): State<Tracking>, asked: Asked<ByNumber>) -> Answer<Done> {
    let (name, number) = asked.fields.into_parts()?;
    tracking.delete_version(&name, number).await?;
    Ok(Json(Done {}))
}

#[derive(Serialize)]
struct DownloadUri {
    artifact_uri: String,
}

async fn download_uri(State(tracking): State<Tracking>, asked: Asked<ByNumber>) -> Answer<DownloadUri> {
    let (name, number) = asked.fields.into_parts()?;
    Ok(Json(DownloadUri { artifact_uri: tracking.version(&name, number).await?.storage_location }))
}

#[derive(Serialize)]
struct SearchAnswer {
    model_versions: Vec<ModelVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(tracking): State<Tracking>, asked: Asked<Search>) -> Answer<SearchAnswer> {
    let found = tracking.search_versions(asked.fields.into()).await?;
    let model_versions = found.rows.into_iter().map(ModelVersion::from).collect();
    Ok(Json(SearchAnswer { model_versions, next_page_token: found.next_token }))
}

/// Everything that changes one version carries some of these.
#[derive(Deserialize)]
struct Change {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "version")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    description: String,
    #[serde(default, deserialize_with = "text")]
    stage: String,
    #[serde(default, deserialize_with = "boolean")]
    archive_existing_versions: bool,
    #[serde(default, deserialize_with = "text")]
    key: String,
    #[serde(default, deserialize_with = "text")]
    value: String,
}

impl Change {
    fn number(&self) -> Result<i64, Refusal> {
        self.version.ok_or_else(|| Refusal::missing("version"))
    }
}

async fn update(State(tracking): State<Tracking>, asked: Asked<Change>) -> Answer<Found> {
    let change = asked.fields;
    let version = tracking.describe_version(&change.name, change.number()?, &change.description).await?;
    Ok(Json(Found { model_version: version.into() }))
}

async fn transition(State(tracking): State<Tracking>, asked: Asked<Change>) -> Answer<Found> {
    let change = asked.fields;
    let archive = change.archive_existing_versions;
    let version = tracking.set_stage(&change.name, change.number()?, &change.stage, archive).await?;
    Ok(Json(Found { model_version: version.into() }))
}

async fn set_tag(State(tracking): State<Tracking>, asked: Asked<Change>) -> Answer<Done> {
    let number = asked.fields.number()?;
    let Change { name, key, value, .. } = asked.fields;
    tracking.set_version_tag(&name, number, Pair { key, value }).await?;
    Ok(Json(Done {}))
}

async fn delete_tag(State(tracking): State<Tracking>, asked: Asked<Change>) -> Answer<Done> {
    let change = asked.fields;
    tracking.delete_version_tag(&change.name, change.number()?, &change.key).await?;
    Ok(Json(Done {}))
}
