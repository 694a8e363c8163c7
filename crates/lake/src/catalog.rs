//! Schemas and tables: names and places in the store, contents in Delta logs.

use crate::delta_scan::{Properties, delta};
use crate::names::{DEFAULT_CATALOG, DEFAULT_SCHEMA, TableName, Version};
use crate::paths::unwritable;
use crate::spark_types::conform_type;
use crate::{DeltaFile, ResolvedDelta};
use arrow_schema::{Field, Schema, SchemaRef};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_meta::{Meta, SchemaRow, TableRow};
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::{StructField, StructType};
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use futures::TryStreamExt;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The lake. Cloning is cheap.
#[derive(Clone)]
pub struct Lake {
    pub(crate) meta: Meta,
    warehouse: PathBuf,
}

/// A table in a listing; contents are read from its log and absent where that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSummary {
    pub name: TableName,
    pub location: String,
    pub created_ms: i64,
    pub comment: Option<String>,
    pub version: Option<u64>,
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    /// When the latest version was committed.
    pub modified_ms: Option<i64>,
}

/// One commit of a table, newest first in [`Lake::history`].
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    pub version: u64,
    pub timestamp_ms: Option<i64>,
    pub operation: Option<String>,
    pub parameters: serde_json::Map<String, Json>,
    pub user: Option<String>,
    pub read_version: Option<u64>,
    pub isolation_level: Option<String>,
    pub is_blind_append: Option<bool>,
    pub metrics: serde_json::Map<String, Json>,
    pub user_metadata: Option<String>,
    pub engine: Option<String>,
}

impl Lake {
    /// Opens the lake, with the schema `main.default` in it. Managed tables lie below `warehouse`.
    pub async fn open(meta: Meta, warehouse: &Path) -> Result<Self> {
        std::fs::create_dir_all(warehouse).map_err(|error| unwritable(warehouse, error))?;
        let lake = Self { meta, warehouse: warehouse.to_owned() };
        lake.create_schema(DEFAULT_CATALOG, DEFAULT_SCHEMA, None, true).await?;
        Ok(lake)
    }

    pub async fn schemas(&self, catalog: &str) -> Result<Vec<String>> {
        let rows = self.meta.catalog().list_schemas().await?;
        Ok(rows.into_iter().filter(|row| row.catalog == catalog).map(|row| row.name).collect())
    }

    pub async fn schema_exists(&self, catalog: &str, schema: &str) -> Result<bool> {
        Ok(self.schemas(&catalog.to_lowercase()).await?.contains(&schema.to_lowercase()))
    }

    pub async fn create_schema(
        &self,
        catalog: &str,
        schema: &str,
        comment: Option<String>,
        if_not_exists: bool,
    ) -> Result<()> {
        let row = SchemaRow {
            catalog: catalog.to_lowercase(),
            name: schema.to_lowercase(),
            created_ms: chrono::Utc::now().timestamp_millis(),
            comment,
        };
        if self.meta.catalog().create_schema(row).await? || if_not_exists {
            return Ok(());
        }
        let condition = Condition::new("SCHEMA_ALREADY_EXISTS", "42P06", SparkException::Analysis);
        let text = format!("schema {schema} exists already; use CREATE SCHEMA IF NOT EXISTS");
        Err(Failure::new(&codes::data::SCHEMA_EXISTS, text)
            .with_condition(condition.with("schemaName", format!("`{schema}`"))))
    }

    /// Drops a schema; with `cascade` also its tables and their files.
    pub async fn drop_schema(&self, catalog: &str, schema: &str, if_exists: bool, cascade: bool) -> Result<()> {
        if !self.schema_exists(catalog, schema).await? {
            return if if_exists { Ok(()) } else { Err(schema_not_found(catalog, schema)) };
        }
        let tables = self.table_rows(catalog, schema).await?;
        if !tables.is_empty() && !cascade {
            let condition = Condition::new("SCHEMA_NOT_EMPTY", "2BP01", SparkException::Analysis);
            let text = format!("schema {schema} holds {} tables; use DROP SCHEMA … CASCADE", tables.len());
            return Err(Failure::new(&codes::data::SCHEMA_EXISTS, text)
                .with_condition(condition.with("schemaName", format!("`{schema}`"))));
        }
        for table in tables {
            self.drop_table(&TableName::new(&table.catalog, &table.schema, &table.name), true).await?;
        }
        self.meta.catalog().drop_schema(&catalog.to_lowercase(), &schema.to_lowercase()).await?;
        Ok(())
    }

