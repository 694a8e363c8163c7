//! From columns to a vector of features, stage by stage.

use super::{FEATURES, LABEL_INDEX, class_of, estimator, takes, text, uid};
use crate::trainer::{Fitted, Trainer};
use crate::training_set::engine;
use brickyard_engine::Session;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::linalg::is_vector_type;
use brickyard_ml::runner::Cancel;
use brickyard_ml::{AnyEstimator, Attribute, Operator, Params, Registry, Transformer, Value};
use brickyard_spec::{Node, Relation};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// How features become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preparation {
    /// Strings as indices, numbers as they are, missing ones too.
    Boosting,
    /// Strings as indices.
    Trees,
    /// Strings as one-hot vectors.
    Linear,
}

impl Preparation {
    pub fn of(class: &str, params: &Params) -> Self {
        match takes(params, "maxBins") {
            true if class.contains(".Boosting") => Preparation::Boosting,
            true => Preparation::Trees,
            false => Preparation::Linear,
        }
    }
}

/// A pipeline on its way: what is fitted, and the rows as they come out of it.
pub(super) struct Steps<'a> {
    pub trainer: &'a Trainer,
    pub registry: &'a Registry,
    pub session: &'a Arc<Session>,
    pub rows: Relation,
    pub stages: Vec<Box<dyn Transformer>>,
    /// What the session keeps of it until the end.
    kept: Vec<String>,
}

impl<'a> Steps<'a> {
    pub fn new(trainer: &'a Trainer, registry: &'a Registry, session: &'a Arc<Session>, rows: Relation) -> Self {
        Self { trainer, registry, session, rows, stages: Vec::new(), kept: Vec::new() }
    }
}

impl Drop for Steps<'_> {
    fn drop(&mut self) {
        for id in &self.kept {
            self.session.drop_transformer(id);
        }
    }
}

impl Steps<'_> {
    /// Makes one vector of the features; its column.
    pub async fn assemble(&mut self, features: &[&Field], preparation: Preparation) -> Result<String> {
        if let [vector] = features
            && is_vector_type(vector.data_type())
        {
            return Ok(vector.name().clone());
        }
        let (mut numbers, mut strings, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for field in features {
            match field.data_type() {
                kind if kind.is_numeric() => numbers.push(field.name().clone()),
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => strings.push(field.name().clone()),
                kind if is_vector_type(kind) || *kind == DataType::Boolean => others.push(field.name().clone()),
                kind => {
                    let text = format!(
                        "the column {} is of type {}, which no model learns from: make a number or a string of it, or \
                         leave it out of the query",
                        field.name(),
                        brickyard_ml::schema::spark_name(kind)
                    );
                    return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
                }
            }
        }
        let mut inputs = Vec::new();
        if !numbers.is_empty() && preparation != Preparation::Boosting {
            let filled: Vec<String> = numbers.iter().map(|name| format!("{name}_filled")).collect();
            let options = [("inputCols", Value::Texts(numbers)), ("outputCols", Value::Texts(filled.clone()))];
            self.estimator("Imputer", &options).await?;
            inputs.extend(filled);
        } else {
            inputs.extend(numbers);
        }
        if !strings.is_empty() {
            let indices: Vec<String> = strings.iter().map(|name| format!("{name}_index")).collect();
            let options = [
                ("inputCols", Value::Texts(strings.clone())),
                ("outputCols", Value::Texts(indices.clone())),
                ("handleInvalid", text("keep")),
            ];
            self.estimator("StringIndexer", &options).await?;
            if preparation == Preparation::Linear {
                let vectors: Vec<String> = strings.iter().map(|name| format!("{name}_vector")).collect();
                let options = [("inputCols", Value::Texts(indices)), ("outputCols", Value::Texts(vectors.clone()))];
                self.estimator("OneHotEncoder", &options).await?;
                inputs.extend(vectors);
            } else {
                inputs.extend(indices);
            }
        }
        inputs.extend(others);
        let options =
            [("inputCols", Value::Texts(inputs)), ("outputCol", text(FEATURES)), ("handleInvalid", text("keep"))];
        self.transformer("VectorAssembler", &options)?;
        Ok(FEATURES.to_owned())
    }

    /// The classes of the label, in the order of their indices.
    pub async fn index_label(&mut self, column: &str) -> Result<Value> {
        let options = [("inputCol", text(column)), ("outputCol", text(LABEL_INDEX))];
        self.estimator("StringIndexer", &options).await?;
        let indexer = self.stages.last().ok_or_else(|| Failure::internal("an indexer was not fitted"))?;
        match indexer.attribute("labels", &[])? {
            Attribute::Value(labels @ Value::Texts(_)) => Ok(labels),
            _ => Err(Failure::internal("the labels of an indexer are strings")),
        }
    }

    async fn estimator(&mut self, name: &str, options: &[(&str, Value)]) -> Result<()> {
        let class = class_of(self.registry, name)?;
        let mut estimator = estimator(self.registry, class)?;
        for (key, value) in options {
            estimator.params_mut().set(key, value.clone())?;
        }
        self.fit(class, estimator).await.map(drop)
    }

    pub async fn fit(&mut self, class: &str, estimator: Box<dyn AnyEstimator>) -> Result<Fitted> {
        let frame = self.session.frame(&self.rows).await?;
        let fitted = self.trainer.fit(&frame, estimator, class, Cancel::default()).await?;
        self.push(fitted.model.boxed());
        Ok(fitted)
    }

    pub fn transformer(&mut self, name: &str, options: &[(&str, Value)]) -> Result<()> {
        let class = class_of(self.registry, name)?;
        let Operator::Transformer(mut stage) = self.registry.make(class, &uid(name))? else {
            return Err(Failure::internal(format!("{name} is no transformer")));
        };
        for (key, value) in options {
            stage.params_mut().set(key, value.clone())?;
        }
        self.push(stage);
        Ok(())
    }

    /// Some columns of the rows, in memory.
    pub async fn collect(&self, columns: &[String]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let frame = self.session.frame(&self.rows).await?.dataframe()?;
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let chosen = frame.select_columns(&columns).map_err(engine)?;
        let schema = Arc::new(chosen.schema().as_arrow().clone());
        Ok((schema, chosen.collect().await.map_err(engine)?))
    }

    pub fn push(&mut self, stage: Box<dyn Transformer>) {
        let id = uid("stage");
        self.session.put_transformer(&id, Arc::from(stage.boxed()));
        self.rows = Relation::new(Node::Transform { input: self.rows.clone(), transformer: id.clone() });
        self.kept.push(id);
        self.stages.push(stage);
    }
}
