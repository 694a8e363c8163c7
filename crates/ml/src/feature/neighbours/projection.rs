//! `BucketedRandomProjectionLSH`: buckets along random directions, for Euclidean distance.

use super::hashed::{Drawing, Family, Hashed, TABLES};
use crate::feature::moments::other_size;
use crate::feature::one_pass::register_learner;
use crate::feature::stage::register_model;
use crate::linalg::{VectorRef, matrix_column};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, Saved, table};
use crate::random::java::JavaRandom;
use crate::{Matrix, Params, Registry};
use brickyard_error::Result;

pub fn register(registry: &mut Registry) {
    register_learner::<Drawing<Projection>>(registry);
    register_model::<Hashed<Projection>>(registry);
}

/// Directions of length 1.
#[derive(Debug)]
pub struct Projection {
    /// `[tables, slots]`, row by row.
    directions: Vec<f64>,
    tables: usize,
    size: usize,
}

const BUCKET_LENGTH: ParamSpec =
    ParamSpec::new("bucketLength", Kind::Double, Default::None, "length of a bucket (> 0)").checked(check::positive);

impl Family for Projection {
    const CLASS: &'static str = "org.apache.spark.ml.feature.BucketedRandomProjectionLSH";
    const MODEL_CLASS: &'static str = "org.apache.spark.ml.feature.BucketedRandomProjectionLSHModel";
    const SPECS: &'static [ParamSpec] =
        &[BUCKET_LENGTH, shared::INPUT_COL, TABLES, shared::OUTPUT_COL, shared::seed(shared::class_seed(Self::CLASS))];
    const MODEL_SPECS: &'static [ParamSpec] = &[BUCKET_LENGTH, shared::INPUT_COL, TABLES, shared::OUTPUT_COL];

    fn draw(params: &Params, size: usize) -> Result<Self> {
        params.double("bucketLength")?;
        let tables = params.int("numHashTables")? as usize;
        let mut random = JavaRandom::new(params.int("seed")?);
        let mut directions: Vec<f64> = (0..tables * size).map(|_| random.normal()).collect();
        for direction in directions.chunks_exact_mut(size.max(1)) {
            let length = direction.iter().map(|value| value * value).sum::<f64>().sqrt();
            direction.iter_mut().for_each(|value| *value /= length);
        }
        Ok(Self { directions, tables, size })
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn hash(&self, params: &Params, vector: VectorRef<'_>, hashes: &mut [f64]) -> Result<()> {
        if vector.size() != self.size {
            return Err(other_size(self.size, vector.size()));
        }
        let length = params.double("bucketLength")?;
        for (hash, direction) in hashes.iter_mut().zip(self.directions.chunks_exact(self.size.max(1))) {
            let product: f64 = match vector {
                VectorRef::Dense(values) => values.iter().zip(direction).map(|(value, along)| value * along).sum(),
                VectorRef::Sparse { indices, values, .. } => {
                    indices.iter().zip(values).map(|(slot, value)| value * direction[*slot as usize]).sum()
                }
            };
            *hash = (product / length).floor();
        }
        Ok(())
    }

    fn distance(&self, one: VectorRef<'_>, other: VectorRef<'_>) -> Result<f64> {
        if one.size() != other.size() {
            return Err(other_size(one.size(), other.size()));
        }
        let (mut one_dense, mut other_dense) = (vec![0.0; one.size()], vec![0.0; other.size()]);
        one.write_dense(&mut one_dense);
        other.write_dense(&mut other_dense);
        let apart = one_dense.iter().zip(&other_dense).map(|(a, b)| (a - b) * (a - b));
        Ok(apart.sum::<f64>().sqrt())
    }

    fn load(saved: &Saved) -> Result<Self> {
        let directions = saved.rows("data")?.matrix("randUnitVectors")?;
        Ok(Self { tables: directions.rows, size: directions.columns, directions: directions.to_row_major() })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let directions = Matrix::row_major(self.tables, self.size, self.directions.clone());
        let rows = table([Column::optional("randUnitVectors", matrix_column([&directions]))])?;
        Ok(saved.with_table("data", rows))
    }
}
