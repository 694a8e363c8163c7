//! ALS: what its factors solve, and what it recommends.

use super::gold::{fit, make, set_params};
use super::gold_rows::rows_of;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type};
use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch};
use brickyard_ml::{Attribute, Operator, Transformer, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn trained(params: &Json, rows: &RecordBatch, threads: usize, partition: usize) -> Box<dyn Transformer> {
    let Operator::Estimator(mut estimator) = make("ALS").unwrap() else { panic!("no estimator") };
    set_params(estimator.params_mut(), params).unwrap();
    fit(estimator.as_ref(), rows, threads, partition).unwrap().0
}

fn rows(model: &dyn Transformer, name: &str, arguments: &[Value]) -> RecordBatch {
    let Ok(Attribute::Frame(rows)) = model.attribute(name, arguments) else { panic!("{name} is no frame") };
    rows
}

/// `users` × `items` of which about half are rated, by a model of rank 2.
pub fn ratings(users: i32, items: i32) -> RecordBatch {
    let mut draws = brickyard_ml::random::Draws::new(1);
    let (mut user_ids, mut item_ids, mut values) = (vec![], vec![], vec![]);
    for user in 0..users {
        for item in 0..items {
            if draws.unit() < 0.5 {
                user_ids.push(user);
                item_ids.push(item * 7 - 20);
                values.push(f64::from(user % 5) * 0.5 + f64::from((user * item) % 3) + draws.unit());
            }
        }
    }
    let columns: [(&str, ArrayRef); 3] = [
        ("user", Arc::new(Int32Array::from(user_ids))),
        ("item", Arc::new(Int32Array::from(item_ids))),
        ("rating", Arc::new(Float64Array::from(values))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The two ways to the same least squares, and what regularisation scales with.
#[test]
fn factors_are_the_least_squares_of_their_ratings() {
    // Ranks above and below the ratings of an id take different ways; after one turn users fit the items exactly.
    for rank in [2, 8, 40] {
        let frame = ratings(25, 20);
        let model = trained(&json!({"rank": rank, "maxIter": 1, "regParam": 0.3}), &frame, 2, 100);
        let factors = |name: &str| -> Vec<Vec<f64>> {
            let lists = rows(model.as_ref(), name, &[]);
            let lists = lists.column(1).as_list::<i32>().clone();
            let numbers =
                |list: ArrayRef| list.as_primitive::<Float32Type>().values().iter().map(|v| f64::from(*v)).collect();
            lists.iter().map(|list| numbers(list.unwrap())).collect()
        };
        let (users, items) = (factors("userFactors"), factors("itemFactors"));
        let column = |name: &str| frame.column_by_name(name).unwrap().as_primitive::<Int32Type>().values().to_vec();
        let ratings = frame.column_by_name("rating").unwrap().as_primitive::<arrow_array::types::Float64Type>();
        let (user_ids, item_ids) = (column("user"), column("item"));
        for (user, factor) in users.iter().enumerate() {
            let of_user: Vec<usize> = (0..user_ids.len()).filter(|row| user_ids[*row] == user as i32).collect();
            for i in 0..rank {
                // The gradient: Σ (x·y - r) y + λ n x = 0.
                let term = |row: &usize| {
                    let item = &items[((item_ids[*row] + 20) / 7) as usize];
                    let score: f64 = factor.iter().zip(item).map(|(a, b)| a * b).sum();
                    (score - f64::from(ratings.value(*row) as f32)) * item[i]
                };
                let gradient: f64 = of_user.iter().map(term).sum::<f64>() + 0.3 * of_user.len() as f64 * factor[i];
                assert!(gradient.abs() < 1e-4, "rank {rank}, user {user}: {gradient}");
            }
        }
    }
}

#[test]
fn recommendations_are_the_best_scores() {
    let model = trained(&json!({"rank": 5, "maxIter": 3}), &ratings(30, 25), 2, 64);
    let all = rows(model.as_ref(), "recommendForAllUsers", &[Value::Int(4)]);
    assert_eq!(all.num_rows(), 30);
    let some = rows(model.as_ref(), "recommendForUserSubset", &[Value::Ints(vec![7, 3, 7, 999]), Value::Int(4)]);
    let chosen: Vec<Json> = rows_of(&all).into_iter().filter(|row| row[0] == json!(3) || row[0] == json!(7)).collect();
    assert_eq!(rows_of(&some), chosen);
    for row in rows_of(&all) {
        let best = row[1].as_array().unwrap();
        assert!(best.len() == 4 && best.windows(2).all(|pair| pair[0][1].as_f64() >= pair[1][1].as_f64()));
        let query = |column: &str, id: i64| -> (String, ArrayRef) {
            (column.to_owned(), Arc::new(Int32Array::from(vec![id as i32; 1])))
        };
        let pair = [query("user", row[0].as_i64().unwrap()), query("item", best[0][0].as_i64().unwrap())];
        let scored =
            brickyard_ml::transform::append(model.as_ref(), &RecordBatch::try_from_iter(pair).unwrap()).unwrap();
        let score = f64::from(scored.column(2).as_primitive::<Float32Type>().value(0));
        assert_eq!(Some(score), best[0][1].as_f64());
    }
    let items = rows(model.as_ref(), "recommendForAllItems", &[Value::Int(100)]);
    assert!(rows_of(&items).iter().all(|row| row[1].as_array().unwrap().len() == 30));
}
