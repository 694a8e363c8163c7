//! Stages that map one vector column to another, row by row: what they share.

use crate::linalg::{VectorBuilder, VectorColumn, VectorRef, is_sparse_smaller, vector_type};
use crate::param::ParamSpec;
use crate::persist::Saved;
use crate::schema::{self, Slots};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Transformer, Value};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::fmt::Debug;
use std::sync::Arc;

/// A prepared row function.
pub type RowMap<'a> = Box<dyn FnMut(VectorRef<'_>, &mut VectorBuilder) -> Result<()> + 'a>;

/// What a stage does with a vector; `Self` is what it learned, if anything.
pub trait VectorMap: Debug + Send + Sync + Sized + 'static {
    const CLASS: &'static str;
    const SPECS: &'static [ParamSpec];

    /// The slots of the output, given the input's field.
    fn slots(&self, params: &Params, input: &Field) -> Result<Slots>;

    /// The row function; `schema` is the batch's.
    fn prepare<'a>(&'a self, params: &Params, schema: &Schema) -> Result<RowMap<'a>>;

    fn attribute(&self, _params: &Params, name: &str) -> Result<Attribute> {
        Err(no_attribute(Self::CLASS, name))
    }

    fn load(_saved: &Saved) -> Result<Self>;

    /// Adds the tables of what was learned.
    fn save(&self, saved: Saved) -> Result<Saved> {
        Ok(saved)
    }
}

/// A [`VectorMap`] as a stage with `inputCol` and `outputCol`.
#[derive(Debug)]
pub struct Mapped<M> {
    params: Params,
    map: Arc<M>,
}

impl<M: VectorMap> Mapped<M> {
    pub fn new(params: Params, map: M) -> Self {
        Self { params, map: Arc::new(map) }
    }

    pub fn load(saved: &Saved) -> Result<Self> {
        Ok(Self::new(saved.params(M::SPECS)?, M::load(saved)?))
    }

    fn input(&self) -> Result<Input> {
        Ok(Input::vector(&self.params.text("inputCol")?))
    }
}

impl<M: VectorMap> Transformer for Mapped<M> {
    fn class(&self) -> &'static str {
        M::CLASS
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(Self { params: self.params.clone(), map: self.map.clone() })
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let input = self.input()?;
        input.find(schema)?;
        Ok(vec![input])
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(self.params.text("inputCol")?, RawKind::Vector)])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let input = self.input()?;
        let slots = self.map.slots(&self.params, input.find(schema)?)?;
        let output = self.params.text("outputCol")?;
        schema::no_such_columns(schema, [output.as_str()])?;
        Ok(vec![schema::with_metadata(Field::new(output, vector_type(), true), &schema::slots_metadata(&slots))])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let input = self.input()?.read(batch)?;
        let vectors = VectorColumn::new(input.as_ref())?;
        let mut map = self.map.prepare(&self.params, batch.schema_ref())?;
        let mut mapped = VectorBuilder::with_capacity(vectors.rows(), 0);
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row(format!("{} met a null vector", M::CLASS)));
            }
            map(vectors.get(row), &mut mapped)?;
        }
        Ok(Output::all(vec![mapped.finish()]))
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        self.map.attribute(&self.params, name)
    }

    fn save(&self) -> Result<Saved> {
        self.map.save(Saved::of(M::CLASS, &self.params))
    }
}

/// Pushes the vector with each spelled-out value mapped; a dense vector stays dense, a sparse one sparse.
pub fn push_values(vector: VectorRef<'_>, mapped: &mut VectorBuilder, value: impl Fn(usize, f64) -> f64) {
    match vector {
        VectorRef::Dense(values) => mapped.push_dense(values.iter().enumerate().map(|(slot, old)| value(slot, *old))),
        VectorRef::Sparse { size, indices, values } => {
            let entries = indices.iter().zip(values);
            mapped.push_sparse(size, entries.map(|(slot, old)| (*slot, value(*slot as usize, *old))));
        }
    }
}

/// Pushes the smaller of the dense and the sparse form, by Spark's rule.
pub fn push_compressed(values: &[f64], mapped: &mut VectorBuilder) {
    let entries = values.iter().filter(|value| **value != 0.0).count();
    if is_sparse_smaller(entries, values.len()) {
        let entries = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
        mapped.push_sparse(values.len(), entries.map(|(slot, value)| (slot as i32, *value)));
    } else {
        mapped.push_dense(values.iter().copied());
    }
}

/// Only the number of slots, as far as the input's metadata tells it.
pub fn same_size(input: &Field) -> Slots {
    schema::slots(input).len().map_or(Slots::Unknown, Slots::Size)
}
