//! The sans-IO shape of training: views, passes, fits, estimators, and their erased forms for drivers and executors.

use crate::{Block, Input, Params, Transformer, Value, runner::Partition};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A wire form. Everything serde knows has one through postcard; large numeric accumulators may serialise themselves as
/// raw little-endian bytes (`serde_bytes`-like, with `bytemuck`).
pub trait Wire: Sized {
    fn encode(&self) -> Result<Vec<u8>>;
    fn decode(bytes: &[u8]) -> Result<Self>;
}

impl<T: Serialize + DeserializeOwned> Wire for T {
    fn encode(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(|error| Failure::internal("encoding a training message").because(error))
    }
    fn decode(bytes: &[u8]) -> Result<Self> {
        postcard::from_bytes(bytes).map_err(|error| Failure::internal("decoding a training message").because(error))
    }
}

/// An accumulator: a monoid with the pass's `zero`.
pub trait Merge {
    /// True when merging is exact (integers, sets): any order and grouping gives the same bits, so a runner may fold
    /// many partitions into one accumulator. False: one accumulator a partition, merged in partition order.
    const EXACT: bool;
    fn merge(&mut self, other: Self);
}

/// A derived, read-only representation of a block (f64 tiles, binned u8 panels, …): a pure function of block and spec.
/// The algorithm names it; the runner builds it once a partition and caches it beside the rows.
pub trait View: Sized + Send + Sync + 'static {
    type Spec: Wire + Send + Sync;
    /// A content hash of the spec.
    fn key(spec: &Self::Spec) -> u64;
    fn build(block: &Block, spec: &Self::Spec) -> Result<Self>;
    /// Memory held, for the runner's budget.
    fn bytes(&self) -> usize;
}

/// One aggregate over the training rows, carrying the broadcast state it needs (weights, open tree nodes).
///
/// `Memo` is state of one partition that lives beside the rows between passes of one fit (row → node, margins). It is a
/// memo, never a truth: `update` gives the same bits from `Memo::default()`, so a lost executor is only slow.
pub trait Pass: Wire + Send + Sync + 'static {
    const NAME: &'static str;
    type View: View;
    type Memo: Default + Send + 'static;
    type Acc: Merge + Wire + Send + 'static;
    fn spec(&self) -> Arc<<Self::View as View>::Spec>;
    fn zero(&self) -> Self::Acc;
    fn update(&self, acc: &mut Self::Acc, rows: &Self::View, memo: &mut Self::Memo) -> Result<()>;
}

/// What a fit says after absorbing a pass.
pub enum Step<F> {
    /// Another pass of the same kind.
    Again(F),
    /// Another phase, with other accumulators.
    Then(Box<dyn AnyFit>),
    Done(Box<dyn Transformer>, FitReport),
}

/// What training tells beside the model: the part of a training summary that needs no predictions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FitReport {
    /// Spark's `objectiveHistory`, the initial value first; empty where the algorithm has none.
    pub objective_history: Vec<f64>,
    /// Spark's `totalIterations` / `numIter`.
    pub iterations: u64,
    /// Values only training knows, by Spark's attribute name: `trainingCost`, `coefficientStandardErrors`, ….
    pub values: BTreeMap<&'static str, Value>,
}

/// How far a fit has come, for progress bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// An upper bound: convergence may end the fit sooner.
    pub total: u64,
    /// What is counted: `iterations`, `trees`, ….
    pub unit: &'static str,
}

/// A training in progress: asks for a pass, absorbs its merged result.
pub trait Fit: Sized + Send + 'static {
    type Pass: Pass;
    fn pass(&self) -> Self::Pass;
    fn absorb(self, merged: <Self::Pass as Pass>::Acc) -> Result<Step<Self>>;
    fn progress(&self) -> Progress;
}

/// Something that can be fitted: parameters, the columns it reads, and the first phase.
pub trait Estimator: Send + Sync + 'static {
    type Fit: Fit;
    fn params(&self) -> &Params;
    fn params_mut(&mut self) -> &mut Params;
    /// The columns read, in the order that blocks carry them. `schema` is the training data's.
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>>;
    /// `schema` carries column metadata (slot names, categories); `rows` is the number of training rows.
    fn begin(&self, schema: &Schema, rows: u64) -> Result<Self::Fit>;
}

