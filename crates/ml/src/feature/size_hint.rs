//! `VectorSizeHint`: tells the size of a column's vectors in its metadata, and what to do with others.

use super::stage::{Stage, register_stage};
use crate::instances::raised;
use crate::linalg::VectorColumn;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::schema::{self, Slots};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Registry, Value};
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};

pub fn register(registry: &mut Registry) {
    register_stage::<SizeHint>(registry);
}

/// Writes to its input column.
#[derive(Debug, std::default::Default)]
pub(super) struct SizeHint;

fn size(params: &Params) -> Result<usize> {
    Ok(params.int("size")? as usize)
}

impl Stage for SizeHint {
    const CLASS: &'static str = "org.apache.spark.ml.feature.VectorSizeHint";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new(
            "handleInvalid",
            Kind::Text,
            Default::Text("error"),
            "what to do with nulls and vectors of another size: skip, error, or optimistic: do not look",
        )
        .checked(
            |value| matches!(value, Value::Text(value) if ["skip", "error", "optimistic"].contains(&value.as_str())),
        ),
        shared::INPUT_COL,
        ParamSpec::new("size", Kind::Int, Default::None, "size of the vectors (>= 0)").checked(check::at_least_zero),
    ];
    const REPLACES: bool = true;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Vector)])
    }

    fn outputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Field>> {
        let (column, size) = (params.text("inputCol")?, size(params)?);
        let field = schema::field(schema, &column)?;
        match schema::slots(field).len() {
            Some(known) if known == size => Ok(vec![field.clone()]),
            Some(known) => {
                let text =
                    format!("Trying to set size of vectors in `{column}` to {size} but size already set to {known}.");
                Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
            }
            None => Ok(vec![schema::with_metadata(field.clone(), &schema::slots_metadata(&Slots::Size(size)))]),
        }
    }

    /// Spark's check is not left out where nobody reads the column.
    fn may_skip(&self, params: &Params) -> bool {
        params.text("handleInvalid").is_ok_and(|value| value != "optimistic")
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        self.outputs(params, batch.schema_ref())?;
        let size = size(params)?;
        let column = Input::vector(&params.text("inputCol")?).read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        let fits = |row: usize| !vectors.is_null(row) && vectors.get(row).size() == size;
        match params.text("handleInvalid")?.as_str() {
            "optimistic" => Ok(Output::all(vec![column])),
            "skip" => {
                let keep: Vec<bool> = (0..vectors.rows()).map(fits).collect();
                Ok(Output { columns: vec![column], keep: Some(BooleanArray::from(keep)) })
            }
            _ => match (0..vectors.rows()).find(|row| !fits(*row)) {
                None => Ok(Output::all(vec![column])),
                Some(row) => {
                    let text = if vectors.is_null(row) {
                        "Got null vector in VectorSizeHint, set `handleInvalid` to 'skip' to filter invalid rows."
                            .to_owned()
                    } else {
                        let found = vectors.get(row).size();
                        format!("VectorSizeHint Expecting a vector of size {size} but got {found}")
                    };
                    Err(raised(&codes::ml::INVALID_ROW, text))
                }
            },
        }
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => Ok(Attribute::text(format!(
                "VectorSizeHint: uid={}, size={}, handleInvalid={}",
                params.uid(),
                size(params)?,
                params.text("handleInvalid")?
            ))),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(SizeHint)
    }
}
