//! Least squares from the normal equations, as Spark's `WeightedLeastSquares`: columns in units of their population
//! deviation, solved by Cholesky, or by quasi-Newton steps where there is an L1 penalty or the matrix is singular.

use super::cholesky::Cholesky;
use super::descent::Penalty;
use super::gram::Gram;
use super::standardized::Scaling;
use super::summary::Summary;
use crate::Params;
use crate::optimize::{Options, QuasiNewton, dot};
use brickyard_error::Result;

/// The problem in population units.
pub struct NormalEquations {
    intercept: bool,
    weight: f64,
    /// Means in units of the deviations; 0 for constants.
    means: Vec<f64>,
    deviations: Vec<f64>,
    label_mean: f64,
    label_deviation: f64,
    /// Row-major; centred if there is an intercept.
    matrix: Vec<f64>,
    right: Vec<f64>,
    is_label_constant: bool,
    /// The mean squared label; of deviations from the mean if there is an intercept.
    squared_label: f64,
}

/// Coefficients of the original features.
pub struct LeastSquares {
    pub coefficients: Vec<f64>,
    pub intercept: f64,
    /// Of the inverse of the weighted normal matrix, the intercept last; empty if it was not inverted.
    pub inverse_diagonal: Vec<f64>,
    /// The penalised objective by iteration; a single 0 for a direct solution.
    pub history: Vec<f64>,
}

impl NormalEquations {
    /// `gram` is of columns in the units of `scaling`, the label in units of `label_unit`.
    pub fn new(gram: &Gram, summary: &Summary, scaling: &Scaling, label_unit: f64, intercept: bool) -> Self {
        let label = (summary.label.mean[0], summary.label.population_deviations()[0]);
        let deviations = summary.features.population_deviations();
        Self::assemble(gram, scaling, (scaling.mean.clone(), deviations), label, label_unit, intercept)
    }

    /// All moments from the gram itself, whose weights need not be those that `scaling` was made with: reweighted rows.
    /// The label is in its own units, less `label_center`.
    pub fn reweighted(gram: &Gram, scaling: &Scaling, label_center: f64, intercept: bool) -> Self {
        let width = scaling.width();
        let spread = |column: usize| (gram.covariance(column, column) / gram.weight).max(0.0).sqrt();
        let mean = |column: usize| gram.sums[column] / gram.weight;
        let unit = |feature: usize| match scaling.inverse_deviation[feature] {
            0.0 => 0.0,
            inverse => 1.0 / inverse,
        };
        let means = (0..width).map(|feature| scaling.mean[feature] + mean(feature) * unit(feature)).collect();
        let deviations = (0..width).map(|feature| spread(feature) * unit(feature)).collect();
        let label = (label_center + mean(width), spread(width));
        Self::assemble(gram, scaling, (means, deviations), label, 1.0, intercept)
    }

    /// From means and population deviations of features and label.
    fn assemble(
        gram: &Gram,
        scaling: &Scaling,
        (means, deviations): (Vec<f64>, Vec<f64>),
        (label_mean, spread): (f64, f64),
        label_unit: f64,
        intercept: bool,
    ) -> Self {
        let width = scaling.width();
        let label_deviation = if spread == 0.0 { label_mean.abs() } else { spread };
        // From sample to population units; a constant has no unit.
        let scale: Vec<f64> = (0..width)
            .map(|feature| match (scaling.inverse_deviation[feature], deviations[feature]) {
                (inverse, deviation) if inverse == 0.0 || deviation == 0.0 => 0.0,
                (inverse, deviation) => 1.0 / (inverse * deviation),
            })
            .collect();
        let label_scale = label_unit / label_deviation;
        let means: Vec<f64> = (0..width)
            .map(|feature| if scale[feature] == 0.0 { 0.0 } else { means[feature] / deviations[feature] })
            .collect();
        let mean = label_mean / label_deviation;

        let mut equations = Self {
            intercept,
            weight: gram.weight,
            matrix: vec![0.0; width * width],
            right: vec![0.0; width],
            squared_label: gram.covariance(width, width) / gram.weight * label_scale * label_scale,
            means,
            deviations,
            label_mean,
            label_deviation,
            is_label_constant: spread == 0.0,
        };
        for row in 0..width {
            for column in 0..width {
                let covariance = gram.covariance(row, column) / gram.weight * scale[row] * scale[column];
                equations.matrix[row * width + column] = covariance;
            }
            equations.right[row] = gram.covariance(row, width) / gram.weight * scale[row] * label_scale;
        }
        if !intercept {
            for row in 0..width {
                for column in 0..width {
                    equations.matrix[row * width + column] += equations.means[row] * equations.means[column];
                }
                equations.right[row] += equations.means[row] * mean;
            }
            equations.squared_label += mean * mean;
        }
        equations
    }

