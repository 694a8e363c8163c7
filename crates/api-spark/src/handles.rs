//! Spark's errors for sessions, operations and responses that are not here; clients act on their names.

use brickyard_error::{Condition, Failure, Result, SparkException, codes};

/// Why a handle is invalid, by Spark's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handle {
    Format,
    SessionNotFound,
    SessionClosed,
    SessionChanged,
    OperationNotFound,
    OperationAlreadyExists,
}

impl Handle {
    /// The failure for the handle of this text.
    pub fn invalid(self, handle: &str) -> Failure {
        let (name, text) = match self {
            Handle::Format => {
                ("FORMAT", "Handle must be an UUID string of the format '00112233-4455-6677-8899-aabbccddeeff'")
            }
            Handle::SessionNotFound => ("SESSION_NOT_FOUND", "Session not found."),
            Handle::SessionClosed => ("SESSION_CLOSED", "Session was closed."),
            Handle::SessionChanged => {
                ("SESSION_CHANGED", "The existing Spark server driver instance has restarted. Please reconnect.")
            }
            Handle::OperationNotFound => ("OPERATION_NOT_FOUND", "Operation not found."),
            Handle::OperationAlreadyExists => ("OPERATION_ALREADY_EXISTS", "Operation already exists."),
        };
        let condition = Condition::new(format!("INVALID_HANDLE.{name}"), "HY000", SparkException::Spark);
        Failure::new(&codes::spark::INVALID_HANDLE, format!("The handle {handle} is invalid. {text}"))
            .with_condition(condition.with("handle", handle))
    }

    /// Session and operation ids are UUIDs.
    pub fn check_format(handle: &str) -> Result<()> {
        match uuid::Uuid::try_parse(handle) {
            Ok(_) if handle.len() == 36 => Ok(()),
            _ => Err(Handle::Format.invalid(handle)),
        }
    }
}

/// Why the rest of a result cannot be had, by Spark's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// Another stream reads this result now.
    Disconnected,
    NotReattachable,
    /// The response was released.
    PositionNotAvailable,
    PositionNotFound,
}

impl Cursor {
    pub fn invalid(self, response: &str) -> Failure {
        let (name, text) = match self {
            Cursor::Disconnected => ("DISCONNECTED", "The cursor has been disconnected by the server.".to_owned()),
            Cursor::NotReattachable => ("NOT_REATTACHABLE", "The cursor is not reattachable.".to_owned()),
            Cursor::PositionNotAvailable => {
                ("POSITION_NOT_AVAILABLE", format!("The cursor position id {response} is no longer available."))
            }
            Cursor::PositionNotFound => {
                ("POSITION_NOT_FOUND", format!("The cursor position id {response} is not found."))
            }
        };
        let condition = Condition::new(format!("INVALID_CURSOR.{name}"), "HY109", SparkException::Spark);
        let condition = if response.is_empty() { condition } else { condition.with("responseId", response) };
        Failure::new(&codes::spark::INVALID_HANDLE, format!("The cursor is invalid. {text}")).with_condition(condition)
    }
}

/// What a client hears whose operation was stopped.
pub fn cancelled() -> Failure {
    let condition = Condition::new("OPERATION_CANCELED", "HY008", SparkException::Spark);
    Failure::new(&codes::spark::CANCELLED, "Operation has been canceled.").with_condition(condition)
}

/// A plan without a part it must have.
pub fn invalid_plan(what: impl std::fmt::Display) -> Failure {
    Failure::new(&codes::spark::INVALID_PLAN, format!("the plan cannot be read: {what}"))
}
