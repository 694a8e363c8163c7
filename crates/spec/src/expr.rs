//! Expressions as a client writes them, unresolved.

use crate::{Literal, ObjectName, PythonFunction, Relation};
use arrow_schema::DataType;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Literal(Literal),
    /// A column by the text the client wrote: `a`, `t.a`, `` `odd.name` ``, `a.field`. `plan_id` names the relation
    /// it was taken from (`df.a`), which decides between columns of one name.
    Column {
        name: String,
        plan_id: Option<i64>,
    },
    /// A column by its name parts, already split (from SQL).
    ColumnParts(Vec<String>),
    /// `*`, `t.*`, or the fields of a struct `s.*`; from SQL with `EXCEPT (…)`.
    Star {
        target: Option<Vec<String>>,
        plan_id: Option<i64>,
        except: Vec<String>,
    },
    /// Every column whose name matches (`` `^d.*` ``, from `colRegex`).
    Regex {
        pattern: String,
        plan_id: Option<i64>,
    },
    /// A function or operator by Spark's name: `upper`, `count`, `+`, `and`, `in`, `when`, `==`, …
    Function {
        name: String,
        arguments: Vec<Expr>,
        distinct: bool,
    },
    /// An aggregate's `FILTER (WHERE …)`.
    Filtered {
        aggregate: Box<Expr>,
        condition: Box<Expr>,
    },
    /// Text in SQL's expression grammar (`expr("…")`, `selectExpr`).
    Sql(String),
    /// One name, or several for a generator's columns. `metadata` is a JSON object.
    Alias {
        expr: Box<Expr>,
        names: Vec<String>,
        metadata: Option<String>,
    },
    Cast {
        expr: Box<Expr>,
        target: CastTarget,
        /// `try_cast`: null where the value has no such form.
        is_try: bool,
    },
    Window(Box<Window>),
    /// `child[extraction]`: a field, an element or a key.
    Extract {
        child: Box<Expr>,
        extraction: Box<Expr>,
    },
    /// A struct with a field set (`withField`), or dropped where `value` is none.
    UpdateField {
        child: Box<Expr>,
        field: String,
        value: Option<Box<Expr>>,
    },
    Lambda {
        parameters: Vec<String>,
        body: Box<Expr>,
    },
    LambdaVariable(String),
    /// A named argument of a function call.
    Named {
        name: String,
        value: Box<Expr>,
    },
    /// A sort key where an expression is expected (`df.sort(F.desc("a"))`).
    Sort(Box<SortKey>),
    /// A call of a function that came with the query; arguments may be [`Expr::Named`].
    Python {
        function: Arc<PythonFunction>,
        arguments: Vec<Expr>,
    },
    Subquery {
        kind: SubqueryKind,
        relation: Box<Relation>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum CastTarget {
    Type(DataType),
    /// A type in DDL: `decimal(10,2)`.
    Ddl(String),
}

#[derive(Debug, Clone, PartialEq)]
pub enum SubqueryKind {
    Scalar,
    Exists,
    /// The tuple that is looked up.
    In(Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    Ascending,
    Descending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullOrder {
    First,
    Last,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    pub expr: Expr,
    pub direction: SortDirection,
    pub nulls: NullOrder,
}

impl SortKey {
    /// Ascending, nulls first: Spark's default.
    pub fn ascending(expr: Expr) -> Self {
        Self { expr, direction: SortDirection::Ascending, nulls: NullOrder::First }
    }

    /// Descending, nulls last: Spark's default.
    pub fn descending(expr: Expr) -> Self {
        Self { expr, direction: SortDirection::Descending, nulls: NullOrder::Last }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub function: Expr,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortKey>,
    /// None: the whole partition, or up to the current row's peers where there is an order.
    pub frame: Option<WindowFrame>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WindowFrame {
    pub unit: FrameUnit,
    pub lower: FrameBound,
    pub upper: FrameBound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    Rows,
    Range,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    CurrentRow,
    Unbounded,
    /// An offset, negative before the current row.
    Offset(Expr),
}

impl Expr {
    pub fn column(name: impl Into<String>) -> Self {
        Expr::Column { name: name.into(), plan_id: None }
    }

    pub fn star() -> Self {
        Expr::Star { target: None, plan_id: None, except: Vec::new() }
    }

    pub fn function(name: impl Into<String>, arguments: Vec<Expr>) -> Self {
        Expr::Function { name: name.into(), arguments, distinct: false }
    }

    pub fn literal(value: impl Into<Literal>) -> Self {
        Expr::Literal(value.into())
    }

    pub fn alias(self, name: impl Into<String>) -> Self {
        Expr::Alias { expr: Box::new(self), names: vec![name.into()], metadata: None }
    }

    pub fn cast(self, target: DataType) -> Self {
        Expr::Cast { expr: Box::new(self), target: CastTarget::Type(target), is_try: false }
    }

    /// A column by one name that is taken as it is, dots and all.
    pub fn exact_column(name: impl Into<String>) -> Self {
        Expr::ColumnParts(vec![name.into()])
    }
}

impl From<ObjectName> for Expr {
    fn from(name: ObjectName) -> Self {
        Expr::ColumnParts(name.0)
    }
}
