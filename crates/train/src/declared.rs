//! Models declared in SQL: from options and the columns of a query to a fitted pipeline, and its metrics over other rows.
//!
//! `CREATE MODEL delays OPTIONS (model_type = 'RandomForestClassifier', label = 'delayed', numTrees = 50) AS SELECT …`:
//! every column but the label and the weight is a feature. Strings become indices, for linear models and clusterings
//! one-hot vectors; missing numbers become the mean, except for boosting, which learns from their absence. One vector alone
//! is taken as it is. Options that are ranges are searched on held-out rows.

mod evaluation;
mod steps;
mod tuning;

pub use evaluation::evaluate;

use crate::SearchLog;
use crate::trainer::{Fitted, Trainer};
use brickyard_engine::{Frame, ModelOption, Session};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::pipeline::PipelineModel;
use brickyard_ml::search::{Dimension, Space};
use brickyard_ml::{AnyEstimator, Operator, Params, Registry, Value};
use brickyard_spec::{CastTarget, Expr, Node, Relation};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;
use steps::{Preparation, Steps};
use tuning::Tuning;
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
pub struct Declaration {
    class: &'static str,
    label: Option<String>,
    weight: Option<String>,
    /// Of the class, with the parameters that were given.
    estimator: Box<dyn AnyEstimator>,
    tuning: Option<Tuning>,
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
    /// `model_type`, `label`, `weight` and those of a search are ours; other options are parameters of the estimator, in
    /// any case.
    pub fn new(registry: &Registry, options: Vec<(String, ModelOption)>) -> Result<Self> {
        let mut given = Options(options);
        let Some(name) = given.text("model_type")? else {
            return Err(refused(format!("the option model_type is missing; it is one of {}", known(registry))));
        };
        let class = class_of(registry, &name)?;
        let (label, weight) = (given.text("label")?, given.text("weight")?);
        let mut tuning = given.tuning()?;
        let mut estimator = estimator(registry, class)?;
        if takes(estimator.params(), "queryCol") {
            let text = format!("{} in SQL, where rows have no queries; train it from Python", simple(class));
            return Err(Failure::unsupported(text));
        }
        for (key, option) in given.0 {
            let specs = estimator.params().specs();
            let Some(spec) = specs.iter().find(|spec| spec.name.eq_ignore_ascii_case(&key)) else {
                let names: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
                let text = format!("{} has no parameter {key}; it has {}", simple(class), names.join(", "));
                return Err(Failure::new(&codes::ml::PARAMETER_UNKNOWN, text));
            };
            match option {
                ModelOption::Value(value) => estimator.params_mut().set(spec.name, value)?,
                ModelOption::Range(range) => {
                    // Both ends must be allowed; a parameter that is searched has no value of its own.
                    for end in [0.0, 1.0] {
                        estimator.params_mut().set(spec.name, range.at(end))?;
                    }
                    estimator.params_mut().clear(spec.name);
                    tuning.space.0.push(Dimension { name: spec.name.to_owned(), range });
                }
            }
        }
        let tuning = (!tuning.space.0.is_empty()).then_some(tuning);
        Ok(Self { class, label, weight, estimator, tuning })
    }

    /// Whether parameters are searched, so that training needs a log of the trials.
    pub fn is_search(&self) -> bool {
        self.tuning.is_some()
    }

    /// Trains on a query's rows.
    pub async fn train(
        self,
        trainer: &Trainer,
        registry: &Registry,
        session: &Arc<Session>,
        query: Relation,
        log: Option<&SearchLog>,
    ) -> Result<DeclaredModel> {
        let mut estimator = self.estimator;
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
        let names_of_rows = estimator.params().optional_text("idCol");
        let id = names_of_rows.map(|name| column(&schema, &name).cloned()).transpose()?;

        let mut steps = Steps::new(trainer, registry, session, query);
        let aside: Vec<&str> = label.iter().chain(&weight).chain(&id).map(|field| field.name().as_str()).collect();
        let features: Vec<&Field> =
            schema.fields().iter().map(AsRef::as_ref).filter(|field| !aside.contains(&field.name().as_str())).collect();
        let vector = steps.assemble(&features, Preparation::of(self.class, estimator.params())).await?;

        let params = estimator.params_mut();
        params.set("featuresCol", Value::Text(vector.clone()))?;
        let mut classes = None;
        let mut columns = vec![vector];
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
            columns.push(name.clone());
            params.set("labelCol", Value::Text(name))?;
        }
        if let Some(weight) = &weight {
            columns.push(weight.name().clone());
            params.set("weightCol", Value::Text(weight.name().clone()))?;
        }
        if let Some(id) = &id {
            params.set("idCol", Value::Text(id.name().clone()))?;
        }
        if takes(params, "predictionCol") {
            let predicted = if classes.is_some() { PREDICTED_INDEX } else { PREDICTION };
            params.set("predictionCol", Value::Text(predicted.to_owned()))?;
        }
        if let (Some(tuning), Some(log)) = (&self.tuning, log) {
            for (name, value) in tuning.run(&steps, self.class, params, &columns, log).await? {
                params.set(&name, value)?;
            }
        }
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

/// Options that were not read yet.
struct Options(Vec<(String, ModelOption)>);

impl Options {
    fn take(&mut self, key: &str) -> Option<ModelOption> {
        let place = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(place).1)
    }

    fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(ModelOption::Value(Value::Text(text))) => Ok(Some(text)),
            Some(_) => Err(refused(format!("the option {key} is a string: write {key} = '…'"))),
        }
    }

    fn number(&mut self, key: &str, default: f64, is_allowed: impl Fn(f64) -> bool) -> Result<f64> {
        match self.take(key) {
            None => Ok(default),
            Some(ModelOption::Value(Value::Int(number))) if is_allowed(number as f64) => Ok(number as f64),
            Some(ModelOption::Value(Value::Double(number))) if is_allowed(number) => Ok(number),
            Some(_) => {
                Err(refused(format!("the option {key} has a value that is not allowed; left out it is {default}")))
            }
        }
    }

    fn tuning(&mut self) -> Result<Tuning> {
        let algorithm = self.text("hparam_tuning_algorithm")?;
        let algorithm = algorithm.as_deref().unwrap_or("tpe").parse();
        let algorithm = algorithm.map_err(|()| refused("hparam_tuning_algorithm is 'random', 'tpe' or 'hyperband'"))?;
        let is_count = |number: f64| (1.0..=10_000.0).contains(&number) && number.fract() == 0.0;
        let trials = self.number("num_trials", 20.0, is_count)? as usize;
        let holdout = self.number("holdout", 0.2, |share| share > 0.0 && share < 1.0)?;
        let seed = self.number("search_seed", 0.0, |seed| seed >= 0.0 && seed.fract() == 0.0)? as u64;
        let objective = self.text("hparam_tuning_objective")?;
        Ok(Tuning { space: Space(Vec::new()), algorithm, trials, holdout, objective, seed })
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
            let takes = |name: &str| takes(estimator.params(), name);
            takes("featuresCol") && (takes("predictionCol") && !takes("queryCol") || takes("idCol"))
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
