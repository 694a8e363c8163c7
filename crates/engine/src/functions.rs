//! Spark's functions by name: what they take, what they return, what computes them.

mod aggregates;
mod array_change;
mod arrays;
mod bits;
mod ciphers;
mod conditions;
mod dates;
mod documents;
mod generators;
mod make_dates;
mod maps;
mod maths;
mod operators;
mod plain;
mod statistics;
mod strings;
mod texts;
mod vectors;
mod windows;

use crate::failures;
use crate::resolve::{Resolver, Typed};
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::types::is_numeric;
use datafusion::logical_expr::{Expr, lit};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) use aggregates::count_rows;

/// Builds the call of a function.
pub(crate) type Build = fn(&mut Call) -> Result<Typed>;

/// Names and builders of a family.
type Family = &'static [(&'static str, Build)];

/// A call with its resolved arguments.
pub(crate) struct Call<'r, 's> {
    /// In lower case.
    pub name: &'r str,
    pub arguments: Vec<Typed>,
    pub distinct: bool,
    pub resolver: &'r mut Resolver<'s>,
}

static FUNCTIONS: LazyLock<HashMap<&'static str, Build>> = LazyLock::new(|| {
    let families: [Family; 18] = [
        operators::FAMILY,
        maths::FAMILY,
        bits::FAMILY,
        strings::FAMILY,
        texts::FAMILY,
        conditions::FAMILY,
        dates::FAMILY,
        make_dates::FAMILY,
        arrays::FAMILY,
        array_change::FAMILY,
        maps::FAMILY,
        generators::FAMILY,
        documents::FAMILY,
        ciphers::FAMILY,
        aggregates::FAMILY,
        statistics::FAMILY,
        windows::FAMILY,
        vectors::FAMILY,
    ];
    let special = families.into_iter().flatten().map(|(name, build)| (*name, *build));
    plain::names().map(|name| (name, plain::build as Build)).chain(special).collect()
});

pub(crate) fn find(name: &str) -> Option<Build> {
    FUNCTIONS.get(name).copied()
}

/// Every name, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let words = FUNCTIONS.keys().copied().filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    let mut names: Vec<&'static str> = words.collect();
    names.sort_unstable();
    names
}

/// Names that the wrong one may have been meant for.
pub(crate) fn nearest(name: &str) -> Vec<&'static str> {
    let mut near: Vec<(usize, &str)> =
        names().into_iter().map(|known| (failures::edit_distance(known, name), known)).collect();
    near.retain(|(distance, _)| *distance <= 2.max(name.len() / 4));
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

impl Call<'_, '_> {
    /// `name(a, b)`
    pub fn sql(&self) -> String {
        self.sql_as(self.name)
    }

    pub fn sql_as(&self, name: &str) -> String {
        let arguments: Vec<&str> = self.arguments.iter().map(|argument| argument.sql.as_str()).collect();
        let distinct = if self.distinct { "DISTINCT " } else { "" };
        format!("{name}({distinct}{})", arguments.join(", "))
    }

    /// Fails when the number of arguments is not in the range.
    pub fn takes(&self, range: std::ops::RangeInclusive<usize>) -> Result<()> {
        if range.contains(&self.arguments.len()) {
            return Ok(());
        }
        let expected = match (range.start(), range.end()) {
            (low, high) if low == high => low.to_string(),
            (low, &usize::MAX) => format!("> {}", low.saturating_sub(1)),
            (low, high) => format!("[{}]", (*low..=*high).map(|n| n.to_string()).collect::<Vec<_>>().join(", ")),
        };
        Err(failures::wrong_argument_count(self.name, &expected, self.arguments.len()))
    }

    pub fn argument(&self, index: usize) -> Typed {
        self.arguments[index].clone()
    }

    pub fn type_of(&self, index: usize) -> &DataType {
        &self.arguments[index].data_type
    }

