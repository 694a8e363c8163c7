//! A frame: an analysed query, not run until asked.

use crate::failures::engine_failure;
use crate::resolve::{Column, Resolved};
use crate::{Session, show};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, RecordBatch, RecordBatchOptions, StructArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use brickyard_error::Result;
use brickyard_ml::schema::METADATA_KEY;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, ident};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use futures::{StreamExt, TryStreamExt};
use std::collections::HashMap;
use std::sync::Arc;

pub use brickyard_spec::ExplainMode;

/// An analysed query. Its plan's columns have names of their own (`id#7`), so that several may share one name outside.
#[derive(Clone)]
pub struct Frame {
    session: Arc<Session>,
    resolved: Resolved,
    schema: SchemaRef,
}

impl Frame {
    pub(crate) fn new(session: Arc<Session>, resolved: Resolved) -> Result<Self> {
        let zone: Arc<str> = session.conf().time_zone().into();
        let fields: Vec<Field> = resolved.columns.iter().map(|column| outer_field(column, &zone)).collect();
        Ok(Self { session, resolved, schema: Arc::new(Schema::new(fields)) })
    }

    /// Spark's types only, timestamps in the session's zone, column metadata under
    /// [`METADATA_KEY`].
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    pub(crate) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Runs the query; batches come in the order of the plan's partitions.
    pub async fn stream(&self) -> Result<SendableRecordBatchStream> {
        let plan = self.physical_plan().await?;
        let distributor = self.session.engine().shared().distributor.read().clone();
        let elsewhere = match distributor {
            Some(distributor) => distributor.run(&plan).await?,
            None => None,
        };
        let rows = match elsewhere {
            Some(rows) => rows,
            None => crate::rows::in_order(&plan, self.session.context().task_ctx()).map_err(engine_failure)?,
        };
        let schema = self.schema();
        let relabelled = rows.map(move |batch| relabel(&batch?, &schema).map_err(Into::into));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), relabelled)))
    }

    /// Runs the query; one stream a partition, for those who work on several at a time.
    pub async fn partitions(&self) -> Result<Vec<SendableRecordBatchStream>> {
        let plan = self.physical_plan().await?;
        let task = self.session.context().task_ctx();
        let count = plan.properties().output_partitioning().partition_count();
        let mut streams: Vec<SendableRecordBatchStream> = Vec::with_capacity(count);
        for partition in 0..count {
            let rows = plan.execute(partition, Arc::clone(&task)).map_err(engine_failure)?;
            let schema = self.schema();
            let relabelled = rows.map(move |batch| relabel(&batch?, &schema).map_err(Into::into));
            streams.push(Box::pin(RecordBatchStreamAdapter::new(self.schema(), relabelled)));
        }
        Ok(streams)
    }

    pub async fn collect(&self) -> Result<Vec<RecordBatch>> {
        self.stream().await?.try_collect().await.map_err(engine_failure)
    }

    /// At most this many rows, in order.
    pub async fn take(&self, rows: usize) -> Result<Vec<RecordBatch>> {
        let mut stream = self.stream().await?;
        let mut taken = Vec::new();
        let mut left = rows;
        while left > 0 {
            let Some(batch) = stream.next().await else { break };
            let batch = batch.map_err(engine_failure)?;
            let count = batch.num_rows().min(left);
            left -= count;
            taken.push(batch.slice(0, count));
        }
        Ok(taken)
    }

    pub async fn count(&self) -> Result<u64> {
        let mut stream = self.stream().await?;
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            rows += batch.map_err(engine_failure)?.num_rows() as u64;
        }
        Ok(rows)
    }

    /// What `show` prints, without a line break at the end beyond Spark's own.
    pub async fn show_string(&self, rows: usize, truncate: usize, vertical: bool) -> Result<String> {
        show::show_string(self, rows, truncate, vertical).await
    }

    pub async fn html_string(&self, rows: usize, truncate: usize) -> Result<String> {
        show::html_string(self, rows, truncate).await
    }

    /// The plan with the outer names, for DataFusion's own writers.
    ///
    /// # Errors
    /// `COLUMN_ALREADY_EXISTS` where two columns share a name.
    pub fn dataframe(&self) -> Result<DataFrame> {
        crate::failures::require_unique_names(self.schema.fields().iter().map(|field| field.name().as_str()))?;
        let columns = self.resolved.columns.iter().map(|column| ident(&column.id).alias(&column.name));
        let plan = LogicalPlanBuilder::from(self.resolved.plan.clone()).project(columns).map_err(engine_failure)?;
        Ok(DataFrame::new(self.session.context().state(), plan.build().map_err(engine_failure)?))
    }

    /// The plan with its inner names, before optimisation.
    pub fn logical_plan(&self) -> &LogicalPlan {
        &self.resolved.plan
    }

    pub async fn physical_plan(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let state = self.session.context().state();
        state.create_physical_plan(&self.resolved.plan).await.map_err(engine_failure)
    }

    /// The text of the plans, as `df.explain(mode)` prints it.
    pub async fn explain(&self, mode: ExplainMode) -> Result<String> {
        let state = self.session.context().state();
        let physical = self.physical_plan().await?;
        let physical = displayable(physical.as_ref()).indent(mode == ExplainMode::Formatted).to_string();
        if mode == ExplainMode::Simple || mode == ExplainMode::Formatted {
            return Ok(format!("== Physical Plan ==\n{physical}\n"));
        }
        let optimized = state.optimize(&self.resolved.plan).map_err(engine_failure)?;
        Ok(format!(
            "== Analyzed Logical Plan ==\n{}\n\n== Optimized Logical Plan ==\n{optimized}\n\n== Physical Plan ==\n{physical}\n",
            self.resolved.plan
        ))
    }
}

