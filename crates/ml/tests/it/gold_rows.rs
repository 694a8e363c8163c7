//! Rows of frames that are answers.

use super::gold::cell;
use arrow_array::RecordBatch;
use serde_json::Value as Json;

/// The rows of a frame as the recorder writes them, structs as lists of their fields.
pub fn rows_of(frame: &RecordBatch) -> Vec<Json> {
    let row = |row: usize| frame.columns().iter().map(|column| cell(column, row)).collect();
    (0..frame.num_rows()).map(row).collect()
}
