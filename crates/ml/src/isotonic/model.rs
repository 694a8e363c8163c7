//! The fitted step function.

use super::estimator::{SPECS, features_input};
use super::points::slot_of;
use super::pooling::Corners;
use crate::instances::number;
use crate::linalg::{VectorColumn, is_vector_type};
use crate::persist::{Column, Saved, double_lists, table};
use crate::predictor::regressor::prediction_field;
use crate::schema::no_such_columns;
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, InputKind, Output, Params, Transformer, Value, Vector};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.regression.IsotonicRegressionModel";

/// Corners, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct IsotonicRegressionModel {
    params: Params,
    corners: Arc<Corners>,
    is_rising: bool,
}

impl IsotonicRegressionModel {
    pub(super) fn new(params: Params, corners: Corners, is_rising: bool) -> Self {
        Self { params, corners: Arc::new(corners), is_rising }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let corners = Corners { boundaries: rows.double_list("boundaries")?, values: rows.double_list("predictions")? };
        if corners.boundaries.len() != corners.values.len() || !corners.boundaries.is_sorted() {
            return Err(rows.damaged("boundaries and predictions do not fit together"));
        }
        Ok(Self::new(saved.params(&SPECS)?, corners, rows.bool("isotonic")?))
    }

    /// `None` for a number that is null; as in Spark its prediction is null too.
    fn feature(&self, column: &ArrayRef, row: usize) -> Result<Option<f64>> {
        if is_vector_type(column.data_type()) {
            let vectors = VectorColumn::new(column.as_ref())?;
            if vectors.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop or fill such rows before predicting"));
            }
            let slot = self.params.int("featureIndex")?.unsigned_abs() as usize;
            return slot_of(vectors.get(row), slot).map(Some);
        }
        Ok(number(column.as_primitive::<Float64Type>(), row))
    }
}

impl Transformer for IsotonicRegressionModel {
    fn class(&self) -> &'static str {
        CLASS
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
        Ok(vec![features_input(&self.params, schema)?])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let Some(name) = self.params.optional_text("predictionCol") else { return Ok(Vec::new()) };
        no_such_columns(schema, [name.as_str()])?;
        let features = features_input(&self.params, schema)?;
        let is_nullable = features.kind == InputKind::Number && features.find(schema)?.is_nullable();
        Ok(vec![prediction_field(&name).with_nullable(is_nullable)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        if self.params.optional_text("predictionCol").is_none() {
            return Ok(Output::all(Vec::new()));
        }
        let column = features_input(&self.params, batch.schema_ref())?.read(batch)?;
        let one = |row| Ok(self.feature(&column, row)?.map(|x| self.corners.at(x)));
        let values: Float64Array = (0..column.len()).map(one).collect::<Result<_>>()?;
        Ok(Output::all(vec![Arc::new(values)]))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match name {
            "boundaries" => Ok(Vector::Dense(self.corners.boundaries.clone()).into()),
            "predictions" => Ok(Vector::Dense(self.corners.values.clone()).into()),
            "numFeatures" => Ok(1i64.into()),
            "predict" => match arguments {
                [Value::Double(x)] => Ok(self.corners.at(*x).into()),
                [Value::Int(x)] => Ok(self.corners.at(*x as f64).into()),
                _ => Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "predict takes one number")),
            },
            "toString" => {
                Ok(Attribute::text(format!("IsotonicRegressionModel: uid={}, numFeatures=1", self.params.uid())))
            }
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let data = table([
            Column::optional("boundaries", double_lists([&self.corners.boundaries])),
            Column::optional("predictions", double_lists([&self.corners.values])),
            Column::required("isotonic", Arc::new(BooleanArray::from(vec![self.is_rising]))),
        ])?;
        Ok(Saved::of(CLASS, &self.params).with_table("data", data))
    }
}
