//! Experiments and their tags.

use super::{Lifecycle, Pair, View, active_experiment, json_list, missing, refused, set_pairs};
use crate::Meta;
use crate::filter::{Clause, Order, Page, Paged, push_keyed};
use crate::store::{Step, Stop};
use brickyard_error::{Failure, Result, codes};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;

/// See [`Meta::experiments`].
#[derive(Clone)]
pub struct Experiments {
    pub(crate) meta: Meta,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ExperimentRow {
    pub experiment_id: i64,
    pub name: String,
    pub artifact_location: String,
    pub lifecycle_stage: Lifecycle,
    pub creation_time_ms: i64,
    pub last_update_time_ms: i64,
    #[sqlx(skip)]
    pub tags: Vec<Pair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExperimentColumn {
    Id,
    Name,
    CreationTime,
    LastUpdateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExperimentField {
    Column(ExperimentColumn),
    Tag(String),
}

#[derive(Debug, Clone)]
pub struct ExperimentSearch {
    pub view: View,
    pub clauses: Vec<Clause<ExperimentField>>,
    pub orders: Vec<Order<ExperimentColumn>>,
    pub page: Page,
}

const SET_TAG: &str = "INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)
                       ON CONFLICT DO UPDATE SET value = excluded.value";

impl Experiments {
    /// The new experiment's id. Without a location of its own, artifacts go under `<default_root>/<id>`.
    ///
    /// # Errors
    /// [`codes::tracking::EXISTS`] when the name is taken.
    pub async fn create(
        &self,
        name: &str,
        artifact_location: Option<String>,
        default_root: &str,
        tags: Vec<Pair>,
        now_ms: i64,
    ) -> Result<i64> {
        let (name, default_root) = (name.to_owned(), default_root.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    refuse_taken_name(connection, &name).await?;
                    let id = sqlx::query(
                        "INSERT INTO experiments
                         (name, artifact_location, lifecycle_stage, creation_time_ms, last_update_time_ms)
                         VALUES (?, '', 'active', ?, ?)",
                    )
                    .bind(name)
                    .bind(now_ms)
                    .bind(now_ms)
                    .execute(&mut *connection)
                    .await?
                    .last_insert_rowid();
                    let location = artifact_location.unwrap_or_else(|| format!("{default_root}/{id}"));
                    sqlx::query("UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?")
                        .bind(location)
                        .bind(id)
                        .execute(&mut *connection)
                        .await?;
                    set_pairs(connection, SET_TAG, id, tags).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Makes sure that experiment 0, `Default`, exists.
    pub async fn ensure_default(&self, artifact_location: &str, now_ms: i64) -> Result<()> {
        let artifact_location = artifact_location.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT OR IGNORE INTO experiments
                         (experiment_id, name, artifact_location, lifecycle_stage, creation_time_ms,
                          last_update_time_ms)
                         VALUES (0, 'Default', ?, 'active', ?, ?)",
                    )
                    .bind(artifact_location)
                    .bind(now_ms)
                    .bind(now_ms)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn get(&self, experiment_id: i64) -> Result<ExperimentRow> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let found = sqlx::query_as("SELECT * FROM experiments WHERE experiment_id = ?")
                        .bind(experiment_id)
                        .fetch_optional(&mut *connection)
                        .await?;
                    one_with_tags(connection, found, || format!("no experiment with id={experiment_id} exists")).await
                })
            })
            .await
    }

    /// Active or deleted.
    pub async fn get_by_name(&self, name: &str) -> Result<ExperimentRow> {
        let name = name.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    let found = sqlx::query_as("SELECT * FROM experiments WHERE name = ?")
                        .bind(name.clone())
                        .fetch_optional(&mut *connection)
                        .await?;
                    one_with_tags(connection, found, || format!("could not find experiment with name '{name}'")).await
                })
            })
            .await
    }

    /// Deletes or restores the experiment and all its runs.
    ///
    /// # Errors
    /// [`codes::tracking::NOT_FOUND`] when it does not exist or is in that stage already.
    pub async fn set_lifecycle(&self, experiment_id: i64, stage: Lifecycle, now_ms: i64) -> Result<()> {
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let changed = sqlx::query(
                        "UPDATE experiments SET lifecycle_stage = ?1, last_update_time_ms = ?2
                         WHERE experiment_id = ?3 AND lifecycle_stage <> ?1",
                    )
                    .bind(stage)
                    .bind(now_ms)
                    .bind(experiment_id)
                    .execute(&mut *connection)
                    .await?;
                    if changed.rows_affected() == 0 {
                        let other = if stage == Lifecycle::Active { "deleted" } else { "active" };
                        return Err(missing(format!("no {other} experiment with id={experiment_id} exists")).into());
                    }
                    let deleted_time_ms = (stage == Lifecycle::Deleted).then_some(now_ms);
                    sqlx::query("UPDATE runs SET lifecycle_stage = ?, deleted_time_ms = ? WHERE experiment_id = ?")
                        .bind(stage)
                        .bind(deleted_time_ms)
                        .bind(experiment_id)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn rename(&self, experiment_id: i64, new_name: &str, now_ms: i64) -> Result<()> {
        let new_name = new_name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_experiment(connection, experiment_id).await?;
                    let holder: Option<i64> =
                        sqlx::query_scalar("SELECT experiment_id FROM experiments WHERE name = ?")
                            .bind(new_name.clone())
                            .fetch_optional(&mut *connection)
                            .await?;
                    if holder.is_some_and(|holder| holder != experiment_id) {
                        return Err(name_taken(&new_name).into());
                    }
                    sqlx::query("UPDATE experiments SET name = ?, last_update_time_ms = ? WHERE experiment_id = ?")
                        .bind(new_name)
                        .bind(now_ms)
                        .bind(experiment_id)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn set_tag(&self, experiment_id: i64, tag: Pair) -> Result<()> {
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_experiment(connection, experiment_id).await?;
                    set_pairs(connection, SET_TAG, experiment_id, vec![tag]).await
                })
            })
            .await
    }

    pub async fn delete_tag(&self, experiment_id: i64, key: &str) -> Result<()> {
        let key = key.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    active_experiment(connection, experiment_id).await?;
                    let done = sqlx::query("DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?")
                        .bind(experiment_id)
                        .bind(key.clone())
                        .execute(connection)
                        .await?;
                    match done.rows_affected() {
                        0 => {
                            Err(missing(format!("no tag with name: {key} in experiment with id {experiment_id}"))
                                .into())
                        }
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// In the order asked for, then newest first.
    pub async fn search(&self, search: ExperimentSearch) -> Result<Paged<ExperimentRow>> {
        self.meta.read(move |connection| Box::pin(find(connection, search))).await
    }
}

impl ExperimentColumn {
    fn sql(self) -> &'static str {
        match self {
            ExperimentColumn::Id => "experiment_id",
            ExperimentColumn::Name => "name",
            ExperimentColumn::CreationTime => "creation_time_ms",
            ExperimentColumn::LastUpdateTime => "last_update_time_ms",
        }
    }
}

