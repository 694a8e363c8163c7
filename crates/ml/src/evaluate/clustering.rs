//! `ClusteringEvaluator`: the mean silhouette of the rows.

use super::silhouette::{ClusterSums, ClusterSumsPass, Distance, SilhouettePass, Silhouettes};
use super::sums_of;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Evaluator, Input, Operator, Params, Registry, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.evaluation.ClusteringEvaluator";

const METRIC_NAME: ParamSpec =
    ParamSpec::new("metricName", Kind::Text, Default::Text("silhouette"), "metric name in evaluation: silhouette")
        .checked(|value| matches!(value, Value::Text(name) if name == "silhouette"));
const DISTANCE_MEASURE: ParamSpec = ParamSpec::new(
    "distanceMeasure",
    Kind::Text,
    Default::Text("squaredEuclidean"),
    "distance measure in evaluation: squaredEuclidean or cosine",
)
.checked(|value| matches!(value, Value::Text(name) if ["squaredEuclidean", "cosine"].contains(&name.as_str())));
static SPECS: [ParamSpec; 5] =
    [DISTANCE_MEASURE, shared::FEATURES_COL, METRIC_NAME, shared::PREDICTION_COL, shared::WEIGHT_COL];

pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::evaluator(ClusteringEvaluator { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::evaluator(ClusteringEvaluator { params: saved.params(&SPECS)? })),
        )
        .pass::<ClusterSumsPass>()
        .pass::<SilhouettePass>();
}

#[derive(Debug, Clone)]
struct ClusteringEvaluator {
    params: Params,
}

impl ClusteringEvaluator {
    fn distance(&self) -> Result<Distance> {
        let is_cosine = self.params.text("distanceMeasure")? == "cosine";
        Ok(if is_cosine { Distance::Cosine } else { Distance::SquaredEuclidean })
    }
}

impl Evaluator for ClusteringEvaluator {
    fn class(&self) -> &'static str {
        CLASS
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let mut inputs =
            vec![Input::number(&self.params.text("predictionCol")?), Input::vector(&self.params.text("featuresCol")?)];
        inputs.extend(self.params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        Ok(Arc::new(ClusterSumsPass { distance: self.distance()? }))
    }

    fn next_pass(&self, merged: &AnyAcc) -> Result<Option<Arc<dyn AnyPass>>> {
        let Some(sums) = merged.downcast_ref::<ClusterSums>() else { return Ok(None) };
        match sums.clusters() {
            0 => Err(Failure::new(&codes::ml::EMPTY_DATASET, "there are no rows to evaluate")),
            1 => {
                let text = "assertion failed: Number of clusters must be greater than one.";
                Err(Failure::new(&codes::ml::INVALID_ROW, text))
            }
            _ => Ok(Some(Arc::new(SilhouettePass { distance: self.distance()?, clusters: Arc::new(sums.clone()) }))),
        }
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        Ok(sums_of::<Silhouettes>(merged)?.mean())
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(true)
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}
