//! `/mlflow-artifacts`: files streamed through the server in bounded memory.

use crate::asked::Asked;
use crate::refusal::{Answer, Refusal};
use crate::unsupported::not_implemented;
use crate::wire::{Done, text};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use brickyard_error::{Failure, codes};
use brickyard_tracking::{ArtifactBytes, ArtifactEntry, ArtifactPath, Tracking};
use serde::{Deserialize, Serialize};

/// Clients that read this beginning fall back to plain uploads.
const NO_MULTIPART: &str = "Multipart upload is not supported for the current artifact repository";

pub(crate) fn routes() -> Router<Tracking> {
    Router::new()
        .route("/artifacts", get(list))
        .route("/artifacts/", get(list))
        .route("/artifacts/{*path}", get(download).put(upload).delete(delete))
        .route("/mpu/{*rest}", any(|| async { Refusal::from(Failure::new(&codes::server::UNSUPPORTED, NO_MULTIPART)) }))
        .route("/presigned/{*rest}", not_implemented("presigned artifact URLs; artifacts go through this server"))
        .fallback(crate::refusal::no_such_endpoint)
}

async fn upload(
    State(tracking): State<Tracking>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Json<Done>, Refusal> {
    let path = file(&path)?;
    tracking.artifacts().put(&path, request.into_body().into_data_stream()).await?;
    Ok(Json(Done {}))
}

async fn download(State(tracking): State<Tracking>, Path(path): Path<String>) -> Result<Response, Refusal> {
    let path = file(&path)?;
    Ok(attachment(&path, tracking.artifacts().get(&path).await?))
}

async fn delete(State(tracking): State<Tracking>, Path(path): Path<String>) -> Answer<Done> {
    tracking.artifacts().delete(&file(&path)?).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
pub(crate) struct List {
    #[serde(default, deserialize_with = "text")]
    path: String,
}

#[derive(Serialize)]
pub(crate) struct Files {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_uri: Option<String>,
    pub files: Vec<FileInfo>,
}

#[derive(Serialize)]
pub(crate) struct FileInfo {
    pub path: String,
    pub is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
}

impl FileInfo {
    /// An entry of a listed folder, with the folder's path before its name.
    pub(crate) fn below(folder: &str, entry: ArtifactEntry) -> Self {
        FileInfo {
            path: if folder.is_empty() { entry.path } else { format!("{folder}/{}", entry.path) },
            is_dir: entry.is_folder,
            file_size: (!entry.is_folder).then_some(entry.size_bytes),
        }
    }
}

async fn list(State(tracking): State<Tracking>, asked: Asked<List>) -> Answer<Files> {
    let folder = ArtifactPath::parse(&asked.fields.path)?;
    let entries = tracking.artifacts().list(&folder).await?;
    let files = entries.into_iter().map(|entry| FileInfo::below("", entry)).collect();
    Ok(Json(Files { root_uri: None, files }))
}

/// A path that names something below the root.
fn file(path: &str) -> Result<ArtifactPath, Refusal> {
    let path = ArtifactPath::parse(path)?;
    if path.as_str().is_empty() { Err(Refusal::missing("path")) } else { Ok(path) }
}

/// A file to be saved, not shown: what users uploaded never runs in a page of ours.
pub(crate) fn attachment(path: &ArtifactPath, file: ArtifactBytes) -> Response {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, file.size_bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{encoded}")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, Body::from_stream(file.stream)).into_response()
}
