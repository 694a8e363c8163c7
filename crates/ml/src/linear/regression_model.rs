//! The fitted linear regression.

use super::margins::{margins, margins_of};
use super::regression::SPECS;
use crate::linalg::vector_column;
use crate::persist::{Column, Saved, table};
use crate::schema::{no_such_columns, with_metadata};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::{Map, json};
use std::sync::Arc;

pub const MODEL_CLASS: &str = "org.apache.spark.ml.regression.LinearRegressionModel";

/// Coefficients and an intercept, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct LinearRegressionModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    coefficients: Vector,
    /// The same as a matrix of one row.
    row: Matrix,
    intercept: f64,
    /// 1, but for models that Spark fitted with the huber loss.
    scale: f64,
}

impl LinearRegressionModel {
    pub(super) fn new(params: Params, coefficients: Vector, intercept: f64, scale: f64) -> Self {
        let row = Matrix::row_major(1, coefficients.size(), coefficients.to_dense());
        Self { params, learned: Arc::new(Learned { coefficients, row, intercept, scale }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let scale = if rows.has("scale") { rows.double("scale")? } else { 1.0 };
        Ok(Self::new(saved.params(&SPECS)?, rows.vector("coefficients")?, rows.double("intercept")?, scale))
    }

    pub fn coefficients(&self) -> &Vector {
        &self.learned.coefficients
    }

    pub fn intercept(&self) -> f64 {
        self.learned.intercept
    }
}

impl Transformer for LinearRegressionModel {
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
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let Some(name) = self.params.optional_text("predictionCol") else { return Ok(Vec::new()) };
        no_such_columns(schema, [name.as_str()])?;
        let metadata = Map::from_iter([("ml_attr".to_owned(), json!({}))]);
        Ok(vec![with_metadata(Field::new(name, DataType::Float64, false), &metadata)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        if self.params.optional_text("predictionCol").is_none() {
            return Ok(Output::all(Vec::new()));
        }
        let features = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let values = margins(features.as_ref(), &self.learned.row, &[self.learned.intercept])?;
        Ok(Output::all(vec![Arc::new(Float64Array::from(values)) as ArrayRef]))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        let learned = &self.learned;
        match name {
            "coefficients" => Ok(learned.coefficients.clone().into()),
            "intercept" => Ok(learned.intercept.into()),
            "scale" => Ok(learned.scale.into()),
            "numFeatures" => Ok((learned.row.columns as i64).into()),
            "predict" => match arguments {
                [Value::Vector(vector)] => Ok(margins_of(vector, &learned.row, &[learned.intercept])?[0].into()),
                _ => Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "predict takes one vector")),
            },
            "toString" => Ok(Attribute::text(format!(
                "LinearRegressionModel: uid={}, numFeatures={}",
                self.params.uid(),
                learned.row.columns
            ))),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let learned = &self.learned;
        let double = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
        let data = table([
            Column::required("intercept", double(learned.intercept)),
            Column::optional("coefficients", vector_column([Some(&learned.coefficients)])),
            Column::required("scale", double(learned.scale)),
        ])?;
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", data))
    }
}
