//! Logged models: a model's files with its params, tags and the metrics measured on it.

use super::runs::pairs;
use super::{MetricRow, Pair, active_experiment, json_list, missing, set_pairs};
use crate::Meta;
use crate::filter::{Clause, Order, Page, Paged, push_keyed};
use crate::store::Step;
use brickyard_error::Result;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashMap;

/// See [`Meta::logged_models`].
#[derive(Clone)]
pub struct LoggedModels {
    pub(crate) meta: Meta,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LoggedModelStatus {
    Pending,
    Ready,
    UploadFailed,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LoggedModelRow {
    /// `m-` and 32 hexadecimal digits.
    pub model_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub artifact_uri: String,
    pub creation_time_ms: i64,
    pub last_update_time_ms: i64,
    pub status: LoggedModelStatus,
    pub model_type: Option<String>,
    pub source_run_id: Option<String>,
    #[sqlx(skip)]
    pub params: Vec<Pair>,
    #[sqlx(skip)]
    pub tags: Vec<Pair>,
    #[sqlx(skip)]
    pub metrics: Vec<ModelMetricRow>,
}

/// A metric measured on a model in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelMetricRow {
    pub metric: MetricRow,
    pub run_id: String,
    pub dataset_name: Option<String>,
    pub dataset_digest: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewLoggedModel {
    pub model_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub model_type: Option<String>,
    pub source_run_id: Option<String>,
    pub params: Vec<Pair>,
    pub tags: Vec<Pair>,
    pub now_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedModelColumn {
    ModelId,
    ExperimentId,
    Name,
    ModelType,
    SourceRunId,
    Status,
    ArtifactUri,
    CreationTime,
    LastUpdateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedModelField {
    Column(LoggedModelColumn),
    Param(String),
    Tag(String),
    Metric(String),
}

/// A dataset by name, and by digest where one is given.
pub type DatasetName = (String, Option<String>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedModelOrder {
    Column(LoggedModelColumn),
    /// The latest value of a metric, on one dataset where one is named.
    Metric {
        key: String,
        dataset: Option<DatasetName>,
    },
}

#[derive(Debug, Clone)]
pub struct LoggedModelSearch {
    pub experiment_ids: Vec<i64>,
    pub clauses: Vec<Clause<LoggedModelField>>,
    /// Metrics count only where measured on one of these; none: anywhere.
    pub datasets: Vec<DatasetName>,
    pub orders: Vec<Order<LoggedModelOrder>>,
    pub page: Page,
}

const SET_TAG: &str = "INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?)
                       ON CONFLICT DO UPDATE SET value = excluded.value";
const SET_PARAM: &str = "INSERT INTO logged_model_params (model_id, key, value) VALUES (?, ?, ?)
                         ON CONFLICT DO UPDATE SET value = excluded.value";

impl FromRow<'_, SqliteRow> for ModelMetricRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(ModelMetricRow {
            metric: MetricRow::from_row(row)?,
            run_id: row.try_get("run_id")?,
            dataset_name: row.try_get("dataset_name")?,
            dataset_digest: row.try_get("dataset_digest")?,
        })
    }
}

impl LoggedModels {
    /// A pending model whose files go under `<experiment's location>/models/<id>/artifacts`.
    pub async fn create(&self, model: NewLoggedModel) -> Result<LoggedModelRow> {
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let location = active_experiment(connection, model.experiment_id).await?;
                    let location = location.trim_end_matches('/');
                    sqlx::query(
                        "INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, creation_time_ms,
                         last_update_time_ms, status, lifecycle_stage, model_type, source_run_id)
                         VALUES (?, ?, ?, ?, ?, ?, 'PENDING', 'active', ?, ?)",
                    )
                    .bind(model.model_id.clone())
                    .bind(model.experiment_id)
                    .bind(model.name)
                    .bind(format!("{location}/models/{}/artifacts", model.model_id))
                    .bind(model.now_ms)
                    .bind(model.now_ms)
                    .bind(model.model_type)
                    .bind(model.source_run_id)
                    .execute(&mut *connection)
                    .await?;
                    set_pairs(connection, SET_PARAM, model.model_id.clone(), model.params).await?;
                    set_pairs(connection, SET_TAG, model.model_id.clone(), model.tags).await?;
                    get(connection, model.model_id).await
                })
            })
            .await
    }

    /// A model that was not deleted.
    pub async fn get(&self, model_id: &str) -> Result<LoggedModelRow> {
        let model_id = model_id.to_owned();
        self.meta.read(move |connection| Box::pin(get(connection, model_id))).await
    }

    pub async fn set_status(&self, model_id: &str, status: LoggedModelStatus, now_ms: i64) -> Result<LoggedModelRow> {
        let model_id = model_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE logged_models SET status = ?, last_update_time_ms = ? WHERE model_id = ?")
                        .bind(status)
                        .bind(now_ms)
                        .bind(model_id.clone())
                        .execute(&mut *connection)
                        .await?;
                    get(connection, model_id).await
                })
            })
            .await
    }

    pub async fn delete(&self, model_id: &str, now_ms: i64) -> Result<()> {
        let model_id = model_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    get(connection, model_id.clone()).await?;
                    sqlx::query(
                        "UPDATE logged_models SET lifecycle_stage = 'deleted', last_update_time_ms = ?
                         WHERE model_id = ?",
                    )
                    .bind(now_ms)
                    .bind(model_id)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn set_params(&self, model_id: &str, params: Vec<Pair>) -> Result<()> {
        self.set(model_id, SET_PARAM, params).await.map(drop)
    }

    pub async fn set_tags(&self, model_id: &str, tags: Vec<Pair>) -> Result<LoggedModelRow> {
        self.set(model_id, SET_TAG, tags).await
    }

    pub async fn delete_tag(&self, model_id: &str, key: &str) -> Result<()> {
        let (model_id, key) = (model_id.to_owned(), key.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    get(connection, model_id.clone()).await?;
                    let done = sqlx::query("DELETE FROM logged_model_tags WHERE model_id = ? AND key = ?")
                        .bind(model_id.clone())
                        .bind(key.clone())
                        .execute(connection)
                        .await?;
                    match done.rows_affected() {
                        0 => {
                            Err(missing(format!("no tag with key '{key}' found for model with ID '{model_id}'")).into())
                        }
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// In the order asked for with what is absent last, then newest first.
    pub async fn search(&self, search: LoggedModelSearch) -> Result<Paged<LoggedModelRow>> {
        self.meta.read(move |connection| Box::pin(find(connection, search))).await
    }

    async fn set(&self, model_id: &str, upsert: &'static str, pairs: Vec<Pair>) -> Result<LoggedModelRow> {
        let model_id = model_id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    get(connection, model_id.clone()).await?;
                    set_pairs(connection, upsert, model_id.clone(), pairs).await?;
                    get(connection, model_id).await
                })
            })
            .await
    }
}

