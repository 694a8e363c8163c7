//! `VectorIndexer`: slots of few different values become category indices, the others stay numbers.

use super::one_pass::{Learn, OnePass, register_learner};
use super::slot_values::{CollectValues, SlotValues};
use super::stage::{Stage, Staged, register_model};
use crate::hash_order;
use crate::linalg::{VectorBuilder, VectorColumn, VectorRef, java_double, vector_type};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Attr, Slots};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::builder::{Float64Builder, Int32Builder, MapBuilder, MapFieldNames};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int32Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const SPECS: &[ParamSpec] = &[
    shared::HANDLE_INVALID,
    shared::INPUT_COL,
    ParamSpec::new("maxCategories", Kind::Int, Default::Int(20), "most values of a slot that is categorical (>= 2)")
        .checked(|value| matches!(value, Value::Int(2..))),
    shared::OUTPUT_COL,
];

pub fn register(registry: &mut Registry) {
    register_learner::<VectorIndexer>(registry);
    register_model::<VectorIndexerModel>(registry);
    registry.pass::<CollectValues>();
}

fn vector_input(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
    let input = Input::vector(&params.text("inputCol")?);
    input.find(schema)?;
    Ok(vec![input])
}

struct VectorIndexer;

impl Learn for VectorIndexer {
    const CLASS: &'static str = "org.apache.spark.ml.feature.VectorIndexer";
    const SPECS: &'static [ParamSpec] = SPECS;
    type Pass = CollectValues;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        vector_input(params, schema)
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<CollectValues>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let most = params.int("maxCategories")? as usize;
        let params = params.clone();
        Ok(OnePass::new(CollectValues { most }, move |values| {
            let model: Box<dyn Transformer> = Box::new(Staged::new(params, VectorIndexerModel::learn(values)?));
            Ok(model)
        }))
    }
}

/// Indexes the slots that are categorical.
#[derive(Debug)]
struct VectorIndexerModel {
    /// Of every slot, its values in the order of their indices; `None` where it is a number.
    categories: Vec<Option<Vec<f64>>>,
}

impl VectorIndexerModel {
    /// 0 is always the category 0, so that sparse vectors stay sparse; the others are ordered.
    fn learn(values: SlotValues) -> Result<Self> {
        if values.0.is_empty() {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "VectorIndexer was given no rows"));
        }
        let ordered = |values: Vec<f64>| {
            let zeros = values.iter().copied().filter(|value| *value == 0.0).take(1);
            zeros.chain(values.iter().copied().filter(|value| *value != 0.0)).collect()
        };
        Ok(Self { categories: values.0.into_iter().map(|slot| slot.ascending().map(ordered)).collect() })
    }

    /// The index of a value, which is none of a slot's where the slot is categorical and has not seen it.
    fn index(&self, slot: usize, value: f64) -> Option<f64> {
        let Some(categories) = &self.categories[slot] else { return Some(value) };
        let found = categories.iter().position(|known| *known == value || (known.is_nan() && value.is_nan()));
        found.map(|index| index as f64)
    }

    /// The category that `handleInvalid = "keep"` adds is not told, as in Spark.
    fn attributes(&self) -> Vec<Attr> {
        let attribute = |categories: &Option<Vec<f64>>| match categories {
            None => Attr::Numeric { name: None },
            Some(categories) => {
                let mut sorted = categories.clone();
                sorted.sort_by(f64::total_cmp);
                let values: Vec<String> = sorted.into_iter().map(java_double).collect();
                match values.len() {
                    2 => Attr::Binary { name: None, values: Some(values) },
                    _ => Attr::Nominal { name: None, values },
                }
            }
        };
        self.categories.iter().map(attribute).collect()
    }

    /// Maps in the order of Spark's.
    fn map_column(&self) -> Result<ArrayRef> {
        let wrong = |error| Failure::internal("building the categories of a saved model").because(error);
        let names = || MapFieldNames { entry: "key_value".into(), key: "key".into(), value: "value".into() };
        let inner = MapBuilder::new(Some(names()), Float64Builder::new(), Int32Builder::new())
            .with_values_field(Arc::new(Field::new("value", DataType::Int32, false)));
        let mut outer = MapBuilder::new(Some(names()), Int32Builder::new(), inner);
        let slots = self.categories.iter().zip(0..);
        let slots: Vec<(i32, &Vec<f64>)> = slots.filter_map(|(values, slot)| Some((slot, values.as_ref()?))).collect();
        let numbers: Vec<i32> = slots.iter().map(|(slot, _)| *slot).collect();
        for (slot, categories) in hash_order::immutable(&numbers).into_iter().map(|place| slots[place]) {
            outer.keys().append_value(slot);
            let hashes: Vec<i32> = categories.iter().copied().map(hash_order::scala::double).collect();
            for index in hash_order::immutable(&hashes) {
                outer.values().keys().append_value(categories[index]);
                outer.values().values().append_value(index as i32);
            }
            outer.values().append(true).map_err(wrong)?;
        }
        outer.append(true).map_err(wrong)?;
        Ok(Arc::new(outer.finish()))
    }
}

