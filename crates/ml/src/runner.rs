//! Partitions with their caches, and the runner that drives a fit over them on all cores of this process.

use crate::fit::{AnyAcc, AnyFit, AnyPass, AnyStep, FitReport, Progress, View};
use crate::{Block, Evaluator, Transformer};
use brickyard_error::{Failure, Result};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a training partition: small enough for cache-friendly row lists, large enough to amortise a pass.
pub const PARTITION_ROWS: usize = 32_768;

/// One block of rows with the views and memos that were built beside it. It lives as long as its training set does.
pub struct Partition {
    block: Block,
    views: HashMap<(TypeId, u64), Arc<dyn Any + Send + Sync>>,
    memos: HashMap<(u64, TypeId), Box<dyn Any + Send>>,
}

impl Partition {
    pub fn new(block: Block) -> Self {
        Self { block, views: HashMap::new(), memos: HashMap::new() }
    }

    pub fn block(&self) -> &Block {
        &self.block
    }

    pub(crate) fn view<V: View>(&mut self, spec: &V::Spec) -> Result<Arc<V>> {
        let key = (TypeId::of::<V>(), V::key(spec));
        if !self.views.contains_key(&key) {
            self.views.insert(key, Arc::new(V::build(&self.block, spec)?));
        }
        let view = self.views.get(&key).cloned().and_then(|view| view.downcast().ok());
        view.ok_or_else(|| Failure::internal("a cached view has another type"))
    }

    pub(crate) fn memo<M: Default + Send + 'static>(&mut self, fit: u64) -> Result<&mut M> {
        let memo = self.memos.entry((fit, TypeId::of::<M>())).or_insert_with(|| Box::new(M::default()));
        memo.downcast_mut().ok_or_else(|| Failure::internal("a memo has another type"))
    }

    /// Drops what a finished fit left behind.
    pub fn forget(&mut self, fit: u64) {
        self.memos.retain(|key, _| key.0 != fit);
    }
}

/// Runs passes of a training set wherever its rows are.
pub trait Runner: Send + Sync {
    /// Runs one pass over every partition and merges: freely if exact, otherwise in partition order.
    fn run(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc>;
    /// Runs what is done between passes, on the threads of the passes where they are in this process.
    fn between(&self, work: Box<dyn FnOnce() -> Result<AnyStep> + Send + '_>) -> Result<AnyStep> {
        work()
    }
    /// Drops the memos of a finished fit.
    fn forget(&self, fit: u64);
}

/// Stops a fit between passes.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Drives a fit to its model. `on_progress` is called before every pass.
pub fn fit(
    runner: &dyn Runner,
    mut fit: Box<dyn AnyFit>,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Box<dyn Transformer>, FitReport)> {
    let id = FITS.fetch_add(1, Ordering::Relaxed);
    let outcome = loop {
        if cancel.is_cancelled() {
            break Err(Failure::new(&brickyard_error::codes::ml::CANCELLED, "the training was cancelled"));
        }
        on_progress(fit.progress());
        match runner.run(id, &fit.pass()).and_then(|merged| runner.between(Box::new(|| fit.absorb(merged)))) {
            Ok(AnyStep::Again(next)) => fit = next,
            Ok(AnyStep::Done(model, report)) => break Ok((model, report)),
            Err(failure) => break Err(failure),
        }
    };
    runner.forget(id);
    outcome
}

/// Runs an evaluator's passes, one after the other, and gives its metric.
pub fn evaluate(runner: &dyn Runner, evaluator: &dyn Evaluator) -> Result<f64> {
    let id = FITS.fetch_add(1, Ordering::Relaxed);
    let outcome = runner.run(id, &evaluator.pass()?).and_then(|mut merged| {
        while let Some(pass) = evaluator.next_pass(&merged)? {
            merged = runner.run(id, &pass)?;
        }
        evaluator.finish(merged)
    });
    runner.forget(id);
    outcome
}

/// Numbers fits and evaluations, so that two over the same rows share no memos.
static FITS: AtomicU64 = AtomicU64::new(1);

/// Runs passes on a thread pool over partitions in memory. The number of threads never changes the result.
pub struct LocalRunner {
    pool: Arc<rayon::ThreadPool>,
    partitions: Vec<Mutex<Partition>>,
}

impl LocalRunner {
    pub fn new(pool: Arc<rayon::ThreadPool>, blocks: impl IntoIterator<Item = Block>) -> Self {
        Self { pool, partitions: blocks.into_iter().map(|block| Mutex::new(Partition::new(block))).collect() }
    }

    /// A runner with its own pool of `threads`, for tests and benchmarks.
    pub fn with_threads(threads: usize, blocks: impl IntoIterator<Item = Block>) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| Failure::internal("starting training threads").because(error))?;
        Ok(Self::new(Arc::new(pool), blocks))
    }

    pub fn rows(&self) -> u64 {
        self.partitions.iter().map(|partition| lock(partition).block.rows as u64).sum()
    }

    fn update(&self, index: usize, pass: &dyn AnyPass, acc: &mut AnyAcc, fit: u64) -> Result<()> {
        pass.update(acc, &mut lock(&self.partitions[index]), fit)
    }

    /// Exact accumulators: one a thread, partitions taken as they come.
    fn run_exact(&self, fit: u64, pass: &dyn AnyPass) -> Result<Vec<AnyAcc>> {
        let next = AtomicUsize::new(0);
        let each_thread = |_: rayon::BroadcastContext<'_>| {
            let mut acc = pass.zero();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= self.partitions.len() {
                    return Ok(acc);
                }
                self.update(index, pass, &mut acc, fit)?;
            }
        };
        self.pool.broadcast(each_thread).into_iter().collect()
    }

    /// Inexact accumulators: one a partition, kept in partition order.
    fn run_in_order(&self, fit: u64, pass: &dyn AnyPass) -> Result<Vec<AnyAcc>> {
        let next = AtomicUsize::new(0);
        let slots: Vec<Mutex<Option<Result<AnyAcc>>>> = self.partitions.iter().map(|_| Mutex::new(None)).collect();
        self.pool.broadcast(|_| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = slots.get(index) else { return };
                let mut acc = pass.zero();
                let outcome = self.update(index, pass, &mut acc, fit).map(|()| acc);
                *lock(slot) = Some(outcome);
            }
        });
        let missing = || Err(Failure::internal("a partition was not visited"));
        slots
            .into_iter()
            .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(missing))
            .collect()
    }
}

impl Runner for LocalRunner {
    fn run(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc> {
        let pass = pass.as_ref();
        let accs = if pass.exact() { self.run_exact(fit, pass)? } else { self.run_in_order(fit, pass)? };
        self.pool.install(|| merge_in_order(pass, accs))
    }

    fn between(&self, work: Box<dyn FnOnce() -> Result<AnyStep> + Send + '_>) -> Result<AnyStep> {
        self.pool.install(work)
    }

    fn forget(&self, fit: u64) {
        self.partitions.iter().for_each(|partition| lock(partition).forget(fit));
    }
}

/// Merges accumulators left to right; the same order gives the same bits.
pub fn merge_in_order(pass: &dyn AnyPass, accs: Vec<AnyAcc>) -> Result<AnyAcc> {
    let mut accs = accs.into_iter();
    let mut merged = accs.next().unwrap_or_else(|| pass.zero());
    accs.try_for_each(|acc| pass.merge(&mut merged, acc))?;
    Ok(merged)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
