//! A fitted model as a scalar function over columns: what `transform`, SQL's `predict` and others evaluate.

use crate::failures::external;
use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use async_trait::async_trait;
use brickyard_error::Result;
use brickyard_ml::Transformer;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Finds models by name for `predict('delays@champion', *)`.
#[async_trait]
pub trait ModelSource: Send + Sync {
    /// `name@alias`, `name/version`, `name` (the latest version) or a `models:/` address.
    async fn model(&self, name: &str) -> Result<Arc<dyn Transformer>>;
}

/// The name of the flag that says which rows `handleInvalid = "skip"` keeps.
pub const KEEP: &str = "keep";

/// A transformer over the columns of `schema`, in its order. The result is a struct of the outputs, with a flag
/// [`KEEP`] at its end when rows may be dropped.
#[derive(Debug)]
pub struct ModelFunction {
    transformer: Arc<dyn Transformer>,
    schema: SchemaRef,
    outputs: Vec<Field>,
    may_skip: bool,
    signature: Signature,
}

impl ModelFunction {
    /// `schema` holds the columns that will be passed, with their metadata; it must have the transformer's inputs.
    pub fn new(transformer: Arc<dyn Transformer>, schema: SchemaRef) -> Result<Self> {
        let outputs = transformer.outputs(&schema)?;
        let may_skip = transformer.may_skip();
        // A stage whose columns are all absent has no arguments.
        let any = vec![TypeSignature::VariadicAny, TypeSignature::Nullary];
        let signature = Signature::one_of(any, Volatility::Immutable);
        Ok(Self { transformer, schema, outputs, may_skip, signature })
    }

    /// The columns it appends.
    pub fn outputs(&self) -> &[Field] {
        &self.outputs
    }

    pub fn may_skip(&self) -> bool {
        self.may_skip
    }

    fn fields(&self) -> Fields {
        let mut fields: Vec<Field> =
            self.outputs.iter().map(|field| Field::new(field.name(), field.data_type().clone(), true)).collect();
        if self.may_skip {
            fields.push(Field::new(KEEP, DataType::Boolean, false));
        }
        fields.into()
    }

    fn evaluate(&self, args: ScalarFunctionArgs) -> Result<ArrayRef> {
        let batch = arguments(&args, &self.schema)?;
        let output = self.transformer.transform(&batch)?;
        let mut columns = output.columns;
        if self.may_skip {
            let all = || BooleanArray::from(vec![true; args.number_rows]);
            columns.push(Arc::new(output.keep.unwrap_or_else(all)));
        }
        let fields = self.fields();
        let columns: Vec<ArrayRef> = columns
            .into_iter()
            .zip(&fields)
            .map(|(column, field)| relabelled(column, field.data_type()))
            .collect::<Result<_>>()?;
        let structs = StructArray::try_new_with_length(fields, columns, None, args.number_rows);
        Ok(Arc::new(structs.map_err(crate::udf::kernel)?))
    }
}

/// The arguments of a call as the columns of `schema`.
pub(crate) fn arguments(args: &ScalarFunctionArgs, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = args
        .args
        .iter()
        .zip(schema.fields())
        .map(|(value, field)| {
            // Clients name the elements of a list otherwise than we do; the values are the same.
            relabelled(value.to_array(args.number_rows).map_err(crate::udf::kernel)?, field.data_type())
        })
        .collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(args.number_rows));
    RecordBatch::try_new_with_options(nullable(schema), columns, &options).map_err(crate::udf::kernel)
}

fn relabelled(column: ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    if column.data_type() == wanted {
        return Ok(column);
    }
    arrow::compute::cast(&column, wanted).map_err(crate::udf::kernel)
}

/// Whether a value is null is up to each batch.
fn nullable(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

impl PartialEq for ModelFunction {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.transformer, &other.transformer) && self.schema == other.schema
    }
}

impl Eq for ModelFunction {}

impl Hash for ModelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(&self.transformer).cast::<()>(), state);
    }
}

impl ScalarUDFImpl for ModelFunction {
    fn name(&self) -> &str {
        "model"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> datafusion::common::Result<DataType> {
        Ok(DataType::Struct(self.fields()))
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> datafusion::common::Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), DataType::Struct(self.fields()), false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion::common::Result<ColumnarValue> {
        self.evaluate(args).map(ColumnarValue::Array).map_err(external)
    }
}
