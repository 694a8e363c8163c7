//! The laws that every estimator keeps, whatever it learns: threads, wire, lost memory, empty partitions and the size of a
//! batch change nothing; partitioning changes nothing, or only the last digits.
//!
//! What works between two passes takes the threads of the pool that it is called in; so each fit runs inside a pool.

use crate::fit::{AnyAcc, AnyPass};
use crate::linalg::{VectorColumn, is_vector_type};
use crate::persist::Saved;
use crate::runner::{self, Cancel, LocalRunner, Partition, Runner, merge_in_order};
use crate::{
    AnyEstimator, Attribute, Block, FitReport, Input, InputKind, Operator, Registry, Transformer, answer, transform,
};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use brickyard_error::{Failure, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Fits the estimator in many ways and compares the models and what they predict.
///
/// `tolerance` bounds how far predictions of a model of another partitioning may be off, relative to their size, where
/// the estimator's passes are not exact.
///
/// # Errors
/// A law is broken, and which; or the estimator failed.
pub fn check_estimator(
    registry: &Registry,
    estimator: &dyn AnyEstimator,
    rows: &RecordBatch,
    tolerance: f64,
) -> Result<()> {
    let inputs = estimator.inputs(rows.schema_ref())?;
    let blocks = |count: usize| partitions(rows, &inputs, count);
    let on_threads = |threads: usize, blocks: Vec<Block>| {
        let pool = pool_of(threads)?;
        let runner = Watched::new(LocalRunner::new(Arc::clone(&pool), blocks));
        let (model, report) = pool.install(|| fit(estimator, rows, &runner))?;
        Ok::<_, Failure>((model, report, !runner.inexact.load(Ordering::Relaxed)))
    };

    let (model, report, exact) = on_threads(1, blocks(7)?)?;
    let learned = Learned::of(model.as_ref())?;
    let same_model = |law: &str, other: &dyn Transformer, other_report: &FitReport| {
        let same = Learned::of(other)? == learned && *other_report == report;
        if same { Ok(()) } else { Err(broken(law)) }
    };
    for threads in [2, 8] {
        let (other, other_report, _) = on_threads(threads, blocks(7)?)?;
        same_model("the number of threads changes nothing", other.as_ref(), &other_report)?;
    }

    let (other, other_report, _) = on_threads(2, with_empty_partitions(blocks(7)?))?;
    same_model("empty partitions change nothing", other.as_ref(), &other_report)?;

    let forgetful = Forgetful { registry, blocks: blocks(7)? };
    let (other, other_report) = fit(estimator, rows, &forgetful)?;
    same_model("bytes and lost memos change nothing", other.as_ref(), &other_report)?;

    let (other, other_report, _) = on_threads(2, blocks(1)?)?;
    if exact {
        same_model("partitions change nothing where passes are exact", other.as_ref(), &other_report)?;
    }
    let is_answer = matches!(learned, Learned::Answer(_));
    let (one, seven) = match (Learned::of(other.as_ref())?, learned) {
        (Learned::Answer(one), Learned::Answer(seven)) => (one, seven),
        _ => (transform::append(other.as_ref(), rows)?, transform::append(model.as_ref(), rows)?),
    };
    let near = |(one, seven): (&ArrayRef, &ArrayRef)| close(one, seven, tolerance);
    if one.num_columns() != seven.num_columns() || !one.columns().iter().zip(seven.columns()).all(near) {
        return Err(broken("partitions change no more than the last digits"));
    }
    if is_answer { Ok(()) } else { check_transformer(registry, model.as_ref(), rows) }
}

/// What was learned: all that a model saves, or the rows of an answer where there is no model.
#[derive(PartialEq)]
enum Learned {
    Model(Saved),
    Answer(RecordBatch),
}

impl Learned {
    fn of(model: &dyn Transformer) -> Result<Self> {
        match model.attribute(answer::ROWS, &[]) {
            Ok(Attribute::Frame(rows)) => Ok(Self::Answer(rows)),
            _ => Ok(Self::Model(model.save()?)),
        }
    }
}

/// Checks that a transformer treats rows alone, in several batches and on several threads as in one batch, survives
/// saving, and produces what it declares.
pub fn check_transformer(registry: &Registry, transformer: &dyn Transformer, rows: &RecordBatch) -> Result<()> {
    let whole = transform::append(transformer, rows)?;
    let declared = transformer.outputs(rows.schema_ref())?;
    let produced = transformer.transform(rows)?.columns;
    let as_declared = declared.len() == produced.len()
        && declared.iter().zip(&produced).all(|(field, column)| {
            field.data_type() == column.data_type() && (field.is_nullable() || column.null_count() == 0)
        });
    if !as_declared {
        return Err(broken("columns are produced as they are declared"));
    }

    for size in [1, 7] {
        let piece = |first: usize| rows.slice(first, size.min(rows.num_rows() - first));
        let firsts = (0..rows.num_rows()).step_by(size);
        let pieces: Vec<RecordBatch> =
            firsts.map(|first| transform::append(transformer, &piece(first))).collect::<Result<_>>()?;
        let joined = arrow_select::concat::concat_batches(whole.schema_ref(), &pieces)
            .map_err(|error| Failure::internal("joining rows").because(error))?;
        if joined.columns() != whole.columns() {
            return Err(broken("a row gets the same bits alone, in a small batch and in a large one"));
        }
    }
    for threads in [1, 8] {
        let on_threads = pool_of(threads)?.install(|| transform::append(transformer, rows))?;
        if on_threads.columns() != whole.columns() {
            return Err(broken("threads change nothing of what is predicted"));
        }
    }

    let Operator::Transformer(loaded) = registry.load(&transformer.save()?)? else {
        return Err(broken("a saved transformer loads as one"));
    };
    if transform::append(loaded.as_ref(), rows)?.columns() != whole.columns() || loaded.save()? != transformer.save()? {
        return Err(broken("saving and loading changes nothing"));
    }
    Ok(())
}

fn broken(law: &str) -> Failure {
    Failure::internal(format!("a law is broken: {law}"))
}

fn pool_of(threads: usize) -> Result<Arc<rayon::ThreadPool>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map(Arc::new).map_err(|error| Failure::internal("starting training threads").because(error))
}

