//! The first pass: checks every row, sums labels, and samples rows for bins.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::instances::{self, Features, LabelKind, check_weight, number};
use crate::random::mix;
use crate::tree::binned::PART_ROWS;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Inputs are features, label, weight if weighted, and then the validation indicator and the query.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SurveyPass {
    pub label: LabelKind,
    /// Labels must be at least 0.
    pub counts: bool,
    pub weighted: bool,
    /// The input that is not 0 for validation rows, and null for rows to leave out.
    pub indicator: Option<usize>,
    /// The input that says to which query a row belongs.
    pub query: Option<usize>,
    pub seed: u64,
    /// A row is sampled if its hash is at most this.
    pub sampled_up_to: u64,
}

/// What training rows are like.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Survey {
    /// Rows to learn from.
    pub rows: u64,
    /// The size of the feature vectors; `None` without rows.
    pub features: Option<usize>,
    /// A second size that was met, which is an error.
    other_size: Option<usize>,
    pub weight: f64,
    pub largest_weight: f64,
    /// The largest magnitude of a label, of validation rows too.
    pub largest_magnitude: f64,
    /// Weight × label.
    pub label_sum: f64,
    /// Weight of each class; empty for regression.
    pub class_weights: Vec<f64>,
    /// Sampled rows, `[rows, features]`; NaN where a value is missing.
    pub sample: Vec<f64>,
    /// Label and weight of each sampled row.
    pub sample_labels: Vec<(f64, f64)>,
    /// Features that lack a value in some row, increasing.
    pub incomplete: Vec<u32>,
    /// The first and the last query; `None` without rows or queries.
    queries: Option<[f64; 2]>,
    /// A query that did not come after the one before it, which is an error.
    misplaced_query: Option<f64>,
}

impl Survey {
    /// # Errors
    /// Vectors of different sizes, or a query whose rows are not together.
    pub fn checked(self) -> Result<Self> {
        if let Some(query) = self.misplaced_query {
            return Err(misplaced(query));
        }
        match (self.features, self.other_size) {
            (Some(size), Some(other)) => instances::check_size(other, size).map(|()| self),
            _ => Ok(self),
        }
    }

    fn of(block: &Block, pass: &SurveyPass) -> Result<Self> {
        let features = Features::with_missing(block, 0)?;
        let labels = block.numbers(1)?;
        let weights = if pass.weighted { Some(block.numbers(2)?) } else { None };
        let indicator = pass.indicator.map(|input| block.numbers(input)).transpose()?;
        let queries = pass.query.map(|input| first_and_last(block, input)).transpose()?.flatten();
        let mut survey = Self { features: (block.rows > 0).then(|| features.size()), queries, ..Self::default() };
        let mut slots = vec![0.0; features.size()];
        let mut incomplete = vec![false; features.size()];
        for row in 0..block.rows {
            let label = pass.label.check(number(labels, row))?;
            if pass.counts && label < 0.0 {
                let shown = crate::linalg::java_double(label);
                let text = format!("labels of objective poisson must be at least 0, but one is {shown}");
                return Err(Failure::new(&codes::ml::LABEL_INVALID, text));
            }
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            features.row(row).write_dense(&mut slots);
            incomplete.iter_mut().zip(&slots).for_each(|(incomplete, value)| *incomplete |= value.is_nan());
            survey.largest_weight = survey.largest_weight.max(weight);
            survey.largest_magnitude = survey.largest_magnitude.max(label.abs());
            if indicator.is_some_and(|indicator| number(indicator, row) != Some(0.0)) {
                continue;
            }
            survey.rows += 1;
            survey.weight += weight;
            survey.label_sum += weight * label;
            if matches!(pass.label, LabelKind::Class { .. }) {
                let class = label as usize;
                if survey.class_weights.len() <= class {
                    survey.class_weights.resize(class + 1, 0.0);
                }
                survey.class_weights[class] += weight;
            }
            if mix(pass.seed ^ mix(block.first_row + row as u64)) <= pass.sampled_up_to {
                survey.sample.extend_from_slice(&slots);
                survey.sample_labels.push((label, weight));
            }
        }
        survey.incomplete = (0..incomplete.len() as u32).filter(|feature| incomplete[*feature as usize]).collect();
        Ok(survey)
    }
}

