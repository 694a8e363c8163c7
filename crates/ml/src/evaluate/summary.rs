//! Summaries: what Spark tells about a model's predictions, of its training rows or of others.
//!
//! A summary is one aggregate over the predictions, like an evaluation, and answers attributes from the sums. What
//! needs the predictions themselves (`predictions`, `residuals`, `cluster`) is for whoever holds the frame.

mod classification;
mod clustering;
mod generalized;
mod regression;

pub(super) use clustering::ClusteringPass;

use super::classification_pass::ClassificationPass;
use super::regression_pass::RegressionPass;
use super::sums_of;
use crate::glm::Residuals;
use crate::{AnyAcc, AnyPass, Attribute, FitReport, Input, Transformer, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use classification::ClassificationSummary;
use clustering::ClusteringSummary;
use generalized::{GeneralizedFit, GeneralizedSummary};
use regression::{LinearFit, RegressionSummary};
use std::sync::Arc;

/// How the predictions of a model are summed up.
#[derive(Debug)]
pub struct SummaryKind {
    model: Box<dyn Transformer>,
    shape: Shape,
}

impl Clone for SummaryKind {
    fn clone(&self) -> Self {
        Self { model: self.model.boxed(), shape: self.shape.clone() }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// `score` is the parameter of the column that curves are drawn from; binary classifiers have one.
    Classification {
        score: Option<&'static str>,
    },
    Regression(LinearFit),
    Generalized(GeneralizedFit),
    Clustering {
        clusters: usize,
    },
}

impl SummaryKind {
    /// The kind of summary that a model has; `None` for models that have none in Spark.
    pub fn of(model: &dyn Transformer) -> Result<Option<Self>> {
        let int = |name: &str| match model.attribute(name, &[])? {
            Attribute::Value(Value::Int(value)) => Ok(usize::try_from(value).unwrap_or(0)),
            _ => Err(Failure::internal(format!("{} has no number {name}", model.class()))),
        };
        let short = model.class().rsplit('.').next().unwrap_or_default();
        let (shape, columns): (Shape, &[&str]) = match short {
            "LogisticRegressionModel" | "RandomForestClassificationModel" | "FMClassificationModel" => {
                let score = (int("numClasses")? <= 2).then_some("probabilityCol");
                (Shape::Classification { score }, &["probabilityCol", "predictionCol"])
            }
            "MultilayerPerceptronClassificationModel" => (Shape::Classification { score: None }, &["predictionCol"]),
            "LinearSVCModel" => {
                (Shape::Classification { score: Some("rawPredictionCol") }, &["rawPredictionCol", "predictionCol"])
            }
            "LinearRegressionModel" => (Shape::Regression(LinearFit::of(model)?), &["predictionCol"]),
            "GeneralizedLinearRegressionModel" => (Shape::Generalized(GeneralizedFit::of(model)?), &["predictionCol"]),
            "KMeansModel" | "BisectingKMeansModel" => {
                let clusters = usize::try_from(model.params().int("k")?).unwrap_or(0);
                (Shape::Clustering { clusters }, &["predictionCol"])
            }
            "GaussianMixtureModel" => {
                let clusters = usize::try_from(model.params().int("k")?).unwrap_or(0);
                (Shape::Clustering { clusters }, &["probabilityCol", "predictionCol"])
            }
            _ => return Ok(None),
        };
        let mut model = model.boxed();
        let uid = model.params().uid().to_owned();
        for param in columns.iter().filter(|param| model.params().optional_text(param).is_none()).collect::<Vec<_>>() {
            let name = format!("{}_{uid}", param.trim_end_matches("Col"));
            model.params_mut().set(param, Value::Text(name))?;
        }
        Ok(Some(Self { model, shape }))
    }

    /// The model whose predictions are summed up: the given one, with names for the columns that it would leave out.
    pub fn model(&self) -> &dyn Transformer {
        self.model.as_ref()
    }

    /// The columns read from the predictions. A weight column that they lack counts as 1.
    pub fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let column = |param: &str| self.model.params().text(param);
        let mut inputs = vec![Input::number(&column("predictionCol")?)];
        if !matches!(self.shape, Shape::Clustering { .. }) {
            inputs.push(Input::number(&column("labelCol")?));
        }
        if let Shape::Classification { score: Some(score) } = self.shape {
            inputs.push(Input::vector(&column(score)?));
        }
        if let Shape::Generalized(_) = self.shape {
            let more = ["weightCol", "offsetCol"].into_iter();
            let more = more.filter_map(|param| self.model.params().optional_text(param));
            inputs.extend(more.map(|column| Input::number(&column)));
        } else if !matches!(self.shape, Shape::Clustering { .. }) {
            let weight = self.model.params().optional_text("weightCol").filter(|_| self.is_weighted());
            let weight = weight.filter(|weight| schema.field_with_name(weight).is_ok());
            inputs.extend(weight.map(|weight| Input::number(&weight)));
        }
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    /// False for classifiers whose summaries look at no weights, whatever column is named.
    fn is_weighted(&self) -> bool {
        let short = self.model.class().rsplit('.').next().unwrap_or_default();
        !["FMClassificationModel", "MultilayerPerceptronClassificationModel"].contains(&short)
    }

    /// The stage that appends residuals to the predictions, and its column, for models that know several kinds of them;
    /// `None` where a residual is the label less the prediction. The argument is the kind, deviance if there is none.
    pub fn residuals(&self, arguments: &[Value]) -> Result<Option<(Box<dyn Transformer>, &'static str)>> {
        if !matches!(self.shape, Shape::Generalized(_)) {
            return Ok(None);
        }
        let kind = match arguments {
            [] => "deviance",
            [Value::Text(kind)] => kind,
            _ => return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "residuals takes one string, their type")),
        };
        let residuals = Residuals::new(self.model.params(), kind)?;
        let column = residuals.column();
        Ok(Some((Box::new(residuals), column)))
    }

    pub fn pass(&self) -> Arc<dyn AnyPass> {
        match &self.shape {
            Shape::Classification { score } => Arc::new(ClassificationPass {
                prediction: Some(0),
                label: 1,
                score: score.map(|_| 2),
                weight: Some(if score.is_some() { 3 } else { 2 }),
                probability: None,
            }),
            Shape::Regression(_) => Arc::new(RegressionPass),
            Shape::Generalized(fit) => Arc::new(fit.pass),
            Shape::Clustering { clusters } => Arc::new(ClusteringPass { clusters: *clusters }),
        }
    }

    /// The summary from the pass's sums; `report` is the fit's, or empty for other rows than those of the training.
    pub fn finish(&self, merged: AnyAcc, report: &FitReport) -> Result<MetricsSummary> {
        let sums = match &self.shape {
            Shape::Classification { .. } => Sums::Classification(ClassificationSummary::new(sums_of(merged)?)),
            Shape::Regression(fit) => Sums::Regression(RegressionSummary::new(sums_of(merged)?, fit.clone(), report)),
            Shape::Generalized(fit) => {
                Sums::Generalized(GeneralizedSummary::new(sums_of(merged)?, fit.clone(), report))
            }
            Shape::Clustering { .. } => Sums::Clustering(ClusteringSummary::new(sums_of(merged)?)),
        };
        Ok(MetricsSummary { kind: self.clone(), sums, report: report.clone() })
    }
}

