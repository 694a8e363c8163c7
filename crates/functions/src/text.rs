//! Strings replaced, masked, quoted, chosen and split into sentences.

use crate::failures::array_index;
use crate::string::cut;
use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::types::Int32Type;
use arrow::array::*;
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_overlay", |types| types.get(0).cloned(), overlay),
    Definition::new("spark_elt", |types| types.get(1).cloned(), elt),
    Definition::new("spark_mask", |_| Ok(DataType::Utf8), mask),
    Definition::new("spark_quote", |_| Ok(DataType::Utf8), quote),
    Definition::new("spark_sentences", sentences_type, sentences),
];

/// `(text, replacement, position, length)`: a negative length is the replacement's.
fn overlay(input: &Input) -> Result<ArrayRef> {
    let (starts, lengths) = (input.primitive::<Int32Type>(2)?, input.primitive::<Int32Type>(3)?);
    if input.returns == DataType::Binary {
        let (texts, parts) = (input.bytes(0)?, input.bytes(1)?);
        return Ok(Arc::new(input.rows_of::<_, BinaryArray>(4, |row| {
            Ok(Some(overlaid(texts.value(row), parts.value(row), starts.value(row), lengths.value(row))))
        })?));
    }
    let (texts, parts) = (input.strings(0)?, input.strings(1)?);
    Ok(Arc::new(input.rows_of::<_, StringArray>(4, |row| {
        let characters = |text: &str| text.chars().collect::<Vec<char>>();
        let (text, part) = (characters(texts.value(row)), characters(parts.value(row)));
        Ok(Some(overlaid(&text, &part, starts.value(row), lengths.value(row)).into_iter().collect::<String>()))
    })?))
}

fn overlaid<T: Copy>(text: &[T], part: &[T], start: i32, length: i32) -> Vec<T> {
    let length = if length >= 0 { length } else { part.len() as i32 };
    let before = &text[cut(text.len(), 1, start.saturating_sub(1))];
    let after = &text[cut(text.len(), start.saturating_add(length), i32::MAX)];
    [before, part, after].concat()
}

/// `(n, first, second, …)`: the nth.
fn elt(input: &Input) -> Result<ArrayRef> {
    let places = input.primitive::<Int32Type>(0)?;
    let choices = (1..input.len()).map(|index| input.array(index)).collect::<Result<Vec<_>>>()?;
    let is_ansi = input.text(input.len() - 1)? == "ansi";
    let count = choices.len() - 1;
    let nothing = new_null_array(&input.returns, 1);
    let mut columns: Vec<&dyn Array> = choices[..count].iter().map(AsRef::as_ref).collect();
    columns.push(&nothing);
    let mut chosen = Vec::with_capacity(input.rows);
    for row in 0..input.rows {
        let place = places.is_valid(row).then(|| places.value(row));
        match place.map(|place| (place, usize::try_from(place).ok().and_then(|place| place.checked_sub(1)))) {
            Some((_, Some(index))) if index < count => chosen.push((index, row)),
            Some((place, _)) if is_ansi => return Err(array_index(place.into(), count, false)),
            _ => chosen.push((count, 0)),
        }
    }
    interleave(&columns, &chosen).map_err(kernel)
}

/// `(text, upper, lower, digit, other)`: what stands for letters, digits and the rest; null keeps them.
fn mask(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let signs = (1..5).map(|index| input.strings(index)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(input.rows_of::<_, StringArray>(1, |row| {
        let sign = |kind: usize| signs[kind].is_valid(row).then(|| signs[kind].value(row).chars().next()).flatten();
        let masked = |character: char| {
            let kind = match character {
                c if c.is_uppercase() => 0,
                c if c.is_lowercase() => 1,
                c if c.is_ascii_digit() => 2,
                _ => 3,
            };
            sign(kind).unwrap_or(character)
        };
        Ok(Some(texts.value(row).chars().map(masked).collect::<String>()))
    })?))
}

fn quote(input: &Input) -> Result<ArrayRef> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "\\'"));
    Ok(Arc::new(input.strings(0)?.iter().map(|text| text.map(quoted)).collect::<StringArray>()))
}

fn sentences_type(_: &Types) -> Result<DataType> {
    let words = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
    Ok(DataType::List(Arc::new(Field::new_list_field(words, true))))
}

/// The words of each sentence: what begins with a letter or a digit between two boundaries of Unicode's annex 29.
fn sentences(input: &Input) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
    for text in &input.strings(0)? {
        let Some(text) = text else {
            out.append_null();
            continue;
        };
        for sentence in text.split_sentence_bounds() {
            let words = sentence.split_word_bounds();
            words.filter(|word| word.starts_with(char::is_alphanumeric)).for_each(|word| {
                out.values().values().append_value(word);
            });
            out.values().append(true);
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_overlaid() {
        for (text, part, start, length, wanted) in [
            ("Spark SQL", "_", 6, -1, "Spark_SQL"),
            ("Spark SQL", "CORE", 7, -1, "Spark CORE"),
            ("Spark SQL", "ANSI ", 7, 0, "Spark ANSI SQL"),
            ("Spark SQL", "tructured", 2, 4, "Structured SQL"),
            ("abc", "x", 10, -1, "abcx"),
        ] {
            assert_eq!(overlaid(text.as_bytes(), part.as_bytes(), start, length), wanted.as_bytes(), "{text} {start}");
        }
    }
}
