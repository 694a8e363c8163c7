//! `QuantileDiscretizer`: numbers to buckets of about as many rows each; what it learns are the splits of a `Bucketizer`.

use super::bucketizer::Bucketizer;
use super::columns::pairs;
use super::one_pass::{Learn, OnePass, register_learner};
use super::quantile_summary::QuantileSummary;
use super::quantiles::{SummarizeQuantiles, Summarized};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::schema;
use crate::{Input, Params, Registry, Transformer, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};

pub fn register(registry: &mut Registry) {
    register_learner::<QuantileDiscretizer>(registry);
}

struct QuantileDiscretizer;

impl Learn for QuantileDiscretizer {
    const CLASS: &'static str = "org.apache.spark.ml.feature.QuantileDiscretizer";
    const SPECS: &'static [ParamSpec] = &[
        shared::HANDLE_INVALID,
        shared::INPUT_COL,
        shared::INPUT_COLS,
        ParamSpec::new("numBuckets", Kind::Int, Default::Int(2), "number of buckets (>= 2)")
            .checked(|value| matches!(value, Value::Int(2..))),
        ParamSpec::new("numBucketsArray", Kind::Ints, Default::None, "number of buckets of each input column (>= 2)")
            .checked(|value| matches!(value, Value::Ints(all) if all.iter().all(|buckets| *buckets >= 2))),
        shared::OUTPUT_COL,
        shared::OUTPUT_COLS,
        ParamSpec::new("relativeError", Kind::Double, Default::Double(0.001), "allowed error of a quantile's rank")
            .checked(check::fraction),
    ];
    type Pass = SummarizeQuantiles;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let inputs: Vec<Input> = pairs(params)?.iter().map(|(input, _)| Input::number(input)).collect();
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<SummarizeQuantiles>> {
        let pairs = pairs(params)?;
        schema::no_such_columns(schema, pairs.iter().map(|(_, output)| output.as_str()))?;
        let buckets = buckets(params, pairs.len())?;
        let of = Summarized::Numbers { columns: pairs.len() };
        let pass = SummarizeQuantiles { of, relative_error: params.double("relativeError")? };
        let params = params.clone();
        Ok(OnePass::new(pass, move |summaries| {
            let columns = pairs.iter().zip(summaries.0).zip(buckets);
            let splits = columns.map(|(((column, _), summary), buckets)| splits(column, summary, buckets));
            let splits = splits.collect::<Result<Vec<_>>>()?;
            let model: Box<dyn Transformer> = Box::new(Bucketizer::of_splits(&params, splits)?);
            Ok(model)
        }))
    }
}

fn buckets(params: &Params, columns: usize) -> Result<Vec<usize>> {
    let wrong =
        |text: String| Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, format!("requirement failed: {text}")));
    let Some(Value::Ints(each)) = params.get("numBucketsArray") else {
        return Ok(vec![params.int("numBuckets")? as usize; columns]);
    };
    if params.is_set("inputCol") {
        return wrong("numBucketsArray can't be set for single-column QuantileDiscretizer.".to_owned());
    }
    if params.is_set("numBuckets") {
        return wrong("exactly one of numBuckets, numBucketsArray Params to be set, but both are set.".to_owned());
    }
    if each.len() != columns {
        return wrong(format!(
            "QuantileDiscretizer {} has mismatched Params for multi-column transform. Params (inputCols, outputCols, \
             numBucketsArray) should have equal lengths, but they have different lengths: ({columns}, {columns}, {}).",
            params.uid(),
            each.len()
        ));
    }
    Ok(each.into_iter().map(|buckets| buckets as usize).collect())
}

/// The quantiles without repetitions, from -∞ to ∞.
fn splits(column: &str, mut summary: QuantileSummary, buckets: usize) -> Result<Vec<f64>> {
    let quantiles: Vec<f64> = (0..=buckets).map(|bucket| bucket as f64 / buckets as f64).collect();
    let mut splits = summary.quantiles(&quantiles).ok_or_else(|| {
        let text = format!("the column {column} has no numbers to find quantiles of");
        Failure::new(&codes::ml::EMPTY_DATASET, text)
    })?;
    splits[0] = f64::NEG_INFINITY;
    splits[buckets] = f64::INFINITY;
    // Adding 0 turns -0 into 0, which is the same split.
    splits.iter_mut().for_each(|split| *split += 0.0);
    splits.dedup();
    Ok(splits)
}
