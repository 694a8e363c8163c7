//! A formula and the columns there are: which columns, and which interactions of columns, become features.

use super::parse::Formula;
use super::term::{Factor, Term};
use crate::linalg::is_vector_type;
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// A formula without dots and deletions.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedFormula {
    pub label: String,
    /// Columns of each term; more than one interact.
    pub terms: Vec<Vec<String>>,
    pub has_intercept: bool,
}

impl fmt::Display for ResolvedFormula {
    /// As Spark prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = |term: &Vec<String>| match term.as_slice() {
            [column] => column.clone(),
            columns => format!("{{{}}}", columns.join(",")),
        };
        let terms: Vec<String> = self.terms.iter().map(term).collect();
        let (label, terms, intercept) = (&self.label, terms.join(","), self.has_intercept);
        write!(f, "ResolvedRFormula(label={label}, terms=[{terms}], hasIntercept={intercept})")
    }
}

impl ResolvedFormula {
    /// # Errors
    /// A deletion is deleted.
    pub fn of(formula: &Formula, schema: &Schema) -> Result<Self> {
        let dot = dot_columns(formula, schema);
        let mut included: Vec<Vec<String>> = Vec::new();
        let mut seen: HashSet<BTreeSet<String>> = HashSet::new();
        for term in &formula.terms {
            match term {
                Term::Single(Factor::Column(column)) => included.push(vec![column.clone()]),
                Term::Single(Factor::Dot) => included.extend(dot.iter().map(|column| vec![column.clone()])),
                Term::Interaction(factors) => {
                    let interactions = interactions(factors, &dot).into_iter();
                    included.extend(interactions.filter(|columns| seen.insert(set(columns))));
                }
                Term::Deletion(deleted) => delete(&mut included, deleted, &dot)?,
                Term::Intercept(_) | Term::Sum(_) | Term::Empty => {}
            }
        }
        let mut terms: Vec<Vec<String>> = Vec::new();
        included.into_iter().for_each(|term| {
            if !terms.contains(&term) {
                terms.push(term);
            }
        });
        Ok(Self { label: formula.label.clone(), terms, has_intercept: formula.has_intercept() })
    }
}

fn set(columns: &[String]) -> BTreeSet<String> {
    columns.iter().cloned().collect()
}

fn delete(included: &mut Vec<Vec<String>>, deleted: &Term, dot: &[String]) -> Result<()> {
    match deleted {
        Term::Single(Factor::Column(column)) => included.retain(|term| term.as_slice() != [column.clone()]),
        Term::Single(Factor::Dot) => {
            included.retain(|term| !matches!(term.as_slice(), [column] if dot.contains(column)));
        }
        Term::Interaction(factors) => {
            let gone: HashSet<BTreeSet<String>> = interactions(factors, dot).iter().map(|term| set(term)).collect();
            included.retain(|term| !gone.contains(&set(term)));
        }
        Term::Deletion(_) => {
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, "Deletion terms cannot be nested"));
        }
        Term::Intercept(_) | Term::Sum(_) | Term::Empty => {}
    }
    Ok(())
}

/// Every choice of a column for each dot, a column counted once; `a:b` is `b:a`. Fewer columns come first.
fn interactions(factors: &[Factor], dot: &[String]) -> Vec<Vec<String>> {
    let Some((first, rest)) = factors.split_first() else { return vec![Vec::new()] };
    let rest = interactions(rest, dot);
    let columns = match first {
        Factor::Dot => dot.to_vec(),
        Factor::Column(column) => vec![column.clone()],
    };
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for column in &columns {
        for rest in &rest {
            let others = rest.iter().filter(|other| *other != column).cloned();
            let term: Vec<String> = std::iter::once(column.clone()).chain(others).collect();
            if seen.insert(set(&term)) {
                all.push(term);
            }
        }
    }
    all.sort_by_key(Vec::len);
    all
}

/// What `.` stands for: columns of numbers, texts, booleans and vectors, but for the label.
fn dot_columns(formula: &Formula, schema: &Schema) -> Vec<String> {
    let suits = |kind: &DataType| {
        kind.is_numeric() || matches!(kind, DataType::Utf8 | DataType::Boolean) || is_vector_type(kind)
    };
    let fields = schema.fields().iter().filter(|field| suits(field.data_type()));
    fields.map(|field| field.name().clone()).filter(|name| *name != formula.label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::Field;

    /// The cases of Spark's RFormulaParserSuite.
    #[test]
    fn formulas_resolve_as_in_spark() {
        let schema = Schema::new(["id", "a", "b", "c"].map(|name| Field::new(name, DataType::Float64, true)).to_vec());
        let rows: [(&str, &[&str]); 19] = [
            ("y ~ a + b", &["a", "b"]),
            ("y ~ a + b - a", &["b"]),
            ("id ~ .", &["a", "b", "c"]),
            ("id ~ . - b", &["a", "c"]),
            ("id ~ a + b + a", &["a", "b"]),
            ("y ~ a:b", &["a:b"]),
            ("y ~ a:b + b:a", &["a:b"]),
            ("y ~ a:b - b:a", &[]),
            ("y ~ a * b", &["a", "b", "a:b"]),
            ("y ~ a * b * c", &["a", "b", "a:b", "c", "a:c", "b:c", "a:b:c"]),
            ("y ~ (a + b) ^ 2", &["a", "b", "a:b"]),
            ("y ~ (a + b):c", &["a:c", "b:c"]),
            ("y ~ (a + b + c) ^ 2 - b:c", &["a", "b", "c", "a:b", "a:c"]),
            ("y ~ a - (b - c)", &["a"]),
            ("id ~ .:.", &["a", "b", "c", "a:b", "a:c", "b:c"]),
            ("id ~ a:.", &["a", "a:b", "a:c"]),
            ("id ~ . + a:b - .", &["a:b"]),
            ("y ~ 1:a + b", &["b"]),
            ("~ a + b", &["a", "b"]),
        ];
        for (text, expected) in rows {
            let resolved = ResolvedFormula::of(&Formula::parse(text).unwrap(), &schema).unwrap();
            let terms: Vec<String> = resolved.terms.iter().map(|term| term.join(":")).collect();
            assert_eq!(terms, expected, "{text}");
        }
    }

    #[test]
    fn it_is_printed_as_in_spark() {
        let resolved = ResolvedFormula::of(&Formula::parse("y ~ a + b:c - 1").unwrap(), &Schema::empty()).unwrap();
        assert_eq!(resolved.to_string(), "ResolvedRFormula(label=y, terms=[a,{b,c}], hasIntercept=false)");
    }
}
