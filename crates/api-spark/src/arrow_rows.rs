//! Rows on the wire: every batch travels as a complete Arrow IPC stream of its own, cut into chunks where it is large.

use crate::proto::execute_plan_response::ArrowBatch;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use brickyard_error::{Failure, Result, codes};
use bytes::Bytes;
use std::io::Cursor;

/// Rows are cut so that a batch has about this size: progress stays visible and buffers stay small.
const BATCH_BYTES: usize = 4 << 20;
/// A batch above this size (one huge row, say) is cut into chunks if the client can put them together.
const CHUNK_BYTES: usize = 32 << 20;

/// Cuts a result into wire batches and counts its rows.
pub struct RowFramer {
    chunking: Chunking,
    rows_so_far: i64,
}

/// Whether the client takes batches in several messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    Refused,
    Allowed { chunk_bytes: usize },
}

impl Chunking {
    /// `preferred` is the client's wish, in bytes.
    pub fn allowed(preferred: Option<i64>) -> Self {
        let chunk_bytes = preferred.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(CHUNK_BYTES);
        Chunking::Allowed { chunk_bytes: chunk_bytes.clamp(1 << 10, CHUNK_BYTES) }
    }
}

impl RowFramer {
    pub fn new(chunking: Chunking) -> Self {
        Self { chunking, rows_so_far: 0 }
    }

    /// The messages of one batch of the result, in order.
    pub fn frame(&mut self, batch: &RecordBatch) -> Result<Vec<ArrowBatch>> {
        let mut messages = Vec::new();
        for part in parts(batch) {
            messages.extend(self.frame_part(&part)?);
        }
        Ok(messages)
    }

    fn frame_part(&mut self, part: &RecordBatch) -> Result<Vec<ArrowBatch>> {
        let data = Bytes::from(encode(part)?);
        let (row_count, start_offset) = (part.num_rows() as i64, Some(self.rows_so_far));
        self.rows_so_far += row_count;
        let chunk_bytes = match self.chunking {
            Chunking::Allowed { chunk_bytes } if data.len() > chunk_bytes => chunk_bytes,
            _ => return Ok(vec![ArrowBatch { row_count, data, start_offset, ..ArrowBatch::default() }]),
        };
        let chunks = data.len().div_ceil(chunk_bytes);
        let message = |chunk: usize| ArrowBatch {
            row_count,
            data: data.slice(chunk * chunk_bytes..data.len().min((chunk + 1) * chunk_bytes)),
            start_offset,
            chunk_index: Some(chunk as i64),
            num_chunks_in_batch: Some(chunks as i64),
        };
        Ok((0..chunks).map(message).collect())
    }
}

/// Slices of about [`BATCH_BYTES`]; a batch without rows stays one batch.
fn parts(batch: &RecordBatch) -> Vec<RecordBatch> {
    let rows = batch.num_rows();
    let parts = batch.get_array_memory_size().div_ceil(BATCH_BYTES).max(1);
    let rows_in_part = rows.div_ceil(parts).max(1);
    let starts = (0..rows.max(1)).step_by(rows_in_part);
    starts.map(|start| batch.slice(start.min(rows), rows_in_part.min(rows - start.min(rows)))).collect()
}

/// One batch as a complete IPC stream.
pub fn encode(batch: &RecordBatch) -> Result<Vec<u8>> {
    let failed = |error| Failure::internal("encoding rows for the client").because(error);
    let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref()).map_err(failed)?;
    writer.write(batch).map_err(failed)?;
    writer.into_inner().map_err(failed)
}

/// The rows of an IPC stream that a client sent.
pub fn decode(data: &[u8]) -> Result<(Schema, Vec<RecordBatch>)> {
    let failed = |error| Failure::new(&codes::spark::INVALID_PLAN, "the rows sent are no Arrow stream").because(error);
    let reader = StreamReader::try_new(Cursor::new(data), None).map_err(failed)?;
    let schema = reader.schema().as_ref().clone();
    let batches = reader.collect::<std::result::Result<Vec<_>, _>>().map_err(failed)?;
    Ok((schema, batches))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use std::sync::Arc;

    fn numbers(rows: i64) -> RecordBatch {
        RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(0..rows)) as _)]).unwrap()
    }

    #[test]
    fn a_large_batch_is_cut_and_every_part_is_a_whole_stream() {
        let batch = numbers(2_000_000);
        let messages = RowFramer::new(Chunking::Refused).frame(&batch).unwrap();
        assert!(messages.len() > 1);
        let mut rows = 0;
        for message in &messages {
            assert_eq!(message.start_offset, Some(rows));
            let (_, batches) = decode(&message.data).unwrap();
            assert_eq!(batches.len(), 1);
            assert_eq!(batches[0].num_rows() as i64, message.row_count);
            rows += message.row_count;
        }
        assert_eq!(rows, 2_000_000);
    }

    #[test]
    fn no_rows_still_make_a_batch() {
        let messages = RowFramer::new(Chunking::Refused).frame(&numbers(0)).unwrap();
        assert_eq!(messages.iter().map(|message| message.row_count).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn chunks_put_together_are_the_stream() {
        let text = StringArray::from(vec!["x".repeat(10_000)]);
        let batch = RecordBatch::try_from_iter([("t", Arc::new(text) as _)]).unwrap();
        let messages = RowFramer::new(Chunking::Allowed { chunk_bytes: 4096 }).frame(&batch).unwrap();
        assert!(messages.iter().all(|message| message.num_chunks_in_batch == Some(messages.len() as i64)));
        let whole: Vec<u8> = messages.iter().flat_map(|message| message.data.to_vec()).collect();
        assert_eq!(decode(&whole).unwrap().1, [batch]);
    }
}