fn fit(
    estimator: &dyn AnyEstimator,
    rows: &RecordBatch,
    runner: &dyn Runner,
) -> Result<(Box<dyn Transformer>, FitReport)> {
    let fit = estimator.begin(rows.schema_ref(), rows.num_rows() as u64)?;
    runner::fit(runner, fit, &Cancel::default(), &mut |_| {})
}

/// The rows in this many partitions of about equal size. Those of a group, which stand together, stay so.
fn partitions(rows: &RecordBatch, inputs: &[Input], count: usize) -> Result<Vec<Block>> {
    let group = inputs.iter().find(|input| input.kind == InputKind::Group);
    let group = group.map(|input| input.read(rows)).transpose()?;
    let parts_group = |bound: usize| {
        let groups = group.as_ref().map(|group| group.as_primitive::<Float64Type>().values());
        groups.is_some_and(|groups| bound > 0 && bound < groups.len() && groups[bound - 1] == groups[bound])
    };
    let bound = |index: usize| {
        let even = rows.num_rows() * index / count;
        (even..).find(|bound| !parts_group(*bound)).unwrap_or(even)
    };
    let block = |index: usize| {
        let slice = rows.slice(bound(index), bound(index + 1) - bound(index));
        let columns = inputs.iter().map(|input| input.read(&slice)).collect::<Result<_>>()?;
        Ok(Block { partition: index as u32, first_row: bound(index) as u64, rows: slice.num_rows(), columns })
    };
    (0..count).map(block).collect()
}

/// An empty partition before each one and behind the last.
fn with_empty_partitions(blocks: Vec<Block>) -> Vec<Block> {
    let empty = |block: &Block| Block {
        rows: 0,
        columns: block.columns.iter().map(|column| column.slice(0, 0)).collect(),
        ..block.clone()
    };
    let last = blocks.last().map(empty);
    let all = blocks.into_iter().flat_map(|block| [empty(&block), block]).chain(last);
    all.enumerate().map(|(index, block)| Block { partition: index as u32, ..block }).collect()
}

/// Equal but for a relative tolerance on numbers.
fn close(left: &ArrayRef, right: &ArrayRef, tolerance: f64) -> bool {
    let near = |left: f64, right: f64| (left - right).abs() <= tolerance * left.abs().max(right.abs()).max(1.0);
    if is_vector_type(left.data_type()) {
        let (Ok(left), Ok(right)) = (VectorColumn::new(left.as_ref()), VectorColumn::new(right.as_ref())) else {
            return false;
        };
        return (0..left.rows()).all(|row| {
            let (left, right) = (left.get(row).to_vector().to_dense(), right.get(row).to_vector().to_dense());
            left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| near(*left, *right))
        });
    }
    if left.data_type() != &DataType::Float64 {
        return left == right;
    }
    let (left, right) = (left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>());
    left.iter().zip(right).all(|(left, right)| match (left, right) {
        (Some(left), Some(right)) => near(left, right),
        (left, right) => left == right,
    })
}

/// Notes whether every pass was exact.
struct Watched {
    runner: LocalRunner,
    inexact: AtomicBool,
}

impl Watched {
    fn new(runner: LocalRunner) -> Self {
        Self { runner, inexact: AtomicBool::new(false) }
    }
}

impl Runner for Watched {
    fn run(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc> {
        self.inexact.fetch_or(!pass.exact(), Ordering::Relaxed);
        self.runner.run(fit, pass)
    }

    fn forget(&self, fit: u64) {
        self.runner.forget(fit);
    }
}

/// A cluster at its worst: every message goes through bytes, and every executor forgets before every pass.
struct Forgetful<'a> {
    registry: &'a Registry,
    blocks: Vec<Block>,
}

impl Runner for Forgetful<'_> {
    fn run(&self, fit: u64, pass: &Arc<dyn AnyPass>) -> Result<AnyAcc> {
        let pass = self.registry.decode_pass(pass.name(), &pass.encode()?)?;
        let accs = self.blocks.iter().map(|block| {
            let mut acc = pass.zero();
            pass.update(&mut acc, &mut Partition::new(block.clone()), fit)?;
            pass.decode_acc(&pass.encode_acc(&acc)?)
        });
        merge_in_order(pass.as_ref(), accs.collect::<Result<_>>()?)
    }

    fn forget(&self, _: u64) {}
}
