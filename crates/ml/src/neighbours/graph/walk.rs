//! Walking along the links towards a place.

use super::{Graph, NONE};
use crate::neighbours::search::Points;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Mutex, PoisonError};

/// A point and its squared distance, in single precision; the nearer is the smaller, of equal ones the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub distance: f32,
    pub point: u32,
}

impl Eq for Near {}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(self.point.cmp(&other.point))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Memory of a walk, used again by the next one.
#[derive(Debug)]
pub struct Walk {
    /// The walk that met a point last.
    met: Vec<u32>,
    walks: u32,
    ahead: BinaryHeap<Reverse<Near>>,
    best: BinaryHeap<Near>,
    sorted: Vec<Near>,
}

/// Walks that rest: each has a number for every point, too much to be made for every few queries.
#[derive(Debug)]
pub struct Walks {
    points: usize,
    resting: Mutex<Vec<Walk>>,
}

impl Walks {
    pub fn new(points: usize) -> Self {
        Self { points, resting: Mutex::default() }
    }

    /// Does something with a walk that nobody else has.
    pub fn with<T>(&self, work: impl FnOnce(&mut Walk) -> T) -> T {
        let resting = || self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = resting().pop();
        let mut walk = rested.unwrap_or_else(|| Walk::new(self.points));
        let done = work(&mut walk);
        resting().push(walk);
        done
    }
}

impl Walk {
    fn new(points: usize) -> Self {
        Self { met: vec![0; points], walks: 0, ahead: BinaryHeap::new(), best: BinaryHeap::new(), sorted: Vec::new() }
    }

    /// The nearest point that steps to nearer ones lead to, from the highest layer down to the one above `until`.
    #[inline(always)]
    pub fn descend(&mut self, graph: &Graph, points: &Points, query: &[f32], from: usize, until: usize) -> Near {
        let mut here = Near { distance: points.distance(query, graph.entry), point: graph.entry };
        for layer in (until + 1..=from).rev() {
            loop {
                let near = |point: &u32| Near { distance: points.distance(query, *point), point: *point };
                let links = graph.links(layer, here.point).iter().filter(|link| **link != NONE);
                match links.map(near).min() {
                    Some(nearer) if nearer < here => here = nearer,
                    _ => break,
                }
            }
        }
        here
    }

    /// Up to `breadth` near points of a layer, nearest first.
    #[inline(always)]
    pub fn around(
        &mut self,
        graph: &Graph,
        points: &Points,
        query: &[f32],
        starts: &[Near],
        layer: usize,
        breadth: usize,
    ) -> &[Near] {
        self.walks += 1;
        self.ahead.clear();
        self.best.clear();
        for start in starts {
            self.met[start.point as usize] = self.walks;
            self.ahead.push(Reverse(*start));
            self.best.push(*start);
        }
        while self.best.len() > breadth {
            self.best.pop();
        }
        while let Some(Reverse(here)) = self.ahead.pop() {
            let worst = self.best.peek().map_or(f32::INFINITY, |near| near.distance);
            if self.best.len() >= breadth && here.distance > worst {
                break;
            }
            for link in graph.links(layer, here.point) {
                if *link == NONE {
                    break;
                }
                let met = &mut self.met[*link as usize];
                if *met == self.walks {
                    continue;
                }
                *met = self.walks;
                let near = Near { distance: points.distance(query, *link), point: *link };
                if self.best.len() < breadth {
                    self.best.push(near);
                    self.ahead.push(Reverse(near));
                } else if self.best.peek().is_some_and(|worst| near < *worst) {
                    self.best.pop();
                    self.best.push(near);
                    self.ahead.push(Reverse(near));
                }
            }
        }
        self.sorted.clear();
        self.sorted.extend(self.best.drain());
        self.sorted.sort_unstable();
        &self.sorted
    }
}
