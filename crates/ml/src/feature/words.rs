//! `Tokenizer` and `HashingTF`: text to words, words to a vector of term counts.

use super::hashing::slot;
use super::word_lists::{WordLists, wrong_type};
use crate::linalg::{VectorBuilder, vector_type};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::schema::{self, Slots};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::Result;
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
        Ok(vec![WordLists::input(&self.params.text("inputCol")?, schema)?])
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
        let lists = WordLists::read(&column, batch)?;
        let mut vectors = VectorBuilder::with_capacity(lists.rows(), 0);
        for row in 0..lists.rows() {
            let mut counts: BTreeMap<i32, f64> = BTreeMap::new();
            for word in lists.row(row)? {
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
}
