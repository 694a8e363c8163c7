//! Stages of any columns: what they share, so that each file says only what it reads, adds and computes.

use crate::param::ParamSpec;
use crate::persist::Saved;
use crate::schema;
use crate::transform::{no_attribute, skips};
use crate::{Argument, Attribute, Input, Operator, Output, Params, RawInput, Registry, Transformer, Value};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::fmt::Debug;
use std::sync::Arc;

/// What a stage does with columns; `Self` is what it learned, if anything.
pub trait Stage: Debug + Send + Sync + Sized + 'static {
    const CLASS: &'static str;
    const SPECS: &'static [ParamSpec];
    /// Whether outputs stand in the place of columns of their name.
    const REPLACES: bool = false;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>>;
    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>>;
    /// The columns added; the inputs and the names of the outputs are checked already.
    fn outputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Field>>;
    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output>;

    /// [`Transformer::may_skip`]
    fn may_skip(&self, params: &Params) -> bool {
        skips(params)
    }
    fn attribute(&self, _params: &Params, name: &str, _arguments: &[Value]) -> Result<Attribute> {
        Err(no_attribute(Self::CLASS, name))
    }
    fn method(&self, _params: &Params, name: &str, _arguments: &[Argument]) -> Result<RecordBatch> {
        Err(no_attribute(Self::CLASS, name))
    }

    fn load(saved: &Saved) -> Result<Self>;
    /// Adds the tables of what was learned.
    fn save(&self, saved: Saved) -> Result<Saved> {
        Ok(saved)
    }
}

/// A [`Stage`] with its parameters.
#[derive(Debug)]
pub struct Staged<S> {
    params: Params,
    stage: Arc<S>,
}

impl<S: Stage> Staged<S> {
    pub fn new(params: Params, stage: S) -> Self {
        Self { params, stage: Arc::new(stage) }
    }

    pub fn load(saved: &Saved) -> Result<Self> {
        Ok(Self::new(saved.params(S::SPECS)?, S::load(saved)?))
    }
}

/// Registers a stage that learns nothing.
pub fn register_stage<S: Stage + Default>(registry: &mut Registry) {
    registry.operator(
        S::CLASS,
        |uid| Operator::transformer(Staged::new(Params::new(uid, S::SPECS), S::default())),
        |_, saved| Ok(Operator::transformer(Staged::<S>::load(saved)?)),
    );
}

/// Registers a stage that only exists fitted.
pub fn register_model<S: Stage>(registry: &mut Registry) {
    registry.loadable(S::CLASS, |_, saved| Ok(Operator::transformer(Staged::<S>::load(saved)?)));
}

impl<S: Stage> Transformer for Staged<S> {
    fn class(&self) -> &'static str {
        S::CLASS
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(Self { params: self.params.clone(), stage: self.stage.clone() })
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        self.stage.inputs(&self.params, schema)
    }
    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        self.stage.raw_inputs(&self.params)
    }
    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.stage.inputs(&self.params, schema)?;
        let outputs = self.stage.outputs(&self.params, schema)?;
        if !S::REPLACES {
            schema::no_such_columns(schema, outputs.iter().map(|field| field.name().as_str()))?;
        }
        Ok(outputs)
    }

    fn may_skip(&self) -> bool {
        self.stage.may_skip(&self.params)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        self.stage.transform(&self.params, batch)
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        self.stage.attribute(&self.params, name, arguments)
    }

    fn method(&self, name: &str, arguments: &[Argument]) -> Result<RecordBatch> {
        self.stage.method(&self.params, name, arguments)
    }

    fn save(&self) -> Result<Saved> {
        self.stage.save(Saved::of(S::CLASS, &self.params))
    }
}