impl LoggedModelColumn {
    fn sql(self) -> &'static str {
        match self {
            LoggedModelColumn::ModelId => "logged_models.model_id",
            LoggedModelColumn::ExperimentId => "logged_models.experiment_id",
            LoggedModelColumn::Name => "logged_models.name",
            LoggedModelColumn::ModelType => "logged_models.model_type",
            LoggedModelColumn::SourceRunId => "logged_models.source_run_id",
            LoggedModelColumn::Status => "logged_models.status",
            LoggedModelColumn::ArtifactUri => "logged_models.artifact_uri",
            LoggedModelColumn::CreationTime => "logged_models.creation_time_ms",
            LoggedModelColumn::LastUpdateTime => "logged_models.last_update_time_ms",
        }
    }
}

async fn find(connection: &mut SqliteConnection, search: LoggedModelSearch) -> Step<Paged<LoggedModelRow>> {
    let owner = "pair.model_id = logged_models.model_id";
    let mut query = QueryBuilder::<Sqlite>::new("SELECT logged_models.* FROM logged_models WHERE experiment_id IN ");
    query.push("(SELECT value FROM json_each(").push_bind(json_list(&search.experiment_ids));
    query.push(")) AND lifecycle_stage = 'active'");
    let mut metric_tested = false;
    for clause in &search.clauses {
        query.push(" AND ");
        match &clause.field {
            LoggedModelField::Column(column) => clause.test.push(&mut query, column.sql()),
            LoggedModelField::Param(key) => push_keyed(&mut query, "logged_model_params", owner, key, &clause.test),
            LoggedModelField::Tag(key) => push_keyed(&mut query, "logged_model_tags", owner, key, &clause.test),
            LoggedModelField::Metric(key) => {
                metric_tested = true;
                query.push("EXISTS (SELECT 1 FROM logged_model_metrics AS pair WHERE ").push(owner);
                query.push(" AND pair.key = ").push_bind(key.clone()).push(" AND ");
                clause.test.push(&mut query, "pair.value");
                push_datasets(&mut query, &search.datasets);
                query.push(")");
            }
        }
    }
    if !search.datasets.is_empty() && !metric_tested {
        query.push(" AND EXISTS (SELECT 1 FROM logged_model_metrics AS pair WHERE ").push(owner);
        push_datasets(&mut query, &search.datasets);
        query.push(")");
    }
    push_orders(&mut query, &search.orders);
    search.page.push(&mut query);
    let rows = query.build_query_as().fetch_all(&mut *connection).await?;
    let mut page = search.page.cut(rows);
    complete(connection, &mut page.rows).await?;
    Ok(page)
}

