//! `ALTER TABLE`, and what shows a table's properties, definition and partitions.

use super::{existing_table, strings};
use crate::types::simple_string;
use crate::{Frame, Session, sql};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_spec::{Alteration, Expr, Node, ObjectName, Relation};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) async fn alter(session: &Arc<Session>, name: &ObjectName, change: Alteration) -> Result<()> {
    let table = existing_table(session, name).await?;
    let altering = session.engine().lake().altering(&table).await?;
    must_hold_already(session, name, &change).await?;
    altering.commit(&change, session.user()).await
}

pub(super) async fn rename(session: &Arc<Session>, from: &ObjectName, to: &ObjectName) -> Result<()> {
    let (old, new) = (existing_table(session, from).await?, session.table_name(to)?);
    session.engine().lake().rename_table(&old, &new).await
}

/// Refuses a rule that rows of the table break.
async fn must_hold_already(session: &Arc<Session>, table: &ObjectName, change: &Alteration) -> Result<()> {
    let rule = match change {
        Alteration::AddConstraint { sql, .. } => sql::parse_expression(sql)?,
        Alteration::Nullable { column, nullable: false } => {
            Expr::function("isnotnull", vec![Expr::exact_column(column)])
        }
        _ => return Ok(()),
    };
    // A rule that is null is broken as well.
    let kept = Expr::function("<=>", vec![rule, Expr::literal(true)]);
    let broken = Expr::function("not", vec![kept]);
    let rows = Relation::new(Node::Filter { input: Relation::table(table.clone()), condition: broken });
    let rows = session.frame(&rows).await?.count().await?;
    if rows == 0 {
        return Ok(());
    }
    let (class, what, parameter) = match change {
        Alteration::AddConstraint { sql, .. } => ("DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", "CHECK constraint", sql),
        Alteration::Nullable { column, .. } => ("DELTA_NEW_NOT_NULL_VIOLATION", "NOT NULL constraint on", column),
        _ => return Ok(()),
    };
    let condition = Condition::new(class, "23512", SparkException::Analysis)
        .with("numRows", rows.to_string())
        .with("tableName", table.to_string())
        .with(if class.contains("CHECK") { "checkConstraint" } else { "colName" }, parameter);
    let text = format!("{rows} rows in {table} violate the new {what} ({parameter}); correct or delete them first");
    Err(Failure::new(&codes::data::CONSTRAINT, text).with_condition(condition))
}

/// `SHOW TBLPROPERTIES t [(key)]`
pub(super) async fn properties(session: &Arc<Session>, name: &ObjectName, key: Option<String>) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let detail = session.engine().lake().detail(&table).await?;
    let mut all = detail.properties;
    all.insert("delta.minReaderVersion".to_owned(), detail.min_reader_version.to_string());
    all.insert("delta.minWriterVersion".to_owned(), detail.min_writer_version.to_string());
    let rows = match key {
        None => all.into_iter().map(|(key, value)| vec![key, value]).collect(),
        Some(key) => {
            let missing = || format!("Table {table} does not have property: {key}");
            let value = all.get(&key).cloned().unwrap_or_else(missing);
            vec![vec![key, value]]
        }
    };
    strings(session, &["key", "value"], rows)
}

/// `SHOW CREATE TABLE t`
pub(super) async fn create_statement(session: &Arc<Session>, name: &ObjectName) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let lake = session.engine().lake();
    let (detail, columns) = (lake.detail(&table).await?, lake.columns(&table).await?);
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let columns = columns.iter().map(|column| {
        let mut line = format!("  {} {}", column.name(), simple_string(column.data_type()).to_uppercase());
        if !column.is_nullable() {
            line += " NOT NULL";
        }
        if let Some(comment) = column.metadata().get("comment") {
            line += &format!(" COMMENT {}", quoted(comment));
        }
        line
    });
    let catalog = crate::failures::spark_catalog(&table.catalog);
    let columns: Vec<String> = columns.collect();
    let mut text =
        format!("CREATE TABLE {catalog}.{}.{} (\n{})\nUSING delta\n", table.schema, table.name, columns.join(",\n"));
    if !detail.partition_columns.is_empty() {
        text += &format!("PARTITIONED BY ({})\n", detail.partition_columns.join(", "));
    }
    if let Some(comment) = &detail.comment {
        text += &format!("COMMENT {}\n", quoted(comment));
    }
    let properties: Vec<String> =
        detail.properties.iter().map(|(key, value)| format!("  {} = {}", quoted(key), quoted(value))).collect();
    if !properties.is_empty() {
        text += &format!("TBLPROPERTIES (\n{})\n", properties.join(",\n"));
    }
    strings(session, &["createtab_stmt"], vec![vec![text]])
}

/// `SHOW PARTITIONS t`
pub(super) async fn partitions(session: &Arc<Session>, name: &ObjectName) -> Result<Frame> {
    let table = existing_table(session, name).await?;
    let snapshot = session.engine().lake().table(&table, None).await?;
    if snapshot.partition_columns.is_empty() {
        let condition =
            Condition::new("DELTA_SHOW_PARTITION_IN_NON_PARTITIONED_TABLE", "42809", SparkException::Analysis)
                .with("tableName", table.to_string());
        let text = format!("SHOW PARTITIONS is not allowed on {table}, which is not partitioned");
        return Err(Failure::new(&codes::sql::FORM, text).with_condition(condition));
    }
    let rows: BTreeSet<Vec<String>> = snapshot
        .files
        .iter()
        .map(|file| file.partition_values.iter().map(|value| value.clone().unwrap_or("null".to_owned())).collect())
        .collect();
    let names: Vec<&str> = snapshot.partition_columns.iter().map(String::as_str).collect();
    strings(session, &names, rows.into_iter().collect())
}
