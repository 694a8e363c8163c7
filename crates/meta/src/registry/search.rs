//! Searching registered models and versions. Prompts are registered models with a tag; a search sees either prompts or
//! models.

use super::Registry;
use super::models::{self, RegisteredModelRow};
use super::versions::{self, VersionRow};
use crate::filter::{Clause, Order, Page, Paged, push_keyed};
use crate::store::Step;
use brickyard_error::Result;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelColumn {
    Name,
    CreationTime,
    LastUpdateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelField {
    Column(ModelColumn),
    Tag(String),
}

#[derive(Debug, Clone)]
pub struct ModelSearch {
    pub clauses: Vec<Clause<ModelField>>,
    pub prompts: bool,
    pub orders: Vec<Order<ModelColumn>>,
    pub page: Page,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionColumn {
    Name,
    Version,
    RunId,
    Source,
    CreationTime,
    LastUpdateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionField {
    Column(VersionColumn),
    Tag(String),
}

#[derive(Debug, Clone)]
pub struct VersionSearch {
    pub clauses: Vec<Clause<VersionField>>,
    pub prompts: bool,
    pub orders: Vec<Order<VersionColumn>>,
    pub page: Page,
}

/// Whether the row's model is a prompt.
const IS_PROMPT: &str = "EXISTS (SELECT 1 FROM registered_model_tags AS mark WHERE mark.name = found.name
                         AND mark.key = 'mlflow.prompt.is_prompt' AND mark.value = 'true')";

impl Registry {
    /// In the order asked for, then by name.
    pub async fn search_models(&self, search: ModelSearch) -> Result<Paged<RegisteredModelRow>> {
        self.meta.read(move |connection| Box::pin(find_models(connection, search))).await
    }

    /// In the order asked for, then by name, then newest first.
    pub async fn search_versions(&self, search: VersionSearch) -> Result<Paged<VersionRow>> {
        self.meta.read(move |connection| Box::pin(find_versions(connection, search))).await
    }
}

impl ModelColumn {
    fn sql(self) -> &'static str {
        match self {
            ModelColumn::Name => "found.name",
            ModelColumn::CreationTime => "found.creation_time_ms",
            ModelColumn::LastUpdateTime => "found.last_update_time_ms",
        }
    }
}

impl VersionColumn {
    fn sql(self) -> &'static str {
        match self {
            VersionColumn::Name => "found.name",
            VersionColumn::Version => "found.version",
            VersionColumn::RunId => "found.run_id",
            VersionColumn::Source => "found.source",
            VersionColumn::CreationTime => "found.creation_time_ms",
            VersionColumn::LastUpdateTime => "found.last_update_time_ms",
        }
    }
}

async fn find_models(connection: &mut SqliteConnection, search: ModelSearch) -> Step<Paged<RegisteredModelRow>> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM registered_models AS found WHERE ");
    query.push(if search.prompts { "" } else { "NOT " }).push(IS_PROMPT);
    for clause in &search.clauses {
        query.push(" AND ");
        match &clause.field {
            ModelField::Column(column) => clause.test.push(&mut query, column.sql()),
            ModelField::Tag(key) => {
                push_keyed(&mut query, "registered_model_tags", "pair.name = found.name", key, &clause.test);
            }
        }
    }
    query.push(" ORDER BY ");
    for order in &search.orders {
        query.push(order.field.sql()).push(if order.descending { " DESC, " } else { ", " });
    }
    query.push("found.name");
    search.page.push(&mut query);
    let rows = query.build_query_as().fetch_all(&mut *connection).await?;
    let mut page = search.page.cut(rows);
    for row in &mut page.rows {
        models::complete(connection, row).await?;
    }
    Ok(page)
}

async fn find_versions(connection: &mut SqliteConnection, search: VersionSearch) -> Step<Paged<VersionRow>> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM model_versions AS found WHERE ");
    query.push(if search.prompts { "" } else { "NOT " }).push(IS_PROMPT);
    for clause in &search.clauses {
        query.push(" AND ");
        match &clause.field {
            VersionField::Column(column) => clause.test.push(&mut query, column.sql()),
            VersionField::Tag(key) => {
                let owner = "pair.name = found.name AND pair.version = found.version";
                push_keyed(&mut query, "model_version_tags", owner, key, &clause.test);
            }
        }
    }
    query.push(" ORDER BY ");
    for order in &search.orders {
        query.push(order.field.sql()).push(if order.descending { " DESC, " } else { ", " });
    }
    query.push("found.name, found.version DESC");
    search.page.push(&mut query);
    let rows = query.build_query_as().fetch_all(&mut *connection).await?;
    let mut page = search.page.cut(rows);
    for row in &mut page.rows {
        versions::complete(connection, row).await?;
    }
    Ok(page)
}
