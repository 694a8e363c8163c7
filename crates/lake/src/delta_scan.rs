//! A Delta snapshot resolved to its files, scanned by DataFusion's own Parquet source. The list travels to executors in
//! a plan, so they need neither the log nor a catalog.

use crate::spark_types::engine;
use arrow_schema::{Schema, SchemaRef};
use async_trait::async_trait;
use brickyard_error::{Failure, Result};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, utils::conjunction};
use datafusion::physical_plan::ExecutionPlan;
use deltalake_core::DeltaTable;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// One data file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaFile {
    /// Relative to the table's root.
    pub path: String,
    pub bytes: u64,
    /// Rows, where the log says so.
    pub rows: Option<u64>,
    /// In the order of the partition columns.
    pub partition_values: Vec<Option<String>>,
}

/// A snapshot: schema with partition columns last, and files.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedDelta {
    /// `file:///…/`
    pub root: String,
    pub version: u64,
    pub schema: SchemaRef,
    pub partition_columns: Vec<String>,
    pub files: Vec<DeltaFile>,
}

impl ResolvedDelta {
    /// Resolves a loaded table.
    ///
    /// # Errors
    /// Deletion vectors are not supported here.
    pub fn new(table: &DeltaTable) -> Result<Self> {
        let state = table.snapshot().map_err(delta)?;
        let partition_columns: Vec<String> = state.metadata().partition_columns().to_vec();
        let logical = state.snapshot().arrow_schema();
        let (partition, mut fields): (Vec<_>, Vec<_>) =
            logical.fields().iter().cloned().partition(|field| partition_columns.contains(field.name()));
        let in_order = |name: &String| partition.iter().find(|field| field.name() == name).cloned();
        fields.extend(partition_columns.iter().filter_map(in_order));
        let mut files = Vec::new();
        for file in state.log_data().iter() {
            if file.deletion_vector_descriptor().is_some() {
                return Err(Failure::unsupported(format!(
                    "deletion vectors, in {}; OPTIMIZE or rewrite the table",
                    table.table_url()
                )));
            }
            let values = file.partition_values_map();
            files.push(DeltaFile {
                path: percent_decoded(&file.path()),
                bytes: u64::try_from(file.size()).unwrap_or_default(),
                rows: file.num_records().map(|rows| rows as u64),
                partition_values: partition_columns.iter().map(|name| values.get(name).cloned().flatten()).collect(),
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            root: table.table_url().to_string(),
            version: table.version().unwrap_or_default(),
            schema: Arc::new(Schema::new(fields)),
            partition_columns,
            files,
        })
    }

    /// Rows of the snapshot, where every file tells.
    pub fn rows(&self) -> Option<u64> {
        self.files.iter().map(|file| file.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::new_unknown(&self.schema);
        if let Some(rows) = self.rows() {
            statistics.num_rows = Precision::Exact(rows as usize);
        }
        statistics
    }

    /// Files dealt to at most `groups` groups, largest part first left in name order so that rows keep their order.
    fn file_groups(&self, groups: usize, root: &str) -> Result<Vec<FileGroup>, DataFusionError> {
        let types = self.partition_types();
        let per_group = self.files.len().div_ceil(groups.max(1)).max(1);
        let partitioned = |file: &DeltaFile| {
            let mut part = PartitionedFile::new(format!("{root}/{}", file.path), file.bytes);
            part.partition_values = file
                .partition_values
                .iter()
                .zip(&types)
                .map(|(value, data_type)| match value {
                    Some(value) => ScalarValue::try_from_string(value.clone(), data_type),
                    None => ScalarValue::try_from(data_type),
                })
                .collect::<Result<_, _>>()?;
            Ok(part)
        };
        let group = |files: &[DeltaFile]| {
            Ok(FileGroup::new(files.iter().map(partitioned).collect::<Result<_, DataFusionError>>()?))
        };
        self.files.chunks(per_group).map(group).collect()
    }

    fn partition_types(&self) -> Vec<arrow_schema::DataType> {
        let first = self.schema.fields().len() - self.partition_columns.len();
        self.schema.fields()[first..].iter().map(|field| field.data_type().clone()).collect()
    }
}

#[async_trait]
impl TableProvider for ResolvedDelta {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let (file_fields, partition_fields) =
            self.schema.fields().split_at(self.schema.fields().len() - self.partition_columns.len());
        let table_schema = TableSchema::builder(Arc::new(Schema::new(file_fields.to_vec())))
            .with_table_partition_cols(partition_fields.to_vec())
            .build();
        let url = url::Url::parse(&self.root).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let mut source = ParquetSource::new(table_schema);
        if let Some(predicate) = conjunction(filters.to_vec()) {
            let schema = datafusion::common::DFSchema::try_from(self.schema.as_ref().clone())?;
            source = source.with_predicate(session.create_physical_expr(predicate, &schema)?);
        }
        let store = ObjectStoreUrl::parse(&url[..url::Position::BeforePath])?;
        let root = percent_decoded(url.path().trim_matches('/'));
        let groups = self.file_groups(session.config().target_partitions(), &root)?;
        let config = FileScanConfigBuilder::new(store, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(self.statistics())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit.filter(|_| filters.is_empty()))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

pub(crate) fn percent_decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// A failure of the table format; one of ours inside it comes out as it is.
pub(crate) fn delta(error: deltalake_core::DeltaTableError) -> Failure {
    use brickyard_error::codes;
    use deltalake_core::DeltaTableError as E;
    if let Some(failure) = Failure::find(&error) {
        return failure.repeat();
    }
    match error {
        E::GenericError { source } => match source.downcast::<DataFusionError>() {
            Ok(source) => engine(*source),
            Err(source) => Failure::new(&codes::data::UNREADABLE, format!("delta: {source}")).because(source),
        },
        E::NotATable(path) => Failure::new(&codes::data::TABLE_NOT_FOUND, format!("{path} is not a Delta table")),
        E::SchemaMismatch { msg } => Failure::new(&codes::data::SCHEMA_MISMATCH, msg),
        other => Failure::new(&codes::data::UNREADABLE, format!("delta: {other}")).because(other),
    }
}

/// Configuration that a created table gets, by Delta's names.
pub(crate) type Properties = HashMap<String, Option<String>>;
