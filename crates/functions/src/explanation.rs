//! `explain_prediction`: exact Shapley values of a prediction's features, as a scalar function over columns.

use crate::failures::external;
use crate::model::arguments;
use crate::types::map_of;
use crate::udf::kernel;
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, MapBuilder, MapFieldNames, RecordBatch, StringArray, StringBuilder,
    StructArray, UInt32Array,
};
use arrow::array::{Float64Builder, new_null_array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, UInt32Type};
use brickyard_error::{Failure, Result};
use brickyard_ml::Transformer;
use brickyard_ml::explain::Explainer;
use brickyard_ml::transform::append;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The number of a row, carried through the stages that may drop some.
const ROW: &str = "__row";

/// A model of trees, or a pipeline that ends in one, over the columns of `schema`, in its order. The result is
/// `struct<output: string, base: double, contributions: map<string, double>>`: what is explained, what is predicted where
/// nothing is known of a row, and what each feature adds to it.
#[derive(Debug)]
pub struct ExplanationFunction {
    transformer: Arc<dyn Transformer>,
    /// Stages before the one that is explained.
    before: usize,
    explainer: Explainer,
    schema: SchemaRef,
    signature: Signature,
}

/// The stages of a pipeline one after the other, those of pipelines inside too.
fn stages(transformer: &dyn Transformer) -> Vec<&dyn Transformer> {
    match transformer.stages() {
        [] => vec![transformer],
        inside => inside.iter().flat_map(|stage| stages(stage.as_ref())).collect(),
    }
}

impl ExplanationFunction {
    /// # Errors
    /// No stage of the model is made of trees.
    pub fn new(transformer: Arc<dyn Transformer>, schema: SchemaRef) -> Result<Self> {
        let explained = stages(transformer.as_ref());
        let explained = explained.iter().enumerate().rev();
        let found = explained.into_iter().find_map(|(before, stage)| Some((before, Explainer::of(*stage).ok()?)));
        let (before, explainer) = found.ok_or_else(|| {
            let text = "explaining the predictions of a model that is not made of trees; train a forest or boosting";
            Failure::unsupported(text)
        })?;
        let signature =
            Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], Volatility::Immutable);
        Ok(Self { transformer, before, explainer, schema, signature })
    }

    pub fn data_type() -> DataType {
        DataType::Struct(fields())
    }

    fn evaluate(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let given = arguments(args, &self.schema)?;
        let rows = given.num_rows();
        let mut prepared = numbered(&given)?;
        for stage in &stages(self.transformer.as_ref())[..self.before] {
            prepared = append(*stage, &prepared)?;
        }
        let explained = self.structs(&prepared)?;
        let left = prepared.column_by_name(ROW).and_then(|column| column.as_primitive_opt::<UInt32Type>().cloned());
        let left = left.ok_or_else(|| Failure::internal("the rows of a model lost their numbers"))?;
        if left.len() == rows {
            return Ok(explained);
        }
        let mut places = vec![None; rows];
        (0u32..).zip(left.values()).for_each(|(place, row)| places[*row as usize] = Some(place));
        if explained.is_empty() {
            return Ok(new_null_array(&Self::data_type(), rows));
        }
        take(&explained, &UInt32Array::from(places), None).map_err(kernel)
    }

    /// One explanation a row, of the only output or of the one with the largest value.
    fn structs(&self, rows: &RecordBatch) -> Result<ArrayRef> {
        let names = self.explainer.feature_names(rows.schema_ref());
        let explanation = self.explainer.explain(rows)?;
        let (outputs, base) = (self.explainer.outputs(), self.explainer.base());
        let entries = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
        let value_field = Field::new("value", DataType::Float64, false);
        let mut contributions =
            MapBuilder::new(Some(entries), StringBuilder::new(), Float64Builder::new()).with_values_field(value_field);
        let mut chosen = Vec::with_capacity(explanation.rows);
        for row in 0..explanation.rows {
            let total = |output: &usize| base[*output] + explanation.of(row, *output).iter().sum::<f64>();
            let output = (0..outputs.len()).max_by(|a, b| total(a).total_cmp(&total(b))).unwrap_or(0);
            for (name, value) in names.iter().zip(explanation.of(row, output)) {
                contributions.keys().append_value(name);
                contributions.values().append_value(*value);
            }
            contributions.append(true).map_err(kernel)?;
            chosen.push(output);
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(chosen.iter().map(|output| &outputs[*output]))),
            Arc::new(Float64Array::from_iter_values(chosen.iter().map(|output| base[*output]))),
            Arc::new(contributions.finish()),
        ];
        Ok(Arc::new(StructArray::try_new(fields(), columns, None).map_err(kernel)?))
    }
}

fn fields() -> Fields {
    let contributions = map_of(DataType::Utf8, DataType::Float64, false);
    Fields::from(vec![
        Field::new("output", DataType::Utf8, false),
        Field::new("base", DataType::Float64, false),
        Field::new("contributions", contributions, false),
    ])
}

fn numbered(batch: &RecordBatch) -> Result<RecordBatch> {
    let mut fields: Vec<FieldRef> = batch.schema_ref().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(ROW, DataType::UInt32, false)));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(UInt32Array::from_iter_values(0..batch.num_rows() as u32)));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(kernel)
}

impl PartialEq for ExplanationFunction {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.transformer, &other.transformer) && self.schema == other.schema
    }
}

impl Eq for ExplanationFunction {}

impl Hash for ExplanationFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(&self.transformer).cast::<()>(), state);
    }
}

impl ScalarUDFImpl for ExplanationFunction {
    fn name(&self) -> &str {
        "explain_prediction"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> datafusion::common::Result<DataType> {
        Ok(Self::data_type())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> datafusion::common::Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), Self::data_type(), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion::common::Result<ColumnarValue> {
        self.evaluate(&args).map(ColumnarValue::Array).map_err(external)
    }
}