    /// The names of a schema's tables, sorted.
    pub async fn table_names(&self, catalog: &str, schema: &str) -> Result<Vec<TableName>> {
        let rows = self.table_rows(catalog, schema).await?;
        Ok(rows.iter().map(|row| TableName::new(&row.catalog, &row.schema, &row.name)).collect())
    }

    /// Every table with its size, for people.
    pub async fn tables(&self) -> Result<Vec<TableSummary>> {
        let mut summaries = Vec::new();
        for row in self.meta.catalog().list_tables().await? {
            let table = open_delta(Path::new(&row.location), None).await.ok();
            let resolved = table.as_ref().and_then(|table| ResolvedDelta::new(table).ok());
            let state = table.as_ref().and_then(|table| table.snapshot().ok());
            summaries.push(TableSummary {
                name: TableName::new(&row.catalog, &row.schema, &row.name),
                version: resolved.as_ref().map(|table| table.version),
                rows: resolved.as_ref().and_then(ResolvedDelta::rows),
                bytes: resolved.as_ref().map(ResolvedDelta::bytes),
                modified_ms: state.and_then(|state| state.version_timestamp(state.version())),
                location: row.location,
                created_ms: row.created_ms,
                comment: row.comment,
            });
        }
        Ok(summaries)
    }

    pub async fn exists(&self, name: &TableName) -> Result<bool> {
        Ok(self.row(name).await?.is_some())
    }

    /// The snapshot of a table, ready to scan.
    pub async fn table(&self, name: &TableName, version: Option<Version>) -> Result<Arc<ResolvedDelta>> {
        Ok(Arc::new(ResolvedDelta::new(&self.open_table(name, version).await?)?))
    }

    /// The files of a table's latest snapshot.
    pub async fn files(&self, name: &TableName) -> Result<Vec<DeltaFile>> {
        Ok(self.table(name, None).await?.files.clone())
    }

    /// A table's columns in its own order, with their comments as metadata.
    pub async fn columns(&self, name: &TableName) -> Result<Vec<Arc<Field>>> {
        let table = self.open_table(name, None).await?;
        Ok(table.snapshot().map_err(delta)?.snapshot().arrow_schema().fields().iter().cloned().collect())
    }

    pub async fn version_of(&self, name: &TableName) -> Result<u64> {
        Ok(self.open_table(name, None).await?.version().unwrap_or_default())
    }

    /// Creates an empty managed table.
    pub async fn create_table(
        &self,
        name: &TableName,
        schema: &Schema,
        if_not_exists: bool,
        partition_by: &[String],
        comment: Option<String>,
    ) -> Result<()> {
        if self.exists(name).await? {
            return if if_not_exists { Ok(()) } else { Err(table_exists(name)) };
        }
        self.must_have_schema(name).await?;
        let location = self.new_location(name);
        create_delta(&location, schema, partition_by, name, comment.as_deref()).await?;
        self.enter(name, &location, comment).await
    }

    /// Drops a table and deletes the files of a managed one.
    pub async fn drop_table(&self, name: &TableName, if_exists: bool) -> Result<()> {
        let Some(row) = self.row(name).await? else {
            return if if_exists { Ok(()) } else { Err(table_not_found(name)) };
        };
        self.meta.catalog().drop_table(&name.catalog, &name.schema, &name.name).await?;
        let location = PathBuf::from(&row.location);
        if location.starts_with(&self.warehouse) && location.exists() {
            std::fs::remove_dir_all(&location).map_err(|error| unwritable(&location, error))?;
        }
        Ok(())
    }

    /// Gives a table another name; its files stay where they are.
    pub async fn rename_table(&self, from: &TableName, to: &TableName) -> Result<()> {
        let row = self.row(from).await?.ok_or_else(|| table_not_found(from))?;
        self.must_have_schema(to).await?;
        if self.exists(to).await? {
            return Err(table_exists(to));
        }
        self.enter(to, Path::new(&row.location), row.comment).await?;
        self.meta.catalog().drop_table(&from.catalog, &from.schema, &from.name).await?;
        Ok(())
    }

