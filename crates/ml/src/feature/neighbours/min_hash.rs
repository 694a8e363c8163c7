//! `MinHashLSH`: the smallest of hashed members, for Jaccard's distance of sets. A vector is the set of its slots that are
//! not zero.

use super::hashed::{Drawing, Family, Hashed, TABLES};
use crate::feature::one_pass::register_learner;
use crate::feature::stage::register_model;
use crate::linalg::VectorRef;
use crate::param::{ParamSpec, shared};
use crate::persist::{Column, Saved, int_lists, table};
use crate::random::java::JavaRandom;
use crate::transform::invalid_row;
use crate::{Params, Registry};
use brickyard_error::{Failure, Result, codes};

/// A prime below 2³¹: Spark's.
const PRIME: i32 = 2_038_074_743;

pub fn register(registry: &mut Registry) {
    register_learner::<Drawing<MinHash>>(registry);
    register_model::<Hashed<MinHash>>(registry);
}

/// (a, b) of each function (1 + member) · a + b.
#[derive(Debug)]
pub struct MinHash {
    coefficients: Vec<(i32, i32)>,
}

impl Family for MinHash {
    const CLASS: &'static str = "org.apache.spark.ml.feature.MinHashLSH";
    const MODEL_CLASS: &'static str = "org.apache.spark.ml.feature.MinHashLSHModel";
    const SPECS: &'static [ParamSpec] =
        &[shared::INPUT_COL, TABLES, shared::OUTPUT_COL, shared::seed(shared::class_seed(Self::CLASS))];
    const MODEL_SPECS: &'static [ParamSpec] = &[shared::INPUT_COL, TABLES, shared::OUTPUT_COL];

    fn draw(params: &Params, size: usize) -> Result<Self> {
        if size > PRIME as usize {
            let text = format!("requirement failed: The input vector dimension {size} exceeds the threshold {PRIME}.");
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        let mut random = JavaRandom::new(params.int("seed")?);
        let tables = params.int("numHashTables")?;
        let coefficients = (0..tables).map(|_| (1 + random.below(PRIME - 1), random.below(PRIME - 1))).collect();
        Ok(Self { coefficients })
    }

    fn tables(&self) -> usize {
        self.coefficients.len()
    }

    fn hash(&self, _: &Params, vector: VectorRef<'_>, hashes: &mut [f64]) -> Result<()> {
        let members = members(vector);
        if members.is_empty() {
            return Err(invalid_row("requirement failed: Must have at least 1 non zero entry."));
        }
        for (hash, (a, b)) in hashes.iter_mut().zip(&self.coefficients) {
            let of = |member: &i32| ((1 + i64::from(*member)) * i64::from(*a) + i64::from(*b)) % i64::from(PRIME);
            *hash = members.iter().map(of).min().unwrap_or(0) as f64;
        }
        Ok(())
    }

    fn distance(&self, one: VectorRef<'_>, other: VectorRef<'_>) -> Result<f64> {
        let (one, other) = (members(one), members(other));
        let shared = one.iter().filter(|member| other.binary_search(member).is_ok()).count();
        let union = one.len() + other.len() - shared;
        if union == 0 {
            let text = "requirement failed: The union of two input sets must have at least 1 elements";
            return Err(invalid_row(text));
        }
        Ok(1.0 - shared as f64 / union as f64)
    }

    fn load(saved: &Saved) -> Result<Self> {
        let numbers = saved.rows("data")?.int_list("randCoefficients")?;
        let pairs = numbers.chunks_exact(2).map(|pair| (pair[0] as i32, pair[1] as i32));
        Ok(Self { coefficients: pairs.collect() })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let numbers: Vec<i32> = self.coefficients.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let rows = table([Column::optional("randCoefficients", int_lists([numbers]))])?;
        Ok(saved.with_table("data", rows))
    }
}

/// The slots that are not zero, ascending.
fn members(vector: VectorRef<'_>) -> Vec<i32> {
    match vector {
        VectorRef::Dense(values) => {
            let given = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
            given.map(|(slot, _)| slot as i32).collect()
        }
        VectorRef::Sparse { indices, values, .. } => {
            let given = indices.iter().zip(values).filter(|(_, value)| **value != 0.0);
            given.map(|(slot, _)| *slot).collect()
        }
    }
}
