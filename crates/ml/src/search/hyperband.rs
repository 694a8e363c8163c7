//! Hyperband: brackets of successive halving, from many settings on few rows to few settings on all of them.
//! (Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar: Hyperband, 2018, with η = 3.)

use super::{Proposal, Search, Trial};
use crate::random::Draws;

/// A third of the settings goes on, on three times the rows.
const ETA: usize = 3;
/// Halvings of the largest bracket: it begins on 1/27 of the rows.
const MOST_HALVINGS: u32 = 3;

/// Rungs of a bracket: how many settings are tried, on which share of the rows.
fn rungs(halvings: u32) -> Vec<(usize, f64)> {
    let brackets = MOST_HALVINGS + 1;
    let first = (brackets as usize * ETA.pow(halvings)).div_ceil(halvings as usize + 1);
    (0..=halvings).map(|rung| (first / ETA.pow(rung), (ETA as f64).powi(rung as i32 - halvings as i32))).collect()
}

/// The trials fill bracket after bracket, in order, so where the next one belongs follows from their number.
pub(super) fn propose(search: &Search, done: &[Trial], draws: &mut Draws) -> Proposal {
    let mut start = 0;
    for halvings in (0..=MOST_HALVINGS).rev().cycle() {
        let mut below = start..start;
        for (settings, share) in rungs(halvings) {
            let settings = settings.max(1);
            let rung = start..start + settings;
            if done.len() < rung.end {
                let trials = &done[below.clone()];
                let survivor = search.ranked(trials).get(done.len() - start).map(|place| trials[*place].values.clone());
                let values = survivor.unwrap_or_else(|| search.space.draw(draws));
                return Proposal { values, share };
            }
            (below, start) = (rung.clone(), rung.end);
        }
    }
    Proposal { values: search.space.draw(draws), share: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::rungs;

    #[test]
    fn brackets_are_those_of_the_paper() {
        let share = |power: i32| 3f64.powi(power);
        assert_eq!(rungs(3), [(27, share(-3)), (9, share(-2)), (3, share(-1)), (1, 1.0)]);
        assert_eq!(rungs(2), [(12, share(-2)), (4, share(-1)), (1, 1.0)]);
        assert_eq!(rungs(1), [(6, share(-1)), (2, 1.0)]);
        assert_eq!(rungs(0), [(4, 1.0)]);
    }
}
