//! `PCA`: vectors projected to the directions in which they vary most.

use super::mapped::{Mapped, RowMap, VectorMap};
use super::moments::other_size;
use super::one_pass::{Learn, OnePass, register_learner};
use crate::linalg::{SymmetricEigen, VectorRef, matrix_column, vector_column};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Slots};
use crate::statistics::covariance::{Covariance, Covary};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Matrix, Operator, Params, Registry, Transformer, Vector};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};

const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    ParamSpec::new("k", Kind::Int, Default::None, "number of principal components (> 0)").checked(check::positive),
    shared::OUTPUT_COL,
];

pub fn register(registry: &mut Registry) {
    register_learner::<PrincipalComponents>(registry);
    registry
        .loadable(Components::CLASS, |_, saved| Ok(Operator::transformer(Mapped::<Components>::load(saved)?)))
        .pass::<Covary>();
}

struct PrincipalComponents;

impl Learn for PrincipalComponents {
    const CLASS: &'static str = "org.apache.spark.ml.feature.PCA";
    const SPECS: &'static [ParamSpec] = SPECS;
    type Pass = Covary;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<Covary>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let count = params.int("k")? as usize;
        let params = params.clone();
        Ok(OnePass::new(Covary { with_label: false }, move |covariance| {
            let model: Box<dyn Transformer> = Box::new(Mapped::new(params, Components::learn(&covariance, count)?));
            Ok(model)
        }))
    }
}

/// The first principal components.
#[derive(Debug)]
struct Components {
    /// `[slots, components]`.
    directions: Matrix,
    /// The share of the whole variance along each.
    explained_variance: Vec<f64>,
}

impl Components {
    /// The eigenvectors of the sample covariance, those of the largest eigenvalues first.
    fn learn(covariance: &Covariance, count: usize) -> Result<Self> {
        let size = covariance.size();
        if covariance.rows == 0 {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "PCA was given no rows"));
        }
        if count > size {
            let text = format!("requirement failed: source vector size {size} must be no less than k={count}");
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        if covariance.rows == 1 {
            let text = "RowMatrix.computeCovariance called on matrix with only 1 rows. Cannot compute the covariance \
                        of a RowMatrix with <= 1 row.";
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, text));
        }
        let degrees = covariance.rows as f64 - 1.0;
        let entries = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
        let matrix: Vec<f64> = entries.map(|(row, column)| covariance.product(row, column) / degrees).collect();
        if !matrix.iter().all(|value| value.is_finite()) {
            return Err(invalid_row("Vector values MUST NOT be NaN or Infinity"));
        }
        let SymmetricEigen { values, mut vectors } = SymmetricEigen::of(size, matrix)?;
        let values: Vec<f64> = values.into_iter().map(|value| value.max(0.0)).collect();
        let whole: f64 = values.iter().sum();
        vectors.truncate(size * count);
        vectors.chunks_exact_mut(size.max(1)).for_each(fix_sign);
        let explained_variance = values.iter().take(count).map(|value| value / whole).collect();
        Ok(Self { directions: Matrix::column_major(size, count, vectors), explained_variance })
    }
}

/// Of both signs that a direction may have, the one whose largest entry is negative: what LAPACK most often gives.
fn fix_sign(direction: &mut [f64]) {
    let largest = direction.iter().fold(0.0_f64, |most, value| if value.abs() > most.abs() { *value } else { most });
    if largest > 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
}

impl VectorMap for Components {
    const CLASS: &'static str = "org.apache.spark.ml.feature.PCAModel";
    const SPECS: &'static [ParamSpec] = SPECS;

    fn slots(&self, _: &Params, _: &Field) -> Result<Slots> {
        Ok(Slots::Size(self.explained_variance.len()))
    }

    fn prepare<'a>(&'a self, _: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let size = self.directions.rows;
        Ok(Box::new(move |vector, mapped| {
            if vector.size() != size {
                return Err(other_size(size, vector.size()));
            }
            let directions = self.directions.values.chunks_exact(size.max(1));
            mapped.push_dense(directions.map(|direction| match vector {
                VectorRef::Dense(values) => values.iter().zip(direction).map(|(value, along)| value * along).sum(),
                VectorRef::Sparse { indices, values, .. } => {
                    let entries = indices.iter().zip(values);
                    entries.map(|(slot, value)| value * direction[*slot as usize]).sum::<f64>()
                }
            }));
            Ok(())
        }))
    }

    fn attribute(&self, params: &Params, name: &str) -> Result<Attribute> {
        match name {
            "pc" => Ok(self.directions.clone().into()),
            "explainedVariance" => Ok(Vector::Dense(self.explained_variance.clone()).into()),
            "toString" => {
                Ok(Attribute::text(format!("PCAModel: uid={}, k={}", params.uid(), self.explained_variance.len())))
            }
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let (pc, explained_variance) = (rows.matrix("pc")?, rows.vector("explainedVariance")?.to_dense());
        if pc.columns != explained_variance.len() {
            return Err(saved.damaged("pc and explainedVariance differ in size"));
        }
        let entries = (0..pc.columns).flat_map(|column| (0..pc.rows).map(move |row| (row, column)));
        let values = entries.map(|(row, column)| pc.get(row, column)).collect();
        Ok(Self { directions: Matrix::column_major(pc.rows, pc.columns, values), explained_variance })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let variance = Vector::Dense(self.explained_variance.clone());
        let rows = table([
            Column::optional("pc", matrix_column([&self.directions])),
            Column::optional("explainedVariance", vector_column([Some(&variance)])),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}
