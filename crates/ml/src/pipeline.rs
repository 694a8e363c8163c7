//! `PipelineModel`: stages in order as one function, from raw columns to predictions.

use crate::feature::{StringIndexerModel, column_pairs};
use crate::linalg::{is_vector_type, vector_column};
use crate::persist::{Saved, stage_folder};
use crate::schema;
use crate::transform::{no_attribute, sized, with_columns};
use crate::{
    Attribute, Input, InputKind, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value, Vector,
};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch, UInt32Array, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use brickyard_error::{Failure, Result};
use serde_json::Value as Json;
use std::any::Any;
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

const CLASS: &str = "org.apache.spark.ml.PipelineModel";
/// Classes under which a pipeline's stages may be saved: by the JVM, and by Python clients.
const CLASSES: [&str; 2] = [CLASS, "pyspark.ml.pipeline.PipelineModel"];
/// Classes whose folder holds the model they chose as `bestModel`.
const CHOOSING_CLASSES: [&str; 4] = [
    "org.apache.spark.ml.tuning.CrossValidatorModel",
    "pyspark.ml.tuning.CrossValidatorModel",
    "org.apache.spark.ml.tuning.TrainValidationSplitModel",
    "pyspark.ml.tuning.TrainValidationSplitModel",
];

pub fn register(registry: &mut Registry) {
    for class in CLASSES {
        registry.loadable(class, |registry, saved| Ok(Operator::transformer(PipelineModel::load(registry, saved)?)));
    }
    for class in CHOOSING_CLASSES {
        registry.loadable(class, |registry, saved| registry.load(saved.child("bestModel")?));
    }
}

/// Fitted stages, applied one after the other.
#[derive(Debug)]
pub struct PipelineModel {
    params: Params,
    stages: Vec<Box<dyn Transformer>>,
    /// The schemas of the last input seen: its own, then the one after each stage. Metadata of thousands of slots is
    /// not worked out again for every batch.
    schemas: RwLock<Arc<[After]>>,
}

/// The schema after a stage.
#[derive(Debug)]
struct After {
    schema: SchemaRef,
    /// Where the stage's outputs stand in it.
    places: Vec<usize>,
}

impl PipelineModel {
    pub fn new(uid: &str, stages: Vec<Box<dyn Transformer>>) -> Self {
        Self { params: Params::new(uid, &[]), stages, schemas: RwLock::default() }
    }

    fn load(registry: &Registry, saved: &Saved) -> Result<Self> {
        let uids = saved.param("stageUids").and_then(Json::as_array);
        let uids = uids.ok_or_else(|| saved.damaged("its metadata lacks stageUids"))?;
        let stage = |(index, uid): (usize, &Json)| {
            let folder = stage_folder(index, uids.len(), uid.as_str().unwrap_or_default());
            match registry.load(saved.child(&folder)?)? {
                Operator::Transformer(stage) => Ok(stage),
                _ => Err(saved.damaged(format!("the stage {folder} is not fitted; save the fitted pipeline"))),
            }
        };
        Ok(Self::new(saved.uid(), uids.iter().enumerate().map(stage).collect::<Result<_>>()?))
    }

    /// The schema itself, then the one after each stage.
    fn schemas(&self, schema: &SchemaRef) -> Result<Arc<[After]>> {
        let known = self.schemas.read().unwrap_or_else(PoisonError::into_inner).clone();
        let same = |first: &SchemaRef| Arc::ptr_eq(first, schema) || first == schema;
        if known.first().is_some_and(|first| same(&first.schema)) {
            return Ok(known);
        }
        let mut schemas = vec![After { schema: schema.clone(), places: Vec::new() }];
        let mut met = schema.clone();
        for stage in &self.stages {
            let (after, places) = schema::after(&met, stage.outputs(&met)?);
            met = Arc::new(after);
            schemas.push(After { schema: met.clone(), places });
        }
        let schemas: Arc<[After]> = schemas.into();
        *self.schemas.write().unwrap_or_else(PoisonError::into_inner) = schemas.clone();
        Ok(schemas)
    }

    /// Every stage with the schema it meets.
    fn met(&self, schema: &Schema) -> Result<Vec<(&dyn Transformer, SchemaRef)>> {
        let schemas = self.schemas(&Arc::new(schema.clone()))?;
        let schemas = schemas.iter().map(|after| after.schema.clone());
        Ok(self.stages.iter().map(AsRef::as_ref).zip(schemas).collect())
    }

    /// True for a column that is indexed, and whose index no stage reads: the label of a fitted pipeline.
    fn is_only_indexed(&self, column: &str, read: &[HashSet<String>]) -> bool {
        let readers = self.stages.iter().zip(read).filter(|(_, columns)| columns.contains(column));
        let unused_index = |stage: &dyn Transformer| {
            let indexer = (stage as &dyn Any).downcast_ref::<StringIndexerModel>()?;
            let pairs = column_pairs(indexer.params()).ok()?;
            let (_, output) = pairs.into_iter().find(|(input, _)| input == column)?;
            Some(read.iter().all(|columns| !columns.contains(&output)))
        };
        readers.into_iter().all(|(stage, _)| unused_index(stage.as_ref()).unwrap_or(false))
    }
}

/// The places of the columns that some stage added or replaced, ascending.
fn changed(schemas: &[After]) -> Vec<usize> {
    let places: BTreeSet<usize> = schemas.iter().flat_map(|after| after.places.iter().copied()).collect();
    places.into_iter().collect()
}

/// The columns that a model must be given when there is no schema to ask: those of an endpoint's requests.
pub fn raw_inputs(model: &dyn Transformer) -> Result<Vec<Input>> {
    let needed = model.raw_inputs()?.into_iter().filter(|input| !input.optional);
    let input = |input: RawInput| match input.kind {
        RawKind::Number => Input::number(&input.column),
        RawKind::Vector => Input::vector(&input.column),
        RawKind::Text | RawKind::Words => Input::any(&input.column),
    };
    Ok(needed.map(input).collect())
}

