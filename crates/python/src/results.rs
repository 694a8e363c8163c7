//! Rows that came back from Python, made the columns that the plan expects.

use crate::{external, internal};
use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{BatchCoalescer, cast, concat_batches};
use arrow::datatypes::SchemaRef;
use brickyard_error::{Failure, Result};
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use futures::stream::BoxStream;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// Rows as they come from a worker.
pub(crate) type Answers = BoxStream<'static, Result<RecordBatch>>;

/// Batches that wait for the columns that Python makes for them, in order.
pub(crate) type Waiting = Arc<Mutex<VecDeque<RecordBatch>>>;

/// The waiting batches' columns with the answers' columns, row for row.
pub(crate) fn beside(waiting: Waiting, answers: Answers, schema: SchemaRef) -> SendableRecordBatchStream {
    let out = Arc::clone(&schema);
    let rows = async_stream::try_stream! {
        let mut answers = answers;
        let mut left: Option<RecordBatch> = None;
        while let Some(answer) = answers.next().await {
            let mut answer = match left.take() {
                Some(left) => joined(&left, answer?)?,
                None => answer?,
            };
            loop {
                let next = {
                    let mut waiting = waiting.lock();
                    let fits = waiting.front().is_some_and(|first| first.num_rows() <= answer.num_rows());
                    if fits { waiting.pop_front() } else { None }
                };
                let Some(batch) = next else { break };
                let count = batch.num_rows();
                yield together(&batch, &answer.slice(0, count), &schema)?;
                answer = answer.slice(count, answer.num_rows() - count);
            }
            left = (answer.num_rows() > 0).then_some(answer);
        }
        if left.is_some() || !waiting.lock().is_empty() {
            Err(Failure::internal("a Python function gave another number of rows than it got"))?;
        }
    };
    let rows = rows.map(|batch: Result<RecordBatch>| batch.map_err(external));
    Box::pin(RecordBatchStreamAdapter::new(out, rows))
}

fn joined(first: &RecordBatch, second: RecordBatch) -> Result<RecordBatch> {
    concat_batches(&second.schema(), [first, &second]).map_err(arrow_failure)
}

fn together(batch: &RecordBatch, answer: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let first = batch.num_columns();
    let made = answer
        .columns()
        .iter()
        .zip(&schema.fields()[first..])
        .map(|(column, field)| cast(column, field.data_type()).map_err(arrow_failure));
    let columns: Vec<ArrayRef> = batch.columns().iter().cloned().map(Ok).chain(made).collect::<Result<_>>()?;
    batch_of(schema, columns, batch.num_rows())
}

/// Answers of one struct column, as its fields; small batches are put together.
pub(crate) fn fields_of(answers: Answers, schema: SchemaRef, batch_rows: usize) -> SendableRecordBatchStream {
    let of_schema = Arc::clone(&schema);
    let rows = answers.map(move |answer| answer.and_then(|answer| flattened(&answer, &of_schema)).map_err(external));
    coalesced(Box::pin(RecordBatchStreamAdapter::new(schema, rows)), batch_rows)
}

fn flattened(answer: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let rows = answer.columns().first().and_then(|column| column.as_struct_opt());
    let rows = rows.ok_or_else(|| Failure::internal("Python answered without a struct"))?;
    let columns = schema.fields().iter().zip(rows.columns());
    let columns = columns.map(|(field, column)| cast(column, field.data_type()).map_err(arrow_failure));
    batch_of(schema, columns.collect::<Result<_>>()?, answer.num_rows())
}

fn batch_of(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(arrow_failure)
}

/// The same rows in batches of about this size.
pub(crate) fn coalesced(rows: SendableRecordBatchStream, batch_rows: usize) -> SendableRecordBatchStream {
    let schema = rows.schema();
    if schema.fields().is_empty() {
        return rows;
    }
    let mut whole = BatchCoalescer::new(Arc::clone(&schema), batch_rows);
    let rows = async_stream::try_stream! {
        let mut rows = rows;
        while let Some(batch) = rows.next().await {
            whole.push_batch(batch?).map_err(DataFusionError::from)?;
            while let Some(batch) = whole.next_completed_batch() {
                yield batch;
            }
        }
        whole.finish_buffered_batch().map_err(DataFusionError::from)?;
        while let Some(batch) = whole.next_completed_batch() {
            yield batch;
        }
    };
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

pub(crate) fn arrow_failure(error: arrow::error::ArrowError) -> Failure {
    internal(DataFusionError::from(error))
}
