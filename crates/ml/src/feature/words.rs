//! `Tokenizer` and `HashingTF`: text to words, words to a vector of term counts.

use crate::linalg::{VectorBuilder, vector_type};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::schema::{self, Slots, spark_name};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::BTreeMap;
use std::sync::Arc;

const TOKENIZER: &str = "org.apache.spark.ml.feature.Tokenizer";
const TOKENIZER_SPECS: &[ParamSpec] = &[shared::INPUT_COL, shared::OUTPUT_COL];
const HASHING: &str = "org.apache.spark.ml.feature.HashingTF";
const HASHING_SPECS: &[ParamSpec] = &[
    ParamSpec::new("binary", Kind::Bool, Default::Bool(false), "whether every count is 1"),
    shared::INPUT_COL,
    ParamSpec::new("numFeatures", Kind::Int, Default::Int(1 << 18), "size of the vectors (> 0)")
        .checked(check::positive),
    shared::OUTPUT_COL,
];

pub fn register(registry: &mut Registry) {
    registry
        .operator(
            TOKENIZER,
            |uid| Operator::transformer(Tokenizer { params: Params::new(uid, TOKENIZER_SPECS) }),
            |_, saved| Ok(Operator::transformer(Tokenizer { params: saved.params(TOKENIZER_SPECS)? })),
        )
        .operator(
            HASHING,
            |uid| Operator::transformer(HashingTermFrequency { params: Params::new(uid, HASHING_SPECS) }),
            |_, saved| Ok(Operator::transformer(HashingTermFrequency { params: saved.params(HASHING_SPECS)? })),
        );
}

fn wrong_type(column: &str, wanted: &str, found: &DataType) -> Failure {
    let text = format!(
        "requirement failed: Column {column} must be of type {wanted} but was actually of type {}.",
        spark_name(found)
    );
    Failure::new(&codes::ml::COLUMN_TYPE, text)
}

/// Lower-cases text and splits it at white space.
#[derive(Debug, Clone)]
struct Tokenizer {
    params: Params,
}

impl Transformer for Tokenizer {
    fn class(&self) -> &'static str {
        TOKENIZER
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let column = self.params.text("inputCol")?;
        match schema::field(schema, &column)?.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(vec![Input::any(&column)]),
            other => Err(wrong_type(&column, "string", other)),
        }
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(self.params.text("inputCol")?, RawKind::Text)])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let output = self.params.text("outputCol")?;
        schema::no_such_columns(schema, [output.as_str()])?;
        Ok(vec![Field::new(output, RawKind::Words.data_type(), true)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let column = self.params.text("inputCol")?;
        let texts = super::text::as_text(&column, &Input::any(&column).read(batch)?)?;
        let mut words = ListBuilder::new(StringBuilder::new());
        for row in 0..texts.len() {
            if texts.is_null(row) {
                return Err(invalid_row(format!("Tokenizer met a null in column {column}")));
            }
            let lower = texts.value(row).to_lowercase();
            split(&lower).into_iter().for_each(|word| words.values().append_value(word));
            words.append(true);
        }
        Ok(Output::all(vec![Arc::new(words.finish())]))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(TOKENIZER, &self.params))
    }
}

/// Java's `split("\\s")`: empty words at the end are dropped, unless there is no other.
fn split(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']).collect();
    if text.is_empty() {
        return words;
    }
    while words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
    words
}

/// Counts words by the hash of their text.
#[derive(Debug, Clone)]
struct HashingTermFrequency {
    params: Params,
}

impl HashingTermFrequency {
    fn size(&self) -> Result<i32> {
        Ok(self.params.int("numFeatures")? as i32)
    }
}

impl Transformer for HashingTermFrequency {
    fn class(&self) -> &'static str {
        HASHING
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let column = self.params.text("inputCol")?;
        match schema::field(schema, &column)?.data_type() {
            DataType::List(element) if matches!(element.data_type(), DataType::Utf8 | DataType::Utf8View) => {
                Ok(vec![Input::any(&column)])
            }
            other => Err(wrong_type(&column, "array<string>", other)),
        }
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(self.params.text("inputCol")?, RawKind::Words)])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let output = self.params.text("outputCol")?;
        schema::no_such_columns(schema, [output.as_str()])?;
        let metadata = schema::slots_metadata(&Slots::Size(self.size()? as usize));
        Ok(vec![schema::with_metadata(Field::new(output, vector_type(), true), &metadata)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let column = self.params.text("inputCol")?;
        let (size, binary) = (self.size()?, self.params.bool("binary")?);
        let lists = Input::any(&column).read(batch)?;
        let lists =
            lists.as_list_opt::<i32>().ok_or_else(|| wrong_type(&column, "array<string>", lists.data_type()))?;
        let mut vectors = VectorBuilder::with_capacity(lists.len(), 0);
        for row in 0..lists.len() {
            if lists.is_null(row) {
                return Err(invalid_row(format!("HashingTF met a null in column {column}")));
            }
            let words = super::text::as_text(&column, &lists.value(row))?;
            let mut counts: BTreeMap<i32, f64> = BTreeMap::new();
            for word in words.iter() {
                let count = counts.entry(slot(word.unwrap_or_default(), size)).or_default();
                *count = if binary { 1.0 } else { *count + 1.0 };
            }
            vectors.push_sparse(size as usize, counts);
        }
        Ok(Output::all(vec![vectors.finish()]))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match (name, arguments) {
            ("indexOf", [Value::Text(word)]) => Ok(i64::from(slot(word, self.size()?)).into()),
            _ => Err(no_attribute(HASHING, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(HASHING, &self.params))
    }
}

fn slot(word: &str, size: i32) -> i32 {
    (murmur3(word.as_bytes(), 42) as i32).rem_euclid(size)
}

/// MurmurHash3 for 32 bits, by Austin Appleby.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    fn mixed(block: u32) -> u32 {
        block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
    }
    let mut hash = seed;
    let mut blocks = bytes.chunks_exact(4);
    for block in &mut blocks {
        let block = block.iter().rev().fold(0u32, |block, byte| block << 8 | u32::from(*byte));
        hash = (hash ^ mixed(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = blocks.remainder().iter().rev().fold(0u32, |tail, byte| tail << 8 | u32::from(*byte));
    hash ^= mixed(tail);
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_as_in_java() {
        let rows: [(&str, &[&str]); 4] =
            [("a b", &["a", "b"]), (" a  b \t", &["", "a", "", "b"]), ("", &[""]), ("  ", &[])];
        for (text, words) in rows {
            assert_eq!(split(text), words, "{text:?}");
        }
    }

    #[test]
    fn the_hash_is_murmurs() {
        // Test vectors of the reference implementation.
        for (text, seed, hash) in [("", 1, 0x514e_28b7), ("aaaa", 0x9747_b28c, 0x5a97_808a), ("abc", 0, 0xb3dd_93fa)] {
            assert_eq!(murmur3(text.as_bytes(), seed), hash, "{text}");
        }
    }
}
