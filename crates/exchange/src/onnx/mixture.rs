//! Gaussian mixtures: each component's share of a row.

use super::columns::Form;
use super::{Convert, Writer};
use crate::stage::Stage;
use arrow_array::{Array, ArrayRef, ListArray};
use brickyard_error::Result;
use brickyard_ml::linalg::{SymmetricEigen, VectorColumn, matrices_of};
use std::f64::consts::PI;

pub const CONVERTERS: &[(&str, Convert)] = &[("GaussianMixtureModel", mixture)];

fn mixture(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let weights = data.double_list("weights")?;
    let inner = |name: &str| -> Result<ArrayRef> {
        let column = data.column(name)?;
        let list = column.as_any().downcast_ref::<ListArray>().filter(|list| list.len() == 1 && list.is_valid(0));
        Ok(list.ok_or_else(|| stage.damaged(format!("{name} is not one list")))?.value(0))
    };
    let (means, covariances) = (inner("mus")?, inner("sigmas")?);
    let means = VectorColumn::new(means.as_ref())?;
    let means: Vec<Vec<f64>> = (0..means.rows()).map(|row| means.get(row).to_vector().to_dense()).collect();
    let covariances = matrices_of(covariances.as_ref()).ok_or_else(|| stage.damaged("sigmas are not matrices"))?;
    let size = means.first().map_or(0, Vec::len);
    let features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(size))?.tensor;
    let graph = &mut writer.graph;
    let mut densities = Vec::with_capacity(weights.len());
    for (mean, covariance) in means.iter().zip(&covariances) {
        let (roots, peak) = whitening(size, covariance.to_row_major())?;
        let rank = roots.len() / size.max(1);
        let by_slot: Vec<f64> =
            (0..size).flat_map(|slot| roots.iter().skip(slot).step_by(size).copied().collect::<Vec<_>>()).collect();
        let (mean, roots) = (graph.row(mean), graph.doubles(&[size, rank], &by_slot));
        let centered = graph.sub(&features, &mean);
        let whitened = graph.matmul(&centered, &roots);
        let squares = graph.mul(&whitened, &whitened);
        let sum = graph.reduce("ReduceSum", &squares, 1, true);
        let half = graph.mul_number(&sum, -0.5);
        let logarithm = graph.add_number(&half, peak);
        densities.push(graph.op("Exp", &[&logarithm]));
    }
    let densities = graph.concat(&densities.iter().collect::<Vec<_>>());
    let weights_row = graph.row(&weights);
    let weighted = graph.mul(&densities, &weights_row);
    // As in Spark, so that rows far from all components still have shares.
    let shares = graph.add_number(&weighted, f64::EPSILON);
    let total = graph.reduce("ReduceSum", &shares, 1, true);
    let shares = graph.div(&shares, &total);
    let component = graph.place_of("ArgMax", &shares);
    if let Some(column) = stage.params().optional_text("probabilityCol") {
        writer.columns.put_answer(&column, shares, Form::Vector(Some(weights.len())));
    }
    if let Some(column) = stage.params().optional_text("predictionCol") {
        writer.columns.put_answer(&column, component, Form::Whole);
    }
    Ok(())
}

/// R, `[rank, size]`, with RᵀR the (pseudo-)inverse of the covariance, and the logarithm of the density at the mean.
/// Directions without variance do not count.
fn whitening(size: usize, covariance: Vec<f64>) -> Result<(Vec<f64>, f64)> {
    let eigen = SymmetricEigen::of(size, covariance)?;
    let most = eigen.values.iter().fold(0.0f64, |most, value| most.max(*value));
    let tolerance = f64::EPSILON * most * size as f64;
    let (mut roots, mut log_determinant) = (Vec::with_capacity(size * size), 0.0);
    for (value, vector) in eigen.values.iter().zip(eigen.vectors.chunks_exact(size.max(1))) {
        if *value > tolerance {
            log_determinant += value.ln();
            roots.extend(vector.iter().map(|entry| entry / value.sqrt()));
        }
    }
    Ok((roots, -0.5 * (size as f64 * (2.0 * PI).ln() + log_determinant)))
}
