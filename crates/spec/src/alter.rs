//! Changes of a table that leave its rows as they are.

use arrow_schema::Field;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub enum Alteration {
    AddColumns(Vec<NewColumn>),
    SetProperties(BTreeMap<String, String>),
    UnsetProperties {
        keys: Vec<String>,
        if_exists: bool,
    },
    /// Of the table; None takes it away.
    Comment(Option<String>),
    ColumnComment {
        column: String,
        comment: String,
    },
    /// Whether the column may be null.
    Nullable {
        column: String,
        nullable: bool,
    },
    /// The rows there fulfil it already.
    AddConstraint {
        name: String,
        sql: String,
    },
    DropConstraint {
        name: String,
        if_exists: bool,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewColumn {
    pub field: Field,
    pub comment: Option<String>,
    pub place: Place,
}

/// Where a new column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Last,
    First,
    After(String),
}
