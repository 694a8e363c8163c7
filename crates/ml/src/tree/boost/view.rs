//! Training rows for boosting: bins, with labels, weights and roles beside them, which no tree changes.

use crate::Block;
use crate::fit::View;
use crate::instances::{LabelKind, check_weight, number};
use crate::tree::binned::{BinSpec, Binned, BinnedPart};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};

/// Which inputs there are. Inputs are features, label, weight if weighted, and then the validation indicator and the query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoostSpec {
    pub bins: BinSpec,
    pub label: LabelKind,
    /// The input that tells validation rows (not 0) from training rows (0); rows where it is null are neither.
    pub indicator: Option<usize>,
    /// The input that says to which query a row belongs; rows of a query stand together.
    pub query: Option<usize>,
}

/// A block's rows, in parts.
pub struct BoostRows {
    pub parts: Vec<BoostPart>,
}

pub struct BoostPart {
    /// Rows that no tree learns from are `held_out`.
    pub binned: BinnedPart,
    /// As the data has them.
    pub labels: Vec<f64>,
    /// Empty when rows weigh 1.
    pub weights: Vec<f64>,
    /// Rows to validate with.
    pub validation: Vec<u32>,
    /// Behind the last row of each query; empty without queries.
    pub query_ends: Vec<u32>,
}

impl View for BoostRows {
    type Spec = BoostSpec;

    fn key(spec: &BoostSpec) -> u64 {
        let classes = matches!(spec.label, LabelKind::Class { .. });
        let input = |input: Option<usize>| input.map_or(0, |input| input as u64 + 1);
        crate::random::mix(
            spec.bins.key ^ u64::from(classes) ^ (input(spec.indicator) << 8) ^ (input(spec.query) << 16),
        )
    }

    fn build(block: &Block, spec: &BoostSpec) -> Result<Self> {
        let binned = Binned::build(block, &spec.bins)?;
        let labels = block.numbers(1)?;
        let weights = if spec.bins.weighted { Some(block.numbers(2)?) } else { None };
        let indicator = spec.indicator.map(|input| block.numbers(input)).transpose()?;
        let queries = spec.query.map(|input| block.numbers(input)).transpose()?;
        let mut first = 0;
        let mut parts = Vec::with_capacity(binned.parts.len());
        for mut binned in binned.parts {
            let rows = first..first + binned.rows;
            first = rows.end;
            let labels = rows.clone().map(|row| spec.label.check(number(labels, row))).collect::<Result<_>>()?;
            let weights = weights.map_or(Ok(Vec::new()), |weights| {
                rows.clone().map(|row| check_weight(number(weights, row))).collect::<Result<_>>()
            })?;
            let query_ends = queries.map_or(Vec::new(), |queries| ends_of_runs(&queries.values()[rows.clone()]));
            let mut validation = Vec::new();
            if let Some(indicator) = indicator {
                let role = |row: usize| number(indicator, row).map(|value| value != 0.0);
                binned.held_out = rows.clone().map(|row| role(row) != Some(false)).collect();
                let start = rows.start;
                validation.extend(rows.filter(|row| role(*row) == Some(true)).map(|row| (row - start) as u32));
            }
            parts.push(BoostPart { binned, labels, weights, validation, query_ends });
        }
        Ok(Self { parts })
    }

    fn bytes(&self) -> usize {
        let of = |part: &BoostPart| {
            let doubles = part.labels.len() + part.weights.len();
            let rows = &part.binned;
            rows.panels.len()
                + rows.columns.len()
                + rows.held_out.len()
                + doubles * 8
                + (part.validation.len() + part.query_ends.len()) * 4
        };
        self.parts.iter().map(of).sum()
    }
}

/// Behind the last of each run of equal numbers.
pub fn ends_of_runs(numbers: &[f64]) -> Vec<u32> {
    let mut end = 0;
    let ends = numbers.chunk_by(|one, next| one == next).map(|run| {
        end += run.len() as u32;
        end
    });
    ends.collect()
}
