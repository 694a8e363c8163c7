//! Three-level names, save modes and versions.

use brickyard_error::{Failure, Result, codes};
use std::fmt;

pub const DEFAULT_CATALOG: &str = "main";
pub const DEFAULT_SCHEMA: &str = "default";

/// `catalog.schema.name`. Names are kept in lower case, as Spark's catalog does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableName {
    pub catalog: String,
    pub schema: String,
    pub name: String,
}

impl TableName {
    pub fn new(catalog: &str, schema: &str, name: &str) -> Self {
        Self { catalog: catalog.to_lowercase(), schema: schema.to_lowercase(), name: name.to_lowercase() }
    }

    /// Completes one to three parts with the current catalog and schema.
    pub fn from_parts(parts: &[String], catalog: &str, schema: &str) -> Result<Self> {
        match parts {
            [name] => Ok(Self::new(catalog, schema, name)),
            [schema, name] => Ok(Self::new(catalog, schema, name)),
            [catalog, schema, name] => Ok(Self::new(catalog, schema, name)),
            _ => Err(Failure::new(
                &codes::data::NAME_INVALID,
                format!("{} is not a table name; write catalog.schema.table", parts.join(".")),
            )),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.catalog, self.schema, self.name)
    }
}

/// What a write does when its target exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SaveMode {
    #[default]
    ErrorIfExists,
    Append,
    Overwrite,
    /// Leaves the target as it is, without an error.
    Ignore,
}

/// Which state of a Delta table to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Number(u64),
    /// The last version at or before this time, in milliseconds since 1970.
    TimestampMs(i64),
}
