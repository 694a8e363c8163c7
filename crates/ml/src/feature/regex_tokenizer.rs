//! `RegexTokenizer`: text to the words between, or within, the matches of a pattern.

use super::java_pattern::JavaPattern;
use super::stage::{Stage, register_stage};
use super::text::as_text;
use super::word_lists::wrong_type;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::schema;
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Registry, Value};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

pub fn register(registry: &mut Registry) {
    register_stage::<RegexTokenizer>(registry);
}

#[derive(Debug, std::default::Default)]
struct RegexTokenizer;

impl Stage for RegexTokenizer {
    const CLASS: &'static str = "org.apache.spark.ml.feature.RegexTokenizer";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("gaps", Kind::Bool, Default::Bool(true), "whether the pattern matches gaps, not words"),
        shared::INPUT_COL,
        ParamSpec::new("minTokenLength", Kind::Int, Default::Int(1), "least length of a word (>= 0)")
            .checked(check::at_least_zero),
        shared::OUTPUT_COL,
        ParamSpec::new("pattern", Kind::Text, Default::Text("\\s+"), "a regular expression of Java"),
        ParamSpec::new("toLowercase", Kind::Bool, Default::Bool(true), "whether text is first turned to lower case"),
    ];

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let column = params.text("inputCol")?;
        match schema::field(schema, &column)?.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(vec![Input::any(&column)]),
            other => Err(wrong_type(&column, "string", other)),
        }
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Text)])
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        Ok(vec![Field::new(params.text("outputCol")?, RawKind::Words.data_type(), true)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let column = params.text("inputCol")?;
        // An empty pattern is a pattern: it matches between all letters.
        let pattern = match params.get("pattern") {
            Some(Value::Text(pattern)) => JavaPattern::new(&pattern)?,
            _ => JavaPattern::new(&params.text("pattern")?)?,
        };
        let (gaps, lower) = (params.bool("gaps")?, params.bool("toLowercase")?);
        let least = params.int("minTokenLength")? as usize;
        let texts = as_text(&column, &Input::any(&column).read(batch)?)?;
        let mut words = ListBuilder::new(StringBuilder::new());
        for row in 0..texts.len() {
            if texts.is_null(row) {
                return Err(invalid_row(format!("RegexTokenizer met a null in column {column}")));
            }
            let lowered = lower.then(|| texts.value(row).to_lowercase());
            let text = lowered.as_deref().unwrap_or_else(|| texts.value(row));
            let found = if gaps { pattern.split(text) } else { pattern.matches(text) };
            let long_enough = found.into_iter().filter(|word| word.encode_utf16().count() >= least);
            long_enough.for_each(|word| words.values().append_value(word));
            words.append(true);
        }
        Ok(Output::all(vec![Arc::new(words.finish())]))
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => Ok(Attribute::text(format!(
                "RegexTokenizer: uid={}, minTokenLength={}, gaps={}, pattern={}, toLowercase={}",
                params.uid(),
                params.int("minTokenLength")?,
                params.bool("gaps")?,
                params.text("pattern")?,
                params.bool("toLowercase")?
            ))),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(RegexTokenizer)
    }
}
