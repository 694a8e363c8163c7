//! A fitted formula: its stages as one function that gives the features and the label.

use super::estimator::SPECS;
use super::resolve::ResolvedFormula;
use crate::persist::{Column, Saved, nested_text_lists, table};
use crate::pipeline::PipelineModel;
use crate::transform::no_attribute;
use crate::{Attribute, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.RFormulaModel";

pub fn register(registry: &mut Registry) {
    registry.loadable(CLASS, |registry, saved| Ok(Operator::transformer(FormulaModel::load(registry, saved)?)));
}

/// Appends features and, where the rows have what it is made of, the label.
#[derive(Debug, Clone)]
pub struct FormulaModel {
    params: Params,
    formula: Arc<ResolvedFormula>,
    pipeline: Arc<PipelineModel>,
}

impl FormulaModel {
    pub fn new(params: Params, formula: ResolvedFormula, pipeline: PipelineModel) -> Self {
        Self { params, formula: Arc::new(formula), pipeline: Arc::new(pipeline) }
    }

    fn load(registry: &Registry, saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let formula = ResolvedFormula {
            label: rows.texts("label")?.pop().unwrap_or_default(),
            terms: rows.nested_text_list("terms")?,
            has_intercept: rows.bool("hasIntercept")?,
        };
        let Operator::Transformer(pipeline) = registry.load(saved.child("pipelineModel")?)? else {
            return Err(saved.damaged("its pipelineModel is not fitted"));
        };
        let stages = pipeline.stages().iter().map(|stage| stage.boxed()).collect();
        let pipeline = PipelineModel::new(pipeline.params().uid(), stages);
        Ok(Self::new(saved.params(SPECS)?, formula, pipeline))
    }

    /// The label, if it is a column of the rows and not indexed by a stage, nor there already.
    fn plain_label<'s>(&self, schema: &'s Schema, outputs: &[Field]) -> Result<Option<&'s Field>> {
        let label = self.params.text("labelCol")?;
        let given = outputs.iter().any(|field| *field.name() == label) || schema.index_of(&label).is_ok();
        let Ok(field) = schema.field_with_name(&self.formula.label) else { return Ok(None) };
        match field.data_type() {
            _ if given => Ok(None),
            kind if kind.is_numeric() || kind == &DataType::Boolean => Ok(Some(field)),
            other => {
                let text = format!("Unsupported type for label: {}", crate::schema::spark_name(other));
                Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
            }
        }
    }

    fn check(&self, schema: &Schema) -> Result<()> {
        let wrong = |text: &str| Err(Failure::new(&codes::ml::COLUMN_EXISTS, format!("requirement failed: {text}")));
        if schema.index_of(&self.params.text("featuresCol")?).is_ok() {
            return wrong("Features column already exists.");
        }
        match schema.field_with_name(&self.params.text("labelCol")?) {
            Ok(label) if !label.data_type().is_numeric() => {
                wrong("Label column already exists and is not of type numeric.")
            }
            _ => Ok(()),
        }
    }

    /// Of the columns that the stages give, those that are not in between: replaced ones, features and label.
    fn is_given(&self, schema: &Schema, field: &Field) -> bool {
        let own = ["featuresCol", "labelCol"].iter().filter_map(|name| self.params.optional_text(name));
        schema.index_of(field.name()).is_ok() || own.into_iter().any(|name| name == *field.name())
    }
}

impl Transformer for FormulaModel {
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
        let mut inputs = self.pipeline.inputs(schema)?;
        let label = self.plain_label(schema, &self.pipeline.outputs(schema)?)?;
        if let Some(label) = label.filter(|label| !inputs.iter().any(|input| input.column == *label.name())) {
            inputs.push(Input::number(label.name()));
        }
        Ok(inputs)
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        let mut inputs = self.pipeline.raw_inputs()?;
        let label = &self.formula.label;
        if !label.is_empty() && !inputs.iter().any(|input| input.column == *label) {
            inputs.push(RawInput { optional: true, ..RawInput::new(label, RawKind::Number) });
        }
        Ok(inputs)
    }

    fn unsized_vectors(&self, schema: &Schema) -> Result<Vec<String>> {
        self.pipeline.unsized_vectors(schema)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.check(schema)?;
        let outputs = self.pipeline.outputs(schema)?;
        let label = self.plain_label(schema, &outputs)?;
        let mut given: Vec<Field> = outputs.into_iter().filter(|field| self.is_given(schema, field)).collect();
        if let Some(label) = label {
            given.push(Field::new(self.params.text("labelCol")?, DataType::Float64, label.is_nullable()));
        }
        Ok(given)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let schema = batch.schema_ref();
        let fields = self.pipeline.outputs(crate::transform::sized(self.pipeline.as_ref(), batch)?.as_ref())?;
        let output = self.pipeline.transform(batch)?;
        let pairs = fields.iter().zip(output.columns);
        let mut columns: Vec<ArrayRef> =
            pairs.filter(|(field, _)| self.is_given(schema, field)).map(|(_, column)| column).collect();
        if let Some(label) = self.plain_label(schema, &fields)? {
            columns.push(Input::number(label.name()).read(batch)?);
        }
        Ok(Output { columns, keep: output.keep })
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "resolvedFormulaString" => Ok(Attribute::text(self.formula.to_string())),
            "toString" => Ok(Attribute::text(format!("RFormulaModel({}) (uid={})", self.formula, self.params.uid()))),
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let rows = table([
            Column::optional("label", Arc::new(StringArray::from(vec![self.formula.label.as_str()]))),
            Column::optional("terms", nested_text_lists([&self.formula.terms])),
            Column::required("hasIntercept", Arc::new(BooleanArray::from(vec![self.formula.has_intercept]))),
        ])?;
        let saved = Saved::of(CLASS, &self.params).with_table("data", rows);
        Ok(saved.with_child("pipelineModel", self.pipeline.save()?))
    }
}
