//! Regular expressions, in Java's spelling as far as Rust's engine has it.

use crate::failures::invalid_regular_expression;
use crate::udf::{Definition, Input};
use arrow::array::types::Int32Type;
use arrow::array::*;
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use regex::Regex;
use std::collections::HashMap;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_rlike", |_| Ok(DataType::Boolean), rlike),
    Definition::new("spark_regexp_replace", |_| Ok(DataType::Utf8), replace),
    Definition::new("spark_regexp_extract", |_| Ok(DataType::Utf8), extract),
    Definition::new("spark_regexp_extract_all", |_| Ok(strings()), extract_all),
    Definition::new("spark_regexp_count", |_| Ok(DataType::Int32), count),
    Definition::new("spark_regexp_instr", |_| Ok(DataType::Int32), instr),
    Definition::new("spark_split", |_| Ok(strings()), split),
];

fn strings() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
}

/// Patterns compiled once each.
struct Patterns {
    function: &'static str,
    compiled: HashMap<String, Regex>,
}

impl Patterns {
    fn new(function: &'static str) -> Self {
        Self { function, compiled: HashMap::new() }
    }

    fn get(&mut self, pattern: &str) -> Result<&Regex> {
        if !self.compiled.contains_key(pattern) {
            let regex = Regex::new(pattern)
                .map_err(|error| invalid_regular_expression(self.function, pattern, &error.to_string()))?;
            self.compiled.insert(pattern.to_owned(), regex);
        }
        Ok(&self.compiled[pattern])
    }
}

fn rlike(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns) = (input.strings(0)?, input.strings(1)?);
    let mut compiled = Patterns::new("rlike");
    let mut out = BooleanBuilder::with_capacity(input.rows);
    for (text, pattern) in texts.iter().zip(&patterns) {
        match (text, pattern) {
            (Some(text), Some(pattern)) => out.append_value(compiled.get(pattern)?.is_match(text)),
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn replace(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns, replacements) = (input.strings(0)?, input.strings(1)?, input.strings(2)?);
    let mut compiled = Patterns::new("regexp_replace");
    let mut out = StringBuilder::new();
    for row in 0..input.rows {
        if texts.is_null(row) || patterns.is_null(row) || replacements.is_null(row) {
            out.append_null();
            continue;
        }
        let replacement = java_replacement(replacements.value(row));
        out.append_value(compiled.get(patterns.value(row))?.replace_all(texts.value(row), replacement.as_str()));
    }
    Ok(Arc::new(out.finish()))
}

/// Java's `$1` and `\$` in Rust's spelling.
fn java_replacement(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => {}
            },
            '$' => {
                let mut group = String::new();
                while let Some(digit) = characters.peek().filter(|c| c.is_ascii_digit()) {
                    group.push(*digit);
                    characters.next();
                }
                out.push_str(&format!("${{{group}}}"));
            }
            other => out.push(other),
        }
    }
    out
}

fn extract(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns, groups) = (input.strings(0)?, input.strings(1)?, input.array(2)?);
    let groups = groups.as_primitive::<Int32Type>();
    let mut compiled = Patterns::new("regexp_extract");
    let mut out = StringBuilder::new();
    for row in 0..input.rows {
        if texts.is_null(row) || patterns.is_null(row) || groups.is_null(row) {
            out.append_null();
            continue;
        }
        let captures = compiled.get(patterns.value(row))?.captures(texts.value(row));
        let group = usize::try_from(groups.value(row)).unwrap_or(0);
        // No match gives the empty string.
        out.append_value(captures.and_then(|found| found.get(group).map(|m| m.as_str())).unwrap_or(""));
    }
    Ok(Arc::new(out.finish()))
}

fn extract_all(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns, groups) = (input.strings(0)?, input.strings(1)?, input.array(2)?);
    let groups = groups.as_primitive::<Int32Type>();
    let mut compiled = Patterns::new("regexp_extract_all");
    let mut out = ListBuilder::new(StringBuilder::new());
    for row in 0..input.rows {
        if texts.is_null(row) || patterns.is_null(row) || groups.is_null(row) {
            out.append_null();
            continue;
        }
        let group = usize::try_from(groups.value(row)).unwrap_or(0);
        for found in compiled.get(patterns.value(row))?.captures_iter(texts.value(row)) {
            out.values().append_value(found.get(group).map_or("", |m| m.as_str()));
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

fn count(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns) = (input.strings(0)?, input.strings(1)?);
    let mut compiled = Patterns::new("regexp_count");
    let mut out = Int32Builder::new();
    for (text, pattern) in texts.iter().zip(&patterns) {
        match (text, pattern) {
            (Some(text), Some(pattern)) => out.append_value(compiled.get(pattern)?.find_iter(text).count() as i32),
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// The place of the first match, from 1 in UTF-16 units as Java counts; 0 without one.
fn instr(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns) = (input.strings(0)?, input.strings(1)?);
    let mut compiled = Patterns::new("regexp_instr");
    Ok(Arc::new(input.rows_of::<_, Int32Array>(3, |row| {
        let text = texts.value(row);
        let found = compiled.get(patterns.value(row))?.find(text);
        Ok(Some(found.map_or(0, |found| text[..found.start()].encode_utf16().count() as i32 + 1)))
    })?))
}

/// A limit above 0 bounds the parts; 0 and below keep all, empty ones at the end too.
fn split(input: &Input) -> Result<ArrayRef> {
    let (texts, patterns, limits) = (input.strings(0)?, input.strings(1)?, input.array(2)?);
    let limits = limits.as_primitive::<Int32Type>();
    let mut compiled = Patterns::new("split");
    let mut out = ListBuilder::new(StringBuilder::new());
    for row in 0..input.rows {
        if texts.is_null(row) || patterns.is_null(row) || limits.is_null(row) {
            out.append_null();
            continue;
        }
        let limit = usize::try_from(limits.value(row)).unwrap_or(0);
        let (text, regex) = (texts.value(row), compiled.get(patterns.value(row))?);
        for part in parts(text, regex, limit) {
            out.values().append_value(part);
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

/// As Java's `String.split`: an empty match at the start gives no empty part.
fn parts<'a>(text: &'a str, regex: &Regex, limit: usize) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for found in regex.find_iter(text) {
        if limit > 0 && parts.len() + 1 == limit {
            break;
        }
        if found.end() == 0 || (found.is_empty() && found.start() >= text.len()) {
            continue;
        }
        parts.push(&text[from..found.start()]);
        from = found.end();
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_as_in_java() {
        for (text, pattern, limit, wanted) in [
            ("a,b,,c", ",", 0, vec!["a", "b", "", "c"]),
            ("abc", "", 0, vec!["a", "b", "c"]),
            ("a1b2c", "[0-9]", 2, vec!["a", "b2c"]),
            ("", ",", 0, vec![""]),
        ] {
            assert_eq!(parts(text, &Regex::new(pattern).unwrap(), limit), wanted, "{text:?} by {pattern:?}");
        }
        assert_eq!(java_replacement("$1-\\$"), "${1}-$$");
    }
}
