//! Registered models: names, descriptions, tags, aliases.

use super::versions::{VersionRow, latest_of_stages};
use super::{Registry, no_model, no_version};
use crate::store::Step;
use crate::tracking::Pair;
use brickyard_error::{Failure, Result, codes};
use sqlx::SqliteConnection;

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct RegisteredModelRow {
    pub name: String,
    pub description: String,
    pub creation_time_ms: i64,
    pub last_update_time_ms: i64,
    #[sqlx(skip)]
    pub tags: Vec<Pair>,
    #[sqlx(skip)]
    pub aliases: Vec<Alias>,
    /// The newest version of each stage.
    #[sqlx(skip)]
    pub latest_versions: Vec<VersionRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Alias {
    pub alias: String,
    pub version: i64,
}

const SET_TAG: &str = "INSERT INTO registered_model_tags (name, key, value) VALUES (?, ?, ?)
                       ON CONFLICT DO UPDATE SET value = excluded.value";

impl Registry {
    /// # Errors
    /// [`codes::tracking::EXISTS`] when the name is taken.
    pub async fn create_model(
        &self,
        name: &str,
        description: &str,
        tags: Vec<Pair>,
        now_ms: i64,
    ) -> Result<RegisteredModelRow> {
        let (name, description) = (name.to_owned(), description.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    if !insert_model(connection, &name, description, now_ms).await? {
                        return Err(name_taken(&name).into());
                    }
                    for tag in tags {
                        set_tag(connection, &name, tag).await?;
                    }
                    model(connection, name).await
                })
            })
            .await
    }

    pub async fn get_model(&self, name: &str) -> Result<RegisteredModelRow> {
        let name = name.to_owned();
        self.meta.read(move |connection| Box::pin(model(connection, name))).await
    }

    pub async fn describe_model(&self, name: &str, description: &str, now_ms: i64) -> Result<RegisteredModelRow> {
        let (name, description) = (name.to_owned(), description.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE registered_models SET description = ?, last_update_time_ms = ? WHERE name = ?")
                        .bind(description)
                        .bind(now_ms)
                        .bind(name.clone())
                        .execute(&mut *connection)
                        .await?;
                    model(connection, name).await
                })
            })
            .await
    }

    /// Renames the model with its versions, tags and aliases.
    pub async fn rename_model(&self, name: &str, new_name: &str, now_ms: i64) -> Result<RegisteredModelRow> {
        let (name, new_name) = (name.to_owned(), new_name.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    model(connection, name.clone()).await?;
                    if name != new_name && exists(connection, &new_name).await? {
                        return Err(name_taken(&new_name).into());
                    }
                    sqlx::query("UPDATE registered_models SET name = ?, last_update_time_ms = ? WHERE name = ?")
                        .bind(new_name.clone())
                        .bind(now_ms)
                        .bind(name)
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query("UPDATE model_versions SET last_update_time_ms = ? WHERE name = ?")
                        .bind(now_ms)
                        .bind(new_name.clone())
                        .execute(&mut *connection)
                        .await?;
                    model(connection, new_name).await
                })
            })
            .await
    }

    /// Deletes the model with all its versions.
    pub async fn delete_model(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM registered_models WHERE name = ?")
                        .bind(name.clone())
                        .execute(connection)
                        .await?;
                    if done.rows_affected() == 0 { Err(no_model(&name).into()) } else { Ok(()) }
                })
            })
            .await
    }

    pub async fn set_model_tag(&self, name: &str, tag: Pair) -> Result<()> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    require_model(connection, &name).await?;
                    set_tag(connection, &name, tag).await
                })
            })
            .await
    }

    /// A tag that is not there is fine.
    pub async fn delete_model_tag(&self, name: &str, key: &str) -> Result<()> {
        let (name, key) = (name.to_owned(), key.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    require_model(connection, &name).await?;
                    sqlx::query("DELETE FROM registered_model_tags WHERE name = ? AND key = ?")
                        .bind(name)
                        .bind(key)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Points the alias to a version, away from where it pointed before.
    pub async fn set_alias(&self, name: &str, alias: &str, version: i64) -> Result<()> {
        let (name, alias) = (name.to_owned(), alias.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let known: Option<i64> =
                        sqlx::query_scalar("SELECT version FROM model_versions WHERE name = ? AND version = ?")
                            .bind(name.clone())
                            .bind(version)
                            .fetch_optional(&mut *connection)
                            .await?;
                    if known.is_none() {
                        return Err(no_version(&name, version).into());
                    }
                    sqlx::query(
                        "INSERT OR REPLACE INTO registered_model_aliases (name, alias, version) VALUES (?, ?, ?)",
                    )
                    .bind(name)
                    .bind(alias)
                    .bind(version)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// An alias that is not there is fine.
    pub async fn delete_alias(&self, name: &str, alias: &str) -> Result<()> {
        let (name, alias) = (name.to_owned(), alias.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    require_model(connection, &name).await?;
                    sqlx::query("DELETE FROM registered_model_aliases WHERE name = ? AND alias = ?")
                        .bind(name)
                        .bind(alias)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The version that the alias points to, if it exists.
    pub async fn alias(&self, name: &str, alias: &str) -> Result<Option<i64>> {
        let (name, alias) = (name.to_owned(), alias.to_owned());
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    require_model(connection, &name).await?;
                    let version =
                        sqlx::query_scalar("SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?")
                            .bind(name)
                            .bind(alias)
                            .fetch_optional(connection)
                            .await?;
                    Ok(version)
                })
            })
            .await
    }
}

/// Whether the model is new.
pub(super) async fn insert_model(
    connection: &mut SqliteConnection,
    name: &str,
    description: String,
    now_ms: i64,
) -> Step<bool> {
    let done = sqlx::query(
        "INSERT OR IGNORE INTO registered_models
         (name, description, creation_time_ms, last_update_time_ms, last_version) VALUES (?, ?, ?, ?, 0)",
    )
    .bind(name.to_owned())
    .bind(description)
    .bind(now_ms)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn set_tag(connection: &mut SqliteConnection, name: &str, tag: Pair) -> Step<()> {
    sqlx::query(SET_TAG).bind(name.to_owned()).bind(tag.key).bind(tag.value).execute(connection).await?;
    Ok(())
}

async fn exists(connection: &mut SqliteConnection, name: &str) -> Step<bool> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM registered_models WHERE name = ?)")
        .bind(name.to_owned())
        .fetch_one(connection)
        .await?;
    Ok(found)
}

