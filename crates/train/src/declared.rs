//! Models declared in SQL: from options and the columns of a query to a fitted pipeline, and its metrics over other rows.
//!
//! `CREATE MODEL delays OPTIONS (model_type = 'RandomForestClassifier', label = 'delayed', numTrees = 50) AS SELECT …`:
//! every column but the label and the weight is a feature. Strings become indices, for linear models and clusterings
//! one-hot vectors; missing numbers become the mean, except for boosting, which learns from their absence.

use crate::trainer::{Fitted, Trainer};
use crate::training_set::engine;
use brickyard_engine::{Frame, Session};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::linalg::is_vector_type;
use brickyard_ml::pipeline::PipelineModel;
use brickyard_ml::runner::Cancel;
use brickyard_ml::{AnyEstimator, Attribute, Operator, Params, Registry, Transformer, Value};
use brickyard_spec::{CastTarget, Expr, Node, Relation};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;
use uuid::Uuid;

const FEATURES: &str = "features";
const PREDICTION: &str = "prediction";
/// The label's index and the predicted index, where labels are no numbers.
const LABEL_INDEX: &str = "label_index";
const PREDICTED_INDEX: &str = "prediction_index";

/// Names of other systems for model types, in lower case without underscores.
const SYNONYMS: [(&str, &str); 4] = [
    ("logisticreg", "LogisticRegression"),
    ("linearreg", "LinearRegression"),
    ("boostedtreeclassifier", "BoostingClassifier"),
    ("boostedtreeregressor", "BoostingRegressor"),
];

/// A model to train.
#[derive(Debug, Clone)]
pub struct Declaration {
    class: &'static str,
    label: Option<String>,
    weight: Option<String>,
    /// Parameters of the estimator.
    params: Vec<(String, Value)>,
}

/// A trained pipeline, with the estimator at its heart.
pub struct DeclaredModel {
    pub class: &'static str,
    pub params: Params,
    /// Of the estimator; its model is the whole pipeline.
    pub fitted: Fitted,
    /// The rows trained on.
    pub frame: Frame,
}

impl Declaration {
    /// `model_type`, `label` and `weight` are ours; other options are parameters of the estimator, in any case.
    pub fn new(registry: &Registry, options: Vec<(String, Value)>) -> Result<Self> {
        let mut declaration = Self { class: "", label: None, weight: None, params: Vec::new() };
        for (key, value) in options {
            match (key.as_str(), value) {
                ("model_type", Value::Text(name)) => declaration.class = class_of(registry, &name)?,
                ("label", Value::Text(column)) => declaration.label = Some(column),
                ("weight", Value::Text(column)) => declaration.weight = Some(column),
                ("model_type" | "label" | "weight", _) => {
                    return Err(refused(format!("the option {key} is a string: write {key} = '…'")));
                }
                (_, value) => declaration.params.push((key, value)),
            }
        }
        if declaration.class.is_empty() {
            return Err(refused(format!("the option model_type is missing; it is one of {}", known(registry))));
        }
        Ok(declaration)
    }

    fn estimator(&self, registry: &Registry) -> Result<Box<dyn AnyEstimator>> {
        let mut estimator = estimator(registry, self.class)?;
        let params = estimator.params_mut();
        for (key, value) in &self.params {
            let spec = params.specs().iter().find(|spec| spec.name.eq_ignore_ascii_case(key));
            let Some(spec) = spec else {
                let names: Vec<&str> = params.specs().iter().map(|spec| spec.name).collect();
                let text = format!("{} has no parameter {key}; it has {}", simple(self.class), names.join(", "));
                return Err(Failure::new(&codes::ml::PARAMETER_UNKNOWN, text));
            };
            params.set(spec.name, value.clone())?;
        }
        Ok(estimator)
    }