    /// The commits of a table, newest first.
    pub async fn history(&self, name: &TableName, limit: Option<usize>) -> Result<Vec<HistoryEntry>> {
        let table = self.open_table(name, None).await?;
        let latest = table.version().unwrap_or_default();
        let commits: Vec<_> = table.history(limit).try_collect().await.map_err(delta)?;
        let entry = |(age, commit): (usize, deltalake_core::kernel::CommitInfo)| HistoryEntry {
            version: latest.saturating_sub(age as u64),
            timestamp_ms: commit.timestamp,
            operation: commit.operation,
            parameters: commit.operation_parameters.unwrap_or_default().into_iter().collect(),
            user: commit.user_name,
            read_version: commit.read_version,
            isolation_level: commit.isolation_level.map(|level| level.as_ref().to_owned()),
            is_blind_append: commit.is_blind_append,
            metrics: commit.info.get("operationMetrics").and_then(Json::as_object).cloned().unwrap_or_default(),
            user_metadata: commit.user_metadata,
            engine: commit.engine_info,
        };
        Ok(commits.into_iter().enumerate().map(entry).collect())
    }

    // ---- inside ----------------------------------------------------------------------------------------------------

    pub(crate) async fn open_table(&self, name: &TableName, version: Option<Version>) -> Result<DeltaTable> {
        let row = self.row(name).await?.ok_or_else(|| table_not_found(name))?;
        open_delta(Path::new(&row.location), version).await
    }

    pub(crate) async fn must_have_schema(&self, name: &TableName) -> Result<()> {
        if self.schema_exists(&name.catalog, &name.schema).await? {
            return Ok(());
        }
        Err(schema_not_found(&name.catalog, &name.schema))
    }

    /// `catalog/schema/table`; where something lies there already, a folder beside it.
    pub(crate) fn new_location(&self, name: &TableName) -> PathBuf {
        let folder = self.warehouse.join(&name.catalog).join(&name.schema);
        let plain = folder.join(&name.name);
        if !plain.exists() {
            return plain;
        }
        let unique = uuid::Uuid::new_v4().simple().to_string();
        folder.join(format!("{}-{}", name.name, &unique[..8]))
    }

    pub(crate) async fn enter(&self, name: &TableName, location: &Path, comment: Option<String>) -> Result<()> {
        let row = TableRow {
            catalog: name.catalog.clone(),
            schema: name.schema.clone(),
            name: name.name.clone(),
            location: location.to_string_lossy().into_owned(),
            created_ms: chrono::Utc::now().timestamp_millis(),
            comment,
        };
        self.meta.catalog().put_table(row).await
    }

    async fn row(&self, name: &TableName) -> Result<Option<TableRow>> {
        self.meta.catalog().get_table(&name.catalog, &name.schema, &name.name).await
    }

    async fn table_rows(&self, catalog: &str, schema: &str) -> Result<Vec<TableRow>> {
        let (catalog, schema) = (catalog.to_lowercase(), schema.to_lowercase());
        let rows = self.meta.catalog().list_tables().await?;
        Ok(rows.into_iter().filter(|row| row.catalog == catalog && row.schema == schema).collect())
    }
}

/// Opens the Delta table in a folder.
pub(crate) async fn open_delta(location: &Path, version: Option<Version>) -> Result<DeltaTable> {
    let builder = || DeltaTableBuilder::from_url(folder_url(location)?).map_err(delta);
    let latest = builder()?.load().await.map_err(delta)?;
    let last = latest.version().unwrap_or_default();
    match version {
        None => Ok(latest),
        Some(Version::Number(number)) if number > last => Err(version_not_found(number, last)),
        Some(Version::Number(number)) => builder()?.with_version(number).load().await.map_err(delta),
        Some(Version::TimestampMs(millis)) => {
            let time = chrono::DateTime::from_timestamp_millis(millis)
                .ok_or_else(|| Failure::new(&codes::data::OPTION_INVALID, format!("{millis} is no time")))?;
            let newest = latest.snapshot().map_err(delta)?.version_timestamp(last);
            if newest.is_some_and(|newest| millis > newest) {
                return Err(after_the_last_commit(time, newest.unwrap_or_default()));
            }
            builder()?.with_timestamp(time).load().await.map_err(delta)
        }
    }
}

