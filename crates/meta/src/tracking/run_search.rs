//! Searching runs: tests on attributes, params, tags, metrics and datasets, ordered by any of them.

use super::runs::{RunRow, complete};
use super::{View, json_list};
use crate::filter::{Clause, Order, Page, Paged, Test, push_keyed, push_metric};
use crate::store::Step;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunColumn {
    RunId,
    ExperimentId,
    Name,
    UserId,
    Status,
    StartTime,
    EndTime,
    ArtifactUri,
    LifecycleStage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasetColumn {
    Name,
    Digest,
    /// The tag `mlflow.data.context` of the input.
    Context,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunField {
    Column(RunColumn),
    Param(String),
    Tag(String),
    Metric(String),
    Dataset(DatasetColumn),
}

/// What runs can be ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOrder {
    Column(RunColumn),
    Param(String),
    Tag(String),
    Metric(String),
}

#[derive(Debug, Clone)]
pub struct RunSearch {
    pub experiment_ids: Vec<i64>,
    pub view: View,
    pub clauses: Vec<Clause<RunField>>,
    pub orders: Vec<Order<RunOrder>>,
    pub page: Page,
}

impl RunColumn {
    fn sql(self) -> &'static str {
        match self {
            RunColumn::RunId => "runs.run_id",
            RunColumn::ExperimentId => "runs.experiment_id",
            RunColumn::Name => "runs.name",
            RunColumn::UserId => "runs.user_id",
            RunColumn::Status => "runs.status",
            RunColumn::StartTime => "runs.start_time_ms",
            RunColumn::EndTime => "runs.end_time_ms",
            RunColumn::ArtifactUri => "runs.artifact_uri",
            RunColumn::LifecycleStage => "runs.lifecycle_stage",
        }
    }
}

const OWNER: &str = "pair.run_id = runs.run_id";

pub(super) async fn find(connection: &mut SqliteConnection, search: RunSearch) -> Step<Paged<RunRow>> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT runs.* FROM runs");
    for (position, order) in search.orders.iter().enumerate() {
        push_join(&mut query, position, &order.field);
    }
    // An experiment's runs are read in the order of the index when nothing else is asked for.
    match search.experiment_ids.as_slice() {
        [one] => query.push(" WHERE runs.experiment_id = ").push_bind(*one).push(" AND "),
        many => query
            .push(" WHERE runs.experiment_id IN (SELECT value FROM json_each(")
            .push_bind(json_list(many))
            .push(")) AND "),
    };
    search.view.push(&mut query);
    for clause in &search.clauses {
        query.push(" AND ");
        push_clause(&mut query, clause);
    }
    push_orders(&mut query, &search.orders);
    search.page.push(&mut query);
    let rows = query.build_query_as().fetch_all(&mut *connection).await?;
    let mut page = search.page.cut(rows);
    complete(connection, &mut page.rows).await?;
    Ok(page)
}

fn push_clause(query: &mut QueryBuilder<Sqlite>, clause: &Clause<RunField>) {
    match &clause.field {
        RunField::Column(column) => clause.test.push(query, column.sql()),
        RunField::Param(key) => push_keyed(query, "run_params", OWNER, key, &clause.test),
        RunField::Tag(key) => push_keyed(query, "run_tags", OWNER, key, &clause.test),
        RunField::Metric(key) => push_metric(query, "latest_metrics", OWNER, key, &clause.test),
        RunField::Dataset(column) => push_dataset(query, *column, &clause.test),
    }
}

fn push_dataset(query: &mut QueryBuilder<Sqlite>, column: DatasetColumn, test: &Test) {
    match column {
        DatasetColumn::Context => push_keyed(query, "run_dataset_tags", OWNER, "mlflow.data.context", test),
        DatasetColumn::Name | DatasetColumn::Digest => {
            query.push(
                "EXISTS (SELECT 1 FROM run_datasets AS pair JOIN datasets ON datasets.dataset_id = pair.dataset_id
                 WHERE pair.run_id = runs.run_id AND ",
            );
            test.push(query, if column == DatasetColumn::Name { "datasets.name" } else { "datasets.digest" });
            query.push(")");
        }
    }
}

/// Joins the values to order by as `order<position>`; runs without one stay.
fn push_join(query: &mut QueryBuilder<Sqlite>, position: usize, field: &RunOrder) {
    let (table, key) = match field {
        RunOrder::Column(_) => return,
        RunOrder::Param(key) => ("run_params", key),
        RunOrder::Tag(key) => ("run_tags", key),
        RunOrder::Metric(key) => ("latest_metrics", key),
    };
    let name = format!("order{position}");
    query.push(format!(" LEFT JOIN {table} AS {name} ON {name}.run_id = runs.run_id AND {name}.key = "));
    query.push_bind(key.clone());
}

/// Values first, then NaN, then what is absent, in either direction.
fn push_orders(query: &mut QueryBuilder<Sqlite>, orders: &[Order<RunOrder>]) {
    query.push(" ORDER BY ");
    let mut start_time_given = false;
    for (position, order) in orders.iter().enumerate() {
        let direction = if order.descending { "DESC" } else { "ASC" };
        match &order.field {
            RunOrder::Column(column) => {
                start_time_given |= *column == RunColumn::StartTime;
                query.push(format!("{column} IS NULL, {column} {direction}, ", column = column.sql()));
            }
            RunOrder::Param(_) | RunOrder::Tag(_) => {
                query.push(format!("order{position}.value IS NULL, order{position}.value {direction}, "));
            }
            RunOrder::Metric(_) => {
                query.push(format!(
                    "CASE WHEN order{position}.value IS NULL THEN 2 ELSE order{position}.is_nan END,
                     order{position}.value {direction}, "
                ));
            }
        }
    }
    if !start_time_given {
        query.push("runs.start_time_ms DESC, ");
    }
    query.push("runs.run_id");
}
