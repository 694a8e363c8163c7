//! Statements and commands: what changes the session, the catalog or tables, and what shows them.

mod alter;
mod change;
mod define;
mod describe;
mod list;
mod maintain;
mod merge;
mod platform;
mod write;

use crate::failures;
use crate::load::Sources;
use crate::resolve::Resolver;
use crate::{Frame, Session};
use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use brickyard_error::Result;
use brickyard_lake::TableName;
use brickyard_spec::{Command, ObjectName, Relation, Statement, TableWrite, TableWriteMode, ViewScope};
use std::sync::Arc;

/// Runs a statement and gives its rows.
pub(crate) async fn run(session: &Arc<Session>, statement: Statement) -> Result<Frame> {
    match statement {
        Statement::Query(relation) => session.frame(&relation).await,
        Statement::CreateTable { .. } => define::create_table(session, statement).await,
        Statement::CreateView { name, scope, replace, if_not_exists, columns, query, .. } => {
            let view = define::View { scope, replace, if_not_exists, columns };
            define::create_view(session, &name, query, view).await?;
            nothing(session)
        }
        Statement::CreateSchema { name, if_not_exists, comment } => {
            let (catalog, schema) = schema_name(session, &name)?;
            session.engine().lake().create_schema(&catalog, &schema, comment, if_not_exists).await?;
            nothing(session)
        }
        Statement::DropTable { name, if_exists } => {
            define::drop_table(session, &name, if_exists).await?;
            nothing(session)
        }
        Statement::DropView { name, if_exists } => {
            define::drop_view(session, &name, if_exists)?;
            nothing(session)
        }
        Statement::DropSchema { name, if_exists, cascade } => {
            let (catalog, schema) = schema_name(session, &name)?;
            session.engine().lake().drop_schema(&catalog, &schema, if_exists, cascade).await?;
            nothing(session)
        }
        Statement::Insert { table, columns, overwrite, by_name, source } => {
            let source = write::arranged(session, &table, source, &columns, by_name).await?;
            let mode = TableWriteMode::Insert { overwrite };
            let write =
                TableWrite { input: source, table, mode, partition_by: Vec::new(), options: Default::default() };
            write::table(session, &write).await?;
            nothing(session)
        }
        Statement::Delete { table, alias, condition } => change::delete(session, &table, alias, condition).await,
        Statement::Update { table, alias, assignments, condition } => {
            change::update(session, &table, alias, assignments, condition).await
        }
        Statement::Merge(merge) => merge::merge(session, merge).await,
        Statement::Alter { table, change } => {
            alter::alter(session, &table, change).await?;
            nothing(session)
        }
        Statement::RenameTable { from, to } => {
            alter::rename(session, &from, &to).await?;
            nothing(session)
        }
        Statement::Optimize { table, condition, order_by } => {
            maintain::optimize(session, &table, condition, &order_by).await
        }
        Statement::Vacuum { table, retain_hours, dry_run } => {
            maintain::vacuum(session, &table, retain_hours, dry_run).await
        }
        Statement::Restore { table, options } => maintain::restore(session, &table, &options).await,
        Statement::Truncate { table } => {
            change::delete(session, &table, None, None).await?;
            nothing(session)
        }
        Statement::DescribeDetail { table } => maintain::detail(session, &table).await,
        Statement::ShowProperties { table, key } => alter::properties(session, &table, key).await,
        Statement::ShowCreateTable { table } => alter::create_statement(session, &table).await,
        Statement::ShowPartitions { table } => alter::partitions(session, &table).await,
        Statement::Use { catalog, schema } => {
            define::use_place(session, catalog, schema).await?;
            nothing(session)
        }
        Statement::Set { key, value } => list::set(session, key, value),
        Statement::Reset { key } => {
            match key {
                Some(key) => session.conf().unset(&key),
                None => session.conf().unset_all(),
            }
            nothing(session)
        }
        Statement::ShowTables { schema, pattern } => list::tables(session, schema, pattern).await,
        Statement::ShowViews { pattern, .. } => list::views(session, pattern),
        Statement::ShowSchemas { pattern } => list::schemas(session, pattern).await,
        Statement::ShowCatalogs => {
            strings(session, &["catalog"], vec![vec![failures::spark_catalog("main").to_owned()]])
        }
        Statement::ShowColumns { table } => list::columns(session, table).await,
        Statement::ShowFunctions { pattern } => list::functions(session, pattern),
        Statement::Describe { target, extended } => describe::describe(session, target, extended).await,
        Statement::DescribeHistory { table } => describe::history(session, &table).await,
        Statement::Explain { mode, statement } => {
            let text = match *statement {
                Statement::Query(relation) => session.frame(&relation).await?.explain(mode).await?,
                other => format!("== Physical Plan ==\nExecute {}\n", list::statement_name(&other)),
            };
            strings(session, &["plan"], vec![vec![text]])
        }
        Statement::CacheTable { name, query } => {
            define::cache_table(session, &name, query).await?;
            nothing(session)
        }
        Statement::UncacheTable { name, if_exists } => {
            define::uncache_table(session, &name, if_exists).await?;
            nothing(session)
        }
        Statement::ClearCache => {
            session.cache.clear();
            nothing(session)
        }
        Statement::CreateEndpoint { .. }
        | Statement::DropEndpoint { .. }
        | Statement::ShowEndpoints
        | Statement::CreateModel { .. }
        | Statement::DropModel { .. }
        | Statement::EvaluateModel { .. }
        | Statement::DescribeModel { .. }
        | Statement::ExportModel { .. }
        | Statement::ShowModels => platform::run(session, statement).await,
    }
}