    /// Trains on a query's rows.
    pub async fn train(
        &self,
        trainer: &Trainer,
        registry: &Registry,
        session: &Arc<Session>,
        query: Relation,
    ) -> Result<DeclaredModel> {
        let mut estimator = self.estimator(registry)?;
        let frame = session.frame(&query).await?;
        let schema = frame.schema();
        let is_supervised = takes(estimator.params(), "labelCol");
        let label = match (&self.label, is_supervised) {
            (Some(name), true) => Some(column(&schema, name)?.clone()),
            (None, true) => {
                let text = format!("{} learns a label: name its column, as in label = 'delayed'", simple(self.class));
                return Err(refused(text));
            }
            (Some(_), false) => return Err(refused(format!("{} has no label: leave it out", simple(self.class)))),
            (None, false) => None,
        };
        let weight = self.weight.as_ref().map(|name| column(&schema, name).cloned()).transpose()?;

        let mut steps = Steps { trainer, registry, session, rows: query, stages: Vec::new(), kept: Vec::new() };
        let aside: Vec<&str> = label.iter().chain(&weight).map(|field| field.name().as_str()).collect();
        let features: Vec<&Field> =
            schema.fields().iter().map(AsRef::as_ref).filter(|field| !aside.contains(&field.name().as_str())).collect();
        steps.assemble(&features, Preparation::of(self.class, estimator.params())).await?;

        let params = estimator.params_mut();
        params.set("featuresCol", Value::Text(FEATURES.to_owned()))?;
        let mut classes = None;
        if let Some(label) = &label {
            let is_classifier = takes(params, "rawPredictionCol");
            let name = match label.data_type() {
                DataType::Boolean => {
                    steps.rows = with_numeric_label(steps.rows.clone(), label.name());
                    label.name().clone()
                }
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if is_classifier => {
                    classes = Some(steps.index_label(label.name()).await?);
                    LABEL_INDEX.to_owned()
                }
                _ => label.name().clone(),
            };
            params.set("labelCol", Value::Text(name))?;
        }
        if let Some(weight) = &weight {
            params.set("weightCol", Value::Text(weight.name().clone()))?;
        }
        let predicted = if classes.is_some() { PREDICTED_INDEX } else { PREDICTION };
        params.set("predictionCol", Value::Text(predicted.to_owned()))?;
        let params = params.clone();
        let mut fitted = steps.fit(self.class, estimator).await?;
        if let Some(classes) = classes {
            let options = [("inputCol", text(PREDICTED_INDEX)), ("outputCol", text(PREDICTION)), ("labels", classes)];
            steps.transformer("IndexToString", &options)?;
        }
        let pipeline = PipelineModel::new(&uid("PipelineModel"), std::mem::take(&mut steps.stages));
        fitted.model = Arc::new(pipeline);
        Ok(DeclaredModel { class: self.class, params, fitted, frame })
    }
}

/// How features become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preparation {
    /// Strings as indices, numbers as they are, missing ones too.
    Boosting,
    /// Strings as indices.
    Trees,
    /// Strings as one-hot vectors.
    Linear,
}

impl Preparation {
    fn of(class: &str, params: &Params) -> Self {
        match takes(params, "maxBins") {
            true if class.contains(".Boosting") => Preparation::Boosting,
            true => Preparation::Trees,
            false => Preparation::Linear,
        }
    }
}

/// A pipeline on its way: what is fitted, and the rows as they come out of it.
struct Steps<'a> {
    trainer: &'a Trainer,
    registry: &'a Registry,
    session: &'a Arc<Session>,
    rows: Relation,
    stages: Vec<Box<dyn Transformer>>,
    /// What the session keeps of it until the end.
    kept: Vec<String>,
}

impl Drop for Steps<'_> {
    fn drop(&mut self) {
        for id in &self.kept {
            self.session.drop_transformer(id);
        }
    }
}

