//! Registered models and versions as MLflow writes them.

use crate::wire::{KeyValue, integer, key_values, list, some_text, text};
use brickyard_tracking::RegistryQuery;
use brickyard_tracking::rows::{RegisteredModelRow, VersionRow, VersionStatus};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct RegisteredModel {
    name: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    description: String,
    latest_versions: Vec<ModelVersion>,
    tags: Vec<KeyValue>,
    aliases: Vec<Alias>,
}

#[derive(Serialize)]
struct Alias {
    alias: String,
    version: String,
}

#[derive(Serialize)]
pub(crate) struct ModelVersion {
    name: String,
    version: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    user_id: String,
    current_stage: &'static str,
    description: String,
    source: String,
    run_id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    tags: Vec<KeyValue>,
    run_link: String,
    aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
}

impl From<RegisteredModelRow> for RegisteredModel {
    fn from(row: RegisteredModelRow) -> Self {
        let aliases = row.aliases.into_iter();
        RegisteredModel {
            name: row.name,
            creation_timestamp: row.creation_time_ms,
            last_updated_timestamp: row.last_update_time_ms,
            description: row.description,
            latest_versions: row.latest_versions.into_iter().map(ModelVersion::from).collect(),
            tags: key_values(row.tags),
            aliases: aliases.map(|row| Alias { alias: row.alias, version: row.version.to_string() }).collect(),
        }
    }
}

impl From<VersionRow> for ModelVersion {
    fn from(row: VersionRow) -> Self {
        ModelVersion {
            name: row.name,
            version: row.version.to_string(),
            creation_timestamp: row.creation_time_ms,
            last_updated_timestamp: row.last_update_time_ms,
            user_id: row.user_id,
            current_stage: row.stage.as_str(),
            description: row.description,
            source: row.source,
            run_id: row.run_id.unwrap_or_default(),
            status: match row.status {
                VersionStatus::PendingRegistration => "PENDING_REGISTRATION",
                VersionStatus::FailedRegistration => "FAILED_REGISTRATION",
                VersionStatus::Ready => "READY",
            },
            status_message: row.status_message,
            tags: key_values(row.tags),
            run_link: row.run_link.unwrap_or_default(),
            aliases: row.aliases,
            model_id: row.model_id,
        }
    }
}

/// The fields of a search of either.
#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default, deserialize_with = "text")]
    filter: String,
    #[serde(default, deserialize_with = "integer")]
    max_results: Option<i64>,
    #[serde(default, deserialize_with = "list")]
    order_by: Vec<String>,
    #[serde(default, deserialize_with = "some_text")]
    page_token: Option<String>,
}

impl From<Search> for RegistryQuery {
    fn from(search: Search) -> Self {
        let Search { filter, max_results, order_by, page_token } = search;
        RegistryQuery { filter, order_by, max_results, page_token }
    }
}
