//! Values of the whole installation, by key.

use crate::Meta;
use crate::store::Stop;
use brickyard_error::Result;

/// See [`Meta::settings`].
#[derive(Clone)]
pub struct Settings {
    pub(crate) meta: Meta,
}

impl Settings {
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_scalar("SELECT value FROM settings WHERE key = ?")
                        .bind(key)
                        .fetch_optional(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    pub async fn put(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)")
                        .bind(key)
                        .bind(value)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