    fn width(&self) -> usize {
        self.right.len()
    }

    /// With the penalties and stopping rules that the parameters ask for.
    pub fn solve(self, params: &Params) -> Result<LeastSquares> {
        let strength = params.double("regParam")? / self.label_deviation;
        let penalty = Penalty::new(params, strength, &self.deviations, 1, self.width())?;
        let options = Options {
            max_iterations: params.int("maxIter")?.unsigned_abs(),
            tolerance: params.double("tol")?,
            l1: penalty.l1,
        };
        Ok(self.solve_penalised(&penalty.l2, options))
    }

    /// With an L2 penalty of this strength on the coefficients of features and label in units of their deviations, or
    /// in their own units; quasi-Newton steps, if they are needed, stop as they do by default.
    pub fn solve_ridge(self, strength: f64, standardized: bool) -> LeastSquares {
        if self.is_label_constant && (self.intercept || self.label_mean == 0.0) {
            let coefficients = vec![0.0; self.width()];
            let intercept = self.label_mean;
            return LeastSquares { coefficients, intercept, inverse_diagonal: Vec::new(), history: vec![0.0] };
        }
        let strength = if standardized { strength / self.label_deviation } else { strength };
        let penalty = Penalty::elastic(strength, 0.0, standardized, &self.deviations, 1, self.width());
        self.solve_penalised(&penalty.l2, Options { max_iterations: 100, tolerance: 1e-6, l1: None })
    }

    fn solve_penalised(mut self, l2: &[f64], options: Options) -> LeastSquares {
        let width = self.width();
        for (feature, l2) in l2.iter().enumerate() {
            self.matrix[feature * width + feature] += l2;
        }
        if options.l1.is_none() {
            let factors = Cholesky::new(width, |row, column| self.matrix[row * width + column]);
            if let Some(factors) = factors {
                let solution = factors.solve(&self.right);
                let inverse_diagonal = self.inverse_diagonal(&factors);
                return self.original(&solution, inverse_diagonal, vec![0.0]);
            }
        }
        let solution = QuasiNewton::new(options, vec![0.0; width]).minimize(|point| self.objective(point));
        self.original(&solution.point, Vec::new(), solution.history)
    }

    /// Half the mean squared error with the L2 penalty, and its gradient.
    fn objective(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let mut gradient: Vec<f64> = self.matrix.chunks(self.width().max(1)).map(|row| dot(row, point)).collect();
        let value = 0.5 * self.squared_label - dot(&self.right, point) + 0.5 * dot(point, &gradient);
        for (gradient, right) in gradient.iter_mut().zip(&self.right) {
            *gradient -= right;
        }
        (value, gradient)
    }

    /// In original units, as if the intercept had been a column of ones.
    fn inverse_diagonal(&self, factors: &Cholesky) -> Vec<f64> {
        let units = self.deviations.iter().map(|deviation| self.weight * deviation * deviation);
        let mut diagonal: Vec<f64> = factors.inverse_diagonal().iter().zip(units).map(|(d, unit)| d / unit).collect();
        if self.intercept {
            let beyond = dot(&self.means, &factors.solve(&self.means));
            diagonal.push((1.0 + beyond) / self.weight);
        }
        diagonal
    }

    fn original(&self, solution: &[f64], inverse_diagonal: Vec<f64>, history: Vec<f64>) -> LeastSquares {
        let unit = |deviation: &f64| if *deviation != 0.0 { self.label_deviation / deviation } else { 0.0 };
        let coefficients = solution.iter().zip(&self.deviations).map(|(value, d)| value * unit(d)).collect();
        let along_means = dot(solution, &self.means);
        let intercept = if self.intercept { self.label_mean - along_means * self.label_deviation } else { 0.0 };
        LeastSquares { coefficients, intercept, inverse_diagonal, history }
    }
}
