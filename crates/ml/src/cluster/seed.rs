//! Where k-means starts: rows drawn at random, or k-means|| (Bahmani and others, 2012), as in Spark.

use super::centers::Centers;
use super::kmeans::Training;
use super::lloyd::LloydFit;
use super::tiles::{TileSpec, Tiles};
use crate::fit::{Fit, Merge, Pass, Progress, Step};
use crate::instances;
use crate::random::{mix, unit};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

// ---- the first rows --------------------------------------------------------------------------------------------------

/// Draws rows: those whose hash is smallest, whatever the partitioning.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartPass {
    tiles: TileSpec,
    seed: u64,
    count: usize,
}

/// The drawn rows, ordered by hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Drawn {
    count: usize,
    /// Vector size; `None` without rows.
    size: Option<usize>,
    other_size: Option<usize>,
    rows: Vec<(u64, Vec<f64>)>,
}

impl Merge for Drawn {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        self.other_size = self.other_size.or(other.other_size);
        match (self.size, other.size) {
            (Some(ours), Some(theirs)) if ours != theirs => self.other_size = Some(theirs),
            (ours, theirs) => self.size = ours.or(theirs),
        }
        self.rows.extend(other.rows);
        self.rows.sort_by_key(|(hash, _)| *hash);
        self.rows.truncate(self.count);
    }
}

impl Pass for StartPass {
    const NAME: &'static str = "kmeans.start";
    type View = Tiles;
    type Memo = ();
    type Acc = Drawn;

    fn spec(&self) -> Arc<TileSpec> {
        Arc::new(self.tiles)
    }
    fn zero(&self) -> Drawn {
        Drawn { count: self.count, size: None, other_size: None, rows: Vec::new() }
    }
    fn update(&self, acc: &mut Drawn, rows: &Tiles, (): &mut ()) -> Result<()> {
        let mut drawn = self.zero();
        drawn.size = (rows.rows > 0).then_some(rows.size);
        let mut hashes: Vec<(u64, usize)> =
            (0..rows.rows).map(|row| (mix(self.seed ^ mix(rows.first_row + row as u64)), row)).collect();
        if self.count < hashes.len() {
            hashes.select_nth_unstable(self.count);
            hashes.truncate(self.count);
        }
        drawn.rows = hashes.into_iter().map(|(hash, row)| (hash, rows.row(row).collect())).collect();
        acc.merge(drawn);
        Ok(())
    }
}

/// The first phase of a training.
pub struct StartFit {
    training: Training,
}

impl StartFit {
    pub fn new(training: Training) -> Self {
        Self { training }
    }
}

impl Fit for StartFit {
    type Pass = StartPass;

    fn pass(&self) -> StartPass {
        let settings = &self.training.settings;
        let count = if settings.random_start { settings.clusters } else { 1 };
        StartPass { tiles: self.training.tiles(), seed: settings.seed, count }
    }

    fn progress(&self) -> Progress {
        self.training.progress(0)
    }

    fn absorb(self, drawn: Drawn) -> Result<Step<Self>> {
        let Some(size) = drawn.size else { return Err(nothing_added()) };
        if let Some(other) = drawn.other_size {
            instances::check_size(other, size)?;
        }
        let centers = Centers { size, values: drawn.rows.into_iter().flat_map(|(_, row)| row).collect() };
        if self.training.settings.random_start {
            return Ok(Step::Then(Box::new(LloydFit::new(self.training, centers.distinct()))));
        }
        Ok(Step::Then(Box::new(SeedFit { training: self.training, centers: Arc::new(centers), step: 0, cost: None })))
    }
}

fn nothing_added() -> Failure {
    let text = "java.lang.IllegalArgumentException: requirement failed: Nothing has been added to this summarizer.";
    let condition = Condition::new("_LEGACY_ERROR_TEMP_3102", "XXKST", SparkException::Spark).with("message", text);
    Failure::new(&codes::ml::EMPTY_DATASET, text).with_condition(condition)
}

