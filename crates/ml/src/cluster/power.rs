//! Power iteration clustering (Lin and Cohen 2010): a few multiplications with the normalised similarities bring the
//! nodes of a cluster to about the same number.

mod line;

use crate::answer::Answer;
use crate::fit::{Estimator, Fit, FitReport, Merge, Pass, Progress, Step};
use crate::instances::{number, raised};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, table};
use crate::random::Draws;
use crate::schema::{self, spark_name};
use crate::turn::{Nothing, TurnPass};
use crate::{Block, Input, Operator, Params, Registry, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, Int32Array, Int64Array};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const POWER: &str = "org.apache.spark.ml.clustering.PowerIterationClustering";

const SPECS: &[ParamSpec] = &[
    ParamSpec::new("dstCol", Kind::Text, Default::Text("dst"), "column name for destination vertex IDs"),
    ParamSpec::new("initMode", Kind::Text, Default::Text("random"), "the start: random or degree")
        .checked(|value| matches!(value, Value::Text(text) if ["random", "degree"].contains(&text.as_str()))),
    ParamSpec::new("k", Kind::Int, Default::Int(2), "The number of clusters to create (> 1)")
        .checked(|value| matches!(value, Value::Int(2..))),
    ParamSpec::new("maxIter", Kind::Int, Default::Int(20), "maximum number of iterations (> 0)")
        .checked(check::positive),
    ParamSpec::new("srcCol", Kind::Text, Default::Text("src"), "column name for source vertex IDs"),
    shared::WEIGHT_COL,
];

/// Adds the estimator and its pass.
pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            POWER,
            |uid| Operator::estimator(PowerIterationClustering::new(Params::new(uid, SPECS))),
            |_, saved| Ok(Operator::estimator(PowerIterationClustering::new(saved.params(SPECS)?))),
        )
        .pass::<EdgePass>();
}

/// Spark's `PowerIterationClustering`; its answer has a row for each node: `id` and `cluster`.
#[derive(Debug, Clone)]
pub struct PowerIterationClustering {
    params: Params,
}

impl PowerIterationClustering {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Estimator for PowerIterationClustering {
    type Fit = EdgeFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let node = |param: &str| {
            let column = self.params.text(param)?;
            let found = schema::field(schema, &column)?.data_type();
            if found.is_numeric() {
                return Ok(Input::any(&column));
            }
            let found = spark_name(found);
            let text = format!(
                "requirement failed: Column {column} must be of type numeric but was actually of type {found}."
            );
            Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
        };
        let mut inputs = vec![node("srcCol")?, node("dstCol")?];
        if let Some(weight) = self.params.optional_text("weightCol") {
            let weight = Input::number(&weight);
            weight.find(schema)?;
            inputs.push(weight);
        }
        Ok(inputs)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<EdgeFit> {
        Ok(EdgeFit { params: self.params.clone() })
    }
}

/// Gathers the similarities. Inputs: source, destination, and weight if there is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EdgePass;

/// In row order, without loops.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Edges(Vec<(i64, i64, f64)>);

impl Merge for Edges {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Pass for EdgePass {
    const NAME: &'static str = "power.edges";
    type View = Block;
    type Memo = ();
    type Acc = Edges;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Edges {
        Edges::default()
    }

    fn update(&self, acc: &mut Edges, block: &Block, (): &mut ()) -> Result<()> {
        let nodes = |input: usize| {
            let nodes = arrow_cast::cast(block.column(input)?, &DataType::Int64);
            let nodes = nodes.ok().filter(|nodes| nodes.null_count() == 0);
            let nodes =
                nodes.ok_or_else(|| Failure::new(&codes::ml::INVALID_ROW, "a node's id is null; drop such rows"))?;
            Ok::<Int64Array, Failure>(nodes.as_primitive::<Int64Type>().clone())
        };
        let (sources, destinations) = (nodes(0)?, nodes(1)?);
        let weights = if block.columns.len() > 2 { Some(block.numbers(2)?) } else { None };
        for row in 0..block.rows {
            let (source, destination) = (sources.value(row), destinations.value(row));
            let weight = weights.map_or(Some(1.0), |weights| number(weights, row)).filter(|weight| weight.is_finite());
            let weight = weight.ok_or_else(|| {
                raised(&codes::ml::INVALID_ROW, "Weights MUST NOT be Null, NaN or Infinity".to_owned())
            })?;
            if weight < 0.0 {
                let shown = crate::linalg::java_double(weight);
                let text = format!("Similarity must be nonnegative but found s({source}, {destination}) = {shown}.");
                return Err(Failure::new(&codes::ml::INVALID_ROW, text));
            }
            if source != destination {
                acc.0.push((source, destination, weight));
            }
        }
        Ok(())
    }
}

/// The first phase.
pub struct EdgeFit {
    params: Params,
}

impl Fit for EdgeFit {
    type Pass = EdgePass;