    /// Whether a null may come in.
    pub fn any_nullable(&self) -> bool {
        self.arguments.iter().any(|argument| argument.nullable)
    }

    pub fn mismatch(&self, index: usize, required: &str) -> brickyard_error::Failure {
        self.mismatch_in(&self.sql(), index, required)
    }

    pub fn mismatch_in(&self, sql: &str, index: usize, required: &str) -> brickyard_error::Failure {
        let argument = &self.arguments[index];
        failures::unexpected_input(sql, index, required, &argument.sql, &argument.data_type)
    }

    /// Converts an argument as Spark does without being asked.
    pub fn convert(&mut self, index: usize, wanted: &DataType) -> Result<()> {
        let sql = self.sql();
        self.convert_in(&sql, index, wanted)
    }

    pub fn convert_in(&mut self, sql: &str, index: usize, wanted: &DataType) -> Result<()> {
        let have = self.type_of(index);
        if !converts(have, wanted) {
            return Err(self.mismatch_in(sql, index, &brickyard_functions::types::sql_name(wanted)));
        }
        self.arguments[index] = self.resolver.implicit(self.argument(index), wanted)?;
        Ok(())
    }

    pub fn convert_all(&mut self, wanted: &DataType) -> Result<()> {
        (0..self.arguments.len()).try_for_each(|index| self.convert(index, wanted))
    }

    /// All arguments from this one on as one type.
    pub fn unify(&mut self, from: usize) -> Result<DataType> {
        let sql = self.sql();
        let common = self.resolver.common_type(&sql, &self.arguments[from..])?;
        for index in from..self.arguments.len() {
            self.arguments[index] = self.resolver.implicit(self.argument(index), &common)?;
        }
        Ok(common)
    }

    /// Null where the arguments at these places are, else the expression.
    pub fn unless_null(&self, indices: &[usize], expr: Expr) -> Result<Expr> {
        let nullable = indices.iter().map(|index| &self.arguments[*index]).filter(|argument| argument.nullable);
        let present = nullable.map(|argument| argument.expr.clone().is_not_null()).reduce(Expr::and);
        match present {
            None => Ok(expr),
            Some(present) => datafusion::logical_expr::when(present, expr).end().map_err(failures::engine_failure),
        }
    }

    pub fn exprs(&self) -> Vec<Expr> {
        self.arguments.iter().map(|argument| argument.expr.clone()).collect()
    }

    /// The call of a registered function with these arguments and the constants after them.
    pub fn native(&self, function: &str, constants: &[&str]) -> Result<Expr> {
        let mut arguments = self.exprs();
        arguments.extend(constants.iter().map(|text| lit(*text)));
        self.resolver.native(function, arguments)
    }

    /// The result, named after the call.
    pub fn result(&self, expr: Expr, data_type: DataType) -> Typed {
        Typed::new(expr, data_type, self.any_nullable(), self.sql())
    }

    pub fn zone(&self) -> String {
        self.resolver.zone_name.clone()
    }

    pub fn mode(&self) -> &'static str {
        self.resolver.mode()
    }
}

/// Whether Spark converts by itself, in ANSI's way: up to wider types, from strings, to strings.
pub(crate) fn converts(have: &DataType, wanted: &DataType) -> bool {
    use DataType::*;
    match (have, wanted) {
        (have, wanted) if have == wanted => true,
        (Null, _) => true,
        (have, Utf8) => !matches!(have, List(_) | Struct(_) | Map(..)),
        (Utf8, wanted) => is_numeric(wanted) || matches!(wanted, Date32 | Timestamp(..) | Boolean | Binary),
        (have, wanted) if is_numeric(have) => is_numeric(wanted),
        (Date32 | Timestamp(..), Date32 | Timestamp(..)) => true,
        (List(_), List(_)) | (Map(..), Map(..)) | (Struct(_), Struct(_)) => true,
        _ => false,
    }
}