/// The rows that are left at their places among `rows`; what fills the places of dropped rows is never looked at.
fn spread(columns: impl Iterator<Item = ArrayRef>, left: &UInt32Array, rows: usize) -> Result<Output, ArrowError> {
    let mut keep = vec![false; rows];
    let mut sources = vec![0u32; rows];
    for (source, row) in left.values().iter().enumerate() {
        keep[*row as usize] = true;
        sources[*row as usize] = source as u32;
    }
    let sources = UInt32Array::from(sources);
    let place = |column: ArrayRef| {
        if left.is_empty() {
            Ok(filler(column.data_type(), rows))
        } else {
            arrow_select::take::take(&column, &sources, None)
        }
    };
    Ok(Output { columns: columns.map(place).collect::<Result<_, _>>()?, keep: Some(BooleanArray::from(keep)) })
}

fn filler(data_type: &DataType, rows: usize) -> ArrayRef {
    match data_type {
        DataType::Float64 => Arc::new(Float64Array::from(vec![0.0; rows])),
        _ if is_vector_type(data_type) => {
            let empty = Vector::Dense(Vec::new());
            vector_column(std::iter::repeat_n(Some(&empty), rows))
        }
        _ => new_null_array(data_type, rows),
    }
}

impl Transformer for PipelineModel {
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
        let stages = self.stages.iter().map(|stage| stage.boxed()).collect();
        Box::new(Self { params: self.params.clone(), stages, schemas: RwLock::default() })
    }
    fn stages(&self) -> &[Box<dyn Transformer>] {
        &self.stages
    }

    /// The columns that come from outside; one read in two ways is taken as it is.
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let mut inputs: Vec<Input> = Vec::new();
        for (stage, met) in self.met(schema)? {
            for input in stage.inputs(&met)? {
                if schema.field_with_name(&input.column).is_err() {
                    continue;
                }
                match inputs.iter_mut().find(|known| known.column == input.column) {
                    Some(known) if known.kind != input.kind => known.kind = InputKind::Any,
                    Some(_) => {}
                    None => inputs.push(input),
                }
            }
        }
        Ok(inputs)
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        let mut raw: Vec<RawInput> = Vec::new();
        let mut fields: Vec<Field> = Vec::new();
        let mut read: Vec<HashSet<String>> = Vec::new();
        for stage in &self.stages {
            let wanted = stage.raw_inputs()?;
            for input in &wanted {
                if !fields.iter().any(|field| field.name() == &input.column) {
                    fields.push(Field::new(&input.column, input.kind.data_type(), true));
                    raw.push(input.clone());
                }
            }
            read.push(wanted.into_iter().map(|input| input.column).collect());
            let met = Schema::new(fields);
            let after = schema::after(&met, stage.outputs(&met)?).0;
            fields = after.fields().iter().map(|field| field.as_ref().clone()).collect();
        }
        for input in &mut raw {
            input.optional = input.optional || self.is_only_indexed(&input.column, &read);
        }
        Ok(raw)
    }

    fn unsized_vectors(&self, schema: &Schema) -> Result<Vec<String>> {
        if !schema.fields().iter().any(|field| is_vector_type(field.data_type())) {
            return Ok(Vec::new());
        }
        let mut columns = Vec::new();
        for (stage, met) in self.met(schema)? {
            let unknown = stage.unsized_vectors(&met)?;
            columns.extend(unknown.into_iter().filter(|column| schema.field_with_name(column).is_ok()));
        }
        Ok(columns)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let schemas = self.schemas(&Arc::new(schema.clone()))?;
        let Some(after) = schemas.last() else { return Ok(Vec::new()) };
        Ok(changed(&schemas).into_iter().map(|place| after.schema.field(place).clone()).collect())
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let wrong = |error| Failure::internal("collecting the columns of a pipeline").because(error);
        let schemas = self.schemas(&sized(self, batch)?)?;
        let mut rows = batch.clone();
        // The numbers of the rows that are left, once a stage has dropped some.
        let mut left: Option<UInt32Array> = None;
        for (stage, after) in self.stages.iter().zip(schemas.iter().skip(1)) {
            let output = stage.transform(&rows)?;
            rows = with_columns(&rows, after.schema.clone(), &after.places, output.columns).map_err(wrong)?;
            if let Some(keep) = output.keep.filter(|keep| keep.true_count() < keep.len()) {
                let numbers = left.unwrap_or_else(|| UInt32Array::from_iter_values(0..batch.num_rows() as u32));
                let numbers = arrow_select::filter::filter(&numbers, &keep).map_err(wrong)?;
                left = Some(UInt32Array::from(numbers.to_data()));
                rows = arrow_select::filter::filter_record_batch(&rows, &keep).map_err(wrong)?;
            }
        }
        let columns = changed(&schemas).into_iter().map(|place| rows.column(place).clone());
        let Some(left) = left else { return Ok(Output::all(columns.collect())) };
        spread(columns, &left, batch.num_rows()).map_err(wrong)
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "stages" => Ok(Attribute::Models(self.stages.iter().map(|stage| stage.boxed()).collect())),
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let uids: Vec<&str> = self.stages.iter().map(|stage| stage.params().uid()).collect();
        let mut saved = Saved::of(CLASS, &self.params).with_param("stageUids", uids.clone());
        for (index, (stage, uid)) in self.stages.iter().zip(&uids).enumerate() {
            saved = saved.with_child(stage_folder(index, uids.len(), uid), stage.save()?);
        }
        Ok(saved)
    }
}
