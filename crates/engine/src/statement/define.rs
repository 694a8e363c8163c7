//! `CREATE`, `DROP`, `USE`, `CACHE`.

use super::{schema_name, write};
use crate::expand::expand;
use crate::failures;
use crate::{Frame, Session};
use arrow::datatypes::{Field, Schema};
use brickyard_error::{Failure, Result};
use brickyard_spec::{Node, ObjectName, Relation, Statement, TableWrite, TableWriteMode, ViewScope};
use std::sync::Arc;

pub(super) async fn create_table(session: &Arc<Session>, statement: Statement) -> Result<Frame> {
    let Statement::CreateTable { name, columns, query, format, partition_by, comment, if_not_exists, replace } =
        statement
    else {
        return Err(Failure::internal("no CREATE TABLE"));
    };
    if let Some(format) = format.filter(|format| !format.eq_ignore_ascii_case("delta")) {
        return Err(Failure::unsupported(format!("tables USING {format}; tables are Delta, so leave USING out")));
    }
    let table = session.table_name(&name)?;
    let lake = session.engine().lake();
    let exists = lake.exists(&table).await?;
    if exists && if_not_exists {
        return super::nothing(session);
    }
    if let Some(input) = query {
        let mode = if replace { TableWriteMode::CreateOrReplace } else { TableWriteMode::Create };
        let write = TableWrite { input, table: name, mode, partition_by, options: Default::default() };
        write::table(session, &write).await?;
        return super::nothing(session);
    }
    failures::require_unique_names(columns.iter().map(|column| column.name.as_str()))?;
    let fields: Vec<Field> =
        columns.iter().map(|column| Field::new(&column.name, column.data_type.clone(), column.nullable)).collect();
    if exists && replace {
        lake.drop_table(&table, true).await?;
    }
    lake.create_table(&table, &Schema::new(fields), if_not_exists, &partition_by, comment).await?;
    super::nothing(session)
}

/// How a view is made.
pub(super) struct View {
    pub scope: ViewScope,
    pub replace: bool,
    pub if_not_exists: bool,
    pub columns: Vec<String>,
}

pub(super) async fn create_view(session: &Arc<Session>, name: &ObjectName, query: Relation, view: View) -> Result<()> {
    let named = match view.columns.is_empty() {
        true => query,
        false => Relation::new(Node::ToDf { input: query, names: view.columns.clone() }),
    };
    let closed = expand(session, &named)?;
    // Names and types must be right now, not when the view is first read.
    session.closed_frame(closed.clone()).await?;
    let key = name.name().to_lowercase();
    let taken = || failures::view_exists(name.name());
    match view.scope {
        ViewScope::Session => {
            let mut views = session.views.write();
            if views.contains_key(&key) && !view.replace {
                return if view.if_not_exists { Ok(()) } else { Err(taken()) };
            }
            views.insert(key, closed);
        }
        ViewScope::Global => {
            let mut views = session.engine().shared().global_views.write();
            if views.contains_key(&key) && !view.replace {
                return if view.if_not_exists { Ok(()) } else { Err(taken()) };
            }
            views.insert(key, closed);
        }
        ViewScope::Catalog => {
            return Err(Failure::unsupported("views in the catalog; use CREATE TEMP VIEW, or CREATE TABLE … AS"));
        }
    }
    Ok(())
}

pub(super) async fn drop_table(session: &Arc<Session>, name: &ObjectName, if_exists: bool) -> Result<()> {
    // A temporary view of the name goes first, as in Spark.
    if session.view(name).is_some() {
        return drop_view(session, name, if_exists);
    }
    let table = session.table_name(name)?;
    if !session.engine().lake().exists(&table).await? {
        return if if_exists { Ok(()) } else { Err(failures::table_not_found(name, &session.place.read())) };
    }
    session.engine().lake().drop_table(&table, if_exists).await
}

pub(super) fn drop_view(session: &Arc<Session>, name: &ObjectName, if_exists: bool) -> Result<()> {
    let key = name.name().to_lowercase();
    let removed = match name.parts() {
        [_] => session.views.write().remove(&key),
        _ => session.engine().shared().global_views.write().remove(&key),
    };
    match removed {
        None if !if_exists => Err(failures::table_not_found(name, &session.place.read())),
        _ => Ok(()),
    }
}

pub(super) async fn use_place(session: &Arc<Session>, catalog: Option<String>, schema: Option<String>) -> Result<()> {
    let mut place = session.place.read().clone();
    if let Some(catalog) = catalog {
        let ours = catalog.eq_ignore_ascii_case("spark_catalog") || catalog.eq_ignore_ascii_case("main");
        if !ours {
            use brickyard_error::{Condition, SparkException, codes};
            let condition = Condition::new("CATALOG_NOT_FOUND", "42P08", SparkException::Analysis)
                .with("catalogName", failures::quoted(&catalog));
            let text = format!("the catalog {catalog} is not found; there is main");
            return Err(Failure::new(&codes::data::SCHEMA_NOT_FOUND, text).with_condition(condition));
        }
        place.catalog = brickyard_lake::DEFAULT_CATALOG.to_owned();
    }
    if let Some(schema) = schema {
        if !session.engine().lake().schema_exists(&place.catalog, &schema).await? {
            use brickyard_error::{Condition, SparkException, codes};
            let name =
                format!("{}.{}", failures::quoted(failures::spark_catalog(&place.catalog)), failures::quoted(&schema));
            let text = format!("the schema {name} cannot be found; SHOW SCHEMAS lists what there is");
            let condition =
                Condition::new("SCHEMA_NOT_FOUND", "42704", SparkException::Analysis).with("schemaName", name);
            return Err(Failure::new(&codes::data::SCHEMA_NOT_FOUND, text).with_condition(condition));
        }
        place.schema = schema.to_lowercase();
    }
    *session.place.write() = place;
    Ok(())
}

/// `CACHE TABLE t [AS query]`: reads the rows right away.
pub(super) async fn cache_table(session: &Arc<Session>, name: &ObjectName, query: Option<Relation>) -> Result<()> {
    if let Some(query) = query {
        let view = View { scope: ViewScope::Session, replace: true, if_not_exists: false, columns: Vec::new() };
        create_view(session, name, query, view).await?;
    }
    let relation = cached_relation(session, name)?;
    session.cache.add(relation.clone());
    session.closed_frame(relation).await?.count().await?;
    Ok(())
}

/// A view is cached as what it stands for.
fn cached_relation(session: &Arc<Session>, name: &ObjectName) -> Result<Relation> {
    match session.view(name) {
        Some(view) => Ok(view),
        None => expand(session, &Relation::table(name.clone())),
    }
}

pub(super) async fn uncache_table(session: &Arc<Session>, name: &ObjectName, if_exists: bool) -> Result<()> {
    let relation = cached_relation(session, name)?;
    let known = session.view(name).is_some() || session.engine().lake().exists(&session.table_name(name)?).await?;
    if !known && !if_exists {
        return Err(failures::table_not_found(name, &session.place.read()));
    }
    session.cache.remove(&relation);
    Ok(())
}

/// A schema by its name, for those who list what is in it.
pub(super) fn place_of(session: &Session, schema: Option<&ObjectName>) -> Result<(String, String)> {
    match schema {
        Some(name) => schema_name(session, name),
        None => Ok((session.current_catalog(), session.current_schema())),
    }
}
