//! Searching for hyper-parameters, without training anything: what to try next is a function of the seed and of the trials
//! so far, so a search that was interrupted goes on where it stopped.
//!
//! [`Search::next`] answers with a proposal: settings, and the share of the rows to try them on. Random search and the
//! tree-structured Parzen estimator try every setting on all rows; Hyperband tries many on few rows, and only the better
//! ones on more.

mod hyperband;
mod parzen;
mod space;

pub use space::{Dimension, Range, Space};

use crate::Value;
use crate::random::{Draws, mix};
use std::fmt;
use std::str::FromStr;

/// How the next settings are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Each setting by itself, uniformly.
    Random,
    /// The tree-structured Parzen estimator (Bergstra et al. 2011).
    Parzen,
    /// Successive halving in brackets (Li et al. 2018) over shares of the rows.
    Hyperband,
}

impl FromStr for Algorithm {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name.to_lowercase().as_str() {
            "random" => Ok(Algorithm::Random),
            "tpe" => Ok(Algorithm::Parzen),
            "hyperband" => Ok(Algorithm::Hyperband),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Algorithm::Random => "random",
            Algorithm::Parzen => "tpe",
            Algorithm::Hyperband => "hyperband",
        })
    }
}

/// What to try: a value for each dimension of the space, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub values: Vec<Value>,
    /// Share of the training rows, in (0, 1].
    pub share: f64,
}

/// What was tried, and how well it did; NaN for a trial that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    pub values: Vec<Value>,
    pub share: f64,
    pub metric: f64,
}

/// A search over a space.
#[derive(Debug, Clone)]
pub struct Search {
    pub space: Space,
    pub algorithm: Algorithm,
    pub is_larger_better: bool,
    /// Trials in all.
    pub trials: usize,
    pub seed: u64,
}

impl Search {
    /// What to try after these trials; `None` when there were enough.
    pub fn next(&self, done: &[Trial]) -> Option<Proposal> {
        if done.len() >= self.trials {
            return None;
        }
        let mut draws = Draws::new(mix(self.seed) ^ done.len() as u64);
        Some(match self.algorithm {
            Algorithm::Random => Proposal { values: self.space.draw(&mut draws), share: 1.0 },
            Algorithm::Parzen => Proposal { values: parzen::propose(self, done, &mut draws), share: 1.0 },
            Algorithm::Hyperband => hyperband::propose(self, done, &mut draws),
        })
    }

    /// The best of the trials on the most rows; the first of equals. `None` when all failed.
    pub fn best<'a>(&self, done: &'a [Trial]) -> Option<&'a Trial> {
        let counted = || done.iter().filter(|trial| !trial.metric.is_nan());
        let most = counted().map(|trial| trial.share).max_by(f64::total_cmp)?;
        counted()
            .filter(|trial| trial.share == most)
            .reduce(|best, trial| if self.is_better(trial.metric, best.metric) { trial } else { best })
    }

    fn is_better(&self, metric: f64, than: f64) -> bool {
        if self.is_larger_better { metric > than } else { metric < than }
    }

    /// Places of the trials, best first; failed ones are left out.
    fn ranked(&self, trials: &[Trial]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..trials.len()).filter(|place| !trials[*place].metric.is_nan()).collect();
        places.sort_by(|a, b| {
            let order = trials[*a].metric.total_cmp(&trials[*b].metric);
            if self.is_larger_better { order.reverse() } else { order }
        });
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Highest, 0, at x = 0.3, y = 0.01, kind = "b".
    fn quality(values: &[Value]) -> f64 {
        let (Value::Double(x), Value::Double(y), Value::Text(kind)) = (&values[0], &values[1], &values[2]) else {
            panic!("{values:?}")
        };
        -(x - 0.3).powi(2) - ((y.ln() - 0.01f64.ln()) / 5.0).powi(2) - if kind == "b" { 0.0 } else { 0.5 }
    }

    fn search(algorithm: Algorithm, trials: usize, seed: u64) -> Search {
        let dimension = |name: &str, range| Dimension { name: name.to_owned(), range };
        let space = Space(vec![
            dimension("x", Range::Uniform(0.0, 1.0)),
            dimension("y", Range::Logarithmic(1e-5, 1.0)),
            dimension("kind", Range::Candidates(["a", "b", "c"].map(|text| Value::Text(text.to_owned())).to_vec())),
        ]);
        Search { space, algorithm, is_larger_better: true, trials, seed }
    }

    fn run(search: &Search, noise: f64) -> Vec<Trial> {
        let mut done = Vec::new();
        while let Some(Proposal { values, share }) = search.next(&done) {
            let metric = quality(&values) - noise * (1.0 - share) * (done.len() % 3) as f64;
            done.push(Trial { values, share, metric });
        }
        done
    }

    #[test]
    fn the_estimator_finds_better_settings_than_chance() {
        let mean = |algorithm| {
            let best = |seed| {
                let search = search(algorithm, 60, seed);
                search.best(&run(&search, 0.0)).unwrap().metric
            };
            (0..20).map(best).sum::<f64>() / 20.0
        };
        let (chance, parzen) = (mean(Algorithm::Random), mean(Algorithm::Parzen));
        assert!(parzen > chance * 0.5, "tpe {parzen}, random {chance}"); // both are below 0
    }

    #[test]
    fn an_interrupted_search_goes_on_where_it_stopped() {
        for algorithm in [Algorithm::Random, Algorithm::Parzen, Algorithm::Hyperband] {
            let search = search(algorithm, 30, 7);
            let whole = run(&search, 0.1);
            assert_eq!(whole.len(), 30);
            for stopped in [0, 1, 11, 29] {
                let next = search.next(&whole[..stopped]).unwrap();
                assert_eq!((&next.values, next.share), (&whole[stopped].values, whole[stopped].share), "{algorithm}");
            }
        }
    }

    #[test]
    fn hyperband_gives_most_rows_to_the_best() {
        let search = search(Algorithm::Hyperband, 40, 5);
        let done = run(&search, 0.05);
        let shares: Vec<f64> = done.iter().map(|trial| trial.share).collect();
        assert!(shares.contains(&1.0) && shares.iter().any(|share| *share < 0.2), "{shares:?}");
        assert!(shares.iter().sum::<f64>() < 25.0, "{shares:?}");
        let of = |whole: bool| {
            let metrics: Vec<f64> =
                done.iter().filter(|trial| (trial.share == 1.0) == whole).map(|trial| quality(&trial.values)).collect();
            metrics.iter().sum::<f64>() / metrics.len() as f64
        };
        assert!(of(true) > of(false), "{} {}", of(true), of(false));
    }

    #[test]
    fn failed_trials_are_passed_over() {
        for algorithm in [Algorithm::Random, Algorithm::Parzen, Algorithm::Hyperband] {
            let search = search(algorithm, 20, 1);
            let mut done = Vec::new();
            while let Some(Proposal { values, share }) = search.next(&done) {
                done.push(Trial { values, share, metric: f64::NAN });
            }
            assert_eq!((done.len(), search.best(&done)), (20, None), "{algorithm}");
        }
    }
}
