//! A graph in the making: every value has a name of its own, and what no output needs is left out at the end.

use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto};
use super::values::{self, Element};
use std::collections::HashSet;

/// The domain of operators for classical models.
pub const ML: &str = "ai.onnx.ml";

/// A value in the graph, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor(String);

#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
    /// The uid of the stage that is being written: values are named after it.
    stage: String,
    named: usize,
    /// The least version of [`ML`] that has every operator used.
    ml_version: i64,
}

impl Graph {
    /// Values from here on are of this stage.
    pub fn enter(&mut self, uid: &str) {
        uid.clone_into(&mut self.stage);
    }

    fn name(&mut self, what: &str) -> String {
        self.named += 1;
        format!("{}/{what}_{}", self.stage, self.named)
    }

    // -- values from outside

    /// A column that comes from outside.
    pub fn input(&mut self, column: ValueInfoProto) -> Tensor {
        let name = column.name().to_owned();
        self.inputs.push(column);
        Tensor(name)
    }

    pub fn has_input(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input.name.as_deref() == Some(name))
    }

    /// Gives a value to the caller, under a name that nothing else has.
    pub fn output(&mut self, tensor: &Tensor, column: ValueInfoProto) {
        let name = column.name();
        self.nodes.push(NodeProto {
            input: vec![tensor.0.clone()],
            output: vec![name.to_owned()],
            name: Some(format!("output {name}")),
            op_type: Some("Identity".to_owned()),
            ..NodeProto::default()
        });
        self.outputs.push(column);
    }

    pub fn constant(&mut self, value: TensorProto) -> Tensor {
        let name = self.name("constant");
        self.constants.push(TensorProto { name: Some(name.clone()), ..value });
        Tensor(name)
    }

    /// Row-major.
    pub fn doubles(&mut self, shape: &[usize], numbers: &[f64]) -> Tensor {
        self.constant(values::doubles(shape, numbers))
    }

    /// A number for each slot: `[1, slots]`.
    pub fn row(&mut self, numbers: &[f64]) -> Tensor {
        self.doubles(&[1, numbers.len()], numbers)
    }

    pub fn number(&mut self, number: f64) -> Tensor {
        self.doubles(&[1, 1], &[number])
    }

    pub fn ints(&mut self, numbers: &[i64]) -> Tensor {
        self.constant(values::ints(&[numbers.len()], numbers))
    }

    // -- operators

    pub fn op(&mut self, kind: &str, inputs: &[&Tensor]) -> Tensor {
        self.op_with(kind, inputs, Vec::new())
    }

    pub fn op_with(&mut self, kind: &str, inputs: &[&Tensor], attribute: Vec<AttributeProto>) -> Tensor {
        self.node(None, kind, inputs, attribute, None)
    }

    /// An operator of [`ML`] that came with this version.
    pub fn ml_op(&mut self, kind: &str, version: i64, inputs: &[&Tensor], attribute: Vec<AttributeProto>) -> Tensor {
        self.ml_version = self.ml_version.max(version);
        self.node(Some(ML), kind, inputs, attribute, None)
    }

    /// `why` is the name of the node, so that a runtime's failure tells it.
    fn node(
        &mut self,
        domain: Option<&str>,
        kind: &str,
        inputs: &[&Tensor],
        attribute: Vec<AttributeProto>,
        why: Option<&str>,
    ) -> Tensor {
        let output = self.name(kind);
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|tensor| tensor.0.clone()).collect(),
            output: vec![output.clone()],
            name: Some(why.map_or_else(|| output.clone(), |why| format!("{output}: {why}"))),
            op_type: Some(kind.to_owned()),
            domain: domain.map(ToOwned::to_owned),
            attribute,
            ..NodeProto::default()
        });
        Tensor(output)
    }

    pub fn add(&mut self, a: &Tensor, b: &Tensor) -> Tensor {
        self.op("Add", &[a, b])
    }
    pub fn sub(&mut self, a: &Tensor, b: &Tensor) -> Tensor {
        self.op("Sub", &[a, b])
    }
    pub fn mul(&mut self, a: &Tensor, b: &Tensor) -> Tensor {
        self.op("Mul", &[a, b])
    }
    pub fn div(&mut self, a: &Tensor, b: &Tensor) -> Tensor {
        self.op("Div", &[a, b])
    }
    pub fn matmul(&mut self, a: &Tensor, b: &Tensor) -> Tensor {
        self.op("MatMul", &[a, b])
    }

    pub fn add_number(&mut self, a: &Tensor, number: f64) -> Tensor {
        let number = self.number(number);
        self.add(a, &number)
    }

    pub fn mul_number(&mut self, a: &Tensor, number: f64) -> Tensor {
        let number = self.number(number);
        self.mul(a, &number)
    }

    pub fn select(&mut self, condition: &Tensor, then: &Tensor, otherwise: &Tensor) -> Tensor {
        self.op("Where", &[condition, then, otherwise])
    }

    pub fn cast(&mut self, a: &Tensor, to: Element) -> Tensor {
        self.op_with("Cast", &[a], vec![values::int("to", to as i64)])
    }

    /// Side by side: along the slots.
    pub fn concat(&mut self, parts: &[&Tensor]) -> Tensor {
        match parts {
            [only] => (*only).clone(),
            parts => self.op_with("Concat", parts, vec![values::int("axis", 1)]),
        }
    }

    /// The slots of these numbers.
    pub fn slots(&mut self, a: &Tensor, slots: &[i64]) -> Tensor {
        let slots = self.ints(slots);
        self.op_with("Gather", &[a, &slots], vec![values::int("axis", 1)])
    }

    /// `table` by its first dimension; an index beyond it fails.
    pub fn look_up(&mut self, table: &Tensor, indices: &Tensor) -> Tensor {
        self.op_with("Gather", &[table, indices], vec![values::int("axis", 0)])
    }

    /// Sums, largest values, … along a dimension.
    pub fn reduce(&mut self, kind: &str, a: &Tensor, axis: i64, keep: bool) -> Tensor {
        let axis = self.ints(&[axis]);
        self.op_with(kind, &[a, &axis], vec![values::int("keepdims", i64::from(keep))])
    }

    /// The number of the largest (`ArgMax`) or smallest (`ArgMin`) slot, the first of equals: `[rows, 1]`.
    pub fn place_of(&mut self, kind: &str, a: &Tensor) -> Tensor {
        self.op_with(kind, &[a], vec![values::int("axis", 1), values::int("keepdims", 1)])
    }

    pub fn softmax(&mut self, a: &Tensor) -> Tensor {
        self.op_with("Softmax", &[a], vec![values::int("axis", 1)])
    }

    /// The value, or a failure that names `why` where `bad` is true somewhere: a table of one entry has no second.
    /// `bad` is `[rows, 1]`, or as wide as the value.
    pub fn refuse(&mut self, value: &Tensor, bad: &Tensor, why: &str) -> Tensor {
        let ones = self.doubles(&[1], &[1.0]);
        let index = self.cast(bad, Element::Int);
        let one = self.node(None, "Gather", &[&ones, &index], vec![values::int("axis", 0)], Some(why));
        self.mul(value, &one)
    }

    // -- the end

    pub fn ml_version(&self) -> i64 {
        self.ml_version
    }

    /// The graph without what its outputs do not need.
    pub fn finish(self, name: &str, about: &str) -> GraphProto {
        let mut needed: HashSet<String> = self.outputs.iter().filter_map(|output| output.name.clone()).collect();
        let mut nodes: Vec<NodeProto> = Vec::with_capacity(self.nodes.len());
        for node in self.nodes.into_iter().rev() {
            if node.output.iter().any(|output| needed.contains(output)) {
                needed.extend(node.input.iter().cloned());
                nodes.push(node);
            }
        }
        nodes.reverse();
        let is_needed = |name: &Option<String>| name.as_ref().is_some_and(|name| needed.contains(name));
        GraphProto {
            node: nodes,
            name: Some(name.to_owned()),
            initializer: self.constants.into_iter().filter(|constant| is_needed(&constant.name)).collect(),
            doc_string: Some(about.to_owned()),
            input: self.inputs.into_iter().filter(|input| is_needed(&input.name)).collect(),
            output: self.outputs,
        }
    }
}