// ---- k-means|| -------------------------------------------------------------------------------------------------------

/// Sums the squared distances to the candidates so far, or draws rows in proportion to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeedPass {
    tiles: TileSpec,
    candidates: Arc<Centers>,
    draw: Option<Draw>,
}

/// A row is drawn with a probability of `factor` × squared distance.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Draw {
    seed: u64,
    factor: f64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Seeds {
    cost: f64,
    /// Drawn rows, row by row.
    rows: Vec<f64>,
}

impl Merge for Seeds {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.cost += other.cost;
        self.rows.extend(other.rows);
    }
}

/// Squared distance of each row to the closest of the first candidates.
#[derive(Default)]
pub struct Costs {
    candidates: usize,
    costs: Vec<f64>,
}

impl Costs {
    fn catch_up(&mut self, candidates: &Centers, rows: &Tiles) {
        if self.costs.len() != rows.rows || self.candidates > candidates.count() {
            *self = Self { candidates: 0, costs: vec![f64::INFINITY; rows.rows] };
        }
        let new =
            Centers { size: candidates.size, values: candidates.values[self.candidates * candidates.size..].to_vec() };
        new.nearest(rows, |first, count, _, nearest| {
            let costs = &mut self.costs[first..first + count];
            costs.iter_mut().zip(&nearest.distances).for_each(|(cost, distance)| *cost = cost.min(*distance));
        });
        self.candidates = candidates.count();
    }
}

impl Pass for SeedPass {
    const NAME: &'static str = "kmeans.seed";
    type View = Tiles;
    type Memo = Costs;
    type Acc = Seeds;

    fn spec(&self) -> Arc<TileSpec> {
        Arc::new(self.tiles)
    }
    fn zero(&self) -> Seeds {
        Seeds::default()
    }
    fn update(&self, acc: &mut Seeds, rows: &Tiles, memo: &mut Costs) -> Result<()> {
        memo.catch_up(&self.candidates, rows);
        let Some(draw) = self.draw else {
            acc.cost += memo.costs.iter().sum::<f64>();
            return Ok(());
        };
        for (row, cost) in memo.costs.iter().enumerate() {
            if unit(mix(draw.seed ^ mix(rows.first_row + row as u64))) < draw.factor * cost {
                acc.rows.extend(rows.row(row));
            }
        }
        Ok(())
    }
}

/// The second phase: candidates, about twice as many as clusters in each step, then the best of them.
pub struct SeedFit {
    training: Training,
    centers: Arc<Centers>,
    step: u64,
    /// Of the candidates so far; known in every second pass.
    cost: Option<f64>,
}

impl Fit for SeedFit {
    type Pass = SeedPass;

    fn pass(&self) -> SeedPass {
        let settings = &self.training.settings;
        let draw = self.cost.map(|cost| Draw {
            seed: settings.seed ^ mix(self.step + 1),
            factor: 2.0 * settings.clusters as f64 / cost,
        });
        SeedPass { tiles: self.training.tiles(), candidates: self.centers.clone(), draw }
    }

    fn progress(&self) -> Progress {
        self.training.progress(0)
    }

    fn absorb(mut self, seeds: Seeds) -> Result<Step<Self>> {
        if self.cost.is_none() && seeds.cost > 0.0 {
            self.cost = Some(seeds.cost);
            return Ok(Step::Again(self));
        }
        let is_exhausted = self.cost.is_none();
        Arc::make_mut(&mut self.centers).values.extend(seeds.rows);
        self.cost = None;
        self.step += 1;
        if self.step < self.training.settings.start_steps && !is_exhausted {
            return Ok(Step::Again(self));
        }
        let candidates = self.centers.distinct();
        Ok(Step::Then(Box::new(LloydFit::from_candidates(self.training, candidates))))
    }
}