// ---- erased forms: what the driver, the registry and an executor see -------------------------------------------------

/// An accumulator whose type only its pass knows.
pub type AnyAcc = Box<dyn Any + Send>;

pub enum AnyStep {
    Again(Box<dyn AnyFit>),
    Done(Box<dyn Transformer>, FitReport),
}

pub trait AnyEstimator: Send + Sync {
    fn params(&self) -> &Params;
    fn params_mut(&mut self) -> &mut Params;
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>>;
    fn begin(&self, schema: &Schema, rows: u64) -> Result<Box<dyn AnyFit>>;
}

impl<E: Estimator> AnyEstimator for E {
    fn params(&self) -> &Params {
        Estimator::params(self)
    }
    fn params_mut(&mut self) -> &mut Params {
        Estimator::params_mut(self)
    }
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        Estimator::inputs(self, schema)
    }
    fn begin(&self, schema: &Schema, rows: u64) -> Result<Box<dyn AnyFit>> {
        Ok(Box::new(Estimator::begin(self, schema, rows)?))
    }
}

pub trait AnyFit: Send {
    fn pass(&self) -> Arc<dyn AnyPass>;
    fn absorb(self: Box<Self>, merged: AnyAcc) -> Result<AnyStep>;
    fn progress(&self) -> Progress;
}

impl<F: Fit> AnyFit for F {
    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(Fit::pass(self))
    }
    fn absorb(self: Box<Self>, merged: AnyAcc) -> Result<AnyStep> {
        let merged = merged.downcast().map_err(|_| wrong_accumulator(F::Pass::NAME))?;
        Ok(match Fit::absorb(*self, *merged)? {
            Step::Again(fit) => AnyStep::Again(Box::new(fit)),
            Step::Then(fit) => AnyStep::Again(fit),
            Step::Done(model, report) => AnyStep::Done(model, report),
        })
    }
    fn progress(&self) -> Progress {
        Fit::progress(self)
    }
}

pub trait AnyPass: Send + Sync {
    fn name(&self) -> &'static str;
    fn encode(&self) -> Result<Vec<u8>>;
    fn exact(&self) -> bool;
    fn zero(&self) -> AnyAcc;
    /// Adds a partition's rows; `fit` keys the memo, so that two fits over the same cached rows share nothing.
    fn update(&self, acc: &mut AnyAcc, partition: &mut Partition, fit: u64) -> Result<()>;
    fn merge(&self, into: &mut AnyAcc, from: AnyAcc) -> Result<()>;
    fn encode_acc(&self, acc: &AnyAcc) -> Result<Vec<u8>>;
    fn decode_acc(&self, bytes: &[u8]) -> Result<AnyAcc>;
}

impl<P: Pass> AnyPass for P {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn encode(&self) -> Result<Vec<u8>> {
        Wire::encode(self)
    }
    fn exact(&self) -> bool {
        P::Acc::EXACT
    }
    fn zero(&self) -> AnyAcc {
        Box::new(Pass::zero(self))
    }
    fn update(&self, acc: &mut AnyAcc, partition: &mut Partition, fit: u64) -> Result<()> {
        let acc = acc.downcast_mut().ok_or_else(|| wrong_accumulator(P::NAME))?;
        let rows = partition.view::<P::View>(&self.spec())?;
        Pass::update(self, acc, &rows, partition.memo::<P::Memo>(fit)?)
    }
    fn merge(&self, into: &mut AnyAcc, from: AnyAcc) -> Result<()> {
        let into = into.downcast_mut::<P::Acc>().ok_or_else(|| wrong_accumulator(P::NAME))?;
        into.merge(*from.downcast().map_err(|_| wrong_accumulator(P::NAME))?);
        Ok(())
    }
    fn encode_acc(&self, acc: &AnyAcc) -> Result<Vec<u8>> {
        acc.downcast_ref::<P::Acc>().ok_or_else(|| wrong_accumulator(P::NAME))?.encode()
    }
    fn decode_acc(&self, bytes: &[u8]) -> Result<AnyAcc> {
        Ok(Box::new(P::Acc::decode(bytes)?))
    }
}

fn wrong_accumulator(pass: &str) -> Failure {
    Failure::internal(format!("the accumulator does not belong to pass {pass}"))
}
