//! What Python computes in a plan, before it is planned for execution.

use crate::context::Context;
use arrow::datatypes::{DataType, Field, Schema};
use brickyard_spec::PythonFunction;
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A call with its arguments, and the column that it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub struct Call {
    pub function: Arc<PythonFunction>,
    /// With their names, where they are named.
    pub arguments: Vec<(Option<String>, Expr)>,
    pub output: String,
}

/// How Python sees the rows of an input.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub struct Frame {
    /// Of the input's columns, in order.
    pub names: Vec<String>,
    /// What its groups are made by.
    pub keys: Vec<Expr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub enum Operation {
    /// The input with a column for each call.
    Calls { calls: Vec<Call> },
    /// A function over the batches of each partition.
    Map { function: Arc<PythonFunction>, frame: Frame, outputs: Vec<String> },
    /// A function over each group.
    Groups { function: Arc<PythonFunction>, frame: Frame, outputs: Vec<String> },
    /// A function over the groups of two inputs that have the same keys.
    Cogroups { function: Arc<PythonFunction>, left: Frame, right: Frame, outputs: Vec<String> },
    /// A row for each group: the keys under these names, and each call's value.
    Aggregates { keys: Vec<(Expr, String)>, calls: Vec<Call> },
}

/// An operation over its inputs.
#[derive(Debug, Clone)]
pub struct PythonNode {
    pub operation: Operation,
    pub inputs: Vec<LogicalPlan>,
    pub context: Arc<Context>,
    schema: DFSchemaRef,
}

impl PythonNode {
    pub fn new(operation: Operation, inputs: Vec<LogicalPlan>, context: Arc<Context>) -> Result<Self> {
        let schema = Arc::new(schema_of(&operation, &inputs)?);
        Ok(Self { operation, inputs, context, schema })
    }
}

fn schema_of(operation: &Operation, inputs: &[LogicalPlan]) -> Result<DFSchema> {
    let Some(input) = inputs.first() else { return internal_err!("Python computes over nothing") };
    let column = |call: &Call| Arc::new(Field::new(&call.output, call.function.returns.clone(), true));
    match operation {
        Operation::Calls { calls } => {
            let mut fields: Vec<_> =
                input.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field))).collect();
            fields.extend(calls.iter().map(|call| (None, column(call))));
            DFSchema::new_with_metadata(fields, input.schema().metadata().clone())
        }
        Operation::Aggregates { keys, calls } => {
            let mut fields = Vec::with_capacity(keys.len() + calls.len());
            for (key, name) in keys {
                let (_, field) = datafusion::logical_expr::ExprSchemable::to_field(key, input.schema())?;
                fields.push((None, Arc::new(field.as_ref().clone().with_name(name))));
            }
            fields.extend(calls.iter().map(|call| (None, column(call))));
            DFSchema::new_with_metadata(fields, Default::default())
        }
        Operation::Map { function, outputs, .. }
        | Operation::Groups { function, outputs, .. }
        | Operation::Cogroups { function, outputs, .. } => {
            let DataType::Struct(fields) = &function.returns else {
                return internal_err!("the rows of {} have no names", function.name);
            };
            let named = |(field, name): (&Arc<Field>, &String)| field.as_ref().clone().with_name(name);
            DFSchema::try_from(Schema::new(fields.iter().zip(outputs).map(named).collect::<Vec<_>>()))
        }
    }
}

impl PartialEq for PythonNode {
    fn eq(&self, other: &Self) -> bool {
        self.operation == other.operation && self.inputs == other.inputs
    }
}

impl Eq for PythonNode {}

impl std::hash::Hash for PythonNode {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.operation.hash(state);
        self.inputs.hash(state);
    }
}

impl PartialOrd for PythonNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.operation.partial_cmp(&other.operation).filter(|order| *order != Ordering::Equal || self == other)
    }
}

impl UserDefinedLogicalNodeCore for PythonNode {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Calls { .. } => "PythonCalls",
            Operation::Map { .. } => "PythonMap",
            Operation::Groups { .. } => "PythonGroups",
            Operation::Cogroups { .. } => "PythonCogroups",
            Operation::Aggregates { .. } => "PythonAggregates",
        }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        let of_calls = |calls: &[Call]| {
            let arguments = calls.iter().flat_map(|call| &call.arguments);
            arguments.map(|(_, argument)| argument.clone()).collect::<Vec<_>>()
        };
        match &self.operation {
            Operation::Calls { calls } => of_calls(calls),
            Operation::Map { .. } => Vec::new(),
            Operation::Groups { frame, .. } => frame.keys.clone(),
            Operation::Cogroups { left, right, .. } => [left.keys.clone(), right.keys.clone()].concat(),
            Operation::Aggregates { keys, calls } => {
                keys.iter().map(|(key, _)| key.clone()).chain(of_calls(calls)).collect()
            }
        }
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let names: Vec<&str> = match &self.operation {
            Operation::Calls { calls } | Operation::Aggregates { calls, .. } => {
                calls.iter().map(|call| call.function.name.as_str()).collect()
            }
            Operation::Map { function, .. }
            | Operation::Groups { function, .. }
            | Operation::Cogroups { function, .. } => vec![&function.name],
        };
        write!(f, "{}: {}", UserDefinedLogicalNodeCore::name(self), names.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut operation = self.operation.clone();
        let mut exprs = exprs.into_iter();
        let mut places: Vec<&mut Expr> = Vec::new();
        match &mut operation {
            Operation::Map { .. } => {}
            Operation::Groups { frame, .. } => places.extend(&mut frame.keys),
            Operation::Cogroups { left, right, .. } => places.extend(left.keys.iter_mut().chain(&mut right.keys)),
            Operation::Calls { calls } => places.extend(arguments_of(calls)),
            Operation::Aggregates { keys, calls } => {
                places.extend(keys.iter_mut().map(|(key, _)| key).chain(arguments_of(calls)));
            }
        }
        for place in places {
            *place = match exprs.next() {
                Some(expr) => expr,
                None => return internal_err!("an expression of a Python node is lost"),
            };
        }
        Self::new(operation, inputs, Arc::clone(&self.context))
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let Operation::Calls { calls } = &self.operation else { return None };
        let input = self.inputs.first()?.schema();
        let mut needed: Vec<usize> =
            output_columns.iter().copied().filter(|column| *column < input.fields().len()).collect();
        for (_, argument) in calls.iter().flat_map(|call| &call.arguments) {
            for column in argument.column_refs() {
                needed.push(input.maybe_index_of_column(column)?);
            }
        }
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

fn arguments_of(calls: &mut [Call]) -> impl Iterator<Item = &mut Expr> {
    calls.iter_mut().flat_map(|call| &mut call.arguments).map(|(_, argument)| argument)
}
