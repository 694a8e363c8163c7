//! `spark.catalog`: questions and changes that clients send as relations, answered by SQL's own statements, in the
//! columns that clients read by position.

use crate::lower::name_parts;
use crate::proto::catalog::CatType;
use crate::sessions::ClientSession;
use arrow::array::cast::AsArray;
use arrow::array::{ArrayRef, BooleanArray, ListBuilder, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::Schema;
use brickyard_engine::types;
use brickyard_error::{Failure, Result, Status, codes};
use brickyard_spec::{Node, ObjectName, Relation, Statement};
use std::sync::Arc;

/// The rows that answer a question; a change answers no rows.
pub async fn answer(session: &ClientSession, question: CatType) -> Result<RecordBatch> {
    let asked = Asked { session };
    match question {
        CatType::CurrentCatalog(_) => text_row(&[("current_catalog", &session.engine.current_catalog())]),
        CatType::CurrentDatabase(_) => text_row(&[("current_database", &session.engine.current_schema())]),
        CatType::SetCurrentCatalog(set) => {
            asked.run(Statement::Use { catalog: Some(set.catalog_name), schema: None }).await
        }
        CatType::SetCurrentDatabase(set) => {
            asked.run(Statement::Use { catalog: None, schema: Some(set.db_name) }).await
        }
        CatType::ListCatalogs(list) => {
            let names = matching(asked.column(Statement::ShowCatalogs, 0).await?, list.pattern.as_deref());
            table(vec![("name", texts(&names)), ("description", nulls(names.len()))])
        }
        CatType::ListDatabases(list) => asked.schemas(list.pattern).await,
        CatType::GetDatabase(get) => asked.schema(get.db_name).await,
        CatType::DatabaseExists(asking) => {
            let names = asked.column(Statement::ShowSchemas { pattern: None }, 0).await?;
            flag(names.iter().any(|name| name.eq_ignore_ascii_case(&asking.db_name)))
        }
        CatType::ListTables(list) => asked.tables(list.db_name, list.pattern, Listed::All).await,
        CatType::ListViews(list) => asked.tables(list.db_name, list.pattern, Listed::Views).await,
        CatType::GetTable(get) => asked.table(&object_name(&get.table_name, get.db_name.as_deref())).await,
        CatType::TableExists(asking) => {
            let name = object_name(&asking.table_name, asking.db_name.as_deref());
            match session.engine.frame(&Relation::table(name)).await {
                Ok(_) => flag(true),
                Err(failure) if is_absent(&failure) => flag(false),
                Err(failure) => Err(failure),
            }
        }
        CatType::ListColumns(list) => asked.columns(&object_name(&list.table_name, list.db_name.as_deref())).await,
        CatType::FunctionExists(asking) => {
            let names = asked.column(Statement::ShowFunctions { pattern: None }, 0).await?;
            flag(names.iter().any(|name| name.eq_ignore_ascii_case(&asking.function_name)))
        }
        CatType::ListFunctions(list) => {
            let names =
                matching(asked.column(Statement::ShowFunctions { pattern: None }, 0).await?, list.pattern.as_deref());
            let count = names.len();
            table(vec![
                ("name", texts(&names)),
                ("catalog", nulls(count)),
                ("namespace", no_namespaces(count)),
                ("description", nulls(count)),
                ("className", nulls(count)),
                ("isTemporary", Arc::new(BooleanArray::from(vec![true; count]))),
            ])
        }
        CatType::DropTempView(drop) => asked.drop_view(ObjectName::bare(drop.view_name)).await,
        CatType::DropGlobalTempView(drop) => {
            asked.drop_view(ObjectName(vec!["global_temp".to_owned(), drop.view_name])).await
        }
        CatType::DropTable(drop) => {
            asked
                .run(Statement::DropTable { name: object_name(&drop.table_name, None), if_exists: drop.if_exists })
                .await
        }
        CatType::DropView(drop) => {
            asked.run(Statement::DropView { name: object_name(&drop.view_name, None), if_exists: drop.if_exists }).await
        }
        CatType::CreateDatabase(create) => {
            let name = object_name(&create.db_name, None);
            asked.run(Statement::CreateSchema { name, if_not_exists: create.if_not_exists, comment: None }).await
        }
        CatType::DropDatabase(drop) => {
            let name = object_name(&drop.db_name, None);
            asked.run(Statement::DropSchema { name, if_exists: drop.if_exists, cascade: drop.cascade }).await
        }
        CatType::CacheTable(cache) => {
            asked.run(Statement::CacheTable { name: object_name(&cache.table_name, None), query: None }).await
        }
        CatType::UncacheTable(cache) => {
            asked.run(Statement::UncacheTable { name: object_name(&cache.table_name, None), if_exists: false }).await
        }
        CatType::IsCached(asking) => {
            let table = Relation::table(object_name(&asking.table_name, None));
            flag(session.engine.is_persisted(&table)?)
        }
        CatType::ClearCache(_) => asked.run(Statement::ClearCache).await,
        // Every query reads the newest version, so there is nothing stale to refresh.
        CatType::RefreshTable(_) | CatType::RefreshByPath(_) => no_rows(),
        CatType::GetFunction(_) => Err(Failure::unsupported("spark.catalog.getFunction")),
        CatType::CreateTable(_) | CatType::CreateExternalTable(_) => {
            Err(Failure::unsupported("spark.catalog.createTable; use SQL: CREATE TABLE"))
        }
        CatType::RecoverPartitions(_) | CatType::ListPartitions(_) => {
            Err(Failure::unsupported("partitions of a table"))
        }
        CatType::GetTableProperties(_) => Err(Failure::unsupported("spark.catalog.getTableProperties")),
        CatType::GetCreateTableString(_) => Err(Failure::unsupported("spark.catalog.getCreateTableString")),
        CatType::TruncateTable(_) => Err(Failure::unsupported("spark.catalog.truncateTable; use SQL: DELETE FROM")),
        CatType::AnalyzeTable(_) => Err(Failure::unsupported("spark.catalog.analyzeTable")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    All,
    Views,
}

struct Asked<'a> {
    session: &'a ClientSession,
}

impl Asked<'_> {
    async fn rows(&self, statement: Statement) -> Result<Vec<RecordBatch>> {
        let relation = Relation::new(Node::Statement(Box::new(statement)));
        self.session.engine.frame(&relation).await?.collect().await
    }

    async fn run(&self, statement: Statement) -> Result<RecordBatch> {
        self.rows(statement).await?;
        no_rows()
    }

    /// A column of texts among a statement's rows.
    async fn column(&self, statement: Statement, index: usize) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for batch in self.rows(statement).await? {
            let column = batch.columns().get(index).and_then(|column| column.as_string_opt::<i32>());
            let column = column.ok_or_else(|| Failure::internal("a statement of the catalog tells no text"))?;
            found.extend(column.iter().map(|text| text.unwrap_or_default().to_owned()));
        }
        Ok(found)
    }

    async fn schemas(&self, pattern: Option<String>) -> Result<RecordBatch> {
        let names = matching(self.column(Statement::ShowSchemas { pattern: None }, 0).await?, pattern.as_deref());
        self.schema_rows(&names)
    }

    async fn schema(&self, name: String) -> Result<RecordBatch> {
        let names = self.column(Statement::ShowSchemas { pattern: None }, 0).await?;
        let found = names.into_iter().find(|found| found.eq_ignore_ascii_case(&name));
        let found = found.ok_or_else(|| {
            let text = format!("The schema `{name}` cannot be found; spark.catalog.listDatabases() lists them");
            Failure::new(&codes::data::SCHEMA_NOT_FOUND, text)
        })?;
        self.schema_rows(&[found])
    }

    fn schema_rows(&self, names: &[String]) -> Result<RecordBatch> {
        let catalog = vec![self.session.engine.current_catalog(); names.len()];
        table(vec![
            ("name", texts(names)),
            ("catalog", texts(&catalog)),
            ("description", nulls(names.len())),
            ("locationUri", nulls(names.len())),
        ])
    }

    async fn tables(&self, schema: Option<String>, pattern: Option<String>, listed: Listed) -> Result<RecordBatch> {
        let schema = schema.map(|schema| object_name(&schema, None));
        let statement = match listed {
            Listed::All => Statement::ShowTables { schema, pattern },
            Listed::Views => Statement::ShowViews { schema, pattern },
        };
        let mut rows = Vec::new();
        for batch in self.rows(statement).await? {
            rows.extend(table_rows(&batch)?);
        }
        self.described(&rows)
    }

    async fn table(&self, name: &ObjectName) -> Result<RecordBatch> {
        self.session.engine.frame(&Relation::table(name.clone())).await?;
        let schema = match name.parts() {
            [.., schema, _] => schema.clone(),
            _ => self.session.engine.current_schema(),
        };
        let statement = Statement::ShowTables { schema: Some(ObjectName::bare(schema)), pattern: None };
        let mut rows = Vec::new();
        for batch in self.rows(statement).await? {
            rows.extend(table_rows(&batch)?);
        }
        rows.retain(|row| row.name.eq_ignore_ascii_case(name.name()));
        self.described(&rows)
    }

    fn described(&self, rows: &[TableRow]) -> Result<RecordBatch> {
        let kept = |row: &TableRow, text: &str| (!row.is_temporary).then(|| text.to_owned());
        let catalog = self.session.engine.current_catalog();
        let mut namespaces = ListBuilder::new(StringBuilder::new());
        for row in rows {
            if !row.is_temporary {
                namespaces.values().append_value(&row.schema);
            }
            namespaces.append(true);
        }
        let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
        let catalogs: Vec<Option<String>> = rows.iter().map(|row| kept(row, &catalog)).collect();
        let kinds: Vec<&str> = rows.iter().map(|row| if row.is_temporary { "TEMPORARY" } else { "MANAGED" }).collect();
        let temporary: Vec<bool> = rows.iter().map(|row| row.is_temporary).collect();
        table(vec![
            ("name", texts(&names)),
            ("catalog", Arc::new(StringArray::from(catalogs))),
            ("namespace", Arc::new(namespaces.finish())),
            ("description", nulls(rows.len())),
            ("tableType", Arc::new(StringArray::from(kinds))),
            ("isTemporary", Arc::new(BooleanArray::from(temporary))),
        ])
    }

    async fn columns(&self, name: &ObjectName) -> Result<RecordBatch> {
        let schema = self.session.engine.frame(&Relation::table(name.clone())).await?.schema();
        let fields = schema.fields();
        let no = || Arc::new(BooleanArray::from(vec![false; fields.len()]));
        let types: Vec<String> = fields.iter().map(|field| types::simple_string(field.data_type())).collect();
        let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let nullable: Vec<bool> = fields.iter().map(|field| field.is_nullable()).collect();
        table(vec![
            ("name", texts(&names)),
            ("description", nulls(fields.len())),
            ("dataType", texts(&types)),
            ("nullable", Arc::new(BooleanArray::from(nullable))),
            ("isPartition", no()),
            ("isBucket", no()),
            ("isCluster", no()),
        ])
    }

    /// Whether there was such a view.
    async fn drop_view(&self, name: ObjectName) -> Result<RecordBatch> {
        match self.rows(Statement::DropView { name, if_exists: false }).await {
            Ok(_) => flag(true),
            Err(failure) if is_absent(&failure) => flag(false),
            Err(failure) => Err(failure),
        }
    }
}

