//! Serving endpoints: a name and a configuration that only `serving` understands.

use crate::Meta;
use crate::store::Stop;
use brickyard_error::Result;

/// See [`Meta::endpoints`].
#[derive(Clone)]
pub struct Endpoints {
    pub(crate) meta: Meta,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EndpointRow {
    pub name: String,
    /// JSON.
    pub config: String,
    pub updated_ms: i64,
}

impl Endpoints {
    /// Creates or replaces the endpoint of this name.
    pub async fn put(&self, name: &str, config: &str, updated_ms: i64) -> Result<()> {
        let (name, config) = (name.to_owned(), config.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("INSERT OR REPLACE INTO endpoints (name, config, updated_ms) VALUES (?, ?, ?)")
                        .bind(name)
                        .bind(config)
                        .bind(updated_ms)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn get(&self, name: &str) -> Result<Option<EndpointRow>> {
        let name = name.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM endpoints WHERE name = ?")
                        .bind(name)
                        .fetch_optional(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// All endpoints, by name.
    pub async fn list(&self) -> Result<Vec<EndpointRow>> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM endpoints ORDER BY name")
                        .fetch_all(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// Whether there was one to delete.
    pub async fn delete(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM endpoints WHERE name = ?").bind(name).execute(connection).await;
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
    async fn put_replaces() {
        let endpoints = Meta::in_memory().await.unwrap().endpoints();
        endpoints.put("delays", "{}", 1).await.unwrap();
        endpoints.put("delays", r#"{"a":1}"#, 2).await.unwrap();
        let row = EndpointRow { name: "delays".into(), config: r#"{"a":1}"#.into(), updated_ms: 2 };
        assert_eq!(endpoints.get("delays").await.unwrap(), Some(row.clone()));
        assert_eq!(endpoints.list().await.unwrap(), [row]);
        assert!(endpoints.delete("delays").await.unwrap());
        assert_eq!(endpoints.get("delays").await.unwrap(), None);
    }
}