fn outer_field(column: &Column, zone: &Arc<str>) -> Field {
    let field = Field::new(&column.name, in_zone(&column.data_type, zone), column.nullable);
    match &column.metadata {
        Some(json) => field.with_metadata(HashMap::from([(METADATA_KEY.to_owned(), json.clone())])),
        None => field,
    }
}

/// The type with its instants labelled by this zone.
fn in_zone(data_type: &DataType, zone: &Arc<str>) -> DataType {
    let field = |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(in_zone(field.data_type(), zone)));
    match data_type {
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(zone)))
        }
        DataType::List(item) => DataType::List(field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        other => other.clone(),
    }
}

/// The batch under the outer schema: names, zones and nullability are labels only, so no value is touched.
fn relabel(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| relabel_array(column, field.data_type()))
        .collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

/// The array as the type, which differs from its own in labels only; other types are cast.
fn relabel_array(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == wanted {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), wanted) {
        (
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)),
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)),
        ) => {
            let values = array.as_primitive::<TimestampMicrosecondType>().clone();
            Ok(Arc::new(values.with_timezone(Arc::clone(zone))))
        }
        (DataType::List(_), DataType::List(field)) => {
            let list = array.as_list::<i32>();
            let values = relabel_array(list.values(), field.data_type())?;
            let list = ListArray::try_new(Arc::clone(field), list.offsets().clone(), values, list.nulls().cloned())?;
            Ok(Arc::new(list))
        }
        (DataType::Struct(have), DataType::Struct(fields)) if have.len() == fields.len() => {
            let structs = array.as_struct();
            let columns = structs.columns().iter().zip(fields);
            let columns =
                columns.map(|(column, field)| relabel_array(column, field.data_type())).collect::<Result<_, _>>()?;
            let length = structs.len();
            let structs = StructArray::try_new_with_length(fields.clone(), columns, structs.nulls().cloned(), length)?;
            Ok(Arc::new(structs))
        }
        (DataType::Map(..), DataType::Map(field, sorted)) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            let entries = relabel_array(&entries, field.data_type())?;
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            let map = MapArray::try_new(Arc::clone(field), offsets, entries.as_struct().clone(), nulls, *sorted)?;
            Ok(Arc::new(map))
        }
        _ => arrow::compute::cast(array, wanted),
    }
}
