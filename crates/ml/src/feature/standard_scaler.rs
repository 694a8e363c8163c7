//! `StandardScaler`: every slot to unit standard deviation, and to zero mean if asked.

use super::centering::Centering;
use super::moments::Summarize;
use super::one_pass::OnePass;
use crate::linalg::{vector_column, vector_type};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Slots};
use crate::transform::no_attribute;
use crate::{
    Attribute, Estimator, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value, Vector,
};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.StandardScaler";
const MODEL_CLASS: &str = "org.apache.spark.ml.feature.StandardScalerModel";
const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    shared::OUTPUT_COL,
    ParamSpec::new("withMean", Kind::Bool, Default::Bool(false), "whether to center data with mean before scaling"),
    ParamSpec::new("withStd", Kind::Bool, Default::Bool(true), "whether to scale to unit standard deviation"),
];

pub fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(StandardScaler { params: Params::new(uid, SPECS) }),
            |_, saved| Ok(Operator::estimator(StandardScaler { params: saved.params(SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| Ok(Operator::transformer(StandardScalerModel::load(saved)?)))
        .pass::<Summarize>();
}

/// Learns means and standard deviations.
#[derive(Debug, Clone)]
pub struct StandardScaler {
    params: Params,
}

impl Estimator for StandardScaler {
    type Fit = OnePass<Summarize>;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&self.params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Self::Fit> {
        schema::no_such_columns(schema, [self.params.text("outputCol")?.as_str()])?;
        let params = self.params.clone();
        Ok(OnePass::new(Summarize, move |moments| {
            let moments = moments.of_some_rows()?;
            let std = moments.standard_deviation();
            Ok(Box::new(StandardScalerModel::new(params, moments.mean, std)))
        }))
    }
}

/// Scales vectors by what was learned.
#[derive(Debug, Clone)]
pub struct StandardScalerModel {
    params: Params,
    learned: Arc<Centering>,
}

impl StandardScalerModel {
    pub fn new(params: Params, mean: Vec<f64>, std: Vec<f64>) -> Self {
        Self { params, learned: Arc::new(Centering::new(mean, std)) }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let (mean, std) = (rows.vector("mean")?.to_dense(), rows.vector("std")?.to_dense());
        if mean.len() != std.len() {
            return Err(saved.damaged("mean and std differ in size"));
        }
        Ok(Self::new(saved.params(SPECS)?, mean, std))
    }
}

impl Transformer for StandardScalerModel {
    fn class(&self) -> &'static str {
        MODEL_CLASS
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
        let input = Input::vector(&self.params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(self.params.text("inputCol")?, RawKind::Vector)])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let output = self.params.text("outputCol")?;
        schema::no_such_columns(schema, [output.as_str()])?;
        let metadata = schema::slots_metadata(&Slots::Size(self.learned.size()));
        Ok(vec![schema::with_metadata(Field::new(output, vector_type(), true), &metadata)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let input = Input::vector(&self.params.text("inputCol")?).read(batch)?;
        let (with_mean, with_std) = (self.params.bool("withMean")?, self.params.bool("withStd")?);
        Ok(Output::all(vec![self.learned.column(&input, with_mean, with_std)?]))
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "mean" => Ok(Vector::Dense(self.learned.center.clone()).into()),
            "std" => Ok(Vector::Dense(self.learned.width.clone()).into()),
            "toString" => Ok(Attribute::text(format!(
                "StandardScalerModel: uid={}, numFeatures={}, withMean={}, withStd={}",
                self.params.uid(),
                self.learned.size(),
                self.params.bool("withMean")?,
                self.params.bool("withStd")?
            ))),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let vector = |values: &[f64]| vector_column([Some(&Vector::Dense(values.to_vec()))]);
        let rows = table([
            Column::optional("std", vector(&self.learned.width)),
            Column::optional("mean", vector(&self.learned.center)),
        ])?;
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", rows))
    }
}
