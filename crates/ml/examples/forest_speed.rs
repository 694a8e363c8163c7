//! Seconds that a forest, a tree or k-means trains and predicts, on a file of little-endian doubles: rows of features and label.
//!
//!     cargo run --release -p brickyard-ml --example forest_speed -- FILE FEATURES [CLASS] [THREADS] [PARAM=VALUE ...]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a measuring tool: it prints, or stops")]

use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use brickyard_ml::linalg::{VectorColumn, dense_column};
use brickyard_ml::runner::{self, Cancel, LocalRunner, PARTITION_ROWS};
use brickyard_ml::{Block, Operator, Registry, Value};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let features: usize = arguments[1].parse().unwrap();
    let class = arguments.get(2).map_or("org.apache.spark.ml.classification.RandomForestClassifier", String::as_str);
    let threads: usize = arguments.get(3).map_or(2, |threads| threads.parse().unwrap());
    let bytes = std::fs::read(&arguments[0]).unwrap();
    let numbers: Vec<f64> = bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let all: Vec<&[f64]> = numbers.chunks_exact(features + 1).collect();
    let (train, test) = all.split_at(all.len() * 4 / 5);
    let frame = |rows: &[&[f64]]| {
        let values = rows.iter().flat_map(|row| row[..features].iter().copied()).collect();
        let labels = rows.iter().map(|row| row[features]).collect::<Vec<_>>();
        let columns: [(&str, ArrayRef); 2] =
            [("features", dense_column(features, values)), ("label", Arc::new(Float64Array::from(labels)))];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let (train, test) = (frame(train), frame(test));
    let Operator::Estimator(mut estimator) = Registry::standard().make(class, "speed").unwrap() else { panic!() };
    for argument in arguments.iter().skip(4) {
        let (name, value) = argument.split_once('=').unwrap();
        let value = value.parse().map_or_else(|_| Value::Text(value.to_owned()), Value::Double);
        estimator.params_mut().set(name, value).unwrap();
    }
    println!("{} rows x {features}, {threads} threads", train.num_rows());
    for _ in 0..3 {
        let blocks = (0..train.num_rows()).step_by(PARTITION_ROWS).enumerate().map(|(partition, start)| {
            let rows = PARTITION_ROWS.min(train.num_rows() - start);
            let columns =
                train.slice(start, rows).columns()[..if class.contains("clustering") { 1 } else { 2 }].to_vec();
            Block { partition: partition as u32, first_row: start as u64, rows, columns }
        });
        let runner = LocalRunner::with_threads(threads, blocks).unwrap();
        let fit = estimator.begin(train.schema_ref(), train.num_rows() as u64).unwrap();
        let (start, cpu_start) = (Instant::now(), cpu_seconds());
        let mut passes = 0;
        let (model, report) = runner::fit(&runner, fit, &Cancel::default(), &mut |_| passes += 1).unwrap();
        let (train_seconds, train_cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu_start);
        let start = Instant::now();
        let output = model.transform(&test).unwrap();
        let predict = test.num_rows() as f64 / start.elapsed().as_secs_f64() / 1e6;
        let one = test.slice(5, 1);
        let start = Instant::now();
        (0..1000).for_each(|_| drop(model.transform(&one).unwrap()));
        let micros = start.elapsed().as_secs_f64() * 1e3;
        print!("train {train_seconds:.3} s (cpu {train_cpu:.2}), {passes} passes, {} iterations; ", report.iterations);
        println!("predict {predict:.2} M rows/s, one row {micros:.2} us");
        if class.contains("Classifier") {
            let labels = test.column(1).as_any().downcast_ref::<Float64Array>().unwrap();
            let probability = VectorColumn::new(output.columns[1].as_ref()).unwrap();
            let mut scores: Vec<(f64, f64)> = (0..test.num_rows())
                .map(|row| (probability.get(row).to_vector().to_dense()[1], labels.value(row)))
                .collect();
            scores.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut below, mut wins, mut positives) = (0.0, 0.0, 0.0);
            for (_, label) in scores {
                if label == 1.0 {
                    positives += 1.0;
                    wins += below
                } else {
                    below += 1.0
                }
            }
            println!("auc {:.5}", wins / positives / below);
        }
    }
}

/// Seconds that all threads of this process have computed: on a busy machine a better measure than time on the wall.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // User and system ticks of 10 ms are fields 14 and 15; the second, in parentheses, may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
