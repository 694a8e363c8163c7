//! Hierarchical navigable small worlds (Malkov, Yashunin 2016): every point is linked with near ones in several
//! directions, and a few points with far ones above them; a query walks along the links.
//!
//! Points enter in batches whose sizes depend on the number of points alone. Those of a batch look for their neighbours
//! among the points before it, on all cores, and are then linked in order: the graph is the same on any number of threads.

mod build;
mod walk;

use super::search::{Found, Points};
use crate::linear::vectorized::{Kernel, run};
use crate::random::{mix, unit};
use rayon::prelude::*;
use walk::{Near, Walk};

pub use walk::Walks;

/// No point.
const NONE: u32 = u32::MAX;
/// Queries that a thread takes at once.
const QUERIES_AT_ONCE: usize = 16;

/// The shape of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Links of a point on a layer; twice as many on the lowest.
    pub links: usize,
    /// How many near points are looked at for a new point's links.
    pub breadth: usize,
}

/// Links between points, layer by layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    shape: Shape,
    /// Of the lowest layer, `[points, 2 links]`, filled up with [`NONE`].
    lowest: Vec<u32>,
    /// Of the layers above, from the second on; the place of a point's links in a layer.
    upper: Vec<Layer>,
    /// Where every walk begins: the first point of the highest layer.
    entry: u32,
}

/// A layer above the lowest.
#[derive(Debug, Clone, Default, PartialEq)]
struct Layer {
    /// Points of the layer, increasing.
    points: Vec<u32>,
    /// `[points of the layer, links]`, filled up with [`NONE`].
    links: Vec<u32>,
}

impl Layer {
    fn place(&self, point: u32) -> Option<usize> {
        self.points.binary_search(&point).ok()
    }
}

/// The highest layer of a point: each holds one in `links` of the points of the one below.
fn level(point: u32, links: usize, levels: usize) -> usize {
    let share = unit(mix(u64::from(point) ^ 0x6861_6c66)).max(f64::MIN_POSITIVE);
    ((-share.ln() / (links as f64).ln()) as usize).min(levels - 1)
}

impl Graph {
    /// Of all points.
    pub fn of(points: &Points, shape: Shape) -> Self {
        build::graph(points, shape)
    }

    fn links(&self, layer: usize, point: u32) -> &[u32] {
        match layer {
            0 => {
                let width = 2 * self.shape.links;
                &self.lowest[point as usize * width..][..width]
            }
            _ => {
                let layer = &self.upper[layer - 1];
                let place = layer.place(point).map(|place| place * self.shape.links);
                place.map_or(&[], |place| &layer.links[place..place + self.shape.links])
            }
        }
    }

    /// About the `wanted` nearest points of each query (`[queries, size]`), nearest first: those that a walk of this
    /// breadth meets. `walks` are of these points.
    pub fn nearest(
        &self,
        points: &Points,
        walks: &Walks,
        queries: &[f64],
        wanted: usize,
        breadth: usize,
    ) -> Vec<Vec<Found>> {
        let size = points.size.max(1);
        let mut found = vec![Vec::new(); queries.len() / size];
        let chunks = queries.par_chunks(QUERIES_AT_ONCE * size).zip(found.par_chunks_mut(QUERIES_AT_ONCE));
        chunks.for_each(|(queries, found)| {
            walks.with(|walk| run(Queries { graph: self, points, queries, wanted, breadth, walk, found }));
        });
        found
    }

    /// Points in layers and their links, to be saved: layer, point, links.
    pub fn rows(&self) -> impl Iterator<Item = (i32, i32, Vec<i32>)> + '_ {
        let listed = |links: &[u32]| links.iter().filter(|link| **link != NONE).map(|link| *link as i32).collect();
        let lowest = self.lowest.chunks_exact(2 * self.shape.links).enumerate();
        let lowest = lowest.map(move |(point, links)| (0, point as i32, listed(links)));
        let upper = self.upper.iter().enumerate().flat_map(move |(index, layer)| {
            let links = layer.points.iter().zip(layer.links.chunks_exact(self.shape.links));
            links.map(move |(point, links)| (index as i32 + 1, *point as i32, listed(links)))
        });
        lowest.chain(upper)
    }

    /// Of saved rows, in their order; `None` if they are no graph of so many points.
    pub fn from_rows(shape: Shape, points: usize, rows: impl Iterator<Item = (i64, i64, Vec<i64>)>) -> Option<Self> {
        let mut graph = Self { shape, lowest: Vec::new(), upper: Vec::new(), entry: 0 };
        for (layer, point, links) in rows {
            let layer = usize::try_from(layer).ok()?;
            let point = u32::try_from(point).ok().filter(|point| (*point as usize) < points)?;
            let width = if layer == 0 { 2 * shape.links } else { shape.links };
            let into = if layer == 0 {
                (graph.lowest.len() == point as usize * width).then_some(&mut graph.lowest)?
            } else {
                graph.upper.resize(graph.upper.len().max(layer), Layer::default());
                let layer = &mut graph.upper[layer - 1];
                layer.points.last().is_none_or(|last| *last < point).then_some(())?;
                layer.points.push(point);
                &mut layer.links
            };
            let end = into.len() + width;
            for link in links.into_iter().take(width) {
                into.push(u32::try_from(link).ok().filter(|link| (*link as usize) < points)?);
            }
            into.resize(end, NONE);
        }
        graph.entry = graph.upper.last().map_or(Some(0), |layer| layer.points.first().copied())?;
        (graph.lowest.len() == points * 2 * shape.links).then_some(graph)
    }
}

