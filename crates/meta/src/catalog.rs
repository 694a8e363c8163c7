//! Schemas and tables by three-level name, and where each table lies.

use crate::Meta;
use crate::store::Stop;
use brickyard_error::Result;

/// See [`Meta::catalog`].
#[derive(Clone)]
pub struct Catalog {
    pub(crate) meta: Meta,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SchemaRow {
    pub catalog: String,
    pub name: String,
    pub created_ms: i64,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TableRow {
    pub catalog: String,
    pub schema: String,
    pub name: String,
    /// The table's folder, as a URL or an absolute path.
    pub location: String,
    pub created_ms: i64,
    pub comment: Option<String>,
}

impl Catalog {
    /// Whether the schema is new; one that exists stays as it is.
    pub async fn create_schema(&self, schema: SchemaRow) -> Result<bool> {
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query(
                        "INSERT OR IGNORE INTO catalog_schemas (catalog, name, created_ms, comment)
                         VALUES (?, ?, ?, ?)",
                    )
                    .bind(schema.catalog)
                    .bind(schema.name)
                    .bind(schema.created_ms)
                    .bind(schema.comment)
                    .execute(connection)
                    .await;
                    Ok(done?.rows_affected() > 0)
                })
            })
            .await
    }

    /// All schemas of all catalogs, by name.
    pub async fn list_schemas(&self) -> Result<Vec<SchemaRow>> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM catalog_schemas ORDER BY catalog, name")
                        .fetch_all(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// Drops the schema with the entries of all its tables; whether there was one. Files are not touched.
    pub async fn drop_schema(&self, catalog: &str, name: &str) -> Result<bool> {
        let (catalog, name) = (catalog.to_owned(), name.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM catalog_tables WHERE catalog = ? AND schema = ?")
                        .bind(catalog.as_str())
                        .bind(name.as_str())
                        .execute(&mut *connection)
                        .await?;
                    let done = sqlx::query("DELETE FROM catalog_schemas WHERE catalog = ? AND name = ?")
                        .bind(catalog)
                        .bind(name)
                        .execute(connection)
                        .await;
                    Ok(done?.rows_affected() > 0)
                })
            })
            .await
    }

    /// Creates or replaces a table's entry. The schema must exist.
    pub async fn put_table(&self, table: TableRow) -> Result<()> {
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT OR REPLACE INTO catalog_tables (catalog, schema, name, location, created_ms, comment)
                         VALUES (?, ?, ?, ?, ?, ?)",
                    )
                    .bind(table.catalog)
                    .bind(table.schema)
                    .bind(table.name)
                    .bind(table.location)
                    .bind(table.created_ms)
                    .bind(table.comment)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn get_table(&self, catalog: &str, schema: &str, name: &str) -> Result<Option<TableRow>> {
        let (catalog, schema, name) = (catalog.to_owned(), schema.to_owned(), name.to_owned());
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM catalog_tables WHERE catalog = ? AND schema = ? AND name = ?")
                        .bind(catalog)
                        .bind(schema)
                        .bind(name)
                        .fetch_optional(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// All tables of all schemas, by name.
    pub async fn list_tables(&self) -> Result<Vec<TableRow>> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM catalog_tables ORDER BY catalog, schema, name")
                        .fetch_all(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// Drops a table's entry; whether there was one. Files are not touched.
    pub async fn drop_table(&self, catalog: &str, schema: &str, name: &str) -> Result<bool> {
        let (catalog, schema, name) = (catalog.to_owned(), schema.to_owned(), name.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM catalog_tables WHERE catalog = ? AND schema = ? AND name = ?")
                        .bind(catalog)
                        .bind(schema)
                        .bind(name)
                        .execute(connection)
                        .await;
                    Ok(done?.rows_affected() > 0)
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tables_live_in_schemas() {
        let catalog = Meta::in_memory().await.unwrap().catalog();
        let schema = SchemaRow { catalog: "main".into(), name: "default".into(), created_ms: 1, comment: None };
        let table = TableRow {
            catalog: "main".into(),
            schema: "default".into(),
            name: "flights".into(),
            location: "/data/flights".into(),
            created_ms: 2,
            comment: Some("delays".into()),
        };
        assert!(catalog.put_table(table.clone()).await.is_err(), "the schema does not exist yet");
        assert!(catalog.create_schema(schema.clone()).await.unwrap());
        assert!(!catalog.create_schema(schema.clone()).await.unwrap());
        catalog.put_table(table.clone()).await.unwrap();
        assert_eq!(catalog.get_table("main", "default", "flights").await.unwrap(), Some(table.clone()));
        assert_eq!(catalog.list_tables().await.unwrap(), std::slice::from_ref(&table));
        assert!(catalog.drop_table("main", "default", "flights").await.unwrap());
        catalog.put_table(table).await.unwrap();
        assert!(catalog.drop_schema("main", "default").await.unwrap());
        assert!(catalog.list_tables().await.unwrap().is_empty());
    }
}
