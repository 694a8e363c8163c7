//! How well a model does on other rows.

use super::steps::Steps;
use super::{LABEL_INDEX, refused, takes, text, uid, with_numeric_label};
use crate::trainer::Trainer;
use brickyard_engine::{Frame, Session};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::{Attribute, Operator, Registry, Transformer, Value};
use brickyard_spec::{Node, Relation};
use datafusion::arrow::datatypes::{DataType, Field};
use std::sync::Arc;

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
    let steps = Steps::new(trainer, registry, session, query);
    let predictions = Predictions::of(steps, model.as_ref()).await?;
    let mut found = vec![("rows".to_owned(), predictions.rows as f64)];
    for metric in &predictions.metrics {
        found.push((metric.name.to_owned(), predictions.score(trainer, registry, metric).await?));
    }
    Ok(found)
}

/// A model's predictions in memory, beside the labels, and what can be measured of them.
pub(super) struct Predictions {
    frame: Frame,
    rows: usize,
    pub metrics: Vec<Metric>,
}

impl Predictions {
    /// For the rows that the steps have come to.
    pub async fn of(mut steps: Steps<'_>, model: &dyn Transformer) -> Result<Self> {
        let predictor = predictor(model);
        let predictor = predictor.ok_or_else(|| refused(format!("{} predicts nothing to evaluate", model.class())))?;
        let schema = steps.session.frame(&steps.rows).await?.schema();
        if let Some(label) = predictor.params().optional_text("labelCol") {
            match schema.field_with_name(&label).map(Field::data_type) {
                Ok(DataType::Boolean) => steps.rows = with_numeric_label(steps.rows.clone(), &label),
                Ok(_) => {}
                // An index that the model itself makes of the label.
                Err(_) if label == LABEL_INDEX => {}
                Err(_) => {
                    let text =
                        format!("the model was trained on the label {label}: the query must have that column too");
                    return Err(Failure::new(&codes::ml::COLUMN_MISSING, text));
                }
            }
        }
        let (metrics, columns) = metrics_of(predictor)?;
        steps.push(model.boxed());
        let (schema, batches) = steps.collect(&columns).await?;
        let rows = batches.iter().map(|batch| batch.num_rows()).sum();
        let frame = steps.session.frame(&Relation::new(Node::Local { schema, batches })).await?;
        Ok(Self { frame, rows, metrics })
    }

    pub async fn score(&self, trainer: &Trainer, registry: &Registry, metric: &Metric) -> Result<f64> {
        let class = format!("org.apache.spark.ml.evaluation.{}", metric.evaluator);
        let Operator::Evaluator(mut evaluator) = registry.make(&class, &uid(metric.evaluator))? else {
            return Err(Failure::internal(format!("{class} is no evaluator")));
        };
        for (key, value) in &metric.columns {
            evaluator.params_mut().set(key, text(value))?;
        }
        evaluator.params_mut().set("metricName", text(metric.name))?;
        trainer.evaluate(&self.frame, evaluator).await
    }
}

/// A metric of an evaluator that reads these columns.
pub(super) struct Metric {
    evaluator: &'static str,
    pub name: &'static str,
    columns: Vec<(&'static str, String)>,
}

/// What tells how good a model is, and the columns that it takes.
fn metrics_of(predictor: &dyn Transformer) -> Result<(Vec<Metric>, Vec<String>)> {
    let params = predictor.params();
    let prediction = params.text("predictionCol")?;
    let Some(label) = params.optional_text("labelCol") else {
        let features = params.text("featuresCol")?;
        let columns = vec![("predictionCol", prediction.clone()), ("featuresCol", features.clone())];
        let metrics = vec![Metric { evaluator: "ClusteringEvaluator", name: "silhouette", columns }];
        return Ok((metrics, vec![prediction, features]));
    };
    let pair = || vec![("labelCol", label.clone()), ("predictionCol", prediction.clone())];
    let mut columns = vec![label.clone(), prediction.clone()];
    let Some(raw) = params.optional_text("rawPredictionCol") else {
        let metric = |name| Metric { evaluator: "RegressionEvaluator", name, columns: pair() };
        return Ok((["rmse", "mse", "mae", "r2"].into_iter().map(metric).collect(), columns));
    };
    let metric = |name| Metric { evaluator: "MulticlassClassificationEvaluator", name, columns: pair() };
    let mut metrics: Vec<Metric> =
        ["accuracy", "f1", "weightedPrecision", "weightedRecall"].into_iter().map(metric).collect();
    if let Some(probability) = params.optional_text("probabilityCol") {
        let mut logarithmic = metric("logLoss");
        logarithmic.columns.push(("probabilityCol", probability.clone()));
        metrics.push(logarithmic);
        columns.push(probability);
    }
    if let Ok(Attribute::Value(Value::Int(2))) = predictor.attribute("numClasses", &[]) {
        for name in ["areaUnderROC", "areaUnderPR"] {
            let columns = vec![("labelCol", label.clone()), ("rawPredictionCol", raw.clone())];
            metrics.push(Metric { evaluator: "BinaryClassificationEvaluator", name, columns });
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