/// Some queries, walked one after the other.
struct Queries<'a> {
    graph: &'a Graph,
    points: &'a Points,
    queries: &'a [f64],
    wanted: usize,
    breadth: usize,
    walk: &'a mut Walk,
    found: &'a mut [Vec<Found>],
}

impl Kernel for Queries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let size = self.points.size.max(1);
        for (query, found) in self.queries.chunks_exact(size).zip(self.found) {
            let single: Vec<f32> = query.iter().map(|value| *value as f32).collect();
            let start = self.walk.descend(self.graph, self.points, &single, self.graph.upper.len(), 0);
            let breadth = self.breadth.max(self.wanted);
            let near: &[Near] = self.walk.around(self.graph, self.points, &single, &[start], 0, breadth);
            *found = near.iter().map(|near| (near.point, self.points.squared_distance(query, near.point))).collect();
            super::search::sort(found);
            found.truncate(self.wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;

    const SHAPE: Shape = Shape { links: 8, breadth: 60 };

    fn points(count: usize, size: usize, seed: u64) -> Points {
        let mut draws = Draws::new(seed);
        Points::new(size, (0..count * size).map(|_| draws.unit()).collect())
    }

    #[test]
    fn most_of_the_nearest_are_found() {
        for (count, size) in [(1, 3), (5, 2), (40, 4), (3000, 8)] {
            let points = points(count, size, 1);
            let graph = Graph::of(&points, SHAPE);
            let mut draws = Draws::new(2);
            let queries: Vec<f64> = (0..50 * size).map(|_| draws.unit()).collect();
            let wanted = 10.min(count);
            let exact = points.nearest(&queries, wanted);
            let found = graph.nearest(&points, &Walks::new(count), &queries, wanted, 80);
            let hits = |(a, b): (&Vec<Found>, &Vec<Found>)| a.iter().filter(|found| b.contains(found)).count();
            let recall = exact.iter().zip(&found).map(hits).sum::<usize>() as f64 / (50 * wanted) as f64;
            assert!(recall > 0.97, "{count} points: {recall}");
        }
    }

    #[test]
    fn the_graph_is_the_same_on_any_number_of_threads() {
        let points = points(2000, 5, 3);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Graph::of(&points, SHAPE))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn equal_points_do_not_shut_others_out() {
        let mut values = vec![0.0; 400 * 2];
        values.extend([1.0, 1.0, 2.0, 2.0]);
        let points = Points::new(2, values);
        let graph = Graph::of(&points, SHAPE);
        let found = graph.nearest(&points, &Walks::new(402), &[1.9, 1.9], 2, 50);
        assert_eq!(found[0].iter().map(|(place, _)| *place).collect::<Vec<_>>(), [401, 400]);
    }

    #[test]
    fn saved_rows_make_the_same_graph() {
        let points = points(500, 3, 5);
        let graph = Graph::of(&points, SHAPE);
        let rows = || {
            graph.rows().map(|(layer, point, links)| {
                (layer.into(), point.into(), links.into_iter().map(i64::from).collect::<Vec<i64>>())
            })
        };
        assert_eq!(Graph::from_rows(SHAPE, 500, rows()).as_ref(), Some(&graph));
        assert_eq!(Graph::from_rows(SHAPE, 501, rows()), None);
        assert_eq!(Graph::from_rows(SHAPE, 500, rows().skip(1)), None);
        assert_eq!(Graph::from_rows(SHAPE, 400, rows()), None);
    }
}
