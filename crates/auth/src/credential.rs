//! What a request sends to say who it is from: a bearer token, or Basic with the token as password.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;

/// A token as it was sent. It prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    pub fn bearer(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// From an `authorization` header: `Bearer TOKEN`, or `Basic base64(anybody:TOKEN)` as mlflow sends with a user name.
    pub fn from_header(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self::bearer(rest.trim()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
        decoded.split_once(':').map(|(_, password)| Self::bearer(password))
    }

    /// SHA-256 in hex: tokens are 256 random bits, so a plain hash cannot be searched.
    pub(crate) fn hash(&self) -> String {
        Sha256::digest(self.0.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_as_clients_send_them() {
        let rows = [
            ("Bearer by_abc", Some("by_abc")),
            ("bearer  by_abc ", Some("by_abc")),
            ("Basic YWRhOmJ5X2FiYw==", Some("by_abc")),
            ("Basic ???", None),
            ("Digest x", None),
            ("", None),
        ];
        for (header, token) in rows {
            assert_eq!(Credential::from_header(header), token.map(Credential::bearer), "{header}");
        }
    }
}
