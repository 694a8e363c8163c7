//! Training summaries: what a model's training, or its use on other rows, came to.
//!
//! What the training itself reports is told at once; every metric is the evaluator's own, over the model's predictions, so
//! `summary.accuracy` and `evaluator.evaluate(model.transform(df))` cannot differ.

use crate::attributes::Answer;
use crate::sessions::ClientSession;
use crate::state::SparkState;
use brickyard_error::{Failure, Result};
use brickyard_ml::fit::FitReport;
use brickyard_ml::transform::no_attribute;
use brickyard_ml::{Attribute, Operator, Transformer, Value};
use brickyard_spec::{Expr, Node, Relation};
use std::sync::Arc;

/// How a model came about.
pub struct Training {
    /// The training rows, as a query.
    pub relation: Relation,
    pub report: FitReport,
    /// `None` if they were not counted.
    pub rows: Option<u64>,
}

/// A model with rows that it is judged by.
pub struct Summary {
    pub model: Arc<dyn Transformer>,
    pub training: Arc<Training>,
    /// Whether the rows are those that the model was trained on.
    pub is_training: bool,
}

/// Where the answer to an attribute comes from.
#[derive(Debug, PartialEq)]
enum Source {
    /// A metric by an evaluator of this class and name.
    Metric(&'static str, &'static str),
    /// The same for each label.
    MetricByLabel(&'static str),
    /// A column name: the value of a parameter.
    Parameter(&'static str),
    Predictions,
    Labels,
    ObjectiveHistory,
    Iterations,
    Instances,
    DegreesOfFreedom,
    AdjustedR2,
    Residuals,
    ClusterColumn,
    /// Something only the training or the model itself knows.
    Other,
}

const MULTICLASS: &str = "org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator";
const BINARY: &str = "org.apache.spark.ml.evaluation.BinaryClassificationEvaluator";
const REGRESSION: &str = "org.apache.spark.ml.evaluation.RegressionEvaluator";

fn source(name: &str) -> Source {
    match name {
        "accuracy" => Source::Metric(MULTICLASS, "accuracy"),
        "weightedPrecision" => Source::Metric(MULTICLASS, "weightedPrecision"),
        "weightedRecall" => Source::Metric(MULTICLASS, "weightedRecall"),
        "weightedTruePositiveRate" => Source::Metric(MULTICLASS, "weightedTruePositiveRate"),
        "weightedFalsePositiveRate" => Source::Metric(MULTICLASS, "weightedFalsePositiveRate"),
        "weightedFMeasure" => Source::Metric(MULTICLASS, "weightedFMeasure"),
        "truePositiveRateByLabel" => Source::MetricByLabel("truePositiveRateByLabel"),
        "falsePositiveRateByLabel" => Source::MetricByLabel("falsePositiveRateByLabel"),
        "precisionByLabel" => Source::MetricByLabel("precisionByLabel"),
        "recallByLabel" => Source::MetricByLabel("recallByLabel"),
        "fMeasureByLabel" => Source::MetricByLabel("fMeasureByLabel"),
        "areaUnderROC" => Source::Metric(BINARY, "areaUnderROC"),
        "rootMeanSquaredError" => Source::Metric(REGRESSION, "rmse"),
        "meanSquaredError" => Source::Metric(REGRESSION, "mse"),
        "meanAbsoluteError" => Source::Metric(REGRESSION, "mae"),
        "explainedVariance" => Source::Metric(REGRESSION, "var"),
        "r2" => Source::Metric(REGRESSION, "r2"),
        "r2adj" => Source::AdjustedR2,
        "predictionCol" => Source::Parameter("predictionCol"),
        "labelCol" => Source::Parameter("labelCol"),
        "featuresCol" => Source::Parameter("featuresCol"),
        "probabilityCol" | "scoreCol" => Source::Parameter("probabilityCol"),
        "weightCol" => Source::Parameter("weightCol"),
        "k" => Source::Parameter("k"),
        "predictions" => Source::Predictions,
        "cluster" => Source::ClusterColumn,
        "residuals" => Source::Residuals,
        "labels" => Source::Labels,
        "objectiveHistory" => Source::ObjectiveHistory,
        "totalIterations" | "numIter" | "numIterations" => Source::Iterations,
        "numInstances" => Source::Instances,
        "degreesOfFreedom" => Source::DegreesOfFreedom,
        _ => Source::Other,
    }
}

/// The answer to an attribute; `transformer` names the model in the session.
pub async fn attribute(
    state: &SparkState,
    session: &ClientSession,
    summary: &Summary,
    transformer: &str,
    name: &str,
    arguments: Vec<Value>,
) -> Result<Answer> {
    let asked = Asked { state, session, summary, transformer };
    let value = |value: Value| Ok(Answer::Value(value));
    let report = &summary.training.report;
    match source(name) {
        Source::Metric(class, metric) => value(asked.metric(class, metric, None).await?.into()),
        Source::MetricByLabel(metric) => {
            let mut by_label = Vec::new();
            for label in 0..asked.classes()? {
                by_label.push(asked.metric(MULTICLASS, metric, Some(label)).await?);
            }
            value(by_label.into())
        }
        Source::Parameter(parameter) => value(summary.model.params().get(parameter).unwrap_or(Value::Null)),
        Source::Predictions => Ok(Answer::Relation(asked.predictions())),
        Source::ClusterColumn => Ok(Answer::Relation(asked.project(|column| vec![column("predictionCol")])?)),
        Source::Residuals => {
            let residual = |column: &dyn Fn(&str) -> Expr| {
                Expr::function("-", vec![column("labelCol"), column("predictionCol")]).alias("residuals")
            };
            Ok(Answer::Relation(asked.project(|column| vec![residual(column)])?))
        }
        Source::Labels => value((0..asked.classes()?).map(|label| label as f64).collect::<Vec<f64>>().into()),
        Source::ObjectiveHistory => value(report.objective_history.clone().into()),
        Source::Iterations => value(Value::Int(i64::try_from(report.iterations).unwrap_or(i64::MAX))),
        Source::Instances => value(Value::Int(asked.instances().await?)),
        Source::DegreesOfFreedom => value(Value::Int(asked.degrees_of_freedom().await?)),
        Source::AdjustedR2 => value(asked.adjusted_r2().await?.into()),
        Source::Other => match report.values.get(name) {
            Some(known) => value(known.clone()),
            None => Err(no_attribute(if summary.is_training { "the training summary" } else { "the summary" }, name)
                .because(Failure::unsupported(format!("{name} with {} arguments", arguments.len())))),
        },
    }
}

struct Asked<'a> {
    state: &'a SparkState,
    session: &'a ClientSession,
    summary: &'a Summary,
    transformer: &'a str,
}

impl Asked<'_> {
    fn predictions(&self) -> Relation {
        let input = self.summary.training.relation.clone();
        Node::Transform { input, transformer: self.transformer.to_owned() }.into()
    }

