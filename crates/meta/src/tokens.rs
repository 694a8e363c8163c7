//! Access tokens. Only the hash of a secret is stored.

use crate::Meta;
use crate::store::Stop;
use brickyard_error::Result;

/// See [`Meta::tokens`].
#[derive(Clone)]
pub struct Tokens {
    pub(crate) meta: Meta,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    /// Who presents it.
    pub principal: String,
    /// SHA-256 of the secret, in lowercase hexadecimal digits.
    pub sha256_hex: String,
    pub created_ms: i64,
    /// None: never.
    pub expires_ms: Option<i64>,
}

impl Tokens {
    pub async fn insert(&self, token: TokenRow) -> Result<()> {
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO tokens (id, name, principal, sha256_hex, created_ms, expires_ms)
                         VALUES (?, ?, ?, ?, ?, ?)",
                    )
                    .bind(token.id)
                    .bind(token.name)
                    .bind(token.principal)
                    .bind(token.sha256_hex)
                    .bind(token.created_ms)
                    .bind(token.expires_ms)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The token with this hash, expired or not: who asks has the clock.
    pub async fn find_by_hash(&self, sha256_hex: &str) -> Result<Option<TokenRow>> {
        let sha256_hex = sha256_hex.to_owned();
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM tokens WHERE sha256_hex = ?")
                        .bind(sha256_hex)
                        .fetch_optional(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// All tokens, oldest first.
    pub async fn list(&self) -> Result<Vec<TokenRow>> {
        self.meta
            .read(move |connection| {
                Box::pin(async move {
                    sqlx::query_as("SELECT * FROM tokens ORDER BY created_ms, id")
                        .fetch_all(connection)
                        .await
                        .map_err(Stop::from)
                })
            })
            .await
    }

    /// Whether there was one to delete.
    pub async fn delete(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.meta
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM tokens WHERE id = ?").bind(id).execute(connection).await;
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
    async fn tokens_are_found_by_hash_until_deleted() {
        let tokens = Meta::in_memory().await.unwrap().tokens();
        let token = TokenRow {
            id: "t1".into(),
            name: "laptop".into(),
            principal: "ada".into(),
            sha256_hex: "ab".repeat(32),
            created_ms: 5,
            expires_ms: None,
        };
        tokens.insert(token.clone()).await.unwrap();
        assert_eq!(tokens.find_by_hash(&token.sha256_hex).await.unwrap(), Some(token.clone()));
        assert_eq!(tokens.find_by_hash("00").await.unwrap(), None);
        assert!(tokens.insert(token.clone()).await.is_err(), "the same id twice");
        assert_eq!(tokens.list().await.unwrap(), [token]);
        assert!(tokens.delete("t1").await.unwrap());
        assert!(!tokens.delete("t1").await.unwrap());
    }
}
