//! Commands of a client: what changes something, by other means than SQL text.

use crate::{Expr, Merge, ObjectName, PythonFunction, Relation};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    CreateView {
        name: String,
        scope: ViewScope,
        replace: bool,
        input: Relation,
    },
    WriteFiles(FileWrite),
    WriteTable(TableWrite),
    /// `spark.udf.register`: SQL text of the session may call it by its name.
    RegisterFunction(PythonFunction),
    Merge(Merge),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewScope {
    Session,
    /// `global_temp.name`, seen by every session.
    Global,
    /// Kept in the catalog, as its SQL text.
    Catalog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveMode {
    ErrorIfExists,
    Append,
    Overwrite,
    Ignore,
}

/// `df.write.format(…).save(path)`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileWrite {
    pub input: Relation,
    /// None: the session's default, `spark.sql.sources.default`.
    pub format: Option<String>,
    pub path: String,
    pub mode: SaveMode,
    pub partition_by: Vec<String>,
    /// Option names are lower case.
    pub options: BTreeMap<String, String>,
}

/// `saveAsTable`, `insertInto`, `writeTo(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableWrite {
    pub input: Relation,
    pub table: ObjectName,
    pub mode: TableWriteMode,
    pub partition_by: Vec<String>,
    pub options: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TableWriteMode {
    /// `saveAsTable` with this mode; columns go by name.
    Save(SaveMode),
    /// `insertInto`: the table must exist, columns go by position.
    Insert {
        overwrite: bool,
    },
    /// `writeTo(…).create()`
    Create,
    /// `writeTo(…).replace()`
    Replace,
    CreateOrReplace,
    /// `writeTo(…).append()`; the table must exist, columns go by name.
    Append,
    /// `writeTo(…).overwrite(condition)`
    Overwrite(Expr),
}
