//! `FeatureHasher`: columns of numbers, texts and booleans to one vector, the slot of each feature being a hash.

use super::hashing::slot;
use super::stage::{Stage, register_stage};
use super::text::as_text;
use crate::linalg::{VectorBuilder, is_vector_type, vector_type};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::schema::{self, Slots, spark_name};
use crate::{Input, Output, Params, RawInput, RawKind, Registry};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::HashMap;
use std::sync::Arc;

pub fn register(registry: &mut Registry) {
    register_stage::<FeatureHasher>(registry);
}

#[derive(Debug, std::default::Default)]
struct FeatureHasher;

impl Stage for FeatureHasher {
    const CLASS: &'static str = "org.apache.spark.ml.feature.FeatureHasher";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("categoricalCols", Kind::Texts, Default::None, "columns of numbers to take as categories"),
        shared::INPUT_COLS,
        ParamSpec::new("numFeatures", Kind::Int, Default::Int(1 << 18), "size of the vectors (> 0)")
            .checked(check::positive),
        shared::OUTPUT_COL,
    ];

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = |column: String| {
            let kind = schema::field(schema, &column)?.data_type();
            if kind.is_numeric() || is_text(kind) || kind == &DataType::Boolean {
                return Ok(Input::any(&column));
            }
            let found = match kind {
                kind if is_vector_type(kind) => {
                    "struct<type:tinyint,size:int,indices:array<int>,values:array<double>>".to_owned()
                }
                kind => spark_name(kind),
            };
            let text = format!(
                "requirement failed: FeatureHasher requires columns to be of numeric, boolean or string. Column {column} \
                 was {found}"
            );
            Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
        };
        params.texts("inputCols")?.into_iter().map(input).collect()
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        let categories = categories(params)?;
        let kind = |column: &String| if categories.contains(column) { RawKind::Text } else { RawKind::Number };
        let columns = params.texts("inputCols")?;
        Ok(columns.into_iter().map(|column| RawInput::new(column.clone(), kind(&column))).collect())
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        let metadata = schema::slots_metadata(&Slots::Size(params.int("numFeatures")? as usize));
        Ok(vec![schema::with_metadata(Field::new(params.text("outputCol")?, vector_type(), true), &metadata)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let size = params.int("numFeatures")? as i32;
        let categories = categories(params)?;
        let inputs = self.inputs(params, batch.schema_ref())?;
        let hashed = |input: &Input| {
            let column = input.read(batch)?;
            let is_number = column.data_type().is_numeric() && !categories.contains(&input.column);
            if is_number { Hashed::numbers(input, batch, size) } else { Hashed::categories(input, &column) }
        };
        let mut columns = inputs.iter().map(hashed).collect::<Result<Vec<_>>>()?;
        let mut vectors = VectorBuilder::with_capacity(batch.num_rows(), columns.len() * batch.num_rows());
        let mut entries: Vec<(i32, f64)> = Vec::with_capacity(columns.len());
        for row in 0..batch.num_rows() {
            entries.clear();
            entries.extend(columns.iter_mut().filter_map(|column| column.entry(row, size)));
            // Stable: features that share a slot are added up in the order of the columns.
            entries.sort_by_key(|(slot, _)| *slot);
            let shared = entries.chunk_by(|a, b| a.0 == b.0);
            let sums = shared.map(|same| (same[0].0, same.iter().map(|(_, value)| value).sum()));
            vectors.push_sparse(size as usize, sums);
        }
        Ok(Output::all(vec![vectors.finish()]))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(FeatureHasher)
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn categories(params: &Params) -> Result<Vec<String>> {
    if params.is_set("categoricalCols") { params.texts("categoricalCols") } else { Ok(Vec::new()) }
}

/// A column ready to be hashed row by row.
enum Hashed {
    /// A number goes to the slot of its column's name.
    Numbers { slot: i32, values: ArrayRef },
    /// A category counts 1 in the slot of `column=category`; slots of texts met before are remembered.
    Categories { prefix: String, texts: Arc<StringArray>, slots: HashMap<String, i32> },
}

impl Hashed {
    fn numbers(input: &Input, batch: &RecordBatch, size: i32) -> Result<Self> {
        let values = Input::number(&input.column).read(batch)?;
        Ok(Hashed::Numbers { slot: slot(&input.column, size), values })
    }

    fn categories(input: &Input, column: &ArrayRef) -> Result<Self> {
        let texts = if column.data_type() == &DataType::Boolean {
            let named = column.as_boolean().iter().map(|flag| flag.map(|flag| if flag { "true" } else { "false" }));
            Arc::new(named.collect::<StringArray>())
        } else {
            as_text(&input.column, column)?
        };
        Ok(Hashed::Categories { prefix: format!("{}=", input.column), texts, slots: HashMap::new() })
    }

    fn entry(&mut self, row: usize, size: i32) -> Option<(i32, f64)> {
        match self {
            Hashed::Numbers { slot, values } => {
                let values = values.as_primitive::<Float64Type>();
                values.is_valid(row).then(|| (*slot, values.value(row)))
            }
            Hashed::Categories { texts, .. } if texts.is_null(row) => None,
            Hashed::Categories { prefix, texts, slots } => {
                let text = texts.value(row);
                if let Some(known) = slots.get(text) {
                    return Some((*known, 1.0));
                }
                let found = slot(&format!("{prefix}{text}"), size);
                slots.insert(text.to_owned(), found);
                Some((found, 1.0))
            }
        }
    }
}
