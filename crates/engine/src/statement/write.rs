//! Writes: files and tables.

use super::change;
use crate::failures;
use crate::resolve::{Resolver, Typed};
use crate::{Frame, Session, load};
use arrow::datatypes::{DataType, Field, SchemaRef};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_lake::{SaveMode, TableName, WriteRequest};
use brickyard_spec as spec;
use brickyard_spec::{Expr, FileWrite, Node, ObjectName, Relation, TableWrite, TableWriteMode};
use std::sync::Arc;

pub(super) async fn files(session: &Arc<Session>, write: &FileWrite) -> Result<()> {
    let frame = session.frame(&write.input).await?;
    let default = || session.conf().get_option("spark.sql.sources.default").unwrap_or_else(|| "parquet".to_owned());
    let request = WriteRequest {
        format: write.format.clone().unwrap_or_else(default),
        path: write.path.clone(),
        mode: save_mode(write.mode),
        partition_by: write.partition_by.clone(),
        options: write.options.clone(),
    };
    session.engine().lake().write_files(frame.dataframe()?, &request).await
}

fn save_mode(mode: spec::SaveMode) -> SaveMode {
    match mode {
        spec::SaveMode::ErrorIfExists => SaveMode::ErrorIfExists,
        spec::SaveMode::Append => SaveMode::Append,
        spec::SaveMode::Overwrite => SaveMode::Overwrite,
        spec::SaveMode::Ignore => SaveMode::Ignore,
    }
}

pub(super) async fn table(session: &Arc<Session>, write: &TableWrite) -> Result<()> {
    let table = session.table_name(&write.table)?;
    let lake = session.engine().lake();
    let exists = lake.exists(&table).await?;
    let not_found = || failures::table_not_found(&write.table, &session.place.read());
    let (mode, by_position) = match &write.mode {
        TableWriteMode::Save(mode) => (save_mode(*mode), false),
        TableWriteMode::Create => (SaveMode::ErrorIfExists, false),
        TableWriteMode::CreateOrReplace => (SaveMode::Overwrite, false),
        TableWriteMode::Replace | TableWriteMode::Append | TableWriteMode::Insert { .. } if !exists => {
            return Err(not_found());
        }
        TableWriteMode::Replace => (SaveMode::Overwrite, false),
        TableWriteMode::Append => (SaveMode::Append, false),
        TableWriteMode::Insert { overwrite: true } => (SaveMode::Overwrite, true),
        TableWriteMode::Insert { overwrite: false } => (SaveMode::Append, true),
        TableWriteMode::Overwrite(_) => return Err(Failure::unsupported("overwriting by a condition")),
    };
    if exists && mode == SaveMode::ErrorIfExists {
        return Err(already_exists(&table));
    }
    let frame = session.frame(&write.input).await?;
    let keeps_schema = exists && (mode == SaveMode::Append || matches!(write.mode, TableWriteMode::Insert { .. }));
    let frame = match keeps_schema {
        true => fitted(session, frame, &write.table, by_position).await?,
        false => frame,
    };
    if exists && mode == SaveMode::Append {
        let rewrite = lake.appending(&table).await?;
        if !rewrite.rules()?.is_empty() {
            return change::append(session, table, rewrite, &frame).await;
        }
    }
    lake.write_table(frame.dataframe()?, &table, mode, &write.partition_by).await
}

fn already_exists(table: &TableName) -> Failure {
    let catalog = failures::spark_catalog(&table.catalog);
    let name = format!("`{catalog}`.`{}`.`{}`", table.schema, table.name);
    let condition = Condition::new("TABLE_OR_VIEW_ALREADY_EXISTS", "42P07", SparkException::Analysis);
    let text =
        format!("cannot create table or view {name} because it already exists; choose a different name, or replace it");
    Failure::new(&codes::data::TABLE_EXISTS, text).with_condition(condition.with("relationName", name))
}

/// The rows with the table's columns: in its order, of its types.
async fn fitted(session: &Arc<Session>, frame: Frame, table: &ObjectName, by_position: bool) -> Result<Frame> {
    let wanted: SchemaRef = session.closed_frame(Relation::table(table.clone())).await?.schema();
    let columns = frame.resolved().columns.clone();
    let differs = |text: String| {
        let condition = Condition::new("INSERT_COLUMN_ARITY_MISMATCH", "21S01", SparkException::Analysis)
            .with("tableName", table.to_string());
        Failure::new(&codes::data::SCHEMA_MISMATCH, text).with_condition(condition)
    };
    if by_position && columns.len() != wanted.fields().len() {
        let text = format!(
            "cannot write to {table}: the table has {} columns and the data {}",
            wanted.fields().len(),
            columns.len()
        );
        return Err(differs(text));
    }
    let sources = load::Sources::default();
    let mut resolver = Resolver::new(session, &sources);
    resolver.continue_after(frame.resolved());
    let mut outputs = Vec::new();
    for (index, field) in wanted.fields().iter().enumerate() {
        let data_type = inner(field);
        let found = match by_position {
            true => columns.get(index),
            false => columns.iter().find(|column| column.name.eq_ignore_ascii_case(field.name())),
        };
        let typed = match found {
            Some(column) => resolver.implicit(Typed::of_column(column), &data_type)?,
            None => resolver.null_of_type(&data_type)?,
        };
        outputs.push(typed.named(field.name()));
    }
    let known = |name: &str| wanted.fields().iter().any(|field| field.name().eq_ignore_ascii_case(name));
    if let Some(extra) = columns.iter().find(|column| !by_position && !known(&column.name)) {
        return Err(differs(format!("cannot write to {table}: it has no column {}", extra.name)));
    }
    let resolved = resolver.project_typed(frame.resolved().clone(), outputs)?;
    Frame::new(Arc::clone(session), resolved)
}

fn inner(field: &Field) -> DataType {
    crate::resolve::inner_type(field.data_type())
}

/// The source of an `INSERT` with a list of columns, or by name, in the order of the table.
pub(super) async fn arranged(
    session: &Arc<Session>,
    table: &ObjectName,
    source: Relation,
    columns: &[String],
    by_name: bool,
) -> Result<Relation> {
    if columns.is_empty() && !by_name {
        return Ok(source);
    }
    let frame = session.frame(&source).await?;
    let given: Vec<String> = match by_name {
        true => frame.schema().fields().iter().map(|field| field.name().clone()).collect(),
        false => columns.to_vec(),
    };
    if given.len() != frame.schema().fields().len() {
        return Err(failures::form(format!(
            "INSERT names {} columns and gets {}",
            given.len(),
            frame.schema().fields().len()
        )));
    }
    let named = Relation::new(Node::ToDf { input: source, names: given.clone() });
    let wanted = session.frame(&Relation::table(table.clone())).await?.schema();
    for name in &given {
        if !wanted.fields().iter().any(|field| field.name().eq_ignore_ascii_case(name)) {
            let names: Vec<Vec<String>> = wanted.fields().iter().map(|field| vec![field.name().clone()]).collect();
            return Err(failures::unresolved_column(std::slice::from_ref(name), &names));
        }
    }
    let exprs =
        wanted.fields().iter().map(|field| match given.iter().find(|name| name.eq_ignore_ascii_case(field.name())) {
            Some(name) => Expr::exact_column(name).alias(field.name()),
            None => Expr::Literal(spec::Literal::Null(DataType::Null)).alias(field.name()),
        });
    Ok(Relation::new(Node::Project { input: named, exprs: exprs.collect() }))
}
