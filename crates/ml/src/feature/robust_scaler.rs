//! `RobustScaler`: every slot by its quantile range, and around its median if asked; outliers do not count.

use super::centering::Centering;
use super::one_pass::{Learn, OnePass, register_learner};
use super::quantiles::{Summaries, SummarizeQuantiles, Summarized};
use super::stage::{Stage, Staged, register_model};
use crate::linalg::{vector_column, vector_type};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Slots};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Registry, Transformer, Value, Vector};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};

const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    ParamSpec::new("lower", Kind::Double, Default::Double(0.25), "lower quantile of the range").checked(inside),
    shared::OUTPUT_COL,
    ParamSpec::new("relativeError", Kind::Double, Default::Double(0.001), "allowed error of a quantile's rank")
        .checked(check::fraction),
    ParamSpec::new("upper", Kind::Double, Default::Double(0.75), "upper quantile of the range").checked(inside),
    ParamSpec::new("withCentering", Kind::Bool, Default::Bool(false), "whether to center data with the median"),
    ParamSpec::new("withScaling", Kind::Bool, Default::Bool(true), "whether to scale data to the quantile range"),
];

fn inside(value: &Value) -> bool {
    matches!(value, Value::Double(value) if *value > 0.0 && *value < 1.0)
}

pub fn register(registry: &mut Registry) {
    register_learner::<RobustScaler>(registry);
    register_model::<RobustScalerModel>(registry);
    registry.pass::<SummarizeQuantiles>();
}

fn vector_input(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
    let (lower, upper) = (params.double("lower")?, params.double("upper")?);
    if lower >= upper {
        let text = format!(
            "requirement failed: The specified lower quantile({lower:?}) is larger or equal to upper quantile({upper:?})"
        );
        return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
    }
    let input = Input::vector(&params.text("inputCol")?);
    input.find(schema)?;
    Ok(vec![input])
}

struct RobustScaler;

impl Learn for RobustScaler {
    const CLASS: &'static str = "org.apache.spark.ml.feature.RobustScaler";
    const SPECS: &'static [ParamSpec] = SPECS;
    type Pass = SummarizeQuantiles;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        vector_input(params, schema)
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<SummarizeQuantiles>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let pass = SummarizeQuantiles { of: Summarized::Slots, relative_error: params.double("relativeError")? };
        let params = params.clone();
        Ok(OnePass::new(pass, move |summaries| {
            let learned = learn(summaries, params.double("lower")?, params.double("upper")?)?;
            let model: Box<dyn Transformer> = Box::new(Staged::new(params, RobustScalerModel(learned)));
            Ok(model)
        }))
    }
}

fn learn(summaries: Summaries, lower: f64, upper: f64) -> Result<Centering> {
    if summaries.0.is_empty() {
        return Err(Failure::new(&codes::ml::EMPTY_DATASET, "RobustScaler was given no rows"));
    }
    let (mut medians, mut ranges) = (Vec::new(), Vec::new());
    for mut summary in summaries.0 {
        let of = |found: Option<Vec<f64>>| found.and_then(|found| found.first().copied());
        let lower = of(summary.quantiles(&[lower]));
        let upper = of(summary.quantiles(&[upper]));
        let (Some(lower), Some(upper), Some(median)) = (lower, upper, of(summary.quantiles(&[0.5]))) else {
            let text = "requirement failed: QuantileSummaries on some features are missing";
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, text));
        };
        medians.push(median);
        ranges.push(upper - lower);
    }
    Ok(Centering::new(medians, ranges))
}

/// Centers by medians and scales by quantile ranges.
#[derive(Debug)]
struct RobustScalerModel(Centering);

impl Stage for RobustScalerModel {
    const CLASS: &'static str = "org.apache.spark.ml.feature.RobustScalerModel";
    const SPECS: &'static [ParamSpec] = SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        vector_input(params, schema)
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Vector)])
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        let metadata = schema::slots_metadata(&Slots::Size(self.0.size()));
        Ok(vec![schema::with_metadata(Field::new(params.text("outputCol")?, vector_type(), true), &metadata)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let input = Input::vector(&params.text("inputCol")?).read(batch)?;
        let (centers, scales) = (params.bool("withCentering")?, params.bool("withScaling")?);
        Ok(Output::all(vec![self.0.column(&input, centers, scales)?]))
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "range" => Ok(Vector::compressed(self.0.width.clone()).into()),
            "median" => Ok(Vector::compressed(self.0.center.clone()).into()),
            "toString" => Ok(Attribute::text(format!(
                "RobustScalerModel: uid={}, numFeatures={}, withCentering={}, withScaling={}",
                params.uid(),
                self.0.size(),
                params.bool("withCentering")?,
                params.bool("withScaling")?
            ))),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let (range, median) = (rows.vector("range")?.to_dense(), rows.vector("median")?.to_dense());
        if range.len() != median.len() {
            return Err(saved.damaged("range and median differ in size"));
        }
        Ok(Self(Centering::new(median, range)))
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let vector = |values: &[f64]| vector_column([Some(&Vector::compressed(values.to_vec()))]);
        let rows = table([
            Column::optional("range", vector(&self.0.width)),
            Column::optional("median", vector(&self.0.center)),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}
