//! Finding columns by name: case does not count, qualifiers narrow, the rest of a name goes into structs.

use super::Column;
use crate::failures;
use brickyard_error::Result;

/// The columns a name may stand for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub columns: &'a [Column],
    pub hidden: &'a [Column],
    /// What the columns of a generator or aggregate below add.
    pub outer: Option<&'a Scope<'a>>,
}

/// A column, and the parts of the name that are left for its fields.
pub(crate) struct Found<'a> {
    pub column: &'a Column,
    pub fields: Vec<String>,
}

impl<'a> Scope<'a> {
    pub fn of(columns: &'a [Column]) -> Self {
        Self { columns, hidden: &[], outer: None }
    }

    /// None when no column has the name.
    pub fn find(&self, parts: &[String]) -> Result<Option<Found<'a>>> {
        // The longest qualifier first: `a.b` is column b of a rather than field b of column a.
        for qualifiers in (0..parts.len()).rev() {
            let matching: Vec<&Column> =
                self.columns.iter().filter(|column| matches(column, parts, qualifiers)).collect();
            let matching = if matching.is_empty() && qualifiers > 0 {
                self.hidden.iter().filter(|column| matches(column, parts, qualifiers)).collect()
            } else {
                matching
            };
            match matching.as_slice() {
                [] => continue,
                [column] => return Ok(Some(Found { column, fields: parts[qualifiers + 1..].to_vec() })),
                several => {
                    // The same column twice is no question.
                    if several.iter().all(|column| column.id == several[0].id) {
                        return Ok(Some(Found { column: several[0], fields: parts[qualifiers + 1..].to_vec() }));
                    }
                    let mut references: Vec<String> = several.iter().map(|column| reference(column)).collect();
                    references.sort();
                    return Err(failures::ambiguous(&parts[..=qualifiers], &references));
                }
            }
        }
        match self.outer {
            Some(outer) => outer.find(parts),
            None => Ok(None),
        }
    }

    /// The column of this name that the client's relation `plan_id` has put out, from the nearest node.
    ///
    /// # Errors
    /// The relation has no such column, is no part of this one, or is there twice at the same distance.
    pub fn find_of_plan(&self, parts: &[String], plan_id: i64) -> Result<Found<'a>> {
        let name = &parts[0];
        let distance = |column: &Column| column.origins.iter().find(|(id, _)| *id == plan_id).map(|(_, far)| *far);
        let all = || self.columns.iter().chain(self.hidden);
        let candidates: Vec<(&Column, u32)> = all()
            .filter(|column| column.name.eq_ignore_ascii_case(name))
            .filter_map(|column| distance(column).map(|far| (column, far)))
            .collect();
        let Some(nearest) = candidates.iter().map(|(_, far)| *far).min() else {
            let is_part = all().any(|column| distance(column).is_some());
            return Err(match is_part {
                true => failures::unresolved_column(&parts[..1], &self.names()),
                false => failures::foreign_frame_column(name),
            });
        };
        let first = candidates.iter().find(|(_, far)| *far == nearest).map(|(column, _)| *column);
        let is_clear = candidates.iter().all(|(column, _)| Some(column.id.as_str()) == first.map(|c| c.id.as_str()));
        match first {
            Some(column) if is_clear => Ok(Found { column, fields: parts[1..].to_vec() }),
            _ => Err(failures::ambiguous_frame_column(name)),
        }
    }

    /// The names there are, with their last qualifier, for proposals.
    pub fn names(&self) -> Vec<Vec<String>> {
        let name = |column: &Column| {
            let mut parts: Vec<String> = column.qualifier.iter().next_back().cloned().into_iter().collect();
            parts.push(column.name.clone());
            parts
        };
        self.columns.iter().map(name).collect()
    }
}

/// Whether the first `qualifiers` parts end the column's qualifier and the next is its name.
fn matches(column: &Column, parts: &[String], qualifiers: usize) -> bool {
    if !column.name.eq_ignore_ascii_case(&parts[qualifiers]) || column.qualifier.len() < qualifiers {
        return false;
    }
    let tail = &column.qualifier[column.qualifier.len() - qualifiers..];
    tail.iter().zip(parts).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn reference(column: &Column) -> String {
    let mut parts: Vec<String> = column.qualifier.iter().map(|part| failures::quoted(part)).collect();
    parts.push(failures::quoted(&column.name));
    parts.join(".")
}

/// The parts of a name as a client writes it: points separate, backticks protect.
pub(crate) fn split_name(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_backticks = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' if in_backticks && characters.peek() == Some(&'`') => {
                characters.next();
                if let Some(part) = parts.last_mut() {
                    part.push('`');
                }
            }
            '`' => in_backticks = !in_backticks,
            '.' if !in_backticks => parts.push(String::new()),
            other => {
                if let Some(part) = parts.last_mut() {
                    part.push(other);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_outside_backticks() {
        for (text, wanted) in
            [("a", vec!["a"]), ("t.a", vec!["t", "a"]), ("`a.b`.c", vec!["a.b", "c"]), ("`x``y`", vec!["x`y"])]
        {
            assert_eq!(split_name(text), wanted, "{text}");
        }
    }
}
