//! A call of a Python function as an expression, and the rule that brings all calls of a plan node into a
//! [`PythonNode`] below it, which has them computed by workers.

use crate::context::Context;
use crate::node::{Call, Operation, PythonNode};
use arrow::datatypes::{DataType, Field, FieldRef};
use brickyard_error::Failure;
use brickyard_spec::PythonFunction;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result, internal_err};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Extension, LogicalPlan, LogicalPlanBuilder, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use std::sync::Arc;

/// A Python function among the functions of a plan. It is never computed as such: [`PythonCalls`] takes it out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PythonCall {
    function: Arc<PythonFunction>,
    /// Of the arguments, where they are named.
    names: Vec<Option<String>>,
    context: Arc<Context>,
    signature: Signature,
}

impl PythonCall {
    /// The call as an expression; names are those of named arguments.
    pub fn expr(function: Arc<PythonFunction>, context: Arc<Context>, arguments: Vec<(Option<String>, Expr)>) -> Expr {
        let (names, arguments): (Vec<_>, Vec<_>) = arguments.into_iter().unzip();
        // It may give another value for the same arguments: neither moved nor computed twice.
        let counts = vec![TypeSignature::VariadicAny, TypeSignature::Nullary];
        let signature = Signature::one_of(counts, Volatility::Volatile);
        ScalarUDF::new_from_impl(Self { function, names, context, signature }).call(arguments)
    }

    pub fn function(&self) -> &PythonFunction {
        &self.function
    }

    /// The call with its arguments, as the column of this name.
    pub fn named(&self, arguments: &[Expr], output: &str) -> Call {
        let arguments = self.names.iter().cloned().zip(arguments.iter().cloned()).collect();
        Call { function: Arc::clone(&self.function), arguments, output: output.to_owned() }
    }

    /// The call that this expression is, with its arguments.
    pub fn of(expr: &Expr) -> Option<(&Self, &[Expr])> {
        let Expr::ScalarFunction(call) = expr else { return None };
        call.func.inner().downcast_ref::<Self>().map(|python| (python, call.args.as_slice()))
    }
}

impl ScalarUDFImpl for PythonCall {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.function.returns.clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), self.function.returns.clone(), true)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Err(crate::external(Failure::unsupported(format!(
            "the Python function {} in this place; compute it as a column first",
            self.function.name
        ))))
    }
}

/// Whether the expression has a call of a Python function in it.
pub fn has_python_call(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(PythonCall::of(expr).is_some())).unwrap_or(false)
}

/// Takes the calls of Python functions out of expressions.
#[derive(Debug, Default)]
pub struct PythonCalls;

impl OptimizerRule for PythonCalls {
    fn name(&self) -> &str {
        "python_calls"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if !plan.expressions().iter().any(has_python_call) {
            return Ok(Transformed::no(plan));
        }
        let inputs = plan.inputs();
        let [input] = inputs.as_slice() else {
            let text = "a Python function in the condition of a join; compute it as a column first";
            return Err(crate::external(Failure::unsupported(text)));
        };
        let (input, old) = ((*input).clone(), Arc::clone(plan.schema()));
        let plan = computed_below(plan, input)?;
        if plan.schema().fields().len() == old.fields().len() {
            return Ok(Transformed::yes(plan));
        }
        // A node that hands its input on has the calls' columns too.
        let columns = old.columns().into_iter().map(Expr::Column);
        Ok(Transformed::yes(LogicalPlanBuilder::from(plan).project(columns)?.build()?))
    }
}

/// The node with its calls replaced by columns of nodes below it, the innermost calls lowest.
fn computed_below(plan: LogicalPlan, mut input: LogicalPlan) -> Result<LogicalPlan> {
    let names = NamePreserver::new(&plan);
    let (saved, mut exprs): (Vec<_>, Vec<_>) = plan.expressions().into_iter().map(|e| (names.save(&e), e)).unzip();
    loop {
        let Some(batch) = next_calls(&exprs)? else { break };
        let first = input.schema().fields().len();
        let mut calls = Vec::with_capacity(batch.len());
        for (number, call) in batch.iter().enumerate() {
            let Some((python, arguments)) = PythonCall::of(call) else { return internal_err!("a call vanished") };
            calls.push(python.named(arguments, &format!("{}#python{}", python.function.name, first + number)));
        }
        let outputs: Vec<Expr> = calls.iter().map(|call| Expr::Column(Column::new_unqualified(&call.output))).collect();
        let Some((python, _)) = batch.first().and_then(PythonCall::of) else { return internal_err!("a call vanished") };
        let node = PythonNode::new(Operation::Calls { calls }, vec![input], Arc::clone(&python.context))?;
        input = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        let replace = |expr: Expr| {
            let found = batch.iter().position(|call| *call == expr);
            Ok(found.map_or(Transformed::no(expr), |at| Transformed::yes(outputs[at].clone())))
        };
        exprs = exprs.into_iter().map(|expr| Ok(expr.transform_down(replace)?.data)).collect::<Result<_>>()?;
    }
    let exprs = exprs.into_iter().zip(saved).map(|(expr, name)| name.restore(expr)).collect();
    plan.with_new_exprs(exprs, vec![input])
}

/// Calls without calls in their arguments that one task can do: all of one way, one alone of iterators.
fn next_calls(exprs: &[Expr]) -> Result<Option<Vec<Expr>>> {
    let mut found: Vec<Expr> = Vec::new();
    for expr in exprs {
        expr.apply(|expr| {
            if let Some((python, arguments)) = PythonCall::of(expr)
                && !arguments.iter().any(has_python_call)
            {
                let way = python.function.way;
                let of = |call: &Expr| PythonCall::of(call).map(|(python, _)| python.function.way);
                let fits = found.first().is_none_or(|first| of(first) == Some(way) && !way.is_scalar_iterator());
                if fits && !found.contains(expr) {
                    found.push(expr.clone());
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok((!found.is_empty()).then_some(found))
}
