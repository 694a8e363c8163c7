//! A fitted LDA of the EM optimizer, which keeps the documents it learned from and their topics.

use super::corpus::Corpus;
use super::model::LocalLdaModel;
use super::params::{DISTRIBUTED_MODEL, SPECS};
use super::topic_terms::Topics;
use crate::linalg::vector_column;
use crate::persist::{Column, Saved, SavedTable, table};
use crate::transform::no_attribute;
use crate::{Attribute, Evaluator, Input, Output, Params, Transformer, Value, Vector};
use arrow_array::{Float64Array, Int64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Spark's `DistributedLDAModel`.
#[derive(Debug, Clone)]
pub struct DistributedLdaModel {
    /// Its topics are the expected counts of terms.
    local: LocalLdaModel,
    documents: Arc<Documents>,
}

#[derive(Debug)]
struct Documents {
    /// Spark's number of each document with terms.
    ids: Vec<i64>,
    corpus: Corpus,
    /// `[documents, topics]`: expected numbers of tokens.
    counts: Vec<f64>,
    /// How long each iteration took, in seconds, as Spark saved it; models trained here do not know.
    iteration_times: Vec<f64>,
}

/// Spark's number of a term.
fn id_of_term(term: usize) -> i64 {
    -(term as i64 + 1)
}

impl DistributedLdaModel {
    pub(super) fn new(params: Params, topics: Topics, corpus: Corpus, counts: Vec<f64>) -> Self {
        let ids = (0..corpus.documents() as i64).collect();
        let documents = Documents { ids, corpus, counts, iteration_times: Vec::new() };
        Self { local: LocalLdaModel::new(params, topics), documents: Arc::new(documents) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let old = saved.child("oldModel")?;
        let damaged = || saved.damaged("its graph of documents and terms does not fit together");
        let number = |key: &str| old.metadata.get(key).and_then(Json::as_f64).ok_or_else(damaged);
        let (topics, terms) = (number("k")? as usize, number("vocabSize")? as usize);
        let numbers = |key: &str| -> Result<Vec<f64>> {
            let list = old.metadata.get(key).and_then(Json::as_array).ok_or_else(damaged)?;
            Ok(list.iter().filter_map(Json::as_f64).collect())
        };
        let alpha = numbers("docConcentration")?;
        let vertices = old.rows("data/topicCounts")?;
        let (mut weights, mut counts) = (vec![0.0; terms * topics], BTreeMap::new());
        for (id, of_vertex) in vertices.ints("id")?.into_iter().zip(vertices.vectors("topicWeights")?) {
            let of_vertex = Some(of_vertex.to_dense()).filter(|counts| counts.len() == topics).ok_or_else(damaged)?;
            if id < 0 {
                let term = usize::try_from(-(id + 1)).ok().filter(|term| *term < terms).ok_or_else(damaged)?;
                weights[term * topics..][..topics].copy_from_slice(&of_vertex);
            } else {
                counts.insert(id, of_vertex);
            }
        }
        let edges = old.rows("data/tokenCounts")?;
        let mut entries: BTreeMap<i64, Vec<(u32, f64)>> = BTreeMap::new();
        let ends = edges.ints("srcId")?.into_iter().zip(edges.ints("dstId")?).zip(edges.doubles("tokenCounts")?);
        for ((document, term), count) in ends {
            let term = u32::try_from(-(term + 1)).ok().filter(|term| (*term as usize) < terms).ok_or_else(damaged)?;
            entries.entry(document).or_default().push((term, count));
        }
        if !entries.keys().eq(counts.keys()) || alpha.len() != topics || topics == 0 {
            return Err(damaged());
        }
        let (mut all_ends, mut all_terms, mut all_counts) = (vec![], vec![], vec![]);
        for mut document in entries.into_values() {
            document.sort_by_key(|(term, _)| *term);
            all_terms.extend(document.iter().map(|(term, _)| *term));
            all_counts.extend(document.iter().map(|(_, count)| *count));
            all_ends.push(all_terms.len() as u64);
        }
        let corpus = Corpus::of(all_ends, all_terms, all_counts);
        let (ids, counts): (Vec<i64>, Vec<Vec<f64>>) = counts.into_iter().unzip();
        let topics = Topics { topics, weights, alpha, eta: number("topicConcentration")? };
        let iteration_times = numbers("iterationTimes").unwrap_or_default();
        let documents = Documents { ids, corpus, counts: counts.concat(), iteration_times };
        Ok(Self { local: LocalLdaModel::new(saved.params(SPECS)?, topics), documents: Arc::new(documents) })
    }

    /// The smoothed distribution of each topic over terms, `[terms, topics]`.
    fn phi(&self) -> Vec<f64> {
        let topics = self.local.topics();
        let smoothing = topics.eta - 1.0;
        let mut totals = vec![topics.terms() as f64 * smoothing; topics.topics];
        for row in topics.weights.chunks_exact(topics.topics) {
            totals.iter_mut().zip(row).for_each(|(total, weight)| *total += weight);
        }
        let rows = topics.weights.chunks_exact(topics.topics);
        rows.flat_map(|row| row.iter().zip(&totals)).map(|(weight, total)| (weight + smoothing) / total).collect()
    }

    /// The smoothed distribution of a document over topics.
    fn theta(&self, document: usize) -> Vec<f64> {
        let topics = self.local.topics();
        let smoothing = topics.alpha.first().map_or(0.0, |alpha| alpha - 1.0);
        let counts = &self.documents.counts[document * topics.topics..][..topics.topics];
        let total: f64 = counts.iter().map(|count| count + smoothing).sum();
        counts.iter().map(|count| (count + smoothing) / total).collect()
    }

    /// ln P(documents | topics, topics of the documents).
    fn training_log_likelihood(&self) -> f64 {
        let (phi, topics) = (self.phi(), self.local.topics().topics);
        let corpus = &self.documents.corpus;
        let of_document = |document: usize| {
            let theta = self.theta(document);
            let entries = corpus.document(document);
            let of_entry = |entry: usize| {
                let phi = &phi[corpus.terms[entry] as usize * topics..][..topics];
                corpus.counts[entry] * phi.iter().zip(&theta).map(|(phi, theta)| phi * theta).sum::<f64>().ln()
            };
            entries.map(of_entry).sum::<f64>()
        };
        (0..corpus.documents()).map(of_document).sum()
    }

    /// ln P(topics, topics of the documents | concentrations); terms and documents that never come do not count, as
    /// they are no part of Spark's graph.
    fn log_prior(&self) -> f64 {
        let topics = self.local.topics();
        let of = |shares: &[f64]| shares.iter().map(|share| share.ln()).sum::<f64>();
        let weights = topics.weights.chunks_exact(topics.topics);
        let phi = self.phi();
        let of_terms: f64 = phi
            .chunks_exact(topics.topics)
            .zip(weights)
            .filter(|(_, weights)| weights.iter().any(|weight| *weight > 0.0))
            .map(|(phi, _)| of(phi))
            .sum();
        let has_terms = |document: &usize| !self.documents.corpus.document(*document).is_empty();
        let documents = (0..self.documents.corpus.documents()).filter(has_terms);
        let of_documents: f64 = documents.map(|document| of(&self.theta(document))).sum();
        let alpha = topics.alpha.first().copied().unwrap_or(1.0);
        (topics.eta - 1.0) * of_terms + (alpha - 1.0) * of_documents
    }

    fn graph(&self) -> Result<[RecordBatch; 3]> {
        let topics = self.local.topics();
        let Documents { ids, corpus, counts, .. } = self.documents.as_ref();
        let mut totals = vec![0.0; topics.topics];
        for row in topics.weights.chunks_exact(topics.topics) {
            totals.iter_mut().zip(row).for_each(|(total, weight)| *total += weight);
        }
        let totals = Vector::Dense(totals);
        let totals = table([Column::optional("globalTopicTotals", vector_column([Some(&totals)])).of_old_package()])?;

        let rows = |values: &[f64]| {
            values.chunks_exact(topics.topics).map(|row| Vector::Dense(row.to_vec())).collect::<Vec<_>>()
        };
        let has_terms: Vec<usize> =
            (0..corpus.documents()).filter(|document| !corpus.document(*document).is_empty()).collect();
        let (of_terms, of_documents) = (rows(&topics.weights), rows(counts));
        let used = |term: &usize| of_terms[*term].to_dense().iter().any(|weight| *weight > 0.0);
        let used: Vec<usize> = (0..topics.terms()).filter(used).collect();
        let vertex_ids =
            used.iter().map(|term| id_of_term(*term)).chain(has_terms.iter().map(|document| ids[*document]));
        let vectors =
            used.iter().map(|term| &of_terms[*term]).chain(has_terms.iter().map(|document| &of_documents[*document]));
        let vertices = table([
            Column::required("id", Arc::new(Int64Array::from_iter_values(vertex_ids))),
            Column::optional("topicWeights", vector_column(vectors.map(Some))).of_old_package(),
        ])?;

        let sources = has_terms.iter().flat_map(|document| corpus.document(*document).map(|_| ids[*document]));
        let edges = table([
            Column::required("srcId", Arc::new(Int64Array::from_iter_values(sources))),
            Column::required(
                "dstId",
                Arc::new(Int64Array::from_iter_values(corpus.terms.iter().map(|term| id_of_term(*term as usize)))),
            ),
            Column::required("tokenCounts", Arc::new(Float64Array::from(corpus.counts.clone()))),
        ])?;
        Ok([totals, vertices, edges])
    }
}

impl Transformer for DistributedLdaModel {
    fn class(&self) -> &'static str {
        DISTRIBUTED_MODEL
    }
    fn params(&self) -> &Params {
        self.local.params()
    }
    fn params_mut(&mut self) -> &mut Params {
        self.local.params_mut()
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        self.local.inputs(schema)
    }
    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.local.outputs(schema)
    }
    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        self.local.transform(batch)
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => Ok(Attribute::text(self.local.topics().text(DISTRIBUTED_MODEL, self.params()))),
            "uid" => Ok(Attribute::text(self.params().uid())),
            "isDistributed" => Ok(true.into()),
            "toLocal" => Ok(Attribute::Model(Box::new(self.local.clone()))),
            "trainingLogLikelihood" => Ok(self.training_log_likelihood().into()),
            "logPrior" => Ok(self.log_prior().into()),
            "getCheckpointFiles" => Ok(Value::Texts(Vec::new()).into()),
            _ => {
                let answer = self.local.topics().attribute(name, arguments)?;
                answer.ok_or_else(|| no_attribute(self.class(), name))
            }
        }
    }

    fn evaluation(&self, name: &str) -> Result<Box<dyn Evaluator>> {
        self.local.evaluation_of(DISTRIBUTED_MODEL, name)
    }

    /// A model of Spark's older package in a folder of its own.
    fn save(&self) -> Result<Saved> {
        let topics = self.local.topics();
        let metadata = [
            ("class", json!("org.apache.spark.mllib.clustering.DistributedLDAModel")),
            ("version", json!("1.0")),
            ("k", json!(topics.topics)),
            ("vocabSize", json!(topics.terms())),
            ("docConcentration", json!(topics.alpha)),
            ("topicConcentration", json!(topics.eta)),
            ("iterationTimes", json!(self.documents.iteration_times)),
            ("gammaShape", json!(100.0)),
        ];
        let metadata: Map<String, Json> = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let [totals, vertices, edges] = self.graph()?;
        let folder = |name: &str, rows| SavedTable { folder: format!("data/{name}"), rows };
        let tables =
            vec![folder("globalTopicTotals", totals), folder("topicCounts", vertices), folder("tokenCounts", edges)];
        let old = Saved { metadata, tables, children: Vec::new() };
        Ok(Saved::of(DISTRIBUTED_MODEL, self.params()).with_child("oldModel", old))
    }
}
