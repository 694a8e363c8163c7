//! Linking points, batch by batch.

use super::walk::{Near, Walk, Walks};
use super::{Graph, Layer, NONE, Shape, level};
use crate::linear::vectorized::{Kernel, run};
use crate::neighbours::search::Points;
use rayon::prelude::*;

/// A batch is at most this share of the points before it, so that few of a point's neighbours are in its own batch.
const BATCH_SHARE: usize = 32;
const LARGEST_BATCH: usize = 2048;
/// Points that a thread takes at once.
const POINTS_AT_ONCE: usize = 16;

/// The links of a new point, layer by layer from the lowest.
type Links = Vec<Vec<Near>>;

pub fn graph(points: &Points, shape: Shape) -> Graph {
    let count = points.count();
    // A layer for each power of `links`, so the highest has a few points.
    let levels = 1 + ((count.max(2) as f64).ln() / (shape.links as f64).ln()) as usize;
    let mut graph = Graph { shape, lowest: vec![NONE; count * 2 * shape.links], upper: Vec::new(), entry: 0 };
    let walks = Walks::new(count);
    let mut done = 0;
    while done < count {
        let batch = (done / BATCH_SHARE).clamp(1, LARGEST_BATCH).min(count - done);
        let new: Vec<u32> = (done as u32..(done + batch) as u32).collect();
        let found: Vec<Links> = if done == 0 {
            vec![vec![Vec::new(); level(0, shape.links, levels) + 1]]
        } else {
            let chunk = |new: &[u32]| walks.with(|walk| run(Batch { graph: &graph, points, new, levels, walk }));
            new.par_chunks(POINTS_AT_ONCE).flat_map_iter(chunk).collect()
        };
        link(&mut graph, points, &new, &found);
        done += batch;
    }
    graph
}

/// New points that look for their links.
struct Batch<'a> {
    graph: &'a Graph,
    points: &'a Points,
    new: &'a [u32],
    levels: usize,
    walk: &'a mut Walk,
}

impl Kernel for Batch<'_> {
    type Output = Vec<Links>;

    #[inline(always)]
    fn run(self) -> Vec<Links> {
        let walk = self.walk;
        let shape = self.graph.shape;
        let links = |point: &u32| {
            let query = self.points.single(*point);
            let highest = level(*point, shape.links, self.levels);
            let mut links = vec![Vec::new(); highest + 1];
            let known = self.graph.upper.len();
            let mut starts = vec![walk.descend(self.graph, self.points, query, known, highest)];
            for layer in (0..=highest.min(known)).rev() {
                let near = walk.around(self.graph, self.points, query, &starts, layer, shape.breadth);
                starts = near.to_vec();
                links[layer] = chosen(self.points, near, shape.links);
            }
            links
        };
        self.new.iter().map(links).collect()
    }
}

/// Of near points (nearest first) those that are nearer to the new one than to any chosen before: links into all
/// directions. What is left over fills the rest, points that equal a chosen one last: many equal points would otherwise
/// have no links but among themselves.
#[inline(always)]
fn chosen(points: &Points, near: &[Near], wanted: usize) -> Vec<Near> {
    let mut chosen: Vec<Near> = Vec::with_capacity(wanted);
    let (mut rest, mut equal) = (Vec::new(), Vec::new());
    for candidate in near {
        if chosen.len() == wanted {
            break;
        }
        let of = points.single(candidate.point);
        let nearest = chosen.iter().map(|other| points.distance(of, other.point)).fold(f32::INFINITY, f32::min);
        match nearest {
            0.0 => equal.push(*candidate),
            _ if nearest < candidate.distance => rest.push(*candidate),
            _ => chosen.push(*candidate),
        }
    }
    let missing = wanted - chosen.len();
    chosen.extend(rest.into_iter().chain(equal).take(missing));
    chosen
}

/// Writes the links of new points, and those back to them.
fn link(graph: &mut Graph, points: &Points, new: &[u32], found: &[Links]) {
    let before = graph.upper.len();
    for (point, links) in new.iter().zip(found) {
        for (layer, near) in links.iter().enumerate() {
            let ids = near.iter().map(|near| near.point);
            if layer == 0 {
                let width = 2 * graph.shape.links;
                fill(&mut graph.lowest[*point as usize * width..][..width], ids);
                continue;
            }
            if graph.upper.len() < layer {
                graph.upper.push(Layer::default());
            }
            let upper = &mut graph.upper[layer - 1];
            upper.points.push(*point);
            let start = upper.links.len();
            upper.links.resize(start + graph.shape.links, NONE);
            fill(&mut upper.links[start..], ids);
        }
    }
    if graph.upper.len() > before {
        graph.entry = graph.upper.last().and_then(|layer| layer.points.first().copied()).unwrap_or(0);
    }

    let mut back: Vec<(usize, u32, Near)> = Vec::new();
    for (point, links) in new.iter().zip(found) {
        for (layer, near) in links.iter().enumerate() {
            back.extend(near.iter().map(|near| (layer, near.point, Near { point: *point, distance: near.distance })));
        }
    }
    back.sort_unstable();
    let groups: Vec<&[(usize, u32, Near)]> = back.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).collect();
    let work = |groups: &[&[(usize, u32, Near)]]| run(Backwards { graph, points, groups });
    let written: Vec<(usize, u32, Vec<u32>)> = groups.par_chunks(POINTS_AT_ONCE).flat_map_iter(work).collect();
    for (layer, point, links) in written {
        let width = graph.shape.links;
        if layer == 0 {
            fill(&mut graph.lowest[point as usize * 2 * width..][..2 * width], links.into_iter());
        } else {
            let layer = &mut graph.upper[layer - 1];
            if let Some(place) = layer.place(point) {
                fill(&mut layer.links[place * width..][..width], links.into_iter());
            }
        }
    }
}

/// Points that new ones link to: their links with those back.
struct Backwards<'a> {
    graph: &'a Graph,
    points: &'a Points,
    groups: &'a [&'a [(usize, u32, Near)]],
}

impl Kernel for Backwards<'_> {
    type Output = Vec<(usize, u32, Vec<u32>)>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let links = |group: &&[(usize, u32, Near)]| {
            let (layer, point, _) = group[0];
            let known = self.graph.links(layer, point);
            let width = known.len();
            let known = known.iter().take_while(|link| **link != NONE);
            let of = self.points.single(point);
            let mut near: Vec<Near> =
                known.map(|link| Near { distance: self.points.distance(of, *link), point: *link }).collect();
            near.extend(group.iter().map(|(_, _, near)| *near));
            if near.len() > width {
                near.sort_unstable();
                near = chosen(self.points, &near, width);
            }
            (layer, point, near.into_iter().map(|near| near.point).collect())
        };
        self.groups.iter().map(links).collect()
    }
}

fn fill(slots: &mut [u32], links: impl Iterator<Item = u32>) {
    let mut links = links;
    slots.iter_mut().for_each(|slot| *slot = links.next().unwrap_or(NONE));
}