    /// A projection of the predictions; columns are named by the parameter that names them.
    fn project(&self, exprs: impl Fn(&dyn Fn(&str) -> Expr) -> Vec<Expr>) -> Result<Relation> {
        let params = self.summary.model.params();
        let column = |parameter: &str| Expr::exact_column(params.optional_text(parameter).unwrap_or_default());
        Ok(Node::Project { input: self.predictions(), exprs: exprs(&column) }.into())
    }

    async fn metric(&self, class: &str, metric: &str, label: Option<i64>) -> Result<f64> {
        let Operator::Evaluator(mut evaluator) = self.state.registry.make(class, "summary")? else {
            return Err(Failure::internal(format!("{class} is no evaluator")));
        };
        let model = self.summary.model.params();
        let wanted = evaluator.params_mut();
        wanted.set("metricName", metric.into())?;
        for shared in ["labelCol", "predictionCol", "weightCol"] {
            if let Some(column) = model.optional_text(shared).filter(|_| wanted.specs().iter().any(|spec| spec.name == shared)) {
                wanted.set(shared, column.into())?;
            }
        }
        if let Some(column) = model.optional_text("probabilityCol").filter(|_| class == BINARY) {
            wanted.set("rawPredictionCol", column.into())?;
        }
        if let Some(label) = label {
            wanted.set("metricLabel", Value::Double(label as f64))?;
        }
        let frame = self.session.engine.frame(&self.predictions()).await?;
        self.state.trainer.evaluate(&frame.dataframe()?, evaluator.as_ref()).await
    }

    fn classes(&self) -> Result<i64> {
        self.number_of("numClasses")
    }

    fn number_of(&self, attribute: &str) -> Result<i64> {
        match self.summary.model.attribute(attribute, &[])? {
            Attribute::Value(Value::Int(number)) => Ok(number),
            other => Err(Failure::internal(format!("{attribute} of {} is {other:?}", self.summary.model.class()))),
        }
    }

    async fn instances(&self) -> Result<i64> {
        let rows = match self.summary.training.rows {
            Some(rows) => rows,
            None => self.session.engine.frame(&self.summary.training.relation).await?.count().await?,
        };
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    /// Rows less parameters: one for each feature, and one for the intercept.
    async fn degrees_of_freedom(&self) -> Result<i64> {
        Ok(self.instances().await? - self.number_of("numFeatures")? - self.intercepts())
    }

    /// `1 - (1 - R²)(n - i) / (n - p - i)` with n rows, p features and i intercepts.
    async fn adjusted_r2(&self) -> Result<f64> {
        let r2 = self.metric(REGRESSION, "r2", None).await?;
        let rows = (self.instances().await? - self.intercepts()) as f64;
        Ok(1.0 - (1.0 - r2) * rows / self.degrees_of_freedom().await? as f64)
    }

    fn intercepts(&self) -> i64 {
        i64::from(self.summary.model.params().bool("fitIntercept").unwrap_or(false))
    }
}
