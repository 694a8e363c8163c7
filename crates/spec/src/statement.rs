//! SQL statements that are not queries.

use crate::{Alteration, Expr, Literal, ObjectName, Relation, ViewScope};
use arrow_schema::DataType;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Query(Relation),
    CreateTable {
        name: ObjectName,
        columns: Vec<ColumnDefinition>,
        query: Option<Relation>,
        /// `USING delta`; None: the default, Delta.
        format: Option<String>,
        partition_by: Vec<String>,
        comment: Option<String>,
        if_not_exists: bool,
        replace: bool,
    },
    CreateView {
        name: ObjectName,
        scope: ViewScope,
        replace: bool,
        if_not_exists: bool,
        columns: Vec<String>,
        query: Relation,
        /// The query's text, for views kept in the catalog.
        text: String,
    },
    CreateSchema {
        name: ObjectName,
        if_not_exists: bool,
        comment: Option<String>,
    },
    DropTable {
        name: ObjectName,
        if_exists: bool,
    },
    DropView {
        name: ObjectName,
        if_exists: bool,
    },
    DropSchema {
        name: ObjectName,
        if_exists: bool,
        cascade: bool,
    },
    Insert {
        table: ObjectName,
        columns: Vec<String>,
        overwrite: bool,
        by_name: bool,
        source: Relation,
    },
    Delete {
        table: ObjectName,
        alias: Option<String>,
        condition: Option<Condition>,
    },
    Update {
        table: ObjectName,
        alias: Option<String>,
        assignments: Vec<Assignment>,
        condition: Option<Condition>,
    },
    Merge(Merge),
    Alter {
        table: ObjectName,
        change: Alteration,
    },
    RenameTable {
        from: ObjectName,
        to: ObjectName,
    },
    /// Writes small files together.
    Optimize {
        table: ObjectName,
        /// Over columns of partitions.
        condition: Option<Condition>,
        /// `ZORDER BY (…)`
        order_by: Vec<String>,
    },
    /// Deletes files that no state of the last hours has.
    Vacuum {
        table: ObjectName,
        retain_hours: Option<f64>,
        dry_run: bool,
    },
    /// Makes an older state the latest one.
    Restore {
        table: ObjectName,
        /// `versionasof` or `timestampasof`.
        options: BTreeMap<String, String>,
    },
    Truncate {
        table: ObjectName,
    },
    Use {
        catalog: Option<String>,
        schema: Option<String>,
    },
    /// `SET key = value`; without a value it shows the key, without a key all that were set.
    Set {
        key: Option<String>,
        value: Option<String>,
    },
    Reset {
        key: Option<String>,
    },
    ShowTables {
        schema: Option<ObjectName>,
        pattern: Option<String>,
    },
    ShowViews {
        schema: Option<ObjectName>,
        pattern: Option<String>,
    },
    ShowSchemas {
        pattern: Option<String>,
    },
    ShowCatalogs,
    ShowColumns {
        table: ObjectName,
    },
    ShowFunctions {
        pattern: Option<String>,
    },
    Describe {
        target: DescribeTarget,
        extended: bool,
    },
    DescribeDetail {
        table: ObjectName,
    },
    ShowProperties {
        table: ObjectName,
        key: Option<String>,
    },
    ShowCreateTable {
        table: ObjectName,
    },
    ShowPartitions {
        table: ObjectName,
    },
    /// `DESCRIBE HISTORY t`
    DescribeHistory {
        table: ObjectName,
    },
    Explain {
        mode: ExplainMode,
        statement: Box<Statement>,
    },
    CacheTable {
        name: ObjectName,
        query: Option<Relation>,
    },
    UncacheTable {
        name: ObjectName,
        if_exists: bool,
    },
    ClearCache,
    CreateEndpoint {
        name: String,
        /// `delays@champion`, `delays/3` or `models:/…`.
        model: String,
        or_replace: bool,
    },
    DropEndpoint {
        name: String,
        if_exists: bool,
    },
    ShowEndpoints,
    /// `CREATE [OR REPLACE] MODEL name OPTIONS (…) AS query`
    CreateModel {
        name: String,
        /// Names in lower case; values are constants.
        options: Vec<(String, Expr)>,
        query: Relation,
        or_replace: bool,
    },
    DropModel {
        name: String,
        if_exists: bool,
    },
    /// `EVALUATE MODEL delays@champion AS query`
    EvaluateModel {
        model: String,
        query: Relation,
    },
    /// `EXPORT MODEL delays@champion TO '/folder' FORMAT onnx`
    ExportModel {
        model: String,
        path: String,
        format: String,
    },
    DescribeModel {
        name: String,
    },
    ShowModels,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    pub name: String,
    pub data_type: DataType,
    pub nullable: bool,
    pub comment: Option<String>,
    pub default: Option<Literal>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DescribeTarget {
    Table(ObjectName),
    Schema(ObjectName),
    Function(String),
    Query(Relation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    Simple,
    Extended,
    Codegen,
    Cost,
    Formatted,
}

/// What must hold, with its text for the table's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub expr: Expr,
    pub text: String,
}

/// A column, or a field of one, by the parts of its name, and its new value.
pub type Assignment = (Vec<String>, Expr);

#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    pub table: ObjectName,
    pub alias: Option<String>,
    pub source: Relation,
    pub condition: Condition,
    pub clauses: Vec<MergeClause>,
}

/// `WHEN … [AND condition] THEN action`
#[derive(Debug, Clone, PartialEq)]
pub struct MergeClause {
    pub matching: Matching,
    pub condition: Option<Condition>,
    pub action: MergeAction,
}

/// Which rows a clause is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// A row of the table with one of the source.
    Matched,
    /// A row of the source alone.
    NotMatched,
    /// A row of the table alone.
    NotMatchedBySource,
}

#[derive(Debug, Clone, PartialEq)]
pub enum MergeAction {
    Delete,
    UpdateAll,
    Update(Vec<Assignment>),
    InsertAll,
    Insert(Vec<Assignment>),
}
