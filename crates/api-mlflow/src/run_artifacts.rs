//! `/artifacts/list`, and downloads by run or logged model for browsers.

use crate::artifact_proxy::{FileInfo, Files, attachment};
use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::wire::{some_text, text};
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use brickyard_error::Failure;
use brickyard_tracking::{ARTIFACT_SCHEME, ArtifactPath, ModelUri, Tracking};
use serde::Deserialize;

pub(crate) fn routes() -> Router<Tracking> {
    Router::new().route("/artifacts/list", get(list)).route("/get-artifact", get(download))
}

pub(crate) fn download_routes() -> Router<Tracking> {
    Router::new().route("/get-artifact", get(download))
}

#[derive(Deserialize)]
struct OfRun {
    #[serde(default, deserialize_with = "some_text")]
    run_id: Option<String>,
    #[serde(default, deserialize_with = "some_text")]
    run_uuid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    path: String,
}

async fn list(State(tracking): State<Tracking>, asked: Asked<OfRun>) -> Answer<Files> {
    let run_id = asked.fields.run_id.or(asked.fields.run_uuid).ok_or_else(|| Refusal::missing("run_id"))?;
    let run = tracking.run(&run_id).await?;
    list_below(&tracking, run.artifact_uri, &asked.fields.path).await
}

async fn download(State(tracking): State<Tracking>, asked: Asked<OfRun>) -> Result<Response, Refusal> {
    let run_id = asked.fields.run_id.or(asked.fields.run_uuid).ok_or_else(|| Refusal::missing("run_id"))?;
    let run = tracking.run(&run_id).await?;
    let path = stored_folder(&run.artifact_uri)?.join(&asked.fields.path)?;
    Ok(attachment(&path, tracking.artifacts().get(&path).await?))
}

/// What lies in a folder below an artifact URI, by paths relative to the URI.
pub(crate) async fn list_below(tracking: &Tracking, root_uri: String, path: &str) -> Answer<Files> {
    let relative = ArtifactPath::parse(path)?;
    let folder = stored_folder(&root_uri)?.join(relative.as_str())?;
    let entries = tracking.artifacts().list(&folder).await?;
    let files = entries.into_iter().map(|entry| FileInfo::below(relative.as_str(), entry)).collect();
    Ok(Json(Files { root_uri: Some(root_uri), files }))
}

fn stored_folder(uri: &str) -> Result<ArtifactPath, Failure> {
    match ModelUri::parse(uri) {
        Ok(ModelUri::Artifacts { path }) => ArtifactPath::parse(&path),
        _ => Err(Failure::unsupported(format!("listing {uri} here; only {ARTIFACT_SCHEME}/ lies on this server"))),
    }
}
