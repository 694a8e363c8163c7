//! Seconds that ALS trains and recommends, on ratings drawn at random: as many as the small MovieLens set unless told.
//!
//!     cargo run --release -p brickyard-ml --example factor_speed -- [USERS] [ITEMS] [RATINGS] [RANK] [PARAM=VALUE ...]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a measuring tool: it prints, or stops")]

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch};
use brickyard_ml::random::Draws;
use brickyard_ml::runner::{self, Cancel, LocalRunner, PARTITION_ROWS};
use brickyard_ml::{Block, Operator, Registry, Value};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| arguments.get(index).map_or(default, |text| text.parse().unwrap());
    let (users, items, count, rank) = (number(0, 610), number(1, 9_724), number(2, 100_836), number(3, 32));
    let class = "org.apache.spark.ml.recommendation.ALS";
    let Operator::Estimator(mut estimator) = Registry::standard().make(class, "speed").unwrap() else { panic!() };
    estimator.params_mut().set("rank", Value::Int(rank as i64)).unwrap();
    for argument in arguments.iter().skip(4) {
        let (name, value) = argument.split_once('=').unwrap();
        let value = value.parse().map_or_else(|_| Value::Bool(value == "true"), Value::Double);
        estimator.params_mut().set(name, value).unwrap();
    }
    let mut draws = Draws::new(1);
    // Some are rated far more often than others, as in life.
    let mut skewed = |bound: usize| (draws.unit().powi(3) * bound as f64) as i32;
    let pairs: Vec<(i32, i32)> = (0..count).map(|_| (skewed(users), skewed(items))).collect();
    let column = |id: fn(&(i32, i32)) -> i32| Arc::new(Int32Array::from_iter_values(pairs.iter().map(id)));
    let ratings = pairs.iter().map(|(user, item)| f64::from((user * 7 + item * 3) % 10) / 2.0);
    let columns: [(&str, ArrayRef); 3] = [
        ("user", column(|pair| pair.0)),
        ("item", column(|pair| pair.1)),
        ("rating", Arc::new(Float64Array::from_iter_values(ratings))),
    ];
    let frame = RecordBatch::try_from_iter(columns).unwrap();
    println!("{count} ratings, {users} x {items}, rank {rank}");
    for _ in 0..3 {
        let blocks = (0..frame.num_rows()).step_by(PARTITION_ROWS).enumerate().map(|(partition, start)| {
            let rows = PARTITION_ROWS.min(frame.num_rows() - start);
            let columns = frame.slice(start, rows).columns().to_vec();
            Block { partition: partition as u32, first_row: start as u64, rows, columns }
        });
        let runner = LocalRunner::with_threads(2, blocks).unwrap();
        let fit = estimator.begin(frame.schema_ref(), frame.num_rows() as u64).unwrap();
        let start = Instant::now();
        let (model, report) = runner::fit(&runner, fit, &Cancel::default(), &mut |_| {}).unwrap();
        let train = start.elapsed().as_secs_f64();
        let start = Instant::now();
        drop(model.attribute("recommendForAllUsers", &[Value::Int(10)]).unwrap());
        println!(
            "train {train:.3} s, {} iterations; best 10 of all users {:.3} s",
            report.iterations,
            start.elapsed().as_secs_f64()
        );
    }
}
