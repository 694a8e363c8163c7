//! `RFormula`: the stages inside, of which only the features are given on.

use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::{Operator, Registry};

pub const CONVERTERS: &[(&str, Convert)] =
    &[("RFormulaModel", formula), ("ColumnPruner", nothing), ("VectorAttributeRewriter", nothing)];

fn formula(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let Operator::Transformer(stages) = Registry::standard().load(stage.saved.child("pipelineModel")?)? else {
        return Err(stage.damaged("its pipelineModel is not fitted"));
    };
    writer.stage(stages.as_ref())
}

/// Names of slots are not in a graph, and columns that nobody reads are left out anyway.
fn nothing(_: &mut Writer<'_>, _: &Stage<'_>) -> Result<()> {
    Ok(())
}