impl Steps<'_> {
    async fn assemble(&mut self, features: &[&Field], preparation: Preparation) -> Result<()> {
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
        self.transformer("VectorAssembler", &options)
    }

    /// The classes of the label, in the order of their indices.
    async fn index_label(&mut self, column: &str) -> Result<Value> {
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

    async fn fit(&mut self, class: &str, estimator: Box<dyn AnyEstimator>) -> Result<Fitted> {
        let frame = self.session.frame(&self.rows).await?;
        let fitted = self.trainer.fit(&frame, estimator, class, Cancel::default()).await?;
        self.push(fitted.model.boxed());
        Ok(fitted)
    }

    fn transformer(&mut self, name: &str, options: &[(&str, Value)]) -> Result<()> {
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

    fn push(&mut self, stage: Box<dyn Transformer>) {
        let id = uid("stage");
        self.session.put_transformer(&id, Arc::from(stage.boxed()));
        self.rows = Relation::new(Node::Transform { input: self.rows.clone(), transformer: id.clone() });
        self.kept.push(id);
        self.stages.push(stage);
    }
}

/// Metrics of a model over a query's rows, by name: of classification, of regression, or of clustering, as the last stage
/// that predicts tells.
///
/// # Errors
/// The rows lack the label that the model was trained on, or no stage predicts.
pub async fn evaluate(
    trainer: &Trainer,
    registry: &Registry,
    session: &Arc<Session>,
    model: Arc<dyn Transformer>,
    query: Relation,
) -> Result<Vec<(String, f64)>> {
    let predictor = predictor(model.as_ref());
    let predictor = predictor.ok_or_else(|| refused(format!("{} predicts nothing to evaluate", model.class())))?;
    let params = predictor.params();
    let mut rows = query;
    let schema = session.frame(&rows).await?.schema();
    if let Some(label) = params.optional_text("labelCol") {
        match schema.field_with_name(&label).map(Field::data_type) {
            Ok(DataType::Boolean) => rows = with_numeric_label(rows, &label),
            Ok(_) => {}
            // An index that the model itself makes of the label.
            Err(_) if label == LABEL_INDEX => {}
            Err(_) => {
                let text = format!("the model was trained on the label {label}: the query must have that column too");
                return Err(Failure::new(&codes::ml::COLUMN_MISSING, text));
            }
        }
    }
    let mut steps = Steps { trainer, registry, session, rows, stages: Vec::new(), kept: Vec::new() };
    steps.push(model.boxed());
    let (metrics, columns) = metrics_of(predictor)?;
    let predicted = session.frame(&steps.rows).await?.dataframe()?;
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let predicted = predicted.select_columns(&columns).map_err(engine)?;
    let schema = Arc::new(predicted.schema().as_arrow().clone());
    let batches = predicted.collect().await.map_err(engine)?;
    let count: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    let frame = session.frame(&Relation::new(Node::Local { schema, batches })).await?;
    let mut found = vec![("rows".to_owned(), count as f64)];
    for Metric { evaluator, name, column } in metrics {
        let class = format!("org.apache.spark.ml.evaluation.{evaluator}");
        let Operator::Evaluator(mut evaluator) = registry.make(&class, &uid(evaluator))? else {
            return Err(Failure::internal(format!("{class} is no evaluator")));
        };
        for (key, value) in &column {
            evaluator.params_mut().set(key, text(value))?;
        }
        evaluator.params_mut().set("metricName", text(name))?;
        found.push((name.to_owned(), trainer.evaluate(&frame, evaluator).await?));
    }
    Ok(found)
}

/// A metric of an evaluator that reads these columns.
struct Metric {
    evaluator: &'static str,
    name: &'static str,
    column: Vec<(&'static str, String)>,
}

/// What tells how good a model is, and the columns that it takes.
fn metrics_of(predictor: &dyn Transformer) -> Result<(Vec<Metric>, Vec<String>)> {
    let params = predictor.params();
    let prediction = params.text("predictionCol")?;
    let Some(label) = params.optional_text("labelCol") else {
        let features = params.text("featuresCol")?;
        let column = vec![("predictionCol", prediction.clone()), ("featuresCol", features.clone())];
        let metrics = vec![Metric { evaluator: "ClusteringEvaluator", name: "silhouette", column }];
        return Ok((metrics, vec![prediction, features]));
    };
    let pair = || vec![("labelCol", label.clone()), ("predictionCol", prediction.clone())];
    let mut columns = vec![label.clone(), prediction.clone()];
    let Some(raw) = params.optional_text("rawPredictionCol") else {
        let metric = |name| Metric { evaluator: "RegressionEvaluator", name, column: pair() };
        return Ok((["rmse", "mse", "mae", "r2"].into_iter().map(metric).collect(), columns));
    };
    let metric = |name| Metric { evaluator: "MulticlassClassificationEvaluator", name, column: pair() };
    let mut metrics: Vec<Metric> =
        ["accuracy", "f1", "weightedPrecision", "weightedRecall"].into_iter().map(metric).collect();
    if let Some(probability) = params.optional_text("probabilityCol") {
        let mut logarithmic = metric("logLoss");
        logarithmic.column.push(("probabilityCol", probability.clone()));
        metrics.push(logarithmic);
        columns.push(probability);
    }
    if let Ok(Attribute::Value(Value::Int(2))) = predictor.attribute("numClasses", &[]) {
        for name in ["areaUnderROC", "areaUnderPR"] {
            let column = vec![("labelCol", label.clone()), ("rawPredictionCol", raw.clone())];
            metrics.push(Metric { evaluator: "BinaryClassificationEvaluator", name, column });
        }
        columns.push(raw);
    }
    Ok((metrics, columns))
}

/// The last stage that predicts from features.
fn predictor(model: &dyn Transformer) -> Option<&dyn Transformer> {
    match model.stages() {
        [] => (takes(model.params(), "predictionCol") && takes(model.params(), "featuresCol")).then_some(model),
        stages => stages.iter().rev().find_map(|stage| predictor(stage.as_ref())),
    }
}

/// The rows with a label of truths as 0 and 1, under its own name.
fn with_numeric_label(rows: Relation, label: &str) -> Relation {
    let column = Expr::ColumnParts(vec![label.to_owned()]);
    let cast = Expr::Cast { expr: Box::new(column), target: CastTarget::Ddl("double".to_owned()), is_try: false };
    let alias = Expr::Alias { expr: Box::new(cast), names: vec![label.to_owned()], metadata: None };
    Relation::new(Node::WithColumns { input: rows, columns: vec![alias] })
}

fn column<'a>(schema: &'a Schema, name: &str) -> Result<&'a Field> {
    let found = schema.fields().iter().find(|field| field.name().eq_ignore_ascii_case(name));
    found.map(AsRef::as_ref).ok_or_else(|| {
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let text = format!("the query has no column {name}; it has {}", names.join(", "));
        Failure::new(&codes::ml::COLUMN_MISSING, text)
    })
}

