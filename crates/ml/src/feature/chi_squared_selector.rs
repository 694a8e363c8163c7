//! `ChiSqSelector`: categorical slots that the chi-squared test finds to depend on a categorical label.

use super::one_pass::{Learn, OnePass, register_learner};
use super::selected_slots::{Mode, SelectedSlots, Selector, choose};
use super::stage::{Staged, register_model};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::schema;
use crate::statistics::contingency::CountPairs;
use crate::statistics::features_and_label;
use crate::{Input, Params, Registry, Transformer, Value};
use arrow_schema::Schema;
use brickyard_error::Result;

const TYPES: [&str; 5] = ["numTopFeatures", "percentile", "fpr", "fdr", "fwe"];

pub fn register(registry: &mut Registry) {
    register_learner::<ChiSquaredSelector>(registry);
    register_model::<SelectedSlots<ChiSquaredSelector>>(registry);
}

#[derive(Debug)]
struct ChiSquaredSelector;

impl Selector for ChiSquaredSelector {
    const MODEL_CLASS: &'static str = "org.apache.spark.ml.feature.ChiSqSelectorModel";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("fdr", Kind::Double, Default::Double(0.05), "bound of the false discovery rate")
            .checked(check::fraction),
        shared::FEATURES_COL,
        ParamSpec::new("fpr", Kind::Double, Default::Double(0.05), "bound of a slot's p-value")
            .checked(check::fraction),
        ParamSpec::new("fwe", Kind::Double, Default::Double(0.05), "bound of the family-wise error rate")
            .checked(check::fraction),
        shared::LABEL_COL,
        ParamSpec::new("numTopFeatures", Kind::Int, Default::Int(50), "most slots to be selected (>= 1)")
            .checked(check::positive),
        shared::OUTPUT_COL,
        ParamSpec::new("percentile", Kind::Double, Default::Double(0.1), "share of the slots to be selected")
            .checked(check::fraction),
        ParamSpec::new(
            "selectorType",
            Kind::Text,
            Default::Text("numTopFeatures"),
            "how features are selected: numTopFeatures, percentile, fpr, fdr, fwe",
        )
        .checked(|value| matches!(value, Value::Text(value) if TYPES.contains(&value.as_str()))),
    ];
    const NUMBERS: bool = false;
}

impl Learn for ChiSquaredSelector {
    const CLASS: &'static str = "org.apache.spark.ml.feature.ChiSqSelector";
    const SPECS: &'static [ParamSpec] = <ChiSquaredSelector as Selector>::SPECS;
    type Pass = CountPairs;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        features_and_label(&params.text("featuresCol")?, &params.text("labelCol")?, schema)
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<CountPairs>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let params = params.clone();
        Ok(OnePass::new(CountPairs, move |counts| {
            let p_values: Vec<f64> = counts.tests()?.iter().map(|result| result.p_value).collect();
            let slots = p_values.len() as f64;
            let mode = match params.text("selectorType")?.as_str() {
                "numTopFeatures" => Mode::Top(params.int("numTopFeatures")? as usize),
                "percentile" => Mode::Top((slots * params.double("percentile")?) as usize),
                "fpr" => Mode::Below(params.double("fpr")?),
                "fdr" => Mode::FalseDiscovery(params.double("fdr")?),
                _ => Mode::Below(params.double("fwe")? / slots),
            };
            let mut selected = choose(&p_values, mode);
            selected.sort_unstable();
            let model = SelectedSlots::<ChiSquaredSelector>::new(selected);
            let model: Box<dyn Transformer> = Box::new(Staged::new(params, model));
            Ok(model)
        }))
    }
}
