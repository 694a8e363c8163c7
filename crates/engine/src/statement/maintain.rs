//! A table's upkeep: `DESCRIBE DETAIL`, `RESTORE`, `OPTIMIZE`, `VACUUM`.

use super::{counts, existing_table, frame_of, strings};
use crate::{Frame, Session, failures, load};
use arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, ListBuilder, MapBuilder, MapFieldNames, StringArray, StringBuilder,
    StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Fields};
use brickyard_error::{Condition as SparkCondition, Failure, Result, SparkException, codes};
use brickyard_lake::{FileSizes, TableName};
use brickyard_spec::{Condition, Expr, Literal, ObjectName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `RETAIN` below this needs the check to be switched off, by Delta's own setting.
const RETENTION_CHECK: &str = "spark.databricks.delta.retentionDurationCheck.enabled";

pub(super) async fn detail(session: &Arc<Session>, name: &ObjectName) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let detail = session.engine().lake().detail(&table).await?;
    let text = |value: Option<String>| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let time = |millis: Option<i64>| -> ArrayRef {
        let micros = millis.map(|millis| millis * 1000);
        Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC"))
    };
    let long = |value: u64| -> ArrayRef { Arc::new(Int64Array::from(vec![value as i64])) };
    let int = |value: i32| -> ArrayRef { Arc::new(Int32Array::from(vec![value])) };
    let full_name = format!("{}.{}.{}", failures::spark_catalog(&table.catalog), table.schema, table.name);
    let columns = vec![
        ("format", text(Some("delta".to_owned()))),
        ("id", text(Some(detail.id))),
        ("name", text(Some(full_name))),
        ("description", text(detail.comment)),
        ("location", text(Some(detail.location))),
        ("createdAt", time(detail.created_ms)),
        ("lastModified", time(detail.modified_ms)),
        ("partitionColumns", texts(&detail.partition_columns)),
        ("clusteringColumns", texts(&[])),
        ("numFiles", long(detail.files)),
        ("sizeInBytes", long(detail.bytes)),
        ("properties", maps(&[Some(detail.properties)])?),
        ("minReaderVersion", int(detail.min_reader_version)),
        ("minWriterVersion", int(detail.min_writer_version)),
        ("tableFeatures", texts(&detail.features)),
    ];
    rows_of(session, columns)
}

/// Columns of equal length, by name.
pub(super) fn rows_of(session: &Arc<Session>, columns: Vec<(&str, ArrayRef)>) -> Result<Frame> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    let fields = columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    frame_of(session, fields, columns.into_iter().map(|(_, column)| column).collect(), rows)
}

/// One array of strings.
fn texts(values: &[String]) -> ArrayRef {
    let field = Field::new("element", DataType::Utf8, true);
    let mut list = ListBuilder::new(StringBuilder::new()).with_field(field);
    list.append_value(values.iter().map(Some));
    Arc::new(list.finish())
}

/// Maps of strings.
pub(super) fn maps(rows: &[Option<BTreeMap<String, String>>]) -> Result<ArrayRef> {
    let names = MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
    let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in row.iter().flatten() {
            maps.keys().append_value(key);
            maps.values().append_value(value);
        }
        maps.append(row.is_some()).map_err(|error| failures::engine_failure(error.into()))?;
    }
    Ok(Arc::new(maps.finish()))
}

pub(super) async fn restore(
    session: &Arc<Session>,
    name: &ObjectName,
    options: &BTreeMap<String, String>,
) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let version = load::version_of(session, options)?.ok_or_else(|| Failure::internal("RESTORE without a version"))?;
    let done = session.engine().lake().restore(&table, version).await?;
    let row = [
        ("table_size_after_restore", done.bytes),
        ("num_of_files_after_restore", done.files),
        ("num_removed_files", done.removed_files),
        ("num_restored_files", done.restored_files),
        ("removed_files_size", done.removed_bytes),
        ("restored_files_size", done.restored_bytes),
    ];
    counts(session, &row)
}

pub(super) async fn optimize(
    session: &Arc<Session>,
    name: &ObjectName,
    condition: Option<Condition>,
    order_by: &[String],
) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let lake = session.engine().lake();
    let snapshot = lake.table(&table, None).await?;
    let mut filters = Vec::new();
    if let Some(condition) = condition {
        partition_filters(&condition.expr, &snapshot.partition_columns, &mut filters)?;
    }
    let mut sorted_by = Vec::new();
    for column in order_by {
        let known = snapshot.schema.fields().iter().find(|field| field.name().eq_ignore_ascii_case(column));
        let known = known.map(|field| field.name().clone()).ok_or_else(|| {
            let names: Vec<Vec<String>> =
                snapshot.schema.fields().iter().map(|field| vec![field.name().clone()]).collect();
            failures::unresolved_column(std::slice::from_ref(column), &names)
        })?;
        if snapshot.partition_columns.contains(&known) {
            return Err(zorder_on_partition(&known));
        }
        sorted_by.push(known);
    }
    let done = lake.optimize(&table, &filters, &sorted_by).await?;
    let long = |value: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    let metrics = struct_of(vec![
        ("numFilesAdded", long(done.added.files)),
        ("numFilesRemoved", long(done.removed.files)),
        ("filesAdded", sizes(&done.added)),
        ("filesRemoved", sizes(&done.removed)),
        ("partitionsOptimized", long(done.partitions)),
        ("numBatches", long(done.batches)),
        ("totalConsideredFiles", long(done.considered_files)),
        ("totalFilesSkipped", long(done.skipped_files)),
    ]);
    let path: ArrayRef = Arc::new(StringArray::from(vec![lake.location(&table).await?]));
    rows_of(session, vec![("path", path), ("metrics", metrics)])
}

