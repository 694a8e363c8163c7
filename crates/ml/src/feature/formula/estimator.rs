//! Fitting a formula: one pass over its texts and vectors, then the stages.

use super::encode::{Encoding, Known};
use super::model::FormulaModel;
use super::parse::Formula;
use super::plumbing::Role;
use super::resolve::ResolvedFormula;
use super::survey::{Survey, Surveyed};
use crate::feature::label_counts::CountLabels;
use crate::feature::one_pass::{Learn, OnePass, register_learner};
use crate::feature::string_indexer::ordered;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::pipeline::PipelineModel;
use crate::{Input, Params, Registry, Transformer, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::collections::BTreeMap;

const ORDERS: [&str; 4] = ["frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"];
pub const SPECS: &[ParamSpec] = &[
    shared::FEATURES_COL,
    ParamSpec::new("forceIndexLabel", Kind::Bool, Default::Bool(false), "whether to index the label whatever its type"),
    ParamSpec::new("formula", Kind::Text, Default::None, "R model formula"),
    shared::HANDLE_INVALID,
    shared::LABEL_COL,
    ParamSpec::new(
        "stringIndexerOrderType",
        Kind::Text,
        Default::Text("frequencyDesc"),
        "how the categories of a text are ordered; the last is left out: frequencyDesc, frequencyAsc, alphabetDesc, \
         alphabetAsc",
    )
    .checked(|value| matches!(value, Value::Text(value) if ORDERS.contains(&value.as_str()))),
];

pub fn register(registry: &mut Registry) {
    register_learner::<FormulaEstimator>(registry);
    registry.pass::<Survey>();
}

struct FormulaEstimator;

impl Learn for FormulaEstimator {
    const CLASS: &'static str = "org.apache.spark.ml.feature.RFormula";
    const SPECS: &'static [ParamSpec] = SPECS;
    type Pass = Survey;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let plan = Plan::of(params, schema)?;
        let texts = plan.texts.iter().map(|column| Input::any(column));
        Ok(texts.chain(plan.vectors.iter().map(|column| Input::vector(column))).collect())
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<Survey>> {
        let plan = Plan::of(params, schema)?;
        let texts = CountLabels { columns: plan.texts.clone() };
        let params = params.clone();
        let pass = Survey { texts, vectors: plan.vectors.len() };
        Ok(OnePass::new(pass, move |surveyed| plan.finish(params, surveyed)))
    }
}

/// What a formula needs of a schema.
struct Plan {
    formula: ResolvedFormula,
    /// Columns to be indexed; the label is the last if it is.
    texts: Vec<String>,
    indexes_label: bool,
    /// Columns of vectors whose size is not known.
    vectors: Vec<String>,
    /// What is known of the other columns.
    known: BTreeMap<String, Known>,
}

impl Plan {
    fn of(params: &Params, schema: &Schema) -> Result<Self> {
        let wrong =
            |text: &str| Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, format!("requirement failed: {text}"));
        let force = params.bool("forceIndexLabel")?;
        if force && schema.index_of(&params.text("labelCol")?).is_ok() {
            return Err(wrong("If label column already exists, forceIndexLabel can not be set with true."));
        }
        let text = params.optional_text("formula").ok_or_else(|| wrong("Formula must be defined first."))?;
        let formula = ResolvedFormula::of(&Formula::parse(&text)?, schema)?;
        let (mut texts, mut vectors, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
        for column in formula.terms.iter().flatten() {
            match Role::of(schema, column)? {
                Role::Text if !texts.contains(column) => texts.push(column.clone()),
                Role::Vector { size: None } if !vectors.contains(column) => vectors.push(column.clone()),
                Role::Vector { size: Some(size) } => drop(known.insert(column.clone(), Known::Vector { size })),
                Role::Number => drop(known.insert(column.clone(), Known::Number)),
                _ => {}
            }
        }
        let label_is_text = schema.field_with_name(&formula.label).is_ok()
            && matches!(Role::of(schema, &formula.label), Ok(Role::Text));
        let indexes_label = label_is_text || force;
        texts.extend(indexes_label.then(|| formula.label.clone()));
        Ok(Self { formula, texts, indexes_label, vectors, known })
    }

    fn finish(mut self, params: Params, surveyed: Surveyed) -> Result<Box<dyn Transformer>> {
        let order = params.text("stringIndexerOrderType")?;
        let mut counts = surveyed.labels.0;
        // Spark's order of a label is always by frequency.
        let label = if self.indexes_label { counts.pop().map(|counts| ordered(counts, "frequencyDesc")) } else { None };
        for (column, counts) in self.texts.iter().zip(counts) {
            self.known.insert(column.clone(), Known::Text(ordered(counts, &order)));
        }
        for (column, size) in self.vectors.iter().zip(surveyed.sizes) {
            let size = size.ok_or_else(|| {
                let text = format!("the column {column} has no vector to tell its size");
                Failure::new(&codes::ml::EMPTY_DATASET, text)
            })?;
            self.known.insert(column.clone(), Known::Vector { size: size as usize });
        }
        let stages = Encoding::new(&params, &self.known).stages(&self.formula, label)?;
        let pipeline = PipelineModel::new(params.uid(), stages);
        Ok(Box::new(FormulaModel::new(params, self.formula, pipeline)))
    }
}
