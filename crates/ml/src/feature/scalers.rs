//! `MinMaxScaler` and `MaxAbsScaler`: slots brought into a range.

use super::mapped::{Mapped, RowMap, VectorMap, push_compressed, push_values};
use super::moments::{Moments, Summarize, other_size};
use super::one_pass::{Learn, OnePass, register_learner};
use crate::linalg::vector_column;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Slots};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Operator, Params, Registry, Transformer, Vector};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::marker::PhantomData;

pub fn register(registry: &mut Registry) {
    register_learner::<RangeScaler<MinMax>>(registry);
    register_learner::<RangeScaler<MaxAbs>>(registry);
    registry
        .loadable(MinMax::CLASS, |_, saved| Ok(Operator::transformer(Mapped::<MinMax>::load(saved)?)))
        .loadable(MaxAbs::CLASS, |_, saved| Ok(Operator::transformer(Mapped::<MaxAbs>::load(saved)?)));
}

/// A scaler learned from the slots' moments.
trait Learned: VectorMap {
    const ESTIMATOR_CLASS: &'static str;
    fn learn(moments: Moments) -> Self;
}

/// The estimator of a [`Learned`] scaler.
struct RangeScaler<M>(PhantomData<fn() -> M>);

impl<M: Learned> Learn for RangeScaler<M> {
    const CLASS: &'static str = M::ESTIMATOR_CLASS;
    const SPECS: &'static [ParamSpec] = M::SPECS;
    type Pass = Summarize;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<Summarize>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let params = params.clone();
        Ok(OnePass::new(Summarize, move |moments| {
            let model: Box<dyn Transformer> = Box::new(Mapped::new(params, M::learn(moments.of_some_rows()?)));
            Ok(model)
        }))
    }
}

fn one_vector(values: &[f64]) -> arrow_array::ArrayRef {
    vector_column([Some(&Vector::Dense(values.to_vec()))])
}

/// The range of every slot in training.
#[derive(Debug)]
struct MinMax {
    min: Vec<f64>,
    max: Vec<f64>,
}

impl Learned for MinMax {
    const ESTIMATOR_CLASS: &'static str = "org.apache.spark.ml.feature.MinMaxScaler";

    fn learn(moments: Moments) -> Self {
        Self { min: moments.min, max: moments.max }
    }
}

impl VectorMap for MinMax {
    const CLASS: &'static str = "org.apache.spark.ml.feature.MinMaxScalerModel";
    const SPECS: &'static [ParamSpec] = &[
        shared::INPUT_COL,
        ParamSpec::new("max", Kind::Double, Default::Double(1.0), "upper bound after scaling"),
        ParamSpec::new("min", Kind::Double, Default::Double(0.0), "lower bound after scaling"),
        shared::OUTPUT_COL,
    ];

    fn slots(&self, _: &Params, _: &Field) -> Result<Slots> {
        Ok(Slots::Size(self.min.len()))
    }

    fn prepare<'a>(&'a self, params: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let (low, high) = (params.double("min")?, params.double("max")?);
        let ranges = self.max.iter().zip(&self.min).map(|(max, min)| max - min);
        let scales: Vec<f64> = ranges.map(|range| if range == 0.0 { 0.0 } else { (high - low) / range }).collect();
        let mut values = vec![0.0; self.min.len()];
        Ok(Box::new(move |vector, mapped| {
            if vector.size() != values.len() {
                return Err(other_size(values.len(), vector.size()));
            }
            vector.write_dense(&mut values);
            for (slot, value) in values.iter_mut().enumerate().filter(|(_, value)| !value.is_nan()) {
                let constant = scales[slot] == 0.0;
                *value = if constant { (low + high) / 2.0 } else { (*value - self.min[slot]) * scales[slot] + low };
            }
            push_compressed(&values, mapped);
            Ok(())
        }))
    }

    fn attribute(&self, _: &Params, name: &str) -> Result<Attribute> {
        match name {
            "originalMin" => Ok(Vector::Dense(self.min.clone()).into()),
            "originalMax" => Ok(Vector::Dense(self.max.clone()).into()),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        Ok(Self { min: rows.vector("originalMin")?.to_dense(), max: rows.vector("originalMax")?.to_dense() })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let rows = table([
            Column::optional("originalMin", one_vector(&self.min)),
            Column::optional("originalMax", one_vector(&self.max)),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}

/// The largest magnitude of every slot in training.
#[derive(Debug)]
struct MaxAbs {
    max_abs: Vec<f64>,
}

impl Learned for MaxAbs {
    const ESTIMATOR_CLASS: &'static str = "org.apache.spark.ml.feature.MaxAbsScaler";

    fn learn(moments: Moments) -> Self {
        let pairs = moments.min.iter().zip(&moments.max);
        Self { max_abs: pairs.map(|(min, max)| min.abs().max(max.abs())).collect() }
    }
}

impl VectorMap for MaxAbs {
    const CLASS: &'static str = "org.apache.spark.ml.feature.MaxAbsScalerModel";
    const SPECS: &'static [ParamSpec] = &[shared::INPUT_COL, shared::OUTPUT_COL];

    fn slots(&self, _: &Params, _: &Field) -> Result<Slots> {
        Ok(Slots::Size(self.max_abs.len()))
    }

    fn prepare<'a>(&'a self, _: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let scales: Vec<f64> = self.max_abs.iter().map(|max| if *max == 0.0 { 1.0 } else { 1.0 / max }).collect();
        Ok(Box::new(move |vector, mapped| {
            if vector.size() != scales.len() {
                return Err(other_size(scales.len(), vector.size()));
            }
            push_values(vector, mapped, |slot, value| value * scales[slot]);
            Ok(())
        }))
    }

    fn attribute(&self, _: &Params, name: &str) -> Result<Attribute> {
        match name {
            "maxAbs" => Ok(Vector::Dense(self.max_abs.clone()).into()),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        Ok(Self { max_abs: saved.rows("data")?.vector("maxAbs")?.to_dense() })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        Ok(saved.with_table("data", table([Column::optional("maxAbs", one_vector(&self.max_abs))])?))
    }
}
