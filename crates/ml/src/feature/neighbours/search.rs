//! Near rows by their buckets: the nearest to a vector, and all pairs of two frames that are near enough.

use super::hashed::{Family, Hashed};
use crate::feature::stage::Stage;
use crate::linalg::VectorColumn;
use crate::{Input, Params, Vector};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, StructArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Of the rows that share a bucket with `key`, the `count` nearest, nearest first, with their distance in `column`.
/// Hashes are appended if the rows have none.
pub fn nearest<F: Family>(
    model: &Hashed<F>,
    params: &Params,
    rows: &RecordBatch,
    key: &Vector,
    count: i64,
    column: &str,
) -> Result<RecordBatch> {
    if count <= 0 {
        let text = "requirement failed: The number of nearest neighbors cannot be less than 1";
        return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
    }
    let rows = with_hashes(model, params, rows)?;
    let input = Input::vector(&params.text("inputCol")?).read(&rows)?;
    let vectors = VectorColumn::new(input.as_ref())?;
    let key_column = crate::linalg::vector_column([Some(key)]);
    let keys = VectorColumn::new(key_column.as_ref())?;
    let tables = model.0.tables();
    let of_key = model.hashes(params, &keys)?;
    let hashes = model.hashes(params, &vectors)?;
    let mut found: Vec<(f64, u32)> = Vec::new();
    for (row, hashes) in hashes.chunks_exact(tables.max(1)).enumerate() {
        if hashes.iter().zip(&of_key).any(|(own, key)| own == key) {
            found.push((model.0.distance(vectors.get(row), keys.get(0))?, row as u32));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    found.truncate(count as usize);
    let chosen = UInt32Array::from_iter_values(found.iter().map(|(_, row)| *row));
    let mut columns = taken(rows.columns(), &chosen)?;
    columns.push(Arc::new(Float64Array::from_iter_values(found.iter().map(|(distance, _)| *distance))));
    let mut fields: Vec<Arc<Field>> = rows.schema_ref().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(column, DataType::Float64, true)));
    let options = RecordBatchOptions::new().with_row_count(Some(found.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(wrong)
}

/// Every pair of rows that share a bucket and are nearer than `threshold`: columns `datasetA`, `datasetB` and the
/// distance.
pub fn join<F: Family>(
    model: &Hashed<F>,
    params: &Params,
    frames: [&RecordBatch; 2],
    threshold: f64,
    column: &str,
) -> Result<RecordBatch> {
    let [left, right] = [with_hashes(model, params, frames[0])?, with_hashes(model, params, frames[1])?];
    let read = |rows: &RecordBatch| Input::vector(&params.text("inputCol")?).read(rows);
    let (left_input, right_input) = (read(&left)?, read(&right)?);
    let (left_vectors, right_vectors) =
        (VectorColumn::new(left_input.as_ref())?, VectorColumn::new(right_input.as_ref())?);
    let tables = model.0.tables().max(1);
    let mut buckets: HashMap<(usize, u64), Vec<u32>> = HashMap::new();
    for (row, hashes) in model.hashes(params, &right_vectors)?.chunks_exact(tables).enumerate() {
        let keys = hashes.iter().enumerate().map(|(table, hash)| (table, (hash + 0.0).to_bits()));
        keys.for_each(|key| buckets.entry(key).or_default().push(row as u32));
    }
    let (mut lefts, mut rights, mut distances) = (Vec::new(), Vec::new(), Vec::new());
    for (row, hashes) in model.hashes(params, &left_vectors)?.chunks_exact(tables).enumerate() {
        let keys = hashes.iter().enumerate().map(|(table, hash)| (table, (hash + 0.0).to_bits()));
        let candidates: BTreeSet<u32> = keys.filter_map(|key| buckets.get(&key)).flatten().copied().collect();
        for candidate in candidates {
            let distance = model.0.distance(left_vectors.get(row), right_vectors.get(candidate as usize))?;
            if distance < threshold {
                lefts.push(row as u32);
                rights.push(candidate);
                distances.push(distance);
            }
        }
    }
    let rows = |frame: &RecordBatch, chosen: Vec<u32>| -> Result<ArrayRef> {
        let columns = taken(frame.columns(), &UInt32Array::from(chosen))?;
        Ok(Arc::new(StructArray::new(frame.schema_ref().fields().clone(), columns, None)))
    };
    let (lefts, rights) = (rows(&left, lefts)?, rows(&right, rights)?);
    let fields = vec![
        Field::new("datasetA", lefts.data_type().clone(), false),
        Field::new("datasetB", rights.data_type().clone(), false),
        Field::new(column, DataType::Float64, true),
    ];
    let columns = vec![lefts, rights, Arc::new(Float64Array::from(distances))];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(wrong)
}

/// The rows with their hashes in the output column, which they may have already.
fn with_hashes<F: Family>(model: &Hashed<F>, params: &Params, rows: &RecordBatch) -> Result<RecordBatch> {
    let output = params.text("outputCol")?;
    if rows.schema_ref().index_of(&output).is_ok() {
        return Ok(rows.clone());
    }
    model.inputs(params, rows.schema_ref())?;
    let added = model.outputs(params, rows.schema_ref())?;
    let fields: Vec<Arc<Field>> =
        rows.schema_ref().fields().iter().cloned().chain(added.into_iter().map(Arc::new)).collect();
    let columns = rows.columns().iter().cloned().chain(model.transform(params, rows)?.columns).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(wrong)
}

fn taken(columns: &[ArrayRef], rows: &UInt32Array) -> Result<Vec<ArrayRef>> {
    columns.iter().map(|column| arrow_select::take::take(column, rows, None).map_err(wrong)).collect()
}

fn wrong(error: ArrowError) -> Failure {
    Failure::internal("collecting near rows").because(error)
}