fn sizes(of: &FileSizes) -> ArrayRef {
    let long = |value: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![(of.files > 0).then_some(value)])) };
    struct_of(vec![
        ("min", long(of.min)),
        ("max", long(of.max)),
        ("avg", Arc::new(Float64Array::from(vec![of.average]))),
        ("totalFiles", Arc::new(Int64Array::from(vec![of.files]))),
        ("totalSize", Arc::new(Int64Array::from(vec![of.bytes]))),
    ])
}

fn struct_of(columns: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let fields: Fields =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    Arc::new(StructArray::new(fields, columns.into_iter().map(|(_, column)| column).collect(), None))
}

/// `part = 'x' AND other >= 3` as (column, operator, value).
fn partition_filters(expr: &Expr, columns: &[String], filters: &mut Vec<(String, String, String)>) -> Result<()> {
    let unsupported = || {
        let text = "OPTIMIZE … WHERE takes comparisons of partition columns with constants, put together with AND";
        failures::form(text)
    };
    let Expr::Function { name, arguments, .. } = expr else { return Err(unsupported()) };
    if name.eq_ignore_ascii_case("and") {
        return arguments.iter().try_for_each(|argument| partition_filters(argument, columns, filters));
    }
    let operator = match name.as_str() {
        "=" | "==" => "=",
        "!=" | "<>" => "!=",
        "<" | "<=" | ">" | ">=" => name,
        _ => return Err(unsupported()),
    };
    let (column, value) = match arguments.as_slice() {
        [Expr::ColumnParts(parts), Expr::Literal(value)] => (parts.last().cloned().unwrap_or_default(), value),
        [Expr::Column { name, .. }, Expr::Literal(value)] => (name.clone(), value),
        _ => return Err(unsupported()),
    };
    let Some(known) = columns.iter().find(|known| known.eq_ignore_ascii_case(&column)) else {
        let condition = SparkCondition::new("DELTA_NON_PARTITION_COLUMN_REFERENCE", "42P10", SparkException::Analysis)
            .with("columnName", &column)
            .with("columnList", columns.join(", "));
        let text = format!(
            "the predicate references the non-partition column {column}; only the partition columns may be referenced: \
             [{}]",
            columns.join(", ")
        );
        return Err(Failure::new(&codes::sql::FORM, text).with_condition(condition));
    };
    let text = match value {
        Literal::String(text) => text.clone(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Byte(value) => value.to_string(),
        Literal::Short(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Long(value) => value.to_string(),
        _ => return Err(unsupported()),
    };
    filters.push((known.clone(), operator.to_owned(), text));
    Ok(())
}

fn zorder_on_partition(column: &str) -> Failure {
    let condition = SparkCondition::new("DELTA_ZORDERING_ON_PARTITION_COLUMN", "42P10", SparkException::Analysis)
        .with("colName", column);
    let text = format!("{column} is a partition column: Z-ordering is for other columns; leave it out");
    Failure::new(&codes::sql::FORM, text).with_condition(condition)
}

pub(super) async fn vacuum(
    session: &Arc<Session>,
    name: &ObjectName,
    retain_hours: Option<f64>,
    dry_run: bool,
) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let lake = session.engine().lake();
    let retention = match retain_hours {
        None => None,
        Some(hours) if hours >= 0.0 => Some(chrono::Duration::milliseconds((hours * 3_600_000.0) as i64)),
        Some(hours) => return Err(failures::form(format!("RETAIN {hours} HOURS: hours are not below 0"))),
    };
    let is_checked = session.conf().get_option(RETENTION_CHECK).is_none_or(|value| value != "false");
    if let Some(retention) = retention
        && is_checked
        && retention < lake.retention(&table).await?
    {
        return Err(too_short(&table, retention.num_hours()));
    }
    let files = lake.vacuum(&table, retention, dry_run).await?;
    let root = lake.location(&table).await?;
    let rows = match dry_run {
        true => files.into_iter().map(|file| vec![format!("{root}/{file}")]).collect(),
        false => vec![vec![root]],
    };
    strings(session, &["path"], rows)
}

fn too_short(table: &TableName, hours: i64) -> Failure {
    let condition =
        SparkCondition::new("DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", "22003", SparkException::IllegalArgument)
            .with("tableName", table.to_string());
    let text = format!(
        "VACUUM {table} RETAIN {hours} HOURS would delete files that readers, writers and time travel may still need; \
         retain at least the 168 hours (or what delta.deletedFileRetentionDuration says), or switch the check off with \
         SET {RETENTION_CHECK} = false"
    );
    Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition)
}