/// Runs a client's command.
pub(crate) async fn run_command(session: &Arc<Session>, command: &Command) -> Result<()> {
    match command {
        Command::CreateView { name, scope, replace, input } => {
            let parts = brickyard_spec::ObjectName::bare(name.trim_matches('`'));
            let view = define::View { scope: *scope, replace: *replace, if_not_exists: false, columns: Vec::new() };
            debug_assert!(*scope != ViewScope::Catalog, "clients make temporary views");
            define::create_view(session, &parts, input.clone(), view).await
        }
        Command::WriteFiles(request) => write::files(session, request).await,
        Command::WriteTable(request) => write::table(session, request).await,
        Command::RegisterFunction(function) => session.register_function(function.clone()),
        Command::Merge(request) => merge::merge(session, request.clone()).await.map(|_| ()),
    }
}

/// A table that is there, by its full name.
async fn existing_table(session: &Arc<Session>, name: &ObjectName) -> Result<TableName> {
    let table = session.table_name(name)?;
    match session.view(name).is_none() && session.engine().lake().exists(&table).await? {
        true => Ok(table),
        false => Err(failures::table_not_found(name, &session.place.read())),
    }
}

/// Catalog and schema of a schema's name.
fn schema_name(session: &Session, name: &brickyard_spec::ObjectName) -> Result<(String, String)> {
    match name.parts() {
        [schema] => Ok((session.current_catalog(), schema.clone())),
        [catalog, schema] if catalog == "spark_catalog" => Ok(("main".to_owned(), schema.clone())),
        [catalog, schema] => Ok((catalog.clone(), schema.clone())),
        _ => Err(failures::form(format!("{name} is no name of a schema; write catalog.schema"))),
    }
}

// ---- rows of statements --------------------------------------------------------------------------------------------

/// No rows and no columns.
fn nothing(session: &Arc<Session>) -> Result<Frame> {
    frame_of(session, Vec::new(), Vec::new(), 0)
}

/// Rows of strings.
fn strings(session: &Arc<Session>, names: &[&str], rows: Vec<Vec<String>>) -> Result<Frame> {
    let count = rows.len();
    let fields = names.iter().map(|name| Field::new(*name, DataType::Utf8, false)).collect();
    let column = |index: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row.get(index).cloned()).collect::<StringArray>())
    };
    let columns = (0..names.len()).map(column).collect();
    frame_of(session, fields, columns, count)
}

/// One row of counts.
fn counts(session: &Arc<Session>, counts: &[(&str, u64)]) -> Result<Frame> {
    let fields = counts.iter().map(|(name, _)| Field::new(*name, DataType::Int64, true)).collect();
    let column = |(_, count): &(&str, u64)| -> ArrayRef { Arc::new(Int64Array::from(vec![*count as i64])) };
    frame_of(session, fields, counts.iter().map(column).collect(), 1)
}

fn flags(values: Vec<bool>) -> ArrayRef {
    Arc::new(BooleanArray::from(values))
}

fn frame_of(session: &Arc<Session>, fields: Vec<Field>, columns: Vec<ArrayRef>, rows: usize) -> Result<Frame> {
    let schema = Arc::new(Schema::new(fields));
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options);
    let batch = batch.map_err(|error| failures::engine_failure(error.into()))?;
    let relation = Relation::new(brickyard_spec::Node::Local { schema, batches: vec![batch] });
    let sources = Sources::default();
    let resolved = Resolver::new(session, &sources).resolve(&relation)?;
    Frame::new(Arc::clone(session), resolved)
}

/// Whether a name fits a pattern of `SHOW`: `*` for anything, `|` between alternatives.
fn fits(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    pattern.split('|').any(|one| {
        let escaped: Vec<String> = one.trim().split('*').map(regex::escape).collect();
        let text = escaped.join(".*").replace('%', ".*");
        regex::Regex::new(&format!("(?i)^{text}$")).is_ok_and(|regex| regex.is_match(name))
    })
}