pub(super) async fn require_model(connection: &mut SqliteConnection, name: &str) -> Step<()> {
    if exists(connection, name).await? { Ok(()) } else { Err(no_model(name).into()) }
}

async fn model(connection: &mut SqliteConnection, name: String) -> Step<RegisteredModelRow> {
    let found: Option<RegisteredModelRow> = sqlx::query_as("SELECT * FROM registered_models WHERE name = ?")
        .bind(name.clone())
        .fetch_optional(&mut *connection)
        .await?;
    let mut row = found.ok_or_else(|| no_model(&name))?;
    complete(connection, &mut row).await?;
    Ok(row)
}

/// Adds tags, aliases and the newest versions.
pub(super) async fn complete(connection: &mut SqliteConnection, row: &mut RegisteredModelRow) -> Step<()> {
    row.tags = sqlx::query_as("SELECT key, value FROM registered_model_tags WHERE name = ? ORDER BY key")
        .bind(row.name.clone())
        .fetch_all(&mut *connection)
        .await?;
    row.aliases = sqlx::query_as("SELECT alias, version FROM registered_model_aliases WHERE name = ? ORDER BY alias")
        .bind(row.name.clone())
        .fetch_all(&mut *connection)
        .await?;
    row.latest_versions = latest_of_stages(connection, &row.name).await?;
    Ok(())
}

fn name_taken(name: &str) -> Failure {
    let message = format!("registered model (name={name}) already exists; choose another name");
    Failure::new(&codes::tracking::EXISTS, message)
}
