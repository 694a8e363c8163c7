//! What a search asks for, already parsed and checked: a conjunction of tests on fields, an order, a page. The fields
//! are each subject's own; here is what they share, and how a test becomes SQL.

use sqlx::{QueryBuilder, Sqlite};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// SQL's pattern with `%` and `_`, letters told from their capitals.
    Like,
    /// The same, capitals ignored.
    ILike,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Is(Operator, Value),
    In(Vec<String>),
    NotIn(Vec<String>),
    /// The key is absent.
    IsNull,
    IsNotNull,
}

/// One test on one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause<Field> {
    pub field: Field,
    pub test: Test,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order<Field> {
    pub field: Field,
    pub descending: bool,
}

/// Which rows of an ordered answer are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub offset: i64,
    pub limit: i64,
}

/// Rows of a page, and where the next page starts, if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<Row> {
    pub rows: Vec<Row>,
    pub next_offset: Option<i64>,
}

impl Page {
    /// One row more than wanted, to learn whether there is a next page.
    pub(crate) fn push(self, query: &mut QueryBuilder<Sqlite>) {
        query.push(" LIMIT ").push_bind(self.limit.saturating_add(1)).push(" OFFSET ").push_bind(self.offset);
    }

    pub(crate) fn cut<Row>(self, mut rows: Vec<Row>) -> Paged<Row> {
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        Paged { rows, next_offset: more.then(|| self.offset.saturating_add(self.limit)) }
    }
}

impl Test {
    /// Appends `column <operator> <value>`; the column's name is ours, the value is bound.
    pub(crate) fn push(&self, query: &mut QueryBuilder<Sqlite>, column: &'static str) {
        match self {
            Test::Is(Operator::ILike, value) => {
                query.push("lower(").push(column).push(") LIKE lower(");
                push_value(query, value);
                query.push(")");
            }
            Test::Is(operator, value) => {
                query.push(column).push(operator.sql());
                push_value(query, value);
            }
            Test::In(values) => push_list(query, column, " IN (", values),
            Test::NotIn(values) => push_list(query, column, " NOT IN (", values),
            Test::IsNull => drop(query.push(column).push(" IS NULL")),
            Test::IsNotNull => drop(query.push(column).push(" IS NOT NULL")),
        }
    }
}

impl Operator {
    fn sql(self) -> &'static str {
        match self {
            Operator::Equal => " = ",
            Operator::NotEqual => " <> ",
            Operator::Less => " < ",
            Operator::LessOrEqual => " <= ",
            Operator::Greater => " > ",
            Operator::GreaterOrEqual => " >= ",
            Operator::Like | Operator::ILike => " LIKE ",
        }
    }
}

fn push_value(query: &mut QueryBuilder<Sqlite>, value: &Value) {
    match value {
        Value::Text(text) => query.push_bind(text.clone()),
        Value::Integer(number) => query.push_bind(*number),
        Value::Real(number) => query.push_bind(*number),
    };
}

fn push_list(query: &mut QueryBuilder<Sqlite>, column: &'static str, operator: &'static str, values: &[String]) {
    query.push(column).push(operator);
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    query.push(")");
}

/// Appends a test on a key of a table of keys and values that belong to `owner`, for example the tags of a run. The
/// table is named by us; `key` is bound.
pub(crate) fn push_keyed(
    query: &mut QueryBuilder<Sqlite>,
    table: &'static str,
    owner: &'static str,
    key: &str,
    test: &Test,
) {
    let absent = matches!(test, Test::IsNull);
    query.push(if absent { "NOT EXISTS (SELECT 1 FROM " } else { "EXISTS (SELECT 1 FROM " });
    query.push(table).push(" AS pair WHERE ").push(owner).push(" AND pair.key = ").push_bind(key.to_owned());
    if !matches!(test, Test::IsNull | Test::IsNotNull) {
        query.push(" AND ");
        test.push(query, "pair.value");
    }
    query.push(")");
}

/// Appends a test on a metric's latest value. NaN differs from every number and compares to none.
pub(crate) fn push_metric(
    query: &mut QueryBuilder<Sqlite>,
    table: &'static str,
    owner: &'static str,
    key: &str,
    test: &Test,
) {
    query.push("EXISTS (SELECT 1 FROM ").push(table).push(" AS pair WHERE ").push(owner);
    query.push(" AND pair.key = ").push_bind(key.to_owned()).push(" AND ");
    if matches!(test, Test::Is(Operator::NotEqual, _)) {
        query.push("(pair.is_nan OR ");
    } else {
        query.push("(NOT pair.is_nan AND ");
    }
    test.push(query, "pair.value");
    query.push("))");
}
