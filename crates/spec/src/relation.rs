//! Relations: what a DataFrame or a query is made of, unresolved.

use crate::{Expr, Literal, ObjectName, PythonCogroups, PythonFunction, PythonGroups, SortKey, Statement};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use std::collections::BTreeMap;

/// A node of the tree, with the number by which the client's columns refer to it.
///
/// Two relations are equal when they give the same rows: the number does not count.
#[derive(Debug, Clone)]
pub struct Relation {
    pub plan_id: Option<i64>,
    pub node: Box<Node>,
}

impl Relation {
    pub fn new(node: Node) -> Self {
        Self { plan_id: None, node: Box::new(node) }
    }

    pub fn with_plan_id(mut self, plan_id: Option<i64>) -> Self {
        self.plan_id = plan_id;
        self
    }

    pub fn table(name: ObjectName) -> Self {
        Self::new(Node::Read(Source::Table { name, options: BTreeMap::new() }))
    }
}

impl PartialEq for Relation {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl From<Node> for Relation {
    fn from(node: Node) -> Self {
        Relation::new(node)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Read(Source),
    /// Rows the client sent. The schema may differ from the batches' in names and types (they are cast).
    Local {
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    },
    /// `VALUES (…), (…)`: rows of expressions; columns are `col1`, `col2`, ….
    Values(Vec<Vec<Expr>>),
    /// One row without columns: `SELECT 1`.
    OneRow,
    Range {
        start: i64,
        end: i64,
        step: i64,
        /// At most so many.
        partitions: Option<i64>,
    },
    /// SQL text with its arguments; must be a query.
    Sql {
        text: String,
        named: Vec<(String, Expr)>,
        positional: Vec<Expr>,
    },
    /// A tree in which names stand for other relations (`spark.sql("… {df}", df=df)`).
    WithRelations {
        root: Relation,
        references: Vec<Relation>,
    },
    /// Common table expressions, each of which may use those before it.
    With {
        definitions: Vec<(String, Relation)>,
        body: Relation,
    },
    /// A frame kept in the session by its id.
    Frame {
        id: String,
    },
    /// A table-valued function: `range`, `explode`, ….
    TableFunction {
        name: String,
        arguments: Vec<Expr>,
    },
    /// The rows of a statement (`SHOW TABLES`, …): run once, by whoever resolves the tree.
    Statement(Box<Statement>),

    Project {
        input: Relation,
        exprs: Vec<Expr>,
    },
    Filter {
        input: Relation,
        condition: Expr,
    },
    Join(Join),
    Set(SetOperation),
    Sort {
        input: Relation,
        keys: Vec<SortKey>,
        /// False: within partitions only.
        is_global: bool,
    },
    Limit {
        input: Relation,
        count: Expr,
    },
    Offset {
        input: Relation,
        count: Expr,
    },
    /// The last rows, in order.
    Tail {
        input: Relation,
        count: u64,
    },
    Aggregate(Aggregate),
    /// `LATERAL VIEW [OUTER] explode(x) t AS a, b`.
    LateralView {
        input: Relation,
        generator: Expr,
        is_outer: bool,
        alias: Option<String>,
        columns: Vec<String>,
    },
    /// Keeps one row of those equal in these columns; of all columns where there are none.
    Deduplicate {
        input: Relation,
        columns: Vec<String>,
    },
    Alias {
        input: Relation,
        name: String,
        /// New names of the columns, where given.
        columns: Vec<String>,
    },
    WithColumns {
        input: Relation,
        /// Aliases of one name.
        columns: Vec<Expr>,
    },
    WithColumnsRenamed {
        input: Relation,
        /// (from, to); names that do not exist are ignored.
        renames: Vec<(String, String)>,
    },
    Drop {
        input: Relation,
        columns: Vec<Expr>,
        names: Vec<String>,
    },
    ToDf {
        input: Relation,
        names: Vec<String>,
    },
    ToSchema {
        input: Relation,
        schema: SchemaRef,
    },
    /// Rows whose hash with the seed falls into `[lower, upper)`.
    Sample {
        input: Relation,
        lower: f64,
        upper: f64,
        with_replacement: bool,
        seed: i64,
        /// Sort first, so that several samples of one seed are disjoint (`randomSplit`).
        deterministic_order: bool,
    },
    Repartition {
        input: Relation,
        partitions: Option<usize>,
        by: Vec<Expr>,
    },
    Hint {
        input: Relation,
        name: String,
    },
    Unpivot(Unpivot),
    /// One row, one column `show_string`.
    ShowString {
        input: Relation,
        rows: usize,
        /// 0: not at all.
        truncate: usize,
        vertical: bool,
    },
    /// One row, one column `html_string`.
    HtmlString {
        input: Relation,
        rows: usize,
        truncate: usize,
    },

    FillNa {
        input: Relation,
        /// None: every column whose type suits.
        columns: Vec<String>,
        /// One for all columns, or one each.
        values: Vec<Literal>,
    },
    DropNa {
        input: Relation,
        columns: Vec<String>,
        /// None: all columns must have a value.
        min_non_nulls: Option<usize>,
    },
    ReplaceNa {
        input: Relation,
        columns: Vec<String>,
        /// (old, new)
        replacements: Vec<(Literal, Literal)>,
    },
    Describe {
        input: Relation,
        columns: Vec<String>,
    },
    Summary {
        input: Relation,
        statistics: Vec<String>,
    },
    Crosstab {
        input: Relation,
        first: String,
        second: String,
    },
    Covariance {
        input: Relation,
        first: String,
        second: String,
    },
    Correlation {
        input: Relation,
        first: String,
        second: String,
    },
    ApproxQuantile {
        input: Relation,
        columns: Vec<String>,
        probabilities: Vec<f64>,
        relative_error: f64,
    },
    FrequentItems {
        input: Relation,
        columns: Vec<String>,
        support: f64,
    },
    SampleBy {
        input: Relation,
        column: Expr,
        /// (stratum, fraction)
        fractions: Vec<(Literal, f64)>,
        seed: i64,
    },
    /// `mapInPandas`, `mapInArrow`.
    PythonMap {
        input: Relation,
        function: PythonFunction,
    },
    PythonGroups(PythonGroups),
    PythonCogroups(PythonCogroups),
    /// The input with the outputs of a fitted model, which the session holds by this id.
    Transform {
        input: Relation,
        transformer: String,
    },
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A table or a view. Options: `versionAsOf`.
    Table { name: ObjectName, options: BTreeMap<String, String> },
    /// Files: format `csv`, `json`, `parquet`, `text` or `delta`. Option names are lower case.
    Files { format: String, paths: Vec<String>, schema: Option<SchemaRef>, options: BTreeMap<String, String> },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub left: Relation,
    pub right: Relation,
    pub kind: JoinKind,
    pub condition: JoinCondition,
    /// The right side sees the columns of the left (`LATERAL`).
    pub is_lateral: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftSemi,
    LeftAnti,
    Cross,
}

#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    None,
    On(Expr),
    /// Equal in these columns, which appear once in the result.
    Using(Vec<String>),
    Natural,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SetOperation {
    pub left: Relation,
    pub right: Relation,
    pub kind: SetKind,
    /// Keep duplicates.
    pub is_all: bool,
    pub by_name: bool,
    pub allow_missing_columns: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    Union,
    Intersect,
    Except,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    pub input: Relation,
    pub grouping: Grouping,
    /// What comes out. The client's `groupBy(a).agg(b)` sends only `b`; SQL's list is whole.
    pub exprs: Vec<Expr>,
    /// Put the grouping columns before `exprs`, as DataFrames do.
    pub with_keys: bool,
    pub having: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Grouping {
    By(Vec<Expr>),
    Rollup(Vec<Expr>),
    Cube(Vec<Expr>),
    Sets { by: Vec<Expr>, sets: Vec<Vec<Expr>> },
    Pivot { by: Vec<Expr>, pivot: Pivot },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    pub column: Expr,
    /// Empty: the distinct values, found by a query.
    pub values: Vec<Literal>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Unpivot {
    pub input: Relation,
    pub ids: Vec<Expr>,
    /// None: all other columns.
    pub values: Option<Vec<Expr>>,
    pub variable_column: String,
    pub value_column: String,
}
