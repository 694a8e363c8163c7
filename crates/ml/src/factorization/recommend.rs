//! The best of all others for each id: a product of factor matrices in blocks that stay in the cache, of which only the
//! best scores are kept.

use super::gram::Factors;
use crate::linear::vectorized::{Kernel, run};
use rayon::prelude::*;

/// Others of a panel, scored side by side.
const LANES: usize = 16;

/// Sources that share a walk over the panels.
const SOURCES: usize = 8;

/// Sources a thread takes at once.
const SOURCES_AT_ONCE: usize = 64;

/// Bytes of panels that all sources of a thread walk before it goes on: they stay in the core's cache.
const BYTES_AT_ONCE: usize = 256 * 1024;

/// The place of an other and its score.
pub type Scored = (u32, f32);

/// Others in panels, factor by factor.
#[derive(Debug)]
pub struct Panels {
    rank: usize,
    count: usize,
    /// `[panels, rank]`, the last panel filled up with zeros.
    values: Vec<[f32; LANES]>,
}

impl Panels {
    pub fn of(others: &Factors) -> Self {
        let rank = others.rank;
        let count = others.values.len() / rank.max(1);
        let mut values = vec![[0.0; LANES]; count.div_ceil(LANES) * rank];
        let panels = values.par_chunks_mut(rank.max(1)).zip(others.values.par_chunks(rank.max(1) * LANES));
        panels.for_each(|(panel, others)| {
            for (lane, other) in others.chunks_exact(rank).enumerate() {
                panel.iter_mut().zip(other).for_each(|(values, value)| values[lane] = *value);
            }
        });
        Self { rank, count, values }
    }
}

/// For each source, its `wanted` best others, best first; of equal scores the one of the higher place comes first, as
/// Spark's `collect_top_k` orders them.
pub fn best(sources: &[&[f32]], others: &Panels, wanted: usize) -> Vec<Vec<Scored>> {
    let panel_bytes = others.rank.max(1) * size_of::<[f32; LANES]>();
    let at_once = (BYTES_AT_ONCE / panel_bytes).max(1);
    let chunk = |sources: &[&[f32]]| {
        let mut found: Vec<Best> = sources.iter().map(|_| Best::new(wanted.min(others.count))).collect();
        for (block, panels) in others.values.chunks(at_once * others.rank.max(1)).enumerate() {
            for (group, best) in sources.chunks(SOURCES).zip(found.chunks_mut(SOURCES)) {
                // The last group is filled up with its first source.
                let sources = std::array::from_fn(|index| *group.get(index).unwrap_or(&group[0]));
                run(Walk { sources, panels, first: block * at_once * LANES, others, best });
            }
        }
        found.into_iter().map(Best::into_sorted).collect::<Vec<_>>()
    };
    sources.par_chunks(SOURCES_AT_ONCE).flat_map_iter(chunk).collect()
}

/// The best so far: a heap with the worst on top.
struct Best {
    wanted: usize,
    heap: Vec<Scored>,
    /// A score must be at least this to get in.
    bar: f32,
}

/// Whether `a` comes before `b`.
fn is_better(a: Scored, b: Scored) -> bool {
    a.1 > b.1 || (a.1 == b.1 && a.0 > b.0)
}

impl Best {
    fn new(wanted: usize) -> Self {
        let bar = if wanted == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { wanted, heap: Vec::with_capacity(wanted), bar }
    }

    fn offer(&mut self, scored: Scored) {
        if self.heap.len() < self.wanted {
            self.heap.push(scored);
            let mut at = self.heap.len() - 1;
            while at > 0 && is_better(self.heap[(at - 1) / 2], self.heap[at]) {
                self.heap.swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        } else if self.heap.first().is_some_and(|worst| is_better(scored, *worst)) {
            self.heap[0] = scored;
            let mut at = 0;
            loop {
                let children = [2 * at + 1, 2 * at + 2].into_iter().filter(|child| *child < self.heap.len());
                let worst = children.reduce(|a, b| if is_better(self.heap[a], self.heap[b]) { b } else { a });
                match worst {
                    Some(child) if is_better(self.heap[at], self.heap[child]) => {
                        self.heap.swap(at, child);
                        at = child;
                    }
                    _ => break,
                }
            }
        }
        if self.heap.len() == self.wanted {
            self.bar = self.heap.first().map_or(f32::INFINITY, |worst| worst.1);
        }
    }

    fn into_sorted(self) -> Vec<Scored> {
        let mut scored = self.heap;
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        scored
    }
}

struct Walk<'a> {
    /// Of as many factors each as the others.
    sources: [&'a [f32]; SOURCES],
    /// Some of the others.
    panels: &'a [[f32; LANES]],
    /// The place of the first of them.
    first: usize,
    others: &'a Panels,
    best: &'a mut [Best],
}

impl Kernel for Walk<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let rank = self.others.rank;
        if rank == 0 {
            return;
        }
        let sources = self.sources.map(|source| &source[..rank]);
        for (panel, values) in self.panels.chunks_exact(rank).enumerate() {
            let mut scores = [[0.0f32; LANES]; SOURCES];
            for (index, others) in values.iter().enumerate().take(rank) {
                for (scores, source) in scores.iter_mut().zip(sources) {
                    for lane in 0..LANES {
                        scores[lane] += source[index] * others[lane];
                    }
                }
            }
            let first = self.first + panel * LANES;
            let in_panel = LANES.min(self.others.count - first);
            for (scores, best) in scores.iter().zip(self.best.iter_mut()) {
                let mut any = false;
                for score in scores {
                    any |= *score >= best.bar;
                }
                if any {
                    for (lane, score) in scores[..in_panel].iter().enumerate() {
                        best.offer(((first + lane) as u32, *score));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_found_in_order() {
        let rank = 3;
        let values: Vec<f32> = (0..40 * rank).map(|i| ((i * 37) % 23) as f32 - 11.0).collect();
        let others = Factors { rank, values };
        let panels = Panels::of(&others);
        let sources: Vec<Vec<f32>> = (0..19).map(|i| vec![i as f32 - 4.0, 1.0, 2.0 - i as f32]).collect();
        let sources: Vec<&[f32]> = sources.iter().map(Vec::as_slice).collect();
        for wanted in [0, 1, 7, 40, 99] {
            for (source, found) in sources.iter().zip(best(&sources, &panels, wanted)) {
                let score = |place: usize| source.iter().zip(others.of(place)).map(|(a, b)| a * b).sum::<f32>();
                let mut expected: Vec<Scored> = (0..40).map(|place| (place as u32, score(place))).collect();
                expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
                expected.truncate(wanted);
                assert_eq!(found, expected);
            }
        }
    }
}