async fn find(connection: &mut SqliteConnection, search: ExperimentSearch) -> Step<Paged<ExperimentRow>> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM experiments WHERE ");
    search.view.push(&mut query);
    for clause in &search.clauses {
        query.push(" AND ");
        match &clause.field {
            ExperimentField::Column(column) => clause.test.push(&mut query, column.sql()),
            ExperimentField::Tag(key) => {
                let owner = "pair.experiment_id = experiments.experiment_id";
                push_keyed(&mut query, "experiment_tags", owner, key, &clause.test);
            }
        }
    }
    query.push(" ORDER BY ");
    for order in &search.orders {
        query.push(order.field.sql()).push(if order.descending { " DESC, " } else { ", " });
    }
    if search.orders.is_empty() {
        query.push("creation_time_ms DESC, ");
    }
    query.push("experiment_id DESC");
    search.page.push(&mut query);
    let rows = query.build_query_as().fetch_all(&mut *connection).await?;
    let mut page = search.page.cut(rows);
    add_tags(connection, &mut page.rows).await?;
    Ok(page)
}

async fn one_with_tags(
    connection: &mut SqliteConnection,
    found: Option<ExperimentRow>,
    unknown: impl FnOnce() -> String,
) -> Step<ExperimentRow> {
    let mut rows: Vec<ExperimentRow> = found.into_iter().collect();
    add_tags(connection, &mut rows).await?;
    rows.pop().ok_or_else(|| Stop::from(missing(unknown())))
}

async fn add_tags(connection: &mut SqliteConnection, rows: &mut [ExperimentRow]) -> Step<()> {
    let ids: Vec<i64> = rows.iter().map(|row| row.experiment_id).collect();
    let tags: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT experiment_id, key, value FROM experiment_tags
         WHERE experiment_id IN (SELECT value FROM json_each(?)) ORDER BY key",
    )
    .bind(json_list(&ids))
    .fetch_all(connection)
    .await?;
    let mut of_experiment: HashMap<i64, Vec<Pair>> = HashMap::new();
    for (id, key, value) in tags {
        of_experiment.entry(id).or_default().push(Pair { key, value });
    }
    for row in rows {
        row.tags = of_experiment.remove(&row.experiment_id).unwrap_or_default();
    }
    Ok(())
}

async fn refuse_taken_name(connection: &mut SqliteConnection, name: &str) -> Step<()> {
    let holder: Option<Lifecycle> = sqlx::query_scalar("SELECT lifecycle_stage FROM experiments WHERE name = ?")
        .bind(name.to_owned())
        .fetch_optional(connection)
        .await?;
    match holder {
        None => Ok(()),
        Some(Lifecycle::Active) => Err(name_taken(name).into()),
        Some(Lifecycle::Deleted) => Err(Failure::new(
            &codes::tracking::EXISTS,
            format!("experiment '{name}' already exists in deleted state; restore it or choose another name"),
        )
        .into()),
    }
}

fn name_taken(name: &str) -> Failure {
    Failure::new(&codes::tracking::EXISTS, format!("experiment '{name}' already exists; choose another name"))
}

/// The number behind an experiment id as clients write it.
///
/// # Errors
/// [`codes::tracking::INVALID`] when it is no number.
pub fn parse_id(experiment_id: &str) -> Result<i64> {
    experiment_id.parse().map_err(|_| refused(format!("invalid experiment id '{experiment_id}', expected a number")))
}
