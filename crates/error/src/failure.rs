//! The one error type that crosses room boundaries.

use crate::{Code, Condition, Retry, Status, codes};
use std::error::Error;
use std::fmt;

pub type Result<T, E = Failure> = std::result::Result<T, E>;

type Source = Box<dyn Error + Send + Sync>;

/// What went wrong: a code, a message (lowercase, no full stop, says the next step), perhaps Spark's condition.
pub struct Failure(Box<Inner>);

struct Inner {
    code: &'static Code,
    message: String,
    condition: Option<Condition>,
    source: Option<Source>,
}

impl Failure {
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), condition: None, source: None }))
    }

    /// A failure that is ours to fix; `what` says what was being done.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::new(&codes::server::INTERNAL, what.to_string())
    }

    /// `not supported: …`, with a line in `docs/compatibility.md`.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(&codes::server::UNSUPPORTED, format!("not supported: {what}"))
    }

    /// Adds Spark's name for the situation.
    pub fn with_condition(mut self, condition: Condition) -> Self {
        self.0.condition = Some(condition);
        self
    }

    /// Keeps the cause for logs and `{:?}`.
    pub fn because(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub fn code(&self) -> &'static Code {
        self.0.code
    }

    pub fn status(&self) -> Status {
        self.0.code.status
    }

    pub fn retry(&self) -> Retry {
        self.0.code.retry
    }

    /// The message alone, without the code.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn condition(&self) -> Option<&Condition> {
        self.0.condition.as_ref()
    }

    /// The first failure in an error chain, however deep an engine has wrapped it.
    pub fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Failure> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(failure) = error.downcast_ref::<Failure>() {
                return Some(failure);
            }
            // An I/O error answers with the source of what it wraps, not with what it wraps.
            next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
                Some(wrapped) => Some(wrapped),
                None => error.source(),
            };
        }
        None
    }

    /// The same failure again, for a second listener; the source stays with the first.
    pub fn repeat(&self) -> Failure {
        Self(Box::new(Inner {
            code: self.0.code,
            message: self.0.message.clone(),
            condition: self.0.condition.clone(),
            source: None,
        }))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.0.message, self.0.code.id)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut next = self.source();
        while let Some(source) = next {
            write!(f, "\n  because: {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_wrapping() {
        let failure = Failure::new(&codes::server::INTERNAL, "the disk said no");
        let wrapped = std::io::Error::other(failure);
        let twice = std::io::Error::other(wrapped);
        let found = Failure::find(&twice).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some("the disk said no [BY-SERVER-0001]"));
    }

    #[test]
    fn every_code_is_unique_and_has_a_page() {
        let mut ids: Vec<_> = codes::all().map(|code| code.id).collect();
        ids.sort_unstable();
        let total = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), total, "a code is used twice");
        for code in codes::all() {
            assert!(code.page.len() > 40, "{} has no page worth reading", code.id);
            assert!(code.page.starts_with(&format!("# {}", code.id)), "{}: the page starts with its code", code.id);
        }
    }
}
