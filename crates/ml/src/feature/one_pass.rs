//! A fit that looks at the rows once, and the estimators that need no more.

use crate::fit::{Fit, FitReport, Pass, Progress, Step};
use crate::param::ParamSpec;
use crate::{Estimator, Input, Operator, Params, Registry, Transformer};
use arrow_schema::Schema;
use brickyard_error::Result;
use std::marker::PhantomData;

type Finish<A> = Box<dyn FnOnce(A) -> Result<Box<dyn Transformer>> + Send>;

/// One pass and the model made of its result.
pub struct OnePass<P: Pass> {
    pass: P,
    finish: Finish<P::Acc>,
}

impl<P: Pass + Clone> OnePass<P> {
    pub fn new(pass: P, finish: impl FnOnce(P::Acc) -> Result<Box<dyn Transformer>> + Send + 'static) -> Self {
        Self { pass, finish: Box::new(finish) }
    }
}

impl<P: Pass + Clone> Fit for OnePass<P> {
    type Pass = P;

    fn pass(&self) -> P {
        self.pass.clone()
    }

    fn absorb(self, merged: P::Acc) -> Result<Step<Self>> {
        Ok(Step::Done((self.finish)(merged)?, FitReport::default()))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "passes" }
    }
}

/// What an estimator of one pass is, apart from holding parameters.
pub trait Learn: Send + Sync + 'static {
    const CLASS: &'static str;
    const SPECS: &'static [ParamSpec];
    type Pass: Pass + Clone;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>>;
    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<Self::Pass>>;
}

/// The estimator of a [`Learn`].
pub struct Learner<L> {
    params: Params,
    learns: PhantomData<fn() -> L>,
}

impl<L: Learn> Learner<L> {
    fn new(params: Params) -> Self {
        Self { params, learns: PhantomData }
    }
}

/// Registers the estimator; its pass and its model are registered on their own.
pub fn register_learner<L: Learn>(registry: &mut Registry) {
    registry.operator(
        L::CLASS,
        |uid| Operator::estimator(Learner::<L>::new(Params::new(uid, L::SPECS))),
        |_, saved| Ok(Operator::estimator(Learner::<L>::new(saved.params(L::SPECS)?))),
    );
}

impl<L: Learn> Estimator for Learner<L> {
    type Fit = OnePass<L::Pass>;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        L::inputs(&self.params, schema)
    }
    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Self::Fit> {
        L::begin(&self.params, schema)
    }
}