/// The class that a model type names, in any case, with or without underscores.
fn class_of(registry: &Registry, name: &str) -> Result<&'static str> {
    let plain = name.replace('_', "").to_lowercase();
    let plain = SYNONYMS.iter().find(|(synonym, _)| *synonym == plain).map_or(plain, |(_, class)| class.to_lowercase());
    let found = registry.classes().into_iter().find(|class| *class == name || simple(class).to_lowercase() == plain);
    found.ok_or_else(|| refused(format!("there is no model type {name}; there are {}", known(registry))))
}

/// The model types that learn from a vector of features.
fn known(registry: &Registry) -> String {
    let learns = |class: &&'static str| match registry.make(class, "") {
        Ok(Operator::Estimator(estimator)) => {
            takes(estimator.params(), "featuresCol") && takes(estimator.params(), "predictionCol")
        }
        _ => false,
    };
    registry.classes().into_iter().filter(learns).map(simple).collect::<Vec<_>>().join(", ")
}

fn estimator(registry: &Registry, class: &str) -> Result<Box<dyn AnyEstimator>> {
    match registry.make(class, &uid(simple(class)))? {
        Operator::Estimator(estimator) => Ok(estimator),
        _ => Err(refused(format!("{} learns nothing; choose one of {}", simple(class), known(registry)))),
    }
}

fn takes(params: &Params, name: &str) -> bool {
    params.specs().iter().any(|spec| spec.name == name)
}

fn simple(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// As Spark's: the class and twelve digits.
fn uid(class: &str) -> String {
    let digits = Uuid::new_v4().simple().to_string();
    format!("{class}_{}", &digits[20..])
}

fn refused(text: impl Into<String>) -> Failure {
    Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
}
