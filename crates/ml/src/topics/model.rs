//! A fitted LDA that knows its topics and nothing of the documents it learned from.

use super::inference::{Inference, TopicTerms};
use super::likelihood;
use super::params::{LOCAL_MODEL, SPECS};
use super::topic_terms::Topics;
use crate::instances::check_indices;
use crate::linalg::{VectorBuilder, VectorColumn, matrix_column, vector_column, vector_type};
use crate::persist::{Column, Saved, table};
use crate::schema::{Slots, no_such_columns, slots_metadata, with_metadata};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Evaluator, Input, Output, Params, Transformer, Value, Vector};
use arrow_array::{Float64Array, Int32Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::{Arc, OnceLock};

/// Spark's `LocalLDAModel`.
#[derive(Debug, Clone)]
pub struct LocalLdaModel {
    params: Params,
    topics: Arc<Topics>,
    /// Worked out when the first document comes.
    likely: Arc<OnceLock<TopicTerms>>,
}

/// Spark keeps the shape of the random start of inference with the model.
const GAMMA_SHAPE: f64 = 100.0;

impl LocalLdaModel {
    pub(super) fn new(params: Params, topics: Topics) -> Self {
        Self { params, topics: Arc::new(topics), likely: Arc::default() }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let matrix = rows.matrix("topicsMatrix")?;
        let alpha = rows.vector("docConcentration")?.to_dense();
        if alpha.len() != matrix.columns || matrix.columns == 0 {
            return Err(rows.damaged("topicsMatrix and docConcentration do not fit together"));
        }
        let topics = Topics::of_matrix(&matrix, alpha, rows.double("topicConcentration")?);
        Ok(Self::new(saved.params(SPECS)?, topics))
    }

    pub(super) fn topics(&self) -> &Topics {
        &self.topics
    }

    fn likely(&self) -> &TopicTerms {
        self.likely.get_or_init(|| TopicTerms::of(&self.topics.weights, self.topics.topics))
    }

    /// The same for the class of another model with these topics.
    pub(super) fn evaluation_of(&self, class: &'static str, name: &str) -> Result<Box<dyn Evaluator>> {
        likelihood::evaluation(class, &self.params, &self.topics, name)
    }
}

impl Transformer for LocalLdaModel {
    fn class(&self) -> &'static str {
        LOCAL_MODEL
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
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let column = self.params.optional_text("topicDistributionCol");
        no_such_columns(schema, column.as_deref())?;
        let field = |column| {
            let field = Field::new(column, vector_type(), true);
            with_metadata(field, &slots_metadata(&Slots::Size(self.topics.topics)))
        };
        Ok(column.into_iter().map(field).collect())
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        if self.params.optional_text("topicDistributionCol").is_none() {
            return Ok(Output::all(Vec::new()));
        }
        let column = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let documents = VectorColumn::new(column.as_ref())?;
        let topics = self.topics.topics;
        let mut inference = Inference::new(topics);
        let mut found = VectorBuilder::with_capacity(documents.rows(), documents.rows() * topics);
        for row in 0..documents.rows() {
            if documents.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop such rows first"));
            }
            let document = documents.get(row);
            let (size, terms) = (document.size(), self.topics.terms());
            if size != terms {
                return Err(invalid_row(format!("a document has {size} terms, the model was trained on {terms}")));
            }
            check_indices(document)?;
            if inference.infer(document, self.likely(), &self.topics.alpha) {
                let total: f64 = inference.gamma.iter().sum();
                found.push_dense(inference.gamma.iter().map(|gamma| gamma / total));
            } else {
                found.push_dense(std::iter::repeat_n(0.0, topics));
            }
        }
        Ok(Output::all(vec![found.finish()]))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => Ok(Attribute::text(self.topics.text(LOCAL_MODEL, &self.params))),
            "uid" => Ok(Attribute::text(self.params.uid())),
            "isDistributed" => Ok(false.into()),
            _ => self.topics.attribute(name, arguments)?.ok_or_else(|| no_attribute(self.class(), name)),
        }
    }

    fn evaluation(&self, name: &str) -> Result<Box<dyn Evaluator>> {
        self.evaluation_of(LOCAL_MODEL, name)
    }

    fn save(&self) -> Result<Saved> {
        let alpha = Vector::Dense(self.topics.alpha.clone());
        let data = table([
            Column::required("vocabSize", Arc::new(Int32Array::from(vec![self.topics.terms() as i32]))),
            Column::optional("topicsMatrix", matrix_column([&self.topics.matrix()])),
            Column::optional("docConcentration", vector_column([Some(&alpha)])),
            Column::required("topicConcentration", Arc::new(Float64Array::from(vec![self.topics.eta]))),
            Column::required("gammaShape", Arc::new(Float64Array::from(vec![GAMMA_SHAPE]))),
        ])?;
        Ok(Saved::of(LOCAL_MODEL, &self.params).with_table("data", data))
    }
}
