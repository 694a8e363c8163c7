//! The tree-structured Parzen estimator: settings that are likely among the good trials and unlikely among the others.
//! (Bergstra, Bardenet, Bengio, Kégl: Algorithms for Hyper-Parameter Optimization, 2011.)

use super::{Range, Search, Trial};
use crate::Value;
use crate::random::Draws;

/// Trials drawn at random before the first estimate.
const AT_RANDOM: usize = 10;
/// Candidates drawn for each dimension.
const CANDIDATES: usize = 24;
/// The most trials that are called good.
const MOST_GOOD: usize = 25;

pub(super) fn propose(search: &Search, done: &[Trial], draws: &mut Draws) -> Vec<Value> {
    let ranked = search.ranked(done);
    if ranked.len() < AT_RANDOM {
        return search.space.draw(draws);
    }
    let good = (ranked.len().div_ceil(10) + 1).min(MOST_GOOD);
    let of = |places: &[usize], dimension: usize| -> Vec<&Value> {
        places.iter().map(|place| &done[*place].values[dimension]).collect()
    };
    let dimensions = search.space.0.iter().enumerate();
    let value = |(index, dimension): (usize, &super::Dimension)| {
        let (better, worse) = (of(&ranked[..good], index), of(&ranked[good..], index));
        match &dimension.range {
            Range::Candidates(all) => likeliest_candidate(all, &better, &worse, draws),
            range => likeliest_number(range, &better, &worse, draws),
        }
    };
    dimensions.map(value).collect()
}

fn likeliest_candidate(all: &[Value], better: &[&Value], worse: &[&Value], draws: &mut Draws) -> Value {
    // Each was seen once more than it was.
    let share = |value: &Value, seen: &[&Value]| {
        let times = seen.iter().filter(|other| **other == value).count();
        (times + 1) as f64 / (seen.len() + all.len()) as f64
    };
    let drawn = |draws: &mut Draws| {
        let mut rest = draws.unit();
        all.iter().find(|value| {
            rest -= share(value, better);
            rest < 0.0
        })
    };
    let candidates = (0..CANDIDATES).filter_map(|_| drawn(draws));
    let ratio = |value: &&Value| share(value, better) / share(value, worse);
    let best = candidates.max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    best.unwrap_or(&all[0]).clone()
}

fn likeliest_number(range: &Range, better: &[&Value], worse: &[&Value], draws: &mut Draws) -> Value {
    let places = |values: &[&Value]| values.iter().filter_map(|value| range.place(value)).collect::<Vec<f64>>();
    let (better, worse) = (Mixture::new(places(better)), Mixture::new(places(worse)));
    let candidates = (0..CANDIDATES).map(|_| better.draw(draws));
    let ratio = |place: &f64| better.density(*place).ln() - worse.density(*place).ln();
    let best = candidates.max_by(|a, b| ratio(a).total_cmp(&ratio(b))).unwrap_or(0.5);
    range.at(best.min(1.0 - f64::EPSILON))
}

/// A bell around each place and a flat one over all of [0, 1], all of one weight.
struct Mixture {
    places: Vec<f64>,
    width: f64,
}

impl Mixture {
    /// Scott's rule for the width, within bounds.
    fn new(places: Vec<f64>) -> Self {
        let count = places.len().max(1) as f64;
        let mean = places.iter().sum::<f64>() / count;
        let spread = (places.iter().map(|place| (place - mean).powi(2)).sum::<f64>() / count).sqrt();
        let width = (1.06 * spread * count.powf(-0.2)).clamp(0.03, 0.5);
        Self { places, width }
    }

    fn draw(&self, draws: &mut Draws) -> f64 {
        match self.places.get(draws.below(self.places.len() + 1)) {
            None => draws.unit(),
            Some(place) => {
                let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
                let step = self.width * radius * (2.0 * std::f64::consts::PI * draws.unit()).cos();
                (place + step).clamp(0.0, 1.0)
            }
        }
    }

    fn density(&self, at: f64) -> f64 {
        let bell = |place: &f64| (-0.5 * ((at - place) / self.width).powi(2)).exp();
        let scale = 1.0 / (self.width * (2.0 * std::f64::consts::PI).sqrt());
        let bells = self.places.iter().map(bell).sum::<f64>() * scale;
        (1.0 + bells) / (self.places.len() + 1) as f64
    }
}