/// The first and the last query of a block.
///
/// # Errors
/// A query is null or not a number, so large that doubles do not tell it from its neighbours, out of order, or too long.
pub fn first_and_last(block: &Block, input: usize) -> Result<Option<[f64; 2]>> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    let column = block.numbers(input)?;
    if let Some(row) =
        (0..block.rows).find(|row| number(column, *row).is_none_or(|query| query.is_nan() || query.abs() >= EXACT))
    {
        let found = number(column, row).map_or("null".to_owned(), crate::linalg::java_double);
        let text = format!("queries must be numbers of a magnitude below 2^53, but one is {found}; number them anew");
        return Err(Failure::new(&codes::ml::INVALID_ROW, text));
    }
    let (mut before, mut first_row) = (f64::NEG_INFINITY, 0);
    for run in column.values().chunk_by(|one, next| one == next) {
        let query = run[0];
        if query <= before {
            return Err(misplaced(query));
        }
        if run.len() > PART_ROWS {
            let (shown, rows) = (crate::linalg::java_double(query), run.len());
            let text = format!("query {shown} has {rows} rows, at most {PART_ROWS} are supported; part it");
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        if first_row / PART_ROWS != (first_row + run.len() - 1) / PART_ROWS {
            return Err(Failure::internal("a query lies across two parts of a block"));
        }
        first_row += run.len();
        before = query;
    }
    Ok(column.values().first().map(|first| [*first, before]))
}

fn misplaced(query: f64) -> Failure {
    let shown = crate::linalg::java_double(query);
    let text = format!("the rows of query {shown} are not together; sort the training rows by queryCol");
    Failure::new(&codes::ml::INVALID_ROW, text)
}

impl Merge for Survey {
    /// Weights are sums of doubles.
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.other_size = self.other_size.or(other.other_size);
        match (self.features, other.features) {
            (Some(ours), Some(theirs)) if ours != theirs => self.other_size = Some(theirs),
            (ours, theirs) => self.features = ours.or(theirs),
        }
        self.misplaced_query = self.misplaced_query.or(other.misplaced_query);
        if let (Some([_, last]), Some([next, _])) = (self.queries, other.queries)
            && next <= last
        {
            self.misplaced_query.get_or_insert(next);
        }
        self.queries = match (self.queries, other.queries) {
            (Some([first, _]), Some([_, last])) => Some([first, last]),
            (ours, theirs) => ours.or(theirs),
        };
        self.weight += other.weight;
        self.largest_weight = self.largest_weight.max(other.largest_weight);
        self.largest_magnitude = self.largest_magnitude.max(other.largest_magnitude);
        self.label_sum += other.label_sum;
        if self.class_weights.len() < other.class_weights.len() {
            self.class_weights.resize(other.class_weights.len(), 0.0);
        }
        self.class_weights.iter_mut().zip(&other.class_weights).for_each(|(sum, weight)| *sum += weight);
        self.sample.extend(other.sample);
        self.sample_labels.extend(other.sample_labels);
        self.incomplete.extend(other.incomplete);
        self.incomplete.sort_unstable();
        self.incomplete.dedup();
    }
}

impl Pass for SurveyPass {
    const NAME: &'static str = "boosting.survey";
    type View = Block;
    type Memo = ();
    type Acc = Survey;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }
    fn zero(&self) -> Survey {
        Survey::default()
    }
    fn update(&self, acc: &mut Survey, rows: &Block, (): &mut ()) -> Result<()> {
        acc.merge(Survey::of(rows, self)?);
        Ok(())
    }
}
