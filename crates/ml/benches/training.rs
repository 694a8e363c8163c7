//! What training costs beside what the machine can do: `cargo bench -p brickyard-ml`.
//!
//! A group has the machine's own pace of the operation that bounds it (`machine`), and the fits beside it, in the same
//! unit, one thread each: additions to a histogram's cells a second, or multiplications a second. Fits find their views
//! built, as the second fit over a table does.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a measuring tool: it measures, or stops")]

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch};
use brickyard_ml::linalg::dense_column;
use brickyard_ml::random::Draws;
use brickyard_ml::runner::{self, Cancel, LocalRunner, PARTITION_ROWS};
use brickyard_ml::{AnyEstimator, Block, Operator, Registry, Transformer, Value};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;

const ROWS: usize = 200_000;

fn estimator(class: &str, params: &[(&str, Value)]) -> Box<dyn AnyEstimator> {
    let Operator::Estimator(mut estimator) = Registry::standard().make(class, "bench").unwrap() else {
        panic!("{class} fits nothing")
    };
    params.iter().for_each(|(name, value)| estimator.params_mut().set(name, value.clone()).unwrap());
    estimator
}

/// Rows of features that have so many values each, and a label that hangs on the first few.
fn frame(features: usize, distinct: f64) -> RecordBatch {
    let mut draws = Draws::new(7);
    let values: Vec<f64> = (0..ROWS * features).map(|_| (draws.unit() * distinct).floor() / distinct).collect();
    let label = |row: &[f64]| {
        let score = row[0] + row[1] * row[2] + (row[3] - 0.5).abs() + 0.5 * draws.unit();
        f64::from(score > 1.25)
    };
    let labels: Vec<f64> = values.chunks_exact(features).map(label).collect();
    let columns: [(&str, ArrayRef); 2] =
        [("features", dense_column(features, values)), ("label", Arc::new(Float64Array::from(labels)))];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// On one thread; only the columns that the estimator reads.
fn runner(frame: &RecordBatch, columns: usize) -> LocalRunner {
    let blocks = (0..frame.num_rows()).step_by(PARTITION_ROWS).enumerate().map(|(partition, start)| {
        let rows = PARTITION_ROWS.min(frame.num_rows() - start);
        let columns = frame.slice(start, rows).columns()[..columns].to_vec();
        Block { partition: partition as u32, first_row: start as u64, rows, columns }
    });
    LocalRunner::with_threads(1, blocks).unwrap()
}

fn fit(estimator: &dyn AnyEstimator, frame: &RecordBatch, runner: &LocalRunner) -> Box<dyn Transformer> {
    let fit = estimator.begin(frame.schema_ref(), frame.num_rows() as u64).unwrap();
    runner::fit(runner, fit, &Cancel::default(), &mut |_| {}).unwrap().0
}

/// Rows whose histograms no tree can do without: all of them at the root, those of the smaller child at each split.
fn histogram_rows(model: &dyn Transformer) -> u64 {
    let saved = model.save().unwrap();
    let nodes = saved.table("data").unwrap();
    let ints = |name: &str| nodes.column_by_name(name).unwrap().as_primitive::<Int32Type>().values().to_vec();
    let counts = nodes.column_by_name("rawCount").unwrap().as_primitive::<Int64Type>().values().to_vec();
    let (ids, lefts, rights) = (ints("id"), ints("leftChild"), ints("rightChild"));
    let mut rows = 0;
    for (place, id) in ids.iter().enumerate() {
        let root = place - *id as usize;
        rows += if *id == 0 { counts[place] as u64 } else { 0 };
        if lefts[place] >= 0 {
            let [left, right] = [lefts[place], rights[place]].map(|child| counts[root + child as usize]);
            rows += left.min(right) as u64;
        }
    }
    rows
}

/// The pace of 16-byte additions to bins as they come, into histograms that fit the nearest caches.
fn machine_histograms(features: usize) -> impl FnMut() {
    let mut draws = Draws::new(3);
    let bins: Vec<u8> = (0..PARTITION_ROWS * 16).map(|_| (draws.unit() * 255.0) as u8).collect();
    let mut cells = vec![[[0i64; 2]; 256]; features];
    move || {
        for (row, bins) in bins.as_chunks::<16>().0.iter().enumerate() {
            let added = [row as i64, 1];
            for (cells, bin) in cells.iter_mut().zip(bins) {
                let cell = &mut cells[usize::from(*bin)];
                let before = *cell;
                *cell = [before[0] + added[0], before[1] + added[1]];
            }
        }
        black_box(&mut cells);
    }
}

fn boosting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("boosting, histogram cells added to");
    group.sample_size(10);
    let mut machine = machine_histograms(16);
    group.throughput(Throughput::Elements(PARTITION_ROWS as u64 * 16));
    group.bench_function("machine", |bencher| bencher.iter(&mut machine));
    for (name, features, distinct) in [("11 features", 11, 60.0), ("100 features", 100, 1e6)] {
        let params = [("maxIter", Value::Int(20)), ("numLeaves", Value::Int(31))];
        let estimator = estimator("brickyard.ml.BoostingClassifier", &params);
        let frame = frame(features, distinct);
        let runner = runner(&frame, 2);
        let updates = histogram_rows(fit(estimator.as_ref(), &frame, &runner).as_ref()) * features as u64;
        group.throughput(Throughput::Elements(updates));
        group.bench_function(name, |bencher| bencher.iter(|| fit(estimator.as_ref(), &frame, &runner)));
    }
    group.finish();
}

