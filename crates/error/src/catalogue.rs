//! What a code is: an identity, a status for every protocol, a retry hint, and a page.

/// The kind of failure, independent of any protocol; each door maps it to its own status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    AlreadyExists,
    /// The request is valid, but not in the present state of what it addresses.
    Conflict,
    /// A limit was reached: a body, a queue, a memory budget.
    ResourceExhausted,
    /// Understood, and not supported (yet).
    Unsupported,
    /// Not now: worth another try.
    Unavailable,
    /// Ours to fix.
    Internal,
}

impl Status {
    /// The HTTP status that carries this kind.
    pub fn http(self) -> u16 {
        match self {
            Status::InvalidArgument => 400,
            Status::Unauthenticated => 401,
            Status::PermissionDenied => 403,
            Status::NotFound => 404,
            Status::AlreadyExists | Status::Conflict => 409,
            Status::ResourceExhausted => 429,
            Status::Unsupported => 501,
            Status::Unavailable => 503,
            Status::Internal => 500,
        }
    }
}

/// Whether the same request may succeed later without any change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    Never,
    Later,
}

/// One row of the catalogue; `brickyard explain ID` prints its page.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// For example `BY-ML-0007`.
    pub id: &'static str,
    pub status: Status,
    pub retry: Retry,
    /// What happened, in a few words.
    pub title: &'static str,
    /// Markdown: what it means, what to do.
    pub page: &'static str,
}
