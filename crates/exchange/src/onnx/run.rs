//! Evaluates a graph by the words of the standard: the operators that our graphs are made of, plainly, row-major, in
//! doubles. It shares nothing with the models, so that an exported file can be held against them.

mod array;
mod models;
mod operators;

pub use array::{Array, Data};

use super::graph::ML;
use super::proto::{AttributeProto, ModelProto, NodeProto};
use brickyard_error::{Failure, Result};
use std::collections::HashMap;

/// The outputs of a model for these inputs, by name.
///
/// # Errors
/// An input is missing, an operator is not one of ours, or the graph refuses a row.
pub fn run(model: &ModelProto, inputs: HashMap<String, Array>) -> Result<HashMap<String, Array>> {
    let graph = model.graph.as_ref().ok_or_else(|| broken("it has no graph"))?;
    let mut values = inputs;
    for constant in &graph.initializer {
        values.insert(constant.name().to_owned(), Array::of(constant)?);
    }
    for node in &graph.node {
        let given = node.input.iter().map(|name| values.get(name).ok_or_else(|| broken(format!("{name} is missing"))));
        let given: Vec<&Array> = given.collect::<Result<_>>()?;
        let made = evaluate(&Node(node), &given).map_err(|failure| {
            let text = format!("{}: {}", node.name(), failure.message());
            broken(text).because(failure)
        })?;
        let name = node.output.first().ok_or_else(|| broken("a node without an output"))?;
        values.insert(name.clone(), made);
    }
    let mut output = |name: &str| {
        let found = values.remove(name).ok_or_else(|| broken(format!("the output {name} is missing")))?;
        Ok((name.to_owned(), found))
    };
    graph.output.iter().map(|value| output(value.name())).collect()
}

fn evaluate(node: &Node<'_>, given: &[&Array]) -> Result<Array> {
    match (node.0.domain(), node.0.op_type()) {
        (ML, "LabelEncoder") => models::label_encoder(node, input(given, 0)?),
        (ML, "TreeEnsemble") => models::tree_ensemble(node, input(given, 0)?),
        ("", kind) => operators::evaluate(kind, node, given),
        (domain, kind) => Err(broken(format!("the operator {domain} {kind} is not known"))),
    }
}

fn input<'a>(given: &[&'a Array], place: usize) -> Result<&'a Array> {
    given.get(place).copied().ok_or_else(|| broken("an operator lacks an input"))
}

/// A node with its attributes by name.
struct Node<'a>(&'a NodeProto);

impl<'a> Node<'a> {
    fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|attribute| attribute.name() == name)
    }

    fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    fn ints(&self, name: &str) -> &'a [i64] {
        self.attribute(name).map_or(&[], |attribute| &attribute.ints)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let strings = self.attribute(name).into_iter().flat_map(|attribute| &attribute.strings);
        strings.map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    fn array(&self, name: &str) -> Result<Option<Array>> {
        self.attribute(name).and_then(|attribute| attribute.t.as_ref()).map(Array::of).transpose()
    }
}

fn broken(what: impl std::fmt::Display) -> Failure {
    Failure::internal(format!("evaluating an exported graph: {what}"))
}
