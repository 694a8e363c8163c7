//! Clusters: k-means takes the nearest center, bisecting k-means the nearer child down a tree.

use super::columns::Form;
use super::graph::{Graph, Tensor};
use super::values::{self, Element};
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::Vector;
use std::collections::HashMap;

pub const CONVERTERS: &[(&str, Convert)] = &[("KMeansModel", k_means), ("BisectingKMeansModel", bisecting)];

fn k_means(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let data = stage.data()?;
    let ids = data.ints("clusterIdx")?;
    let mut centers: Vec<(i64, Vec<f64>)> =
        ids.into_iter().zip(data.vectors("clusterCenter")?.iter().map(Vector::to_dense)).collect();
    centers.sort_by_key(|(id, _)| *id);
    let mut centers: Vec<Vec<f64>> = centers.into_iter().map(|(_, center)| center).collect();
    if is_cosine(stage)? {
        centers.iter_mut().for_each(|center| scale_to_unit(center));
    }
    let distances = distances(writer, stage, &centers)?;
    let nearest = writer.graph.place_of("ArgMin", &distances);
    writer.columns.put_answer(&stage.params().text("predictionCol")?, nearest, Form::Whole);
    Ok(())
}

fn is_cosine(stage: &Stage<'_>) -> Result<bool> {
    Ok(stage.params().text("distanceMeasure")? == "cosine")
}

fn scale_to_unit(vector: &mut [f64]) {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Squared distances to the centers, `[rows, centers]`; of rows scaled to length 1 for the cosine distance.
fn distances(writer: &mut Writer<'_>, stage: &Stage<'_>, centers: &[Vec<f64>]) -> Result<Tensor> {
    let size = centers.first().map_or(0, Vec::len);
    let mut features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(size))?.tensor;
    let graph = &mut writer.graph;
    if is_cosine(stage)? {
        features = directions(graph, &features);
    }
    let middle = graph.ints(&[1]);
    let features = graph.op("Unsqueeze", &[&features, &middle]);
    let values: Vec<f64> = centers.iter().flatten().copied().collect();
    let centers = graph.doubles(&[1, centers.len(), size], &values);
    let differences = graph.sub(&features, &centers);
    let squares = graph.mul(&differences, &differences);
    Ok(graph.reduce("ReduceSum", &squares, 2, false))
}

fn directions(graph: &mut Graph, features: &Tensor) -> Tensor {
    let squares = graph.mul(features, features);
    let sum = graph.reduce("ReduceSum", &squares, 1, true);
    let length = graph.op("Sqrt", &[&sum]);
    let none = graph.number(0.0);
    let is_nothing = graph.op("Equal", &[&length, &none]);
    let length = graph.refuse(&length, &is_nothing, "the cosine distance is not defined for a vector of zeros");
    graph.div(features, &length)
}

/// A row is in a leaf's cluster if at every node above it the row turned that way. Each turn is a column of flags; a
/// leaf's number of right turns is a product with a matrix of what it wants.
fn bisecting(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let inner = stage.saved.child("data")?;
    let rows = inner.rows("data")?;
    let (indices, centers) = (rows.ints("index")?, rows.vectors("center")?);
    let children = rows.int_lists("children")?;
    let places: HashMap<i64, usize> = indices.iter().enumerate().map(|(row, index)| (*index, row)).collect();
    let damaged = || stage.damaged("its nodes are no tree");
    let root = *places.get(&inner.extra_int("rootId")?).ok_or_else(damaged)?;
    // Nodes with two children, and the leaves with the turns above them: (node, right).
    let (mut forks, mut leaves) = (Vec::new(), Vec::new());
    let mut open = vec![(root, Vec::new())];
    while let Some((node, turns)) = open.pop() {
        let below: Option<Vec<usize>> = children[node].iter().map(|index| places.get(index).copied()).collect();
        match below.ok_or_else(damaged)?[..] {
            [] => leaves.push((indices[node], turns)),
            [only] => open.push((only, turns)),
            [left, right, ..] => {
                if forks.len() >= indices.len() {
                    return Err(damaged());
                }
                let fork = forks.len();
                forks.push((left, right));
                for (child, is_right) in [(left, false), (right, true)] {
                    let turns = turns.iter().copied().chain([(fork, is_right)]).collect::<Vec<_>>();
                    open.push((child, turns));
                }
            }
        }
    }
    leaves.sort_by_key(|(index, _)| *index);
    let output = stage.params().text("predictionCol")?;
    let centers: Vec<Vec<f64>> = centers.iter().map(Vector::to_dense).collect();
    let distances = distances(writer, stage, &centers)?;
    let graph = &mut writer.graph;
    if forks.is_empty() {
        let first = graph.slots(&distances, &[0]);
        let first = graph.mul_number(&first, 0.0);
        let cluster = graph.cast(&first, Element::Int);
        writer.columns.put_answer(&output, cluster, Form::Whole);
        return Ok(());
    }
    let side = |of: fn(&(usize, usize)) -> usize| forks.iter().map(|fork| of(fork) as i64).collect::<Vec<_>>();
    let (to_left, to_right) =
        (graph.slots(&distances, &side(|fork| fork.0)), graph.slots(&distances, &side(|fork| fork.1)));
    let is_right = graph.op("Less", &[&to_right, &to_left]);
    let right = graph.cast(&is_right, Element::Double);
    // A right turn that is wanted counts 1; a left one 1 - right.
    let mut wanted = vec![0.0; forks.len() * leaves.len()];
    let mut left_turns = vec![0.0; leaves.len()];
    for (leaf, (_, turns)) in leaves.iter().enumerate() {
        for (fork, is_right) in turns {
            wanted[fork * leaves.len() + leaf] = if *is_right { 1.0 } else { -1.0 };
            left_turns[leaf] += if *is_right { 0.0 } else { 1.0 };
        }
    }
    let depths: Vec<f64> = leaves.iter().map(|(_, turns)| turns.len() as f64).collect();
    let offset: Vec<f64> = left_turns.iter().zip(&depths).map(|(left, depth)| left - depth).collect();
    let wanted = graph.doubles(&[forks.len(), leaves.len()], &wanted);
    let agreeing = graph.matmul(&right, &wanted);
    let offset = graph.row(&offset);
    // 0 for the leaf that every turn leads to, negative for the others.
    let agreeing = graph.add(&agreeing, &offset);
    let place = graph.place_of("ArgMax", &agreeing);
    let numbers: Vec<i64> = leaves.iter().map(|(index, _)| *index).collect();
    let numbers = graph.constant(values::ints(&[numbers.len()], &numbers));
    let cluster = graph.look_up(&numbers, &place);
    writer.columns.put_answer(&output, cluster, Form::Whole);
    Ok(())
}