fn forest_prediction(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("forest of 100 trees of depth 8, rows predicted");
    group.sample_size(10);
    let params = [("numTrees", Value::Int(100)), ("maxDepth", Value::Int(8)), ("seed", Value::Int(1))];
    let estimator = estimator("org.apache.spark.ml.classification.RandomForestClassifier", &params);
    let frame = frame(11, 60.0);
    let model = fit(estimator.as_ref(), &frame, &runner(&frame, 2));
    for rows in [1, ROWS] {
        let some = frame.slice(0, rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(rows.to_string(), |bencher| bencher.iter(|| model.transform(&some).unwrap()));
    }
    group.finish();
}

/// The pace of multiplications and additions in registers, by vectors of single precision, not fused.
fn machine_products() {
    let mut sums = [[1.0f32; 16]; 8];
    let factor = black_box([0.999f32; 16]);
    for _ in 0..100_000 {
        for sum in &mut sums {
            *sum = std::array::from_fn(|lane| sum[lane] * factor[lane] + 0.001);
        }
    }
    black_box(sums);
}

fn factors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("alternating least squares, products summed");
    group.sample_size(10);
    group.throughput(Throughput::Elements(100_000 * 8 * 16));
    group.bench_function("machine", |bencher| bencher.iter(machine_products));
    let (rank, turns, count) = (32, 5, 300_000);
    let params = [
        ("rank", Value::Int(rank as i64)),
        ("maxIter", Value::Int(turns as i64)),
        ("implicitPrefs", Value::Bool(true)),
    ];
    let estimator = estimator("org.apache.spark.ml.recommendation.ALS", &params);
    let mut draws = Draws::new(1);
    // Some are rated far more often than others, as in life.
    let mut ids = |bound: f64| -> ArrayRef {
        Arc::new(Int32Array::from_iter_values((0..count).map(|_| (draws.unit().powi(3) * bound) as i32)))
    };
    let columns: [(&str, ArrayRef); 3] = [
        ("user", ids(6_000.0)),
        ("item", ids(4_000.0)),
        ("rating", Arc::new(Float64Array::from_iter_values((0..count).map(|row| f64::from(row % 10 + 1))))),
    ];
    let frame = RecordBatch::try_from_iter(columns).unwrap();
    let runner = runner(&frame, 3);
    // The outer product of each rating, for its user and for its item; systems are solved beside them.
    group.throughput(Throughput::Elements((2 * turns * count * rank * (rank + 1) / 2) as u64));
    group.bench_function("rank 32", |bencher| bencher.iter(|| fit(estimator.as_ref(), &frame, &runner)));
    group.finish();
}

criterion_group!(benches, boosting, forest_prediction, factors);
criterion_main!(benches);
