//! `StopWordsRemover`: lists of words without those that say little. The lists of languages are those that Spark ships,
//! which come from the Snowball project by way of PostgreSQL and the NLTK.

use super::columns::pairs;
use super::stage::{Stage, register_stage};
use super::word_lists::WordLists;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::schema;
use crate::{Input, Output, Params, RawInput, RawKind, Registry};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, FieldRef, Schema};
use brickyard_error::{Failure, Result, codes};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

const ENGLISH: &str = include_str!("stop_words/english.txt");
const LANGUAGES: [(&str, &str); 14] = [
    ("danish", include_str!("stop_words/danish.txt")),
    ("dutch", include_str!("stop_words/dutch.txt")),
    ("english", ENGLISH),
    ("finnish", include_str!("stop_words/finnish.txt")),
    ("french", include_str!("stop_words/french.txt")),
    ("german", include_str!("stop_words/german.txt")),
    ("hungarian", include_str!("stop_words/hungarian.txt")),
    ("italian", include_str!("stop_words/italian.txt")),
    ("norwegian", include_str!("stop_words/norwegian.txt")),
    ("portuguese", include_str!("stop_words/portuguese.txt")),
    ("russian", include_str!("stop_words/russian.txt")),
    ("spanish", include_str!("stop_words/spanish.txt")),
    ("swedish", include_str!("stop_words/swedish.txt")),
    ("turkish", include_str!("stop_words/turkish.txt")),
];

/// The stop words of a language: Spark's `loadDefaultStopWords`.
///
/// # Errors
/// There is no list for the language; the message names those there are.
pub fn default_stop_words(language: &str) -> Result<Vec<String>> {
    let found = LANGUAGES.iter().find(|(name, _)| *name == language);
    let (_, lines) = found.ok_or_else(|| {
        let names: Vec<&str> = LANGUAGES.iter().map(|(name, _)| *name).collect();
        let text =
            format!("requirement failed: {language} is not in the supported language list: {}.", names.join(", "));
        Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
    })?;
    Ok(lines.lines().map(ToOwned::to_owned).collect())
}

pub fn register(registry: &mut Registry) {
    register_stage::<StopWordsRemover>(registry);
}

#[derive(Debug, std::default::Default)]
struct StopWordsRemover;

impl Stage for StopWordsRemover {
    const CLASS: &'static str = "org.apache.spark.ml.feature.StopWordsRemover";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("caseSensitive", Kind::Bool, Default::Bool(false), "whether case tells words apart"),
        shared::INPUT_COL,
        shared::INPUT_COLS,
        ParamSpec::new("locale", Kind::Text, Default::Text("en"), "whose rules turn words into lower case"),
        shared::OUTPUT_COL,
        shared::OUTPUT_COLS,
        ParamSpec::new("stopWords", Kind::Texts, Default::Lines(ENGLISH), "the words to be left out"),
    ];

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        pairs(params)?.iter().map(|(input, _)| WordLists::input(input, schema)).collect()
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(pairs(params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Words)).collect())
    }

    fn outputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Field>> {
        let field = |(input, output): (String, String)| {
            let given = schema::field(schema, &input)?;
            Ok(Field::new(output, DataType::List(element_of(given)), given.is_nullable()))
        };
        pairs(params)?.into_iter().map(field).collect()
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let case = if params.bool("caseSensitive")? { Case::Kept } else { Case::lower(&params.text("locale")?) };
        let stop: HashSet<String> = params.texts("stopWords")?.iter().map(|word| case.of(word).into_owned()).collect();
        let without = |(input, _): (String, String)| -> Result<ArrayRef> {
            let element = element_of(schema::field(batch.schema_ref(), &input)?);
            let lists = WordLists::read(&input, batch)?;
            let mut kept = ListBuilder::new(StringBuilder::new()).with_field(element);
            for row in 0..lists.rows() {
                let stays = |word: &Option<&str>| word.is_none_or(|word| !stop.contains(case.of(word).as_ref()));
                lists.row(row)?.filter(stays).for_each(|word| kept.values().append_option(word));
                kept.append(true);
            }
            Ok(Arc::new(kept.finish()))
        };
        Ok(Output::all(pairs(params)?.into_iter().map(without).collect::<Result<_>>()?))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(StopWordsRemover)
    }
}

/// Words may be null where the input's may be.
fn element_of(lists: &Field) -> FieldRef {
    let nullable = match lists.data_type() {
        DataType::List(element) => element.is_nullable(),
        _ => true,
    };
    Arc::new(Field::new_list_field(DataType::Utf8, nullable))
}

/// How words are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Case {
    Kept,
    Lower,
    /// I without a dot is a letter of its own in Turkish and Azeri.
    LowerTurkish,
}

impl Case {
    fn lower(locale: &str) -> Self {
        match locale.split(['_', '-']).next() {
            Some("tr" | "az") => Case::LowerTurkish,
            _ => Case::Lower,
        }
    }

    fn of(self, word: &str) -> Cow<'_, str> {
        match self {
            Case::Kept => Cow::Borrowed(word),
            _ if word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) => Cow::Borrowed(word),
            Case::Lower => Cow::Owned(word.to_lowercase()),
            Case::LowerTurkish => Cow::Owned(word.replace('\u{130}', "i").replace('I', "\u{131}").to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_words() {
        for (language, first, count) in [("english", "i", 181), ("german", "aber", 231), ("turkish", "acaba", 53)] {
            let words = default_stop_words(language).unwrap();
            assert_eq!((words[0].as_str(), words.len()), (first, count), "{language}");
        }
        assert!(LANGUAGES.iter().all(|(language, _)| default_stop_words(language).unwrap().len() > 40));
        assert!(default_stop_words("klingon").unwrap_err().message().contains("danish, dutch"));
    }

    #[test]
    fn lower_case_follows_the_locale() {
        for (locale, word, lower) in
            [("en_US", "IST", "ist"), ("tr", "I\u{130}", "\u{131}i"), ("de", "\u{c4}", "\u{e4}")]
        {
            assert_eq!(Case::lower(locale).of(word), lower);
        }
    }
}