/// The answers of a summary.
#[derive(Debug, Clone)]
pub struct MetricsSummary {
    kind: SummaryKind,
    sums: Sums,
    report: FitReport,
}

#[derive(Debug, Clone)]
enum Sums {
    Classification(ClassificationSummary),
    Regression(RegressionSummary),
    Generalized(GeneralizedSummary),
    Clustering(ClusteringSummary),
}

impl MetricsSummary {
    /// An attribute by Spark's name; arguments as `beta` of `fMeasureByLabel`.
    pub fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        if let Some(answer) = self.of_training(name).or_else(|| self.column(name)) {
            return Ok(answer);
        }
        let answer = match &self.sums {
            Sums::Classification(summary) => summary.attribute(name, arguments)?,
            Sums::Regression(summary) => summary.attribute(name)?,
            Sums::Generalized(summary) => summary.attribute(name)?,
            Sums::Clustering(summary) => summary.attribute(name),
        };
        answer.ok_or_else(|| {
            let text = format!("a summary of {} has no attribute {name}", self.kind.model.class());
            Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text)
        })
    }

    /// What the fit itself reported.
    fn of_training(&self, name: &str) -> Option<Attribute> {
        match name {
            "objectiveHistory" if !self.report.objective_history.is_empty() => {
                Some(self.report.objective_history.clone().into())
            }
            "totalIterations" | "numIter" | "numIterations" => Some((self.report.iterations as i64).into()),
            _ => self.report.values.get(name).cloned().map(Attribute::Value),
        }
    }

    /// Names of columns.
    fn column(&self, name: &str) -> Option<Attribute> {
        let params = self.kind.model.params();
        if name == "solver" && matches!(self.kind.shape, Shape::Generalized(_)) {
            return params.optional_text(name).map(Attribute::text);
        }
        if name == "weightCol" && !self.kind.is_weighted() {
            return Some(Attribute::text(""));
        }
        let param = match (name, &self.kind.shape) {
            ("scoreCol", Shape::Classification { score }) => score.unwrap_or("probabilityCol"),
            _ => name,
        };
        let param = match param {
            "predictionCol" | "labelCol" | "weightCol" | "probabilityCol" | "rawPredictionCol" | "featuresCol" => param,
            _ => return None,
        };
        params.specs().iter().find(|spec| spec.name == param)?;
        // Spark names the parameter where no weight column is set.
        let missing = if name == "weightCol" { "weightCol" } else { "" };
        Some(Attribute::text(params.optional_text(param).unwrap_or_else(|| missing.to_owned())))
    }
}

/// A frame of two columns of numbers.
fn frame(names: [&str; 2], points: &[(f64, f64)]) -> Result<Attribute> {
    use arrow_array::{ArrayRef, Float64Array, RecordBatch};
    let column = |value: fn(&(f64, f64)) -> f64| Arc::new(Float64Array::from_iter_values(points.iter().map(value)));
    let columns: [(&str, ArrayRef, bool); 2] =
        [(names[0], column(|point| point.0), false), (names[1], column(|point| point.1), false)];
    let batch = RecordBatch::try_from_iter_with_nullable(columns);
    batch.map(Attribute::Frame).map_err(|error| Failure::internal("building a curve").because(error))
}
