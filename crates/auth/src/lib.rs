//! Who is asking, and what may they do: one check, used by every door.
//!
//! Invariant: every request carries a [`Principal`]. With no login required that is the local administrator, and only a
//! loopback address may be served so; with tokens required, a request without a valid one goes no further.

mod credential;
mod token;

pub use credential::Credential;
pub use token::{IssuedToken, TokenInfo};

use brickyard_error::{Failure, Result, codes};
use brickyard_meta::Meta;

/// Somebody whose identity was checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    pub name: String,
}

impl Principal {
    /// Who everybody on this machine is while no login is required.
    pub fn local() -> Self {
        Self { name: "local".to_owned() }
    }
}

/// What a request must bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing: for a loopback address. A token that is sent and known still says who asks.
    #[default]
    None,
    /// A token made by `brickyard token create`.
    Token,
}

/// The check. Cloning is cheap.
#[derive(Clone)]
pub struct Auth {
    meta: Meta,
    mode: Mode,
}

impl Auth {
    pub fn new(meta: Meta, mode: Mode) -> Self {
        Self { meta, mode }
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Who sends this credential.
    ///
    /// # Errors
    /// With tokens required: none was sent, or it is unknown, revoked or expired. The message tells these apart only
    /// where that helps its owner.
    pub async fn check(&self, credential: Option<&Credential>, now_ms: i64) -> Result<Principal> {
        let known = match credential {
            Some(credential) => self.principal_of(credential, now_ms).await?,
            None => None,
        };
        match (known, self.mode, credential) {
            (Some(principal), _, _) => Ok(principal),
            (None, Mode::None, _) => Ok(Principal::local()),
            (None, Mode::Token, None) => {
                Err(unauthenticated("a token is required; make one with `brickyard token create`"))
            }
            (None, Mode::Token, Some(_)) => Err(unauthenticated("the token is unknown, revoked or expired")),
        }
    }

    async fn principal_of(&self, credential: &Credential, now_ms: i64) -> Result<Option<Principal>> {
        let row = self.meta.tokens().find_by_hash(&credential.hash()).await?;
        let live = row.filter(|row| row.expires_ms.is_none_or(|expires_ms| now_ms < expires_ms));
        Ok(live.map(|row| Principal { name: row.principal }))
    }
}

fn unauthenticated(message: &str) -> Failure {
    Failure::new(&codes::auth::UNAUTHENTICATED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_let_in() {
        let meta = Meta::in_memory().await.unwrap();
        let open = Auth::new(meta.clone(), Mode::None);
        let closed = Auth::new(meta, Mode::Token);
        let token = closed.create_token("laptop", "ada", Some(1_000), 0).await.unwrap();
        let good = Credential::bearer(&token.secret);
        let bad = Credential::bearer("by_wrong");
        let rows = [
            ("open, nothing sent", &open, None, 0, Some("local")),
            ("open, any token", &open, Some(&bad), 0, Some("local")),
            ("open, a known token", &open, Some(&good), 0, Some("ada")),
            ("closed, nothing sent", &closed, None, 0, None),
            ("closed, a wrong token", &closed, Some(&bad), 0, None),
            ("closed, a good token", &closed, Some(&good), 999, Some("ada")),
            ("closed, an expired token", &closed, Some(&good), 1_000, None),
        ];
        for (case, auth, credential, now_ms, expected) in rows {
            let principal = auth.check(credential, now_ms).await.ok().map(|principal| principal.name);
            assert_eq!(principal.as_deref(), expected, "{case}");
        }
        assert!(closed.revoke_token(&token.id).await.unwrap());
        assert!(closed.check(Some(&good), 0).await.is_err(), "revoked");
    }

    #[tokio::test]
    async fn a_secret_is_never_stored() {
        let meta = Meta::in_memory().await.unwrap();
        let auth = Auth::new(meta.clone(), Mode::Token);
        let token = auth.create_token("laptop", "ada", None, 0).await.unwrap();
        let stored = format!("{:?}", meta.tokens().list().await.unwrap());
        assert!(!stored.contains(&token.secret));
        assert!(!format!("{token:?}").contains(&token.secret), "nor printed by accident");
    }
}