/// Appends ` AND (a OR b …)` over the datasets a metric may be measured on; nothing when all are fine.
fn push_datasets(query: &mut QueryBuilder<Sqlite>, datasets: &[DatasetName]) {
    for (position, (name, digest)) in datasets.iter().enumerate() {
        query.push(if position == 0 { " AND (" } else { " OR " });
        query.push("(pair.dataset_name = ").push_bind(name.clone());
        if let Some(digest) = digest {
            query.push(" AND pair.dataset_digest = ").push_bind(digest.clone());
        }
        query.push(")");
    }
    if !datasets.is_empty() {
        query.push(")");
    }
}

fn push_orders(query: &mut QueryBuilder<Sqlite>, orders: &[Order<LoggedModelOrder>]) {
    query.push(" ORDER BY ");
    let mut creation_time_given = false;
    for order in orders {
        match &order.field {
            LoggedModelOrder::Column(column) => {
                creation_time_given |= *column == LoggedModelColumn::CreationTime;
                query.push(column.sql());
            }
            LoggedModelOrder::Metric { key, dataset } => {
                query.push("(SELECT pair.value FROM logged_model_metrics AS pair");
                query.push(" WHERE pair.model_id = logged_models.model_id AND pair.key = ").push_bind(key.clone());
                push_datasets(query, dataset.as_slice());
                query.push(" ORDER BY pair.timestamp_ms DESC, pair.step DESC, pair.run_id LIMIT 1)");
            }
        }
        query.push(if order.descending { " DESC NULLS LAST, " } else { " ASC NULLS LAST, " });
    }
    if !creation_time_given {
        query.push("creation_time_ms DESC, ");
    }
    query.push("model_id");
}

async fn get(connection: &mut SqliteConnection, model_id: String) -> Step<LoggedModelRow> {
    let found: Option<LoggedModelRow> =
        sqlx::query_as("SELECT * FROM logged_models WHERE model_id = ? AND lifecycle_stage = 'active'")
            .bind(model_id.clone())
            .fetch_optional(&mut *connection)
            .await?;
    let mut rows: Vec<LoggedModelRow> = found.into_iter().collect();
    complete(connection, &mut rows).await?;
    rows.pop().ok_or_else(|| missing(format!("logged model with ID '{model_id}' not found")).into())
}

async fn complete(connection: &mut SqliteConnection, rows: &mut [LoggedModelRow]) -> Step<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.model_id.as_str()).collect();
    let ids = json_list(&ids);
    let params = "SELECT model_id, key, value FROM logged_model_params
                  WHERE model_id IN (SELECT value FROM json_each(?)) ORDER BY model_id, key";
    let mut params = pairs(connection, params, &ids).await?;
    let tags = "SELECT model_id, key, value FROM logged_model_tags
                WHERE model_id IN (SELECT value FROM json_each(?)) ORDER BY model_id, key";
    let mut tags = pairs(connection, tags, &ids).await?;
    let measured = sqlx::query(
        "SELECT * FROM logged_model_metrics WHERE model_id IN (SELECT value FROM json_each(?))
         ORDER BY model_id, key, timestamp_ms, step",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut metrics: HashMap<String, Vec<ModelMetricRow>> = HashMap::new();
    for row in &measured {
        metrics.entry(row.try_get("model_id")?).or_default().push(ModelMetricRow::from_row(row)?);
    }
    for row in rows {
        row.params = params.remove(&row.model_id).unwrap_or_default();
        row.tags = tags.remove(&row.model_id).unwrap_or_default();
        row.metrics = metrics.remove(&row.model_id).unwrap_or_default();
    }
    Ok(())
}
