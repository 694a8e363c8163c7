//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use brickyard_auth::Principal;
use std::convert::Infallible;

/// The name of the principal that the server found, or the local user.
pub(crate) struct User {
    principal: Principal,
}

impl User {
    pub(crate) fn name(self) -> String {
        self.principal.name
    }

    /// While nobody logs in, the name that the client gives is the better one.
    pub(crate) fn or_claimed(self, claimed: Option<String>) -> String {
        match claimed {
            Some(claimed) if self.principal == Principal::local() => claimed,
            _ => self.principal.name,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(User { principal: parts.extensions.get().cloned().unwrap_or_else(Principal::local) })
    }
}
