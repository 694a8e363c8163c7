//! Access tokens: made once, shown once, stored as a hash.

use crate::{Auth, Credential};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use brickyard_error::{Failure, Result, codes};
use brickyard_meta::TokenRow;
use rand::RngCore;
use std::fmt;

/// A new token; `secret` is not kept anywhere else.
#[derive(Clone)]
pub struct IssuedToken {
    pub id: String,
    pub secret: String,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is known of a token afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    pub id: String,
    pub name: String,
    pub principal: String,
    pub created_ms: i64,
    pub expires_ms: Option<i64>,
}

impl Auth {
    /// Makes a token that speaks for `principal`; `name` reminds its owner where it is used.
    pub async fn create_token(
        &self,
        name: &str,
        principal: &str,
        expires_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<IssuedToken> {
        if principal.trim().is_empty() {
            return Err(Failure::new(&codes::auth::PRINCIPAL_INVALID, "a token needs a user name; give --user NAME"));
        }
        let mut random = [0u8; 40];
        rand::rng().fill_bytes(&mut random);
        let (secret, id) = random.split_at(32);
        let secret = format!("by_{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let row = TokenRow {
            id: id.clone(),
            name: name.to_owned(),
            principal: principal.to_owned(),
            sha256_hex: Credential::bearer(&secret).hash(),
            created_ms: now_ms,
            expires_ms,
        };
        self.meta.tokens().insert(row).await?;
        Ok(IssuedToken { id, secret })
    }

    pub async fn tokens(&self) -> Result<Vec<TokenInfo>> {
        let info = |row: TokenRow| TokenInfo {
            id: row.id,
            name: row.name,
            principal: row.principal,
            created_ms: row.created_ms,
            expires_ms: row.expires_ms,
        };
        Ok(self.meta.tokens().list().await?.into_iter().map(info).collect())
    }

    /// Whether there was such a token.
    pub async fn revoke_token(&self, id: &str) -> Result<bool> {
        self.meta.tokens().delete(id).await
    }
}
