//! `SHOW …` and `SET`.

use super::{define, fits, flags, frame_of, strings};
use crate::{Conf, Frame, Session};
use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use brickyard_spec::{ObjectName, Relation, Statement};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tables of a schema and the session's views.
pub(super) async fn tables(
    session: &Arc<Session>,
    schema: Option<ObjectName>,
    pattern: Option<String>,
) -> Result<Frame> {
    let (catalog, schema) = define::place_of(session, schema.as_ref())?;
    let lake = session.engine().lake();
    if !lake.schema_exists(&catalog, &schema).await? {
        define::use_place(session, Some(catalog.clone()), Some(schema.clone())).await?;
    }
    let mut rows: Vec<(String, String, bool)> = Vec::new();
    for table in lake.table_names(&catalog, &schema).await? {
        rows.push((table.schema, table.name, false));
    }
    rows.extend(session.views.read().keys().map(|name| (String::new(), name.clone(), true)));
    rows.retain(|(_, name, _)| fits(name, pattern.as_deref()));
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let fields = vec![text("namespace"), text("tableName"), Field::new("isTemporary", DataType::Boolean, false)];
    let schemas: StringArray = rows.iter().map(|row| Some(row.0.as_str())).collect();
    let names: StringArray = rows.iter().map(|row| Some(row.1.as_str())).collect();
    let temporary = flags(rows.iter().map(|row| row.2).collect());
    let columns: Vec<ArrayRef> = vec![Arc::new(schemas), Arc::new(names), temporary];
    frame_of(session, fields, columns, rows.len())
}

pub(super) fn views(session: &Arc<Session>, pattern: Option<String>) -> Result<Frame> {
    let names: Vec<String> =
        session.views.read().keys().filter(|name| fits(name, pattern.as_deref())).cloned().collect();
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let fields = vec![text("namespace"), text("viewName"), Field::new("isTemporary", DataType::Boolean, false)];
    let schemas = StringArray::from(vec![""; names.len()]);
    let count = names.len();
    let columns: Vec<ArrayRef> = vec![Arc::new(schemas), Arc::new(StringArray::from(names)), flags(vec![true; count])];
    frame_of(session, fields, columns, count)
}

pub(super) async fn schemas(session: &Arc<Session>, pattern: Option<String>) -> Result<Frame> {
    let names = session.engine().lake().schemas(&session.current_catalog()).await?;
    let fitting = names.into_iter().filter(|name| fits(name, pattern.as_deref()));
    strings(session, &["namespace"], fitting.map(|name| vec![name]).collect())
}

pub(super) async fn columns(session: &Arc<Session>, table: ObjectName) -> Result<Frame> {
    let frame = session.frame(&Relation::table(table)).await?;
    let names = frame.schema().fields().iter().map(|field| vec![field.name().clone()]).collect();
    strings(session, &["col_name"], names)
}

pub(super) fn functions(session: &Arc<Session>, pattern: Option<String>) -> Result<Frame> {
    let names = crate::functions::names();
    let fitting = names.into_iter().filter(|name| fits(name, pattern.as_deref()));
    strings(session, &["function"], fitting.map(|name| vec![name.to_owned()]).collect())
}

/// `SET key = value` sets; without a value it shows, without a key it lists.
pub(super) fn set(session: &Arc<Session>, key: Option<String>, value: Option<String>) -> Result<Frame> {
    let pairs = |all: BTreeMap<String, String>| all.into_iter().map(|(key, value)| vec![key, value]).collect();
    match (key, value) {
        (Some(key), Some(value)) => {
            session.conf().set(&key, &value)?;
            strings(session, &["key", "value"], vec![vec![key, value]])
        }
        (Some(key), None) => {
            let value = session.conf().get_option(&key).unwrap_or_else(|| "<undefined>".to_owned());
            strings(session, &["key", "value"], vec![vec![key, value]])
        }
        (None, Some(_)) => {
            let rows = session.conf().all().into_iter().map(|(key, value)| {
                let note = if Conf::default_of(&key).is_some() { "" } else { "set in this session" };
                vec![key, value, note.to_owned(), "<unknown>".to_owned()]
            });
            strings(session, &["key", "value", "meaning", "Since version"], rows.collect())
        }
        (None, None) => strings(session, &["key", "value"], pairs(session.conf().all_set())),
    }
}

pub(super) fn statement_name(statement: &Statement) -> String {
    let text = format!("{statement:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}
