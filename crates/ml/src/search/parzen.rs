//! The tree-structured Parzen estimator over all dimensions at once: settings that are likely among the good trials and
//! unlikely among the others. (Bergstra, Bardenet, Bengio, Kégl: Algorithms for Hyper-Parameter Optimization, 2011; the
//! joint densities and the share of random trials are those of Falkner, Klein, Hutter: BOHB, 2018.)

use super::{Dimension, Range, Search, Trial};
use crate::Value;
use crate::random::Draws;

/// Trials drawn at random before the first estimate, and one in so many after it.
const AT_RANDOM: usize = 10;
const RANDOM_EVERY: usize = 5;
/// Candidates drawn from the good trials' density.
const CANDIDATES: usize = 32;
/// The most trials that are called good.
const MOST_GOOD: usize = 25;
/// The chance that a candidate leaves the category it was drawn from.
const OTHER_CATEGORY: f64 = 0.3;

pub(super) fn propose(search: &Search, done: &[Trial], draws: &mut Draws) -> Vec<Value> {
    let ranked = search.ranked(done);
    if ranked.len() < AT_RANDOM || done.len().is_multiple_of(RANDOM_EVERY) {
        return search.space.draw(draws);
    }
    let good = (ranked.len().div_ceil(6) + 1).min(MOST_GOOD);
    let density = |places: &[usize]| {
        Density::new(&search.space.0, places.iter().map(|place| done[*place].values.as_slice()).collect())
    };
    let (better, worse) = (density(&ranked[..good]), density(&ranked[good..]));
    let candidates: Vec<Vec<Value>> = (0..CANDIDATES).map(|_| better.draw(draws)).collect();
    let ratio = |values: &Vec<Value>| better.at(values).ln() - worse.at(values).ln();
    let best = candidates.into_iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    best.unwrap_or_else(|| search.space.draw(draws))
}

/// A kernel around each trial and a flat one over the whole space, all of one weight.
struct Density<'a> {
    space: &'a [Dimension],
    trials: Vec<&'a [Value]>,
    /// Of the kernels, by dimension.
    widths: Vec<f64>,
}

impl<'a> Density<'a> {
    /// Widths by Scott's rule, and at least what would fill the space evenly: few trials tell little of where not to look.
    fn new(space: &'a [Dimension], trials: Vec<&'a [Value]>) -> Self {
        let count = trials.len().max(1) as f64;
        let shrink = count.powf(-1.0 / (4.0 + space.len() as f64));
        let width = |(index, dimension): (usize, &Dimension)| {
            let places: Vec<f64> = trials.iter().filter_map(|trial| dimension.range.place(&trial[index])).collect();
            let mean = places.iter().sum::<f64>() / count;
            let spread = (places.iter().map(|place| (place - mean).powi(2)).sum::<f64>() / count).sqrt();
            (spread * shrink).clamp(1.0 / (count + 1.0), 0.5)
        };
        let widths = space.iter().enumerate().map(width).collect();
        Self { space, trials, widths }
    }

    fn draw(&self, draws: &mut Draws) -> Vec<Value> {
        let center = self.trials.get(draws.below(self.trials.len() + 1));
        let value = |(index, dimension): (usize, &Dimension)| {
            let Some(center) = center.map(|trial| &trial[index]) else { return dimension.range.at(draws.unit()) };
            match dimension.range.place(center) {
                Some(place) => dimension.range.at(near(place, self.widths[index], draws)),
                None if draws.unit() < OTHER_CATEGORY => dimension.range.at(draws.unit()),
                None => center.clone(),
            }
        };
        self.space.iter().enumerate().map(value).collect()
    }

    /// Relative to the flat density.
    fn at(&self, values: &[Value]) -> f64 {
        let kernel = |trial: &&[Value]| -> f64 {
            let factors = self.space.iter().zip(&self.widths).zip(values).zip(trial.iter());
            factors
                .map(|(((dimension, width), value), center)| closeness(&dimension.range, *width, value, center))
                .product()
        };
        (1.0 + self.trials.iter().map(kernel).sum::<f64>()) / (self.trials.len() + 1) as f64
    }
}

/// How much likelier a value is around a center than anywhere.
fn closeness(range: &Range, width: f64, value: &Value, center: &Value) -> f64 {
    match (range, range.place(value), range.place(center)) {
        (_, Some(value), Some(center)) => {
            let scale = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt());
            scale * (-0.5 * ((value - center) / width).powi(2)).exp()
        }
        (Range::Candidates(all), ..) if value == center => (1.0 - OTHER_CATEGORY) * all.len() as f64 + OTHER_CATEGORY,
        _ => OTHER_CATEGORY,
    }
}

/// A normal step from a place, back into [0, 1) where it leaves it.
fn near(place: f64, width: f64, draws: &mut Draws) -> f64 {
    let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
    let step = width * radius * (2.0 * std::f64::consts::PI * draws.unit()).cos();
    (place + step).clamp(0.0, 1.0 - f64::EPSILON)
}
