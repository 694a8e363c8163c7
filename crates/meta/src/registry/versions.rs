//! Versions of registered models.

use super::models::{insert_model, require_model};
use super::{Registry, no_version};
use crate::store::Step;
use crate::tracking::Pair;
use brickyard_error::Result;
use sqlx::SqliteConnection;

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
pub enum Stage {
    None,
    Staging,
    Production,
    Archived,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VersionStatus {
    PendingRegistration,
    FailedRegistration,
    Ready,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct VersionRow {
    pub name: String,
    pub version: i64,
    pub creation_time_ms: i64,
    pub last_update_time_ms: i64,
    pub description: String,
    pub user_id: String,
    pub stage: Stage,
    /// As the client gave it.
    pub source: String,
    /// Where the files lie: `mlflow-artifacts:/…`, an absolute path or a URL.
    pub storage_location: String,
    pub run_id: Option<String>,
    pub run_link: Option<String>,
    /// The logged model that was registered.
    pub model_id: Option<String>,
    pub status: VersionStatus,
    pub status_message: Option<String>,
    #[sqlx(skip)]
    pub tags: Vec<Pair>,
    #[sqlx(skip)]
    pub aliases: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct NewVersion {
    pub name: String,
    /// Create the registered model when there is none.
    pub create_model: bool,
    pub place: Place,
    pub description: String,
    pub user_id: String,
    pub run_id: Option<String>,
    pub run_link: Option<String>,
    pub model_id: Option<String>,
    pub status: VersionStatus,
    pub tags: Vec<Pair>,
    pub now_ms: i64,
}

/// Where a new version's files lie.
#[derive(Debug, Clone)]
pub enum Place {
    /// Where they are already: as the client said it, and what that means.
    Existing { source: String, storage_location: String },
    /// In a folder of its own, `<root>/<version>-<suffix>`.
    Own { root: String, suffix: String },
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::None => "None",
            Stage::Staging => "Staging",
            Stage::Production => "Production",
            Stage::Archived => "Archived",
        }
    }
}

impl Registry {
    /// The next version of the model.
    pub async fn create_version(&self, version: NewVersion) -> Result<VersionRow> {
        self.meta.write(move |connection| Box::pin(create(connection, version))).await
    }

    pub async fn get_version(&self, name: &str, version: i64) -> Result<VersionRow> {
        let name = name.to_owned();
        self.meta.read(move |connection| Box::pin(get(connection, name, version))).await
    }

