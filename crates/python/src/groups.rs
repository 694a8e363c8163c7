//! Groups of a sorted input, and what of them Python gets.

use crate::internal;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::SortOptions;
use arrow::row::{OwnedRow, RowConverter, Rows, SortField};
use brickyard_error::{Failure, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::PhysicalExpr;
use futures::StreamExt;
use std::sync::Arc;

/// How groups follow each other.
pub(crate) const ORDER: SortOptions = SortOptions { descending: false, nulls_first: true };

/// The rows of one key.
pub(crate) struct Group {
    pub key: OwnedRow,
    /// One row.
    pub key_columns: Vec<ArrayRef>,
    pub batches: Vec<RecordBatch>,
}

/// Reads an input that is sorted by its keys, a group at a time.
pub(crate) struct Groups {
    input: SendableRecordBatchStream,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    converter: RowConverter,
    /// A batch that is not used up: its keys, and the first row that is left.
    open: Option<(RecordBatch, Vec<ArrayRef>, Rows, usize)>,
}

impl Groups {
    pub fn new(input: SendableRecordBatchStream, keys: Vec<Arc<dyn PhysicalExpr>>) -> Result<Self> {
        let schema = input.schema();
        let field = |key: &Arc<dyn PhysicalExpr>| {
            let data_type = key.data_type(&schema).map_err(internal)?;
            Ok(SortField::new_with_options(data_type, ORDER))
        };
        let fields = keys.iter().map(field).collect::<Result<Vec<_>>>()?;
        let converter = RowConverter::new(fields).map_err(arrow_failure)?;
        Ok(Self { input, keys, converter, open: None })
    }

    pub async fn next(&mut self) -> Result<Option<Group>> {
        let mut group: Option<Group> = None;
        loop {
            if self.open.is_none() && !self.read().await? {
                return Ok(group);
            }
            let Some((batch, columns, rows, start)) = self.open.take() else { return Ok(group) };
            let group_key = match &group {
                Some(group) => group.key.clone(),
                None => rows.row(start).owned(),
            };
            let end = (start..batch.num_rows()).find(|row| rows.row(*row) != group_key.row());
            let end = end.unwrap_or(batch.num_rows());
            let (piece, is_over) = (batch.slice(start, end - start), end < batch.num_rows());
            let open = group.get_or_insert_with(|| Group {
                key: group_key,
                key_columns: columns.iter().map(|column| column.slice(start, 1)).collect(),
                batches: Vec::new(),
            });
            if piece.num_rows() > 0 {
                open.batches.push(piece);
            }
            if is_over {
                self.open = Some((batch, columns, rows, end));
                return Ok(group);
            }
        }
    }

    /// Opens the next batch that has rows; false after the last.
    async fn read(&mut self) -> Result<bool> {
        while let Some(batch) = self.input.next().await {
            let batch = batch.map_err(internal)?;
            if batch.num_rows() == 0 {
                continue;
            }
            let column = |key: &Arc<dyn PhysicalExpr>| {
                key.evaluate(&batch).and_then(|value| value.into_array(batch.num_rows())).map_err(internal)
            };
            let columns = self.keys.iter().map(column).collect::<Result<Vec<_>>>()?;
            let rows = self.rows_of(&columns, batch.num_rows())?;
            self.open = Some((batch, columns, rows, 0));
            return Ok(true);
        }
        Ok(false)
    }

    fn rows_of(&mut self, columns: &[ArrayRef], count: usize) -> Result<Rows> {
        if columns.is_empty() {
            // Without keys all rows are one group.
            let none: ArrayRef = Arc::new(arrow::array::NullArray::new(count));
            let field = SortField::new(arrow::datatypes::DataType::Null);
            let converter = RowConverter::new(vec![field]).map_err(arrow_failure)?;
            return converter.convert_columns(&[none]).map_err(arrow_failure);
        }
        self.converter.convert_columns(columns).map_err(arrow_failure)
    }
}

fn arrow_failure(error: arrow::error::ArrowError) -> Failure {
    Failure::internal("keys of groups").because(error)
}