struct TableRow {
    schema: String,
    name: String,
    is_temporary: bool,
}

/// The rows of `SHOW TABLES`: namespace, name, isTemporary.
fn table_rows(batch: &RecordBatch) -> Result<Vec<TableRow>> {
    let [schemas, names, temporary] = batch.columns() else {
        return Err(Failure::internal("SHOW TABLES has three columns"));
    };
    let columns = (schemas.as_string_opt::<i32>(), names.as_string_opt::<i32>(), temporary.as_boolean_opt());
    let (Some(schemas), Some(names), Some(temporary)) = columns else {
        return Err(Failure::internal("SHOW TABLES tells a schema, a name and a flag"));
    };
    let row = |index| TableRow {
        schema: schemas.value(index).to_owned(),
        name: names.value(index).to_owned(),
        is_temporary: temporary.value(index),
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

fn is_absent(failure: &Failure) -> bool {
    let named = failure.condition().is_some_and(|condition| condition.class.contains("NOT_FOUND"));
    named || failure.status() == Status::NotFound
}

fn object_name(text: &str, schema: Option<&str>) -> ObjectName {
    ObjectName(schema.map(name_parts).into_iter().flatten().chain(name_parts(text)).collect())
}

/// Names that match a pattern of SQL's `SHOW`: `*` stands for anything, `|` separates alternatives.
fn matching(names: Vec<String>, pattern: Option<&str>) -> Vec<String> {
    let Some(pattern) = pattern else { return names };
    let alternatives: Vec<String> = pattern.split('|').map(str::to_lowercase).collect();
    let matches = |name: &str| alternatives.iter().any(|alternative| is_match(&name.to_lowercase(), alternative));
    names.into_iter().filter(|name| matches(name)).collect()
}

fn is_match(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| is_match(&rest[at..], tail))
        }),
    }
}

fn table(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .map_err(|error| Failure::internal("making the rows of a catalog's answer").because(error))
}

fn no_rows() -> Result<RecordBatch> {
    Ok(RecordBatch::new_empty(Arc::new(Schema::empty())))
}

fn text_row(columns: &[(&str, &str)]) -> Result<RecordBatch> {
    table(columns.iter().map(|(name, value)| (*name, Arc::new(StringArray::from(vec![*value])) as ArrayRef)).collect())
}

fn flag(value: bool) -> Result<RecordBatch> {
    table(vec![("value", Arc::new(BooleanArray::from(vec![value])))])
}

fn texts(values: &[String]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn nulls(rows: usize) -> ArrayRef {
    Arc::new(StringArray::new_null(rows))
}

fn no_namespaces(rows: usize) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    (0..rows).for_each(|_| lists.append(false));
    Arc::new(lists.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let rows = [
            ("flights", "fl*", true),
            ("flights", "*", true),
            ("flights", "*ght*", true),
            ("a", "b|a", true),
            ("ab", "a", false),
        ];
        for (name, pattern, expected) in rows {
            assert_eq!(!matching(vec![name.to_owned()], Some(pattern)).is_empty(), expected, "{name} like {pattern}");
        }
    }
}
