//! What a client asks for, free of any protocol: [`Relation`]s over [`Expr`]essions, and [`Command`]s.
//!
//! The shapes follow Spark Connect one to one, so that a door only translates. Nothing is resolved here: names are
//! names, functions are Spark's names for them. Data types are Arrow's, in the layout Spark sends: strings are `Utf8`,
//! timestamps with time zone are `Timestamp(Microsecond, Some("UTC"))`, day-time intervals `Duration(Microsecond)`,
//! vectors the struct of `VectorUDT`.

mod alter;
mod command;
mod expr;
mod literal;
mod python;
mod relation;
mod statement;
mod table;
mod visit;

pub use alter::{Alteration, NewColumn, Place};
pub use command::{Command, FileWrite, SaveMode, TableWrite, TableWriteMode, ViewScope};
pub use expr::{
    CastTarget, Expr, FrameBound, FrameUnit, NullOrder, SortDirection, SortKey, SubqueryKind, Window, WindowFrame,
};
pub use literal::Literal;
pub use python::{PythonCogroups, PythonFunction, PythonGroups, PythonWay};
pub use relation::{
    Aggregate, Grouping, Join, JoinCondition, JoinKind, Node, Pivot, Relation, SetKind, SetOperation, Source, Unpivot,
};
pub use statement::{
    Assignment, ColumnDefinition, Condition, DescribeTarget, ExplainMode, Matching, Merge, MergeAction, MergeClause,
    Statement,
};
pub use table::ObjectName;
