//! `VarianceThresholdSelector`: slots that vary more than a threshold.

use super::moments::Summarize;
use super::one_pass::{Learn, OnePass, register_learner};
use super::selected_slots::{SelectedSlots, Selector};
use super::stage::{Staged, register_model};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::schema;
use crate::{Input, Params, Registry, Transformer};
use arrow_schema::Schema;
use brickyard_error::Result;

pub fn register(registry: &mut Registry) {
    register_learner::<VarianceSelector>(registry);
    register_model::<SelectedSlots<VarianceSelector>>(registry);
}

#[derive(Debug)]
struct VarianceSelector;

impl Selector for VarianceSelector {
    const MODEL_CLASS: &'static str = "org.apache.spark.ml.feature.VarianceThresholdSelectorModel";
    const SPECS: &'static [ParamSpec] = &[
        shared::FEATURES_COL,
        shared::OUTPUT_COL,
        ParamSpec::new("varianceThreshold", Kind::Double, Default::Double(0.0), "slots that vary no more are removed")
            .checked(check::at_least_zero),
    ];
    const NUMBERS: bool = true;
}

impl Learn for VarianceSelector {
    const CLASS: &'static str = "org.apache.spark.ml.feature.VarianceThresholdSelector";
    const SPECS: &'static [ParamSpec] = <VarianceSelector as Selector>::SPECS;
    type Pass = Summarize;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&params.text("featuresCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<Summarize>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let params = params.clone();
        Ok(OnePass::new(Summarize, move |moments| {
            let threshold = params.double("varianceThreshold")?;
            let variances = moments.of_some_rows()?.variance();
            let selected = variances.iter().enumerate().filter(|(_, variance)| **variance > threshold);
            let selected = selected.map(|(slot, _)| slot as i32).collect();
            let model: Box<dyn Transformer> =
                Box::new(Staged::new(params, SelectedSlots::<VarianceSelector>::new(selected)));
            Ok(model)
        }))
    }
}