fn version_not_found(wanted: u64, last: u64) -> Failure {
    let condition = Condition::new("DELTA_VERSION_NOT_FOUND", "22003", SparkException::Analysis)
        .with("userVersion", wanted.to_string())
        .with("earliest", "0")
        .with("latest", last.to_string());
    let text = format!("cannot time travel to version {wanted}; available versions: [0, {last}]");
    Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition)
}

fn after_the_last_commit(wanted: chrono::DateTime<chrono::Utc>, newest_ms: i64) -> Failure {
    let newest = chrono::DateTime::from_timestamp_millis(newest_ms).map(|time| time.to_string()).unwrap_or_default();
    let condition = Condition::new("DELTA_TIMESTAMP_GREATER_THAN_COMMIT", "42816", SparkException::Analysis)
        .with("providedTimestamp", wanted.to_string())
        .with("tableName", &newest);
    let text =
        format!("the timestamp {wanted} is after the latest version of the table ({newest}); use one before or at it");
    Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition)
}

pub(crate) async fn create_delta(
    location: &Path,
    schema: &Schema,
    partition_by: &[String],
    name: &TableName,
    comment: Option<&str>,
) -> Result<DeltaTable> {
    std::fs::create_dir_all(location).map_err(|error| unwritable(location, error))?;
    let fields: Vec<Field> = schema.fields().iter().map(|field| stored_field(field)).collect();
    let struct_type: StructType =
        (&Schema::new(fields)).try_into_kernel().map_err(|error: arrow_schema::ArrowError| {
            Failure::new(&codes::data::SCHEMA_MISMATCH, format!("a column has a type Delta cannot hold: {error}"))
        })?;
    let columns: Vec<StructField> = struct_type.fields().cloned().collect();
    let mut create = DeltaTableBuilder::from_url(folder_url(location)?)
        .and_then(DeltaTableBuilder::build)
        .map_err(delta)?
        .create()
        .with_table_name(name.name.clone())
        .with_columns(columns)
        .with_partition_columns(partition_by.to_vec())
        .with_configuration(Properties::new());
    if let Some(comment) = comment {
        create = create.with_comment(comment);
    }
    create.await.map_err(delta)
}

/// As a table stores it: a Spark type, nullable as Spark makes every column, without the metadata of a moment.
pub(crate) fn stored_field(field: &Field) -> Field {
    Field::new(field.name(), conform_type(field.data_type()), true)
}

pub(crate) fn folder_url(location: &Path) -> Result<url::Url> {
    url::Url::from_directory_path(location)
        .map_err(|()| Failure::internal(format!("{} is not absolute", location.display())))
}

pub(crate) fn stored_schema(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(|field| stored_field(field)).collect::<Vec<_>>()))
}

pub(crate) fn table_not_found(name: &TableName) -> Failure {
    let relation = format!("`{}`.`{}`.`{}`", name.catalog, name.schema, name.name);
    let condition = Condition::new("TABLE_OR_VIEW_NOT_FOUND", "42P01", SparkException::Analysis);
    let text = format!("the table or view {relation} cannot be found; SHOW TABLES lists what there is");
    Failure::new(&codes::data::TABLE_NOT_FOUND, text).with_condition(condition.with("relationName", relation))
}

pub(crate) fn table_exists(name: &TableName) -> Failure {
    let relation = format!("`{}`.`{}`.`{}`", name.catalog, name.schema, name.name);
    let condition = Condition::new("TABLE_OR_VIEW_ALREADY_EXISTS", "42P07", SparkException::Analysis);
    let text = format!("table {relation} exists already; replace it, or write with mode \"append\" or \"overwrite\"");
    Failure::new(&codes::data::TABLE_EXISTS, text).with_condition(condition.with("relationName", relation))
}

fn schema_not_found(catalog: &str, schema: &str) -> Failure {
    let name = format!("`{catalog}`.`{schema}`");
    let condition = Condition::new("SCHEMA_NOT_FOUND", "42704", SparkException::Analysis).with("schemaName", &name);
    let text = format!("the schema {name} cannot be found; CREATE SCHEMA makes one");
    Failure::new(&codes::data::SCHEMA_NOT_FOUND, text).with_condition(condition)
}
