//! `CountVectorizer`: lists of words to vectors of counts, a slot for each of the most frequent words.

use super::one_pass::{Learn, OnePass, register_learner};
use super::stage::{Stage, Staged, register_model};
use super::term_counts::{CountTerms, TermCounts};
use super::text::java_order;
use super::word_lists::WordLists;
use crate::linalg::{VectorBuilder, vector_type};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, Saved, table, text_lists};
use crate::schema::{self, Attr, Slots};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::HashMap;

const SPECS: &[ParamSpec] = &[
    ParamSpec::new("binary", Kind::Bool, Default::Bool(false), "whether every count is 1"),
    shared::INPUT_COL,
    ParamSpec::new("maxDF", Kind::Double, Default::Double(9_223_372_036_854_775_808.0), "most rows a word may be in")
        .checked(check::at_least_zero),
    ParamSpec::new("minDF", Kind::Double, Default::Double(1.0), "rows a word must be in; a share if below 1")
        .checked(check::at_least_zero),
    ParamSpec::new("minTF", Kind::Double, Default::Double(1.0), "least count in a row; a share if below 1")
        .checked(check::at_least_zero),
    shared::OUTPUT_COL,
    ParamSpec::new("vocabSize", Kind::Int, Default::Int(1 << 18), "most words of the vocabulary (> 0)")
        .checked(check::positive),
];

pub fn register(registry: &mut Registry) {
    register_learner::<CountVectorizer>(registry);
    register_model::<CountVectorizerModel>(registry);
    registry.pass::<CountTerms>();
}

struct CountVectorizer;

impl Learn for CountVectorizer {
    const CLASS: &'static str = "org.apache.spark.ml.feature.CountVectorizer";
    const SPECS: &'static [ParamSpec] = SPECS;
    type Pass = CountTerms;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![WordLists::input(&params.text("inputCol")?, schema)?])
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<CountTerms>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let (least, most) = (params.double("minDF")?, params.double("maxDF")?);
        if (least >= 1.0) == (most >= 1.0) && most < least {
            return Err(upside_down());
        }
        let params = params.clone();
        Ok(OnePass::new(CountTerms { column: params.text("inputCol")? }, move |counts| {
            let words = vocabulary(counts, (least, most), params.int("vocabSize")? as usize)?;
            let model: Box<dyn Transformer> = Box::new(Staged::new(params, CountVectorizerModel::new(words)));
            Ok(model)
        }))
    }
}

fn upside_down() -> Failure {
    Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, "requirement failed: maxDF must be >= minDF.")
}

/// The most frequent words first; of equals the alphabetically first, which Spark leaves open.
fn vocabulary(counts: TermCounts, (least, most): (f64, f64), size: usize) -> Result<Vec<String>> {
    let rows = |bound: f64| if bound >= 1.0 { bound } else { bound * counts.documents as f64 };
    let (least, most) = (rows(least), rows(most));
    if most < least {
        return Err(upside_down());
    }
    let fits = |documents: u64| documents as f64 >= least && documents as f64 <= most;
    let kept = counts.of.into_iter().filter(|(_, count)| fits(count.documents));
    let mut kept: Vec<(String, u64)> = kept.map(|(word, count)| (word, count.occurrences)).collect();
    kept.sort_by(|(a, count_a), (b, count_b)| count_b.cmp(count_a).then_with(|| java_order(a, b)));
    kept.truncate(size);
    Ok(kept.into_iter().map(|(word, _)| word).collect())
}

/// Counts the words of a vocabulary.
#[derive(Debug)]
pub struct CountVectorizerModel {
    words: Vec<String>,
    slots: HashMap<String, u32>,
}

impl CountVectorizerModel {
    fn new(words: Vec<String>) -> Self {
        let slots = words.iter().enumerate().map(|(slot, word)| (word.clone(), slot as u32)).collect();
        Self { words, slots }
    }

    /// A model of words that the user gives: `CountVectorizerModel.from_vocabulary`.
    pub fn from_vocabulary(uid: &str, words: Vec<String>) -> Result<Box<dyn Transformer>> {
        let mut params = Params::new(uid, SPECS);
        params.set("vocabSize", Value::Int(words.len() as i64))?;
        Ok(Box::new(Staged::new(params, Self::new(words))))
    }
}

impl Stage for CountVectorizerModel {
    const CLASS: &'static str = "org.apache.spark.ml.feature.CountVectorizerModel";
    const SPECS: &'static [ParamSpec] = SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![WordLists::input(&params.text("inputCol")?, schema)?])
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Words)])
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        let slots = Slots::Known(vec![Attr::Numeric { name: None }; self.words.len()]);
        let field = Field::new(params.text("outputCol")?, vector_type(), true);
        Ok(vec![schema::with_metadata(field, &schema::slots_metadata(&slots))])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let (least, binary) = (params.double("minTF")?, params.bool("binary")?);
        let lists = WordLists::read(&params.text("inputCol")?, batch)?;
        let mut vectors = VectorBuilder::with_capacity(lists.rows(), 0);
        let mut counts: Vec<(u32, f64)> = Vec::new();
        let mut met: Vec<u32> = Vec::new();
        for row in 0..lists.rows() {
            let words = lists.row(row)?;
            let least = if least >= 1.0 { least } else { least * words.len() as f64 };
            met.clear();
            met.extend(words.filter_map(|word| self.slots.get(word.unwrap_or("null")).copied()));
            met.sort_unstable();
            counts.clear();
            counts.extend(met.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)));
            let enough = counts.iter().filter(|(_, count)| *count >= least);
            let entries = enough.map(|(slot, count)| (*slot as i32, if binary { 1.0 } else { *count }));
            vectors.push_sparse(self.words.len(), entries);
        }
        Ok(Output::all(vec![vectors.finish()]))
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "vocabulary" => Ok(self.words.clone().into()),
            "toString" => Ok(Attribute::text(format!(
                "CountVectorizerModel: uid={}, vocabularySize={}",
                params.uid(),
                self.words.len()
            ))),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        Ok(Self::new(saved.rows("data")?.text_list("vocabulary")?))
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let rows = table([Column::optional("vocabulary", text_lists([&self.words]))])?;
        Ok(saved.with_table("data", rows))
    }
}