    /// The newest version that is ready.
    pub async fn latest_ready_version(&self, name: &str) -> Result<Option<VersionRow>> {
        let name = name.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    require_model(connection, &name).await?;
                    let newest: Option<i64> = sqlx::query_scalar(
                        "SELECT max(version) FROM model_versions WHERE name = ? AND status = 'READY'",
                    )
                    .bind(name.clone())
                    .fetch_one(&mut *connection)
                    .await?;
                    match newest {
                        Some(version) => get(connection, name, version).await.map(Some),
                        None => Ok(None),
                    }
                })
            })
            .await
    }

    pub async fn describe_version(
        &self,
        name: &str,
        version: i64,
        description: &str,
        now_ms: i64,
    ) -> Result<VersionRow> {
        let (name, description) = (name.to_owned(), description.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE model_versions SET description = ?, last_update_time_ms = ?
                         WHERE name = ? AND version = ?",
                    )
                    .bind(description)
                    .bind(now_ms)
                    .bind(name.clone())
                    .bind(version)
                    .execute(&mut *connection)
                    .await?;
                    get(connection, name, version).await
                })
            })
            .await
    }

    /// Says that a version's files are complete, or why they never will be.
    pub async fn set_version_status(
        &self,
        name: &str,
        version: i64,
        status: VersionStatus,
        message: Option<String>,
        now_ms: i64,
    ) -> Result<VersionRow> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE model_versions SET status = ?, status_message = ?, last_update_time_ms = ?
                         WHERE name = ? AND version = ?",
                    )
                    .bind(status)
                    .bind(message)
                    .bind(now_ms)
                    .bind(name.clone())
                    .bind(version)
                    .execute(&mut *connection)
                    .await?;
                    get(connection, name, version).await
                })
            })
            .await
    }

    /// Moves a version to a stage; with `archive_others`, what was there goes to the archive.
    pub async fn set_stage(
        &self,
        name: &str,
        version: i64,
        stage: Stage,
        archive_others: bool,
        now_ms: i64,
    ) -> Result<VersionRow> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    get(connection, name.clone(), version).await?;
                    if archive_others {
                        sqlx::query(
                            "UPDATE model_versions SET stage = 'Archived', last_update_time_ms = ?
                             WHERE name = ? AND stage = ? AND version <> ?",
                        )
                        .bind(now_ms)
                        .bind(name.clone())
                        .bind(stage)
                        .bind(version)
                        .execute(&mut *connection)
                        .await?;
                    }
                    sqlx::query(
                        "UPDATE model_versions SET stage = ?, last_update_time_ms = ? WHERE name = ? AND version = ?",
                    )
                    .bind(stage)
                    .bind(now_ms)
                    .bind(name.clone())
                    .bind(version)
                    .execute(&mut *connection)
                    .await?;
                    touch_model(connection, &name, now_ms).await?;
                    get(connection, name, version).await
                })
            })
            .await
    }

    /// Deletes the version with its tags and aliases; its number stays used.
    pub async fn delete_version(&self, name: &str, version: i64, now_ms: i64) -> Result<()> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM model_versions WHERE name = ? AND version = ?")
                        .bind(name.clone())
                        .bind(version)
                        .execute(&mut *connection)
                        .await?;
                    if done.rows_affected() == 0 {
                        return Err(no_version(&name, version).into());
                    }
                    touch_model(connection, &name, now_ms).await
                })
            })
            .await
    }

    pub async fn set_version_tag(&self, name: &str, version: i64, tag: Pair) -> Result<()> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    get(connection, name.clone(), version).await?;
                    set_tag(connection, &name, version, tag).await
                })
            })
            .await
    }

    /// A tag that is not there is fine.
    pub async fn delete_version_tag(&self, name: &str, version: i64, key: &str) -> Result<()> {
        let (name, key) = (name.to_owned(), key.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    get(connection, name.clone(), version).await?;
                    sqlx::query("DELETE FROM model_version_tags WHERE name = ? AND version = ? AND key = ?")
                        .bind(name)
                        .bind(version)
                        .bind(key)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn create(connection: &mut SqliteConnection, new: NewVersion) -> Step<VersionRow> {
    if new.create_model {
        insert_model(connection, &new.name, String::new(), new.now_ms).await?;
    }
    require_model(connection, &new.name).await?;
    let version: i64 = sqlx::query_scalar(
        "UPDATE registered_models SET last_version = last_version + 1, last_update_time_ms = ? WHERE name = ?
         RETURNING last_version",
    )
    .bind(new.now_ms)
    .bind(new.name.clone())
    .fetch_one(&mut *connection)
    .await?;
    let (source, storage_location) = match new.place {
        Place::Existing { source, storage_location } => (source, storage_location),
        Place::Own { root, suffix } => {
            let folder = format!("{root}/{version}-{suffix}");
            (folder.clone(), folder)
        }
    };
    sqlx::query(
        "INSERT INTO model_versions (name, version, creation_time_ms, last_update_time_ms, description, user_id, stage,
         source, storage_location, run_id, run_link, model_id, status)
         VALUES (?, ?, ?, ?, ?, ?, 'None', ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.name.clone())
    .bind(version)
    .bind(new.now_ms)
    .bind(new.now_ms)
    .bind(new.description)
    .bind(new.user_id)
    .bind(source)
    .bind(storage_location)
    .bind(new.run_id)
    .bind(new.run_link)
    .bind(new.model_id.clone())
    .bind(new.status)
    .execute(&mut *connection)
    .await?;
    for tag in new.tags {
        set_tag(connection, &new.name, version, tag).await?;
    }
    if let Some(model_id) = new.model_id {
        note_registration(connection, model_id, &new.name, &version.to_string()).await?;
    }
    get(connection, new.name, version).await
}

/// Clients read a logged model's registrations from its tag `mlflow.modelVersions`, a list of names and versions.
async fn note_registration(connection: &mut SqliteConnection, model_id: String, name: &str, version: &str) -> Step<()> {
    sqlx::query(
        "INSERT INTO logged_model_tags (model_id, key, value)
         SELECT model_id, 'mlflow.modelVersions', json_array(json_object('name', ?2, 'version', ?3))
         FROM logged_models WHERE model_id = ?1
         ON CONFLICT DO UPDATE SET value = json_insert(
             CASE WHEN json_valid(value) THEN value ELSE '[]' END, '$[#]', json_object('name', ?2, 'version', ?3))",
    )
    .bind(model_id)
    .bind(name.to_owned())
    .bind(version.to_owned())
    .execute(connection)
    .await?;
    Ok(())
}

async fn get(connection: &mut SqliteConnection, name: String, version: i64) -> Step<VersionRow> {
    let found: Option<VersionRow> = sqlx::query_as("SELECT * FROM model_versions WHERE name = ? AND version = ?")
        .bind(name.clone())
        .bind(version)
        .fetch_optional(&mut *connection)
        .await?;
    let mut row = found.ok_or_else(|| no_version(&name, version))?;
    complete(connection, &mut row).await?;
    Ok(row)
}

/// Adds tags and aliases.
pub(super) async fn complete(connection: &mut SqliteConnection, row: &mut VersionRow) -> Step<()> {
    row.tags = sqlx::query_as("SELECT key, value FROM model_version_tags WHERE name = ? AND version = ? ORDER BY key")
        .bind(row.name.clone())
        .bind(row.version)
        .fetch_all(&mut *connection)
        .await?;
    row.aliases =
        sqlx::query_scalar("SELECT alias FROM registered_model_aliases WHERE name = ? AND version = ? ORDER BY alias")
            .bind(row.name.clone())
            .bind(row.version)
            .fetch_all(connection)
            .await?;
    Ok(())
}

pub(super) async fn latest_of_stages(connection: &mut SqliteConnection, name: &str) -> Step<Vec<VersionRow>> {
    let mut rows: Vec<VersionRow> = sqlx::query_as(
        "SELECT * FROM model_versions WHERE (name, version) IN
         (SELECT name, max(version) FROM model_versions WHERE name = ? GROUP BY stage) ORDER BY version",
    )
    .bind(name.to_owned())
    .fetch_all(&mut *connection)
    .await?;
    for row in &mut rows {
        complete(connection, row).await?;
    }
    Ok(rows)
}

async fn set_tag(connection: &mut SqliteConnection, name: &str, version: i64, tag: Pair) -> Step<()> {
    sqlx::query(
        "INSERT INTO model_version_tags (name, version, key, value) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET value = excluded.value",
    )
    .bind(name.to_owned())
    .bind(version)
    .bind(tag.key)
    .bind(tag.value)
    .execute(connection)
    .await?;
    Ok(())
}

async fn touch_model(connection: &mut SqliteConnection, name: &str, now_ms: i64) -> Step<()> {
    sqlx::query("UPDATE registered_models SET last_update_time_ms = ? WHERE name = ?")
        .bind(now_ms)
        .bind(name.to_owned())
        .execute(connection)
        .await?;
    Ok(())
}