    fn pass(&self) -> EdgePass {
        EdgePass
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0) as u64, unit: "iterations" }
    }

    fn absorb(self, edges: Edges) -> Result<Step<Self>> {
        let graph = Graph::of(&edges.0);
        let mut numbers = match self.params.text("initMode")?.as_str() {
            "degree" => graph.degrees.clone(),
            _ => {
                let mut draws = Draws::new(0);
                graph.ids.iter().map(|_| normal(&mut draws)).collect()
            }
        };
        scale(&mut numbers);
        Ok(Step::Then(Box::new(PowerFit {
            max_iterations: self.params.int("maxIter")? as u64,
            params: self.params,
            graph,
            numbers,
            last_change: f64::MAX,
            done: 0,
        })))
    }
}

/// A standard normal number (Box and Muller).
fn normal(draws: &mut Draws) -> f64 {
    let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
    radius * (2.0 * std::f64::consts::PI * draws.unit()).cos()
}

/// To a sum of absolute values of 1.
fn scale(numbers: &mut [f64]) {
    let sum: f64 = numbers.iter().map(|number| number.abs()).sum();
    if sum > 0.0 {
        numbers.iter_mut().for_each(|number| *number /= sum);
    }
}

/// Similarities divided by the sums of their rows.
struct Graph {
    ids: Vec<i64>,
    degrees: Vec<f64>,
    /// Where the neighbours of each node begin, and the end.
    starts: Vec<usize>,
    neighbours: Vec<(u32, f64)>,
}

impl Graph {
    fn of(edges: &[(i64, i64, f64)]) -> Self {
        let mut ids: Vec<i64> = edges.iter().flat_map(|(source, destination, _)| [*source, *destination]).collect();
        ids.sort_unstable();
        ids.dedup();
        let place = |id: &i64| ids.binary_search(id).unwrap_or_default();
        let both = |(source, destination, weight): &(i64, i64, f64)| {
            let (source, destination) = (place(source), place(destination));
            [(source, destination as u32, *weight), (destination, source as u32, *weight)]
        };
        let mut all: Vec<(usize, u32, f64)> = edges.iter().flat_map(both).collect();
        all.sort_by_key(|(node, neighbour, _)| (*node, *neighbour));
        let (mut starts, mut degrees) = (vec![0; ids.len() + 1], vec![0.0; ids.len()]);
        for (node, _, weight) in &all {
            starts[node + 1] += 1;
            degrees[*node] += weight;
        }
        (0..ids.len()).for_each(|node| starts[node + 1] += starts[node]);
        let scaled =
            |(node, neighbour, weight): (usize, u32, f64)| (neighbour, weight / f64::max(degrees[node], f64::EPSILON));
        let neighbours = all.into_iter().map(scaled).collect();
        Self { ids, degrees, starts, neighbours }
    }

    fn times(&self, numbers: &[f64]) -> Vec<f64> {
        let sum = |node: usize| {
            let neighbours = &self.neighbours[self.starts[node]..self.starts[node + 1]];
            neighbours.iter().map(|(neighbour, weight)| weight * numbers[*neighbour as usize]).sum()
        };
        (0..self.ids.len()).map(sum).collect()
    }
}

/// The second phase.
pub struct PowerFit {
    params: Params,
    graph: Graph,
    max_iterations: u64,
    numbers: Vec<f64>,
    last_change: f64,
    done: u64,
}

impl Fit for PowerFit {
    type Pass = TurnPass;

    fn pass(&self) -> TurnPass {
        TurnPass
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.max_iterations, unit: "iterations" }
    }

    /// Goes on until the speed of change is steady, as in the paper and in Spark.
    fn absorb(mut self, _: Nothing) -> Result<Step<Self>> {
        let tolerance = (1e-5 / self.numbers.len().max(1) as f64).max(1e-8);
        let mut next = self.graph.times(&self.numbers);
        scale(&mut next);
        let change: f64 = next.iter().zip(&self.numbers).map(|(next, last)| (next - last).abs()).sum();
        let acceleration = (change - self.last_change).abs();
        self.numbers = next;
        self.last_change = change;
        self.done += 1;
        if self.done < self.max_iterations && acceleration > tolerance {
            return Ok(Step::Again(self));
        }
        let clusters = line::clusters(&self.numbers, self.params.int("k")? as usize);
        let rows = table([
            Column::required("id", Arc::new(Int64Array::from(self.graph.ids))),
            Column::required("cluster", Arc::new(Int32Array::from(clusters))),
        ])?;
        let report = FitReport { iterations: self.done, ..FitReport::default() };
        Ok(Step::Done(Box::new(Answer::new(POWER, self.params, rows)), report))
    }
}