impl Stage for VectorIndexerModel {
    const CLASS: &'static str = "org.apache.spark.ml.feature.VectorIndexerModel";
    const SPECS: &'static [ParamSpec] = SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let inputs = vector_input(params, schema)?;
        let (column, size) = (params.text("inputCol")?, self.categories.len());
        match schema::slots(schema::field(schema, &column)?).len() {
            Some(found) if found != size => {
                let text = format!(
                    "requirement failed: VectorIndexerModel expected {size} features, but input column {column} had \
                     metadata specifying {found} features."
                );
                Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
            }
            _ => Ok(inputs),
        }
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Vector)])
    }

    fn outputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Field>> {
        let mut attributes = self.attributes();
        if let Slots::Known(given) = schema::slots(schema::field(schema, &params.text("inputCol")?)?) {
            for (own, given) in attributes.iter_mut().zip(given) {
                match given.name().map(ToOwned::to_owned) {
                    _ if matches!(own, Attr::Numeric { .. }) => *own = given,
                    Some(name) => *own = own.clone().with_name(name),
                    None => {}
                }
            }
        }
        let mut metadata = schema::slots_metadata(&Slots::Known(attributes));
        let nominal = metadata.get_mut("ml_attr").and_then(|group| group["attrs"].get_mut("nominal"));
        for attribute in nominal.and_then(Json::as_array_mut).into_iter().flatten() {
            attribute["ord"] = json!(false);
        }
        Ok(vec![schema::with_metadata(Field::new(params.text("outputCol")?, vector_type(), true), &metadata)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let invalid = params.text("handleInvalid")?;
        let column = Input::vector(&params.text("inputCol")?).read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        let mut indexed = VectorBuilder::with_capacity(vectors.rows(), 0);
        let mut keep = vec![true; vectors.rows()];
        let mut row_values = Vec::new();
        for (row, keep) in keep.iter_mut().enumerate() {
            if vectors.is_null(row) {
                return Err(invalid_row("VectorIndexerModel met a null vector"));
            }
            let vector = vectors.get(row);
            if vector.size() != self.categories.len() {
                let (expected, found) = (self.categories.len(), vector.size());
                let text = format!("VectorIndexerModel expected vector of length {expected} but found length {found}");
                return Err(invalid_row(format!("assertion failed: {text}")));
            }
            let mut index = |slot: usize, value: f64| match self.index(slot, value) {
                Some(index) => Ok(index),
                None if invalid == "keep" => Ok(self.categories[slot].as_ref().map_or(0, Vec::len) as f64),
                None if invalid == "skip" => {
                    *keep = false;
                    Ok(0.0)
                }
                None => Err(invalid_row(format!(
                    "VectorIndexer encountered invalid value {} on feature index {slot}. To handle or skip invalid \
                     value, try setting VectorIndexer.handleInvalid.",
                    java_double(value)
                ))),
            };
            row_values.clear();
            match vector {
                VectorRef::Dense(values) => {
                    for (slot, value) in values.iter().enumerate() {
                        row_values.push(index(slot, *value)?);
                    }
                    indexed.push_dense(row_values.iter().copied());
                }
                VectorRef::Sparse { size, indices, values } => {
                    for (slot, value) in indices.iter().zip(values) {
                        row_values.push(index(*slot as usize, *value)?);
                    }
                    indexed.push_sparse(size, indices.iter().copied().zip(row_values.iter().copied()));
                }
            }
        }
        Ok(Output { columns: vec![indexed.finish()], keep: (invalid == "skip").then(|| BooleanArray::from(keep)) })
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "numFeatures" => Ok((self.categories.len() as i64).into()),
            "categoryMapsDF" => Ok(Attribute::Frame(self.maps_frame()?)),
            "toString" => Ok(Attribute::text(format!(
                "VectorIndexerModel: uid={}, numFeatures={}, handleInvalid={}",
                params.uid(),
                self.categories.len(),
                params.text("handleInvalid")?
            ))),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let size = rows.int("numFeatures")?;
        let mut categories = vec![None; usize::try_from(size).unwrap_or(0)];
        for (slot, values) in read_maps(rows.column("categoryMaps")?).ok_or_else(|| saved.damaged("categoryMaps"))? {
            let place = categories.get_mut(slot).ok_or_else(|| saved.damaged("a slot beyond numFeatures"))?;
            *place = Some(values);
        }
        Ok(Self { categories })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let rows = table([
            Column::required("numFeatures", Arc::new(Int32Array::from(vec![self.categories.len() as i32]))),
            Column::optional("categoryMaps", self.map_column()?),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}

impl VectorIndexerModel {
    /// A row a value: the columns that `categoryMaps` of the client is made of.
    fn maps_frame(&self) -> Result<RecordBatch> {
        let (mut slots, mut values, mut indices) = (Vec::new(), Vec::new(), Vec::new());
        for (slot, categories) in self.categories.iter().enumerate() {
            for (index, value) in categories.iter().flatten().enumerate() {
                slots.push(slot as i32);
                values.push(*value);
                indices.push(index as i32);
            }
        }
        table([
            Column::required("featureIndex", Arc::new(Int32Array::from(slots))),
            Column::required("originalValue", Arc::new(Float64Array::from(values))),
            Column::required("categoryIndex", Arc::new(Int32Array::from(indices))),
        ])
    }
}

/// The first row of `map<int, map<double, int>>`, the values in the order of their indices.
fn read_maps(column: &ArrayRef) -> Option<BTreeMap<usize, Vec<f64>>> {
    let outer = column.as_map_opt()?.value(0);
    let slots = arrow_cast::cast(outer.column(0), &DataType::Int64).ok()?;
    let slots = slots.as_primitive_opt::<arrow_array::types::Int64Type>()?;
    let inner = outer.column(1).as_map_opt()?;
    let one = |row: usize| {
        let entries = inner.value(row);
        let values = entries.column(0).as_primitive_opt::<Float64Type>()?;
        let indices = arrow_cast::cast(entries.column(1), &DataType::Float64).ok()?;
        let indices = indices.as_primitive_opt::<Float64Type>()?;
        let mut pairs: Vec<(f64, f64)> =
            indices.values().iter().copied().zip(values.values().iter().copied()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some((usize::try_from(slots.value(row)).ok()?, pairs.into_iter().map(|(_, value)| value).collect()))
    };
    (0..outer.len()).map(one).collect()
}
