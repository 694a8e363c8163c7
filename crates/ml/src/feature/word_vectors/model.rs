//! Vectors of words: the mean of a sentence's, and the words whose vectors point the same way.

use super::estimator::SPECS;
use crate::feature::stage::Stage;
use crate::feature::word_lists::WordLists;
use crate::linalg::{VectorBuilder, dense_column, vector_type};
use crate::param::ParamSpec;
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Slots};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Value};
use arrow_array::builder::{Float32Builder, ListBuilder};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::HashMap;
use std::sync::Arc;

/// The vectors that were learned.
#[derive(Debug)]
pub struct WordVectors {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
    size: usize,
    /// `[words, size]`.
    vectors: Vec<f32>,
}

impl WordVectors {
    pub fn new(words: Vec<String>, size: usize, vectors: Vec<f32>) -> Self {
        let numbers = words.iter().enumerate().map(|(number, word)| (word.clone(), number as u32)).collect();
        Self { words, numbers, size, vectors }
    }

    fn vector(&self, number: usize) -> &[f32] {
        &self.vectors[number * self.size..(number + 1) * self.size]
    }

    /// The words whose vectors have the largest cosine with another, which is none of them itself if `but` names it.
    fn synonyms(&self, vector: &[f64], but: Option<u32>, count: i64) -> Result<RecordBatch> {
        if count <= 0 {
            let text = "requirement failed: Number of similar words should > 0";
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        if vector.len() != self.size {
            let (found, expected) = (vector.len(), self.size);
            let text = format!("a vector of size {expected} was expected, found one of size {found}");
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        let length = |squares: f64| if squares == 0.0 { 1.0 } else { squares.sqrt() };
        let own = length(vector.iter().map(|value| value * value).sum());
        let cosine = |number: usize| {
            let other = self.vector(number).iter().map(|value| f64::from(*value));
            let (product, squares) = other.zip(vector).fold((0.0, 0.0), |(product, squares), (other, value)| {
                (product + other * value, squares + other * other)
            });
            product / length(squares) / own
        };
        let others = (0..self.words.len()).filter(|number| but != Some(*number as u32));
        let mut near: Vec<(f64, usize)> = others.map(|number| (cosine(number), number)).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        near.truncate(count as usize);
        let words: Vec<&str> = near.iter().map(|(_, number)| self.words[*number].as_str()).collect();
        let cosines: Vec<f64> = near.iter().map(|(cosine, _)| *cosine).collect();
        table([
            Column::optional("word", Arc::new(StringArray::from(words))),
            Column::required("similarity", Arc::new(Float64Array::from(cosines))),
        ])
    }

    fn frame(&self) -> Result<RecordBatch> {
        let values = self.vectors.iter().map(|value| f64::from(*value)).collect();
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        table([
            Column::optional("word", Arc::new(StringArray::from(words))),
            Column::optional("vector", dense_column(self.size, values)),
        ])
    }
}

impl Stage for WordVectors {
    const CLASS: &'static str = "org.apache.spark.ml.feature.Word2VecModel";
    const SPECS: &'static [ParamSpec] = SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![WordLists::input(&params.text("inputCol")?, schema)?])
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Words)])
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        let metadata = schema::slots_metadata(&Slots::Size(self.size));
        Ok(vec![schema::with_metadata(Field::new(params.text("outputCol")?, vector_type(), true), &metadata)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let lists = WordLists::read(&params.text("inputCol")?, batch)?;
        let mut vectors = VectorBuilder::with_capacity(lists.rows(), lists.rows() * self.size);
        let mut sum = vec![0.0; self.size];
        for row in 0..lists.rows() {
            let words = lists.row(row)?;
            let count = words.len() as f64;
            if count == 0.0 {
                vectors.push_sparse(self.size, []);
                continue;
            }
            sum.fill(0.0);
            for number in words.flatten().filter_map(|word| self.numbers.get(word)) {
                let vector = self.vector(*number as usize);
                sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            vectors.push_dense(sum.iter().map(|sum| sum / count));
        }
        Ok(Output::all(vec![vectors.finish()]))
    }

    fn attribute(&self, params: &Params, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match (name, arguments) {
            ("getVectors", []) => Ok(Attribute::Frame(self.frame()?)),
            ("findSynonyms", [Value::Text(word), Value::Int(count)]) => {
                let number = self.numbers.get(word).copied().ok_or_else(|| {
                    let text = format!("{word} not in vocabulary");
                    Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
                })?;
                let vector: Vec<f64> = self.vector(number as usize).iter().map(|value| f64::from(*value)).collect();
                Ok(Attribute::Frame(self.synonyms(&vector, Some(number), *count)?))
            }
            ("findSynonyms", [Value::Vector(vector), Value::Int(count)]) => {
                Ok(Attribute::Frame(self.synonyms(&vector.to_dense(), None, *count)?))
            }
            ("toString", _) => Ok(Attribute::text(format!(
                "Word2VecModel: uid={}, numWords={}, vectorSize={}",
                params.uid(),
                self.words.len(),
                self.size
            ))),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let (words, vectors) = (rows.texts("word")?, rows.double_lists("vector")?);
        let size = vectors.first().map_or(0, Vec::len);
        if vectors.iter().any(|vector| vector.len() != size) {
            return Err(saved.damaged("its vectors differ in size"));
        }
        let vectors = vectors.into_iter().flatten().map(|value| value as f32).collect();
        Ok(Self::new(words, size, vectors))
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let element = Field::new_list_field(DataType::Float32, false);
        let mut vectors = ListBuilder::new(Float32Builder::new()).with_field(element);
        for number in 0..self.words.len() {
            vectors.values().append_slice(self.vector(number));
            vectors.append(true);
        }
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let vectors: ArrayRef = Arc::new(vectors.finish());
        let rows =
            table([Column::optional("word", Arc::new(StringArray::from(words))), Column::optional("vector", vectors)])?;
        Ok(saved.with_table("data", rows))
    }
}
