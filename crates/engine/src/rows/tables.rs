//! Statistics whose columns depend on the data: cross tables and frequent items.

use crate::Session;
use crate::failures::engine_failure;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use brickyard_error::Result;
use brickyard_spec::{Aggregate, Expr, Grouping, Node, Relation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row for each value of the first column, a column for each of the second, and how often they meet.
pub(crate) async fn crosstab(
    session: &Arc<Session>,
    input: &Relation,
    first: &str,
    second: &str,
) -> Result<Vec<RecordBatch>> {
    let text = |name: &str| {
        let text = Expr::column(name).cast(DataType::Utf8);
        Expr::function("coalesce", vec![text, Expr::literal("null")])
    };
    let keys = vec![text(first).alias("row"), text(second).alias("column")];
    let counted = Relation::new(Node::Aggregate(Aggregate {
        input: input.clone(),
        grouping: Grouping::By(keys),
        exprs: vec![Expr::function("count", vec![Expr::literal(1)]).alias("count")],
        with_keys: true,
        having: None,
    }));
    let mut counts: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    for batch in session.closed_frame(counted).await?.collect().await? {
        let (rows, columns) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
        let cells = batch.column(2).as_primitive::<Int64Type>();
        for index in 0..batch.num_rows() {
            names.insert(columns.value(index).to_owned(), ());
            counts
                .entry(rows.value(index).to_owned())
                .or_default()
                .insert(columns.value(index).to_owned(), cells.value(index));
        }
    }
    let mut fields = vec![Field::new(format!("{first}_{second}"), DataType::Utf8, true)];
    let rows: Vec<&str> = counts.keys().map(String::as_str).collect();
    let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from(rows))];
    for name in names.keys() {
        fields.push(Field::new(name, DataType::Int64, true));
        let cells: Int64Array =
            counts.values().map(|row| row.get(name).copied().unwrap_or(0)).collect::<Vec<_>>().into();
        columns.push(Arc::new(cells));
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    Ok(vec![batch.map_err(|error| engine_failure(error.into()))?])
}

/// One row: for each column an array of the values that make up at least the share `support`.
pub(crate) async fn frequent_items(
    session: &Arc<Session>,
    input: &Relation,
    names: &[String],
    support: f64,
) -> Result<Vec<RecordBatch>> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for name in names {
        let counted = Relation::new(Node::Aggregate(Aggregate {
            input: input.clone(),
            grouping: Grouping::By(vec![Expr::column(name)]),
            exprs: vec![Expr::function("count", vec![Expr::literal(1)]).alias("count")],
            with_keys: true,
            having: None,
        }));
        let batches = session.closed_frame(counted).await?.collect().await?;
        let total: i64 =
            batches.iter().map(|b| b.column(1).as_primitive::<Int64Type>().values().iter().sum::<i64>()).sum();
        let mut frequent: Vec<ArrayRef> = Vec::new();
        let mut data_type = DataType::Null;
        for batch in &batches {
            data_type = batch.column(0).data_type().clone();
            let counts = batch.column(1).as_primitive::<Int64Type>().values();
            let enough = |count: i64| count as f64 >= support * total as f64;
            let rows = (0..batch.num_rows() as u32).filter(|row| enough(counts[*row as usize]));
            let taken = take(batch.column(0), &UInt32Array::from_iter_values(rows), None);
            frequent.push(taken.map_err(|error| engine_failure(error.into()))?);
        }
        let parts: Vec<&dyn Array> = frequent.iter().map(AsRef::as_ref).collect();
        let items = match parts.is_empty() {
            true => arrow::array::new_empty_array(&data_type),
            false => arrow::compute::concat(&parts).map_err(|error| engine_failure(error.into()))?,
        };
        let field = Arc::new(Field::new("element", items.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([items.len()]);
        fields.push(Field::new(format!("{name}_freqItems"), DataType::List(Arc::clone(&field)), true));
        columns.push(Arc::new(ListArray::new(field, offsets, items, None)));
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    Ok(vec![batch.map_err(|error| engine_failure(error.into()))?])
}
