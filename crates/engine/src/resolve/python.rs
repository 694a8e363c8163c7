//! Functions that the client has pickled: over rows, groups and whole relations.

use super::aggregate::{Parts, Sets};
use super::{Column, Resolved, Resolver, Scope, Typed, plan_column};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_python::{Call, Context, Frame, Operation, PythonCall, PythonNode};
use brickyard_spec::{Expr, PythonCogroups, PythonFunction};
use datafusion::logical_expr::{Expr as PlanExpr, Extension, LogicalPlan, LogicalPlanBuilder};
use std::sync::Arc;

/// Session settings that workers ask for, by Spark's names.
const SETTINGS: [&str; 7] = [
    "spark.sql.execution.pandas.convertToArrowArraySafely",
    "spark.sql.execution.pythonUDF.arrow.concurrency.level",
    "spark.sql.execution.pythonUDF.pandas.conversion.enabled",
    "spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled",
    "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype",
    "spark.sql.execution.pyspark.binaryAsBytes",
    "spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName",
];

impl Resolver<'_> {
    /// A call of a function over rows, or of one that aggregates groups.
    pub fn python_call(&mut self, function: &Arc<PythonFunction>, arguments: &[Expr], scope: &Scope) -> Result<Typed> {
        if !function.way.is_scalar() && !function.way.is_aggregate() {
            return Err(failures::form(format!("{} is a function of whole frames, not of columns", function.name)));
        }
        let (mut resolved, mut texts) = (Vec::new(), Vec::new());
        for argument in arguments {
            let (name, argument) = match argument {
                Expr::Named { name, value } => (Some(name.clone()), value.as_ref()),
                other => (None, other),
            };
            let typed = self.expr(argument, scope)?;
            texts.push(match &name {
                Some(name) => format!("{name} => {}", typed.sql),
                None => typed.sql.clone(),
            });
            resolved.push((name, typed.expr));
        }
        let sql = format!("{}({})", function.name, texts.join(", "));
        let call = PythonCall::expr(Arc::clone(function), self.python_context()?, resolved);
        Ok(Typed::new(call, function.returns.clone(), true, sql))
    }

    /// `mapInPandas`, `mapInArrow`.
    pub fn python_map(&mut self, input: Resolved, function: &PythonFunction) -> Result<Resolved> {
        let (plan, frame) = self.frame_of(input, Vec::new())?;
        self.python_frames(function, vec![plan], |function, outputs| Operation::Map { function, frame, outputs })
    }

    /// `applyInPandas`, `applyInArrow`.
    pub fn python_groups(&mut self, input: Resolved, keys: &[Expr], function: &PythonFunction) -> Result<Resolved> {
        let keys = self.exprs(keys, &input.scope())?.into_iter().map(|typed| typed.expr).collect();
        let (plan, frame) = self.frame_of(input, keys)?;
        self.python_frames(function, vec![plan], |function, outputs| Operation::Groups { function, frame, outputs })
    }

    /// Both over the groups of two relations.
    pub fn python_cogroups(&mut self, groups: &PythonCogroups) -> Result<Resolved> {
        let (left, right) = (self.relation(&groups.left)?, self.relation(&groups.right)?);
        let left_keys = self.exprs(&groups.left_keys, &left.scope())?;
        let right_keys = self.exprs(&groups.right_keys, &right.scope())?;
        if left_keys.len() != right_keys.len() {
            let (a, b) = (left_keys.len(), right_keys.len());
            return Err(failures::form(format!("cogroup takes as many keys on both sides, not {a} and {b}")));
        }
        let mut keys = (Vec::new(), Vec::new());
        for (a, b) in left_keys.into_iter().zip(right_keys) {
            let sql = format!("({} = {})", a.sql, b.sql);
            let (a, b) = self.common_for_comparison(&sql, a, b)?;
            keys.0.push(a.expr);
            keys.1.push(b.expr);
        }
        let (left_plan, left) = self.frame_of(left, keys.0)?;
        let (right_plan, right) = self.frame_of(right, keys.1)?;
        self.python_frames(&groups.function, vec![left_plan, right_plan], |function, outputs| Operation::Cogroups {
            function,
            left,
            right,
            outputs,
        })
    }

    /// Aggregates that Python computes, all of them, by groups that are columns already.
    pub fn python_aggregates(&mut self, parts: &Parts, input: LogicalPlan, keys: &[PlanExpr]) -> Result<LogicalPlan> {
        let mut calls: Vec<Call> = Vec::new();
        for (expr, id) in &parts.aggregates {
            let Some((call, arguments)) = PythonCall::of(expr) else {
                let names = parts.aggregates.iter().filter_map(|(expr, _)| PythonCall::of(expr));
                let names: Vec<&str> = names.map(|(call, _)| call.function().name.as_str()).collect();
                return Err(failures::mixed_python_aggregates(&names));
            };
            calls.push(call.named(arguments, id));
        }
        let ways: Vec<_> = calls.iter().map(|call| call.function.way).collect();
        let alone = ways.iter().any(|way| way.is_aggregate_iterator());
        if ways.windows(2).any(|pair| pair[0] != pair[1]) || (alone && ways.len() > 1) {
            return Err(Failure::unsupported("aggregates of several kinds of Python functions; join their results"));
        }
        if !matches!(parts.sets, Sets::One) {
            return Err(Failure::unsupported("Python aggregates by ROLLUP, CUBE or grouping sets"));
        }
        let keys = keys.iter().map(|key| (key.clone(), key.schema_name().to_string())).collect();
        let node = PythonNode::new(Operation::Aggregates { keys, calls }, vec![input], self.python_context()?);
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node.map_err(engine_failure)?) }))
    }

    /// The relation's columns alone, in order, and how Python sees them.
    fn frame_of(&mut self, input: Resolved, keys: Vec<PlanExpr>) -> Result<(LogicalPlan, Frame)> {
        let names = input.columns.iter().map(|column| column.name.clone()).collect();
        let columns: Vec<PlanExpr> = input.columns.iter().map(Column::expr).collect();
        let plan = input.builder().project(columns).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        Ok((plan, Frame { names, keys }))
    }

    /// What a function over frames gives: columns by the fields of its result.
    fn python_frames(
        &mut self,
        function: &PythonFunction,
        inputs: Vec<LogicalPlan>,
        operation: impl FnOnce(Arc<PythonFunction>, Vec<String>) -> Operation,
    ) -> Result<Resolved> {
        let DataType::Struct(fields) = &function.returns else {
            return Err(failures::form(format!("{} gives rows, so its result type is a struct", function.name)));
        };
        let columns: Vec<Column> =
            fields.iter().map(|field| self.new_column(field.name(), field.data_type().clone(), true)).collect();
        let outputs = columns.iter().map(|column| column.id.clone()).collect();
        let operation = operation(Arc::new(function.clone()), outputs);
        let node = PythonNode::new(operation, inputs, self.python_context()?).map_err(engine_failure)?;
        let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        // Rows may hold nulls whatever the declared type says.
        let columns_of_plan = columns.iter().map(|column| plan_column(&column.id)).collect::<Vec<_>>();
        let plan = LogicalPlanBuilder::from(plan).project(columns_of_plan).and_then(LogicalPlanBuilder::build);
        Ok(Resolved::new(plan.map_err(engine_failure)?, columns))
    }

    fn python_context(&self) -> Result<Arc<Context>> {
        let workers = self.session.workers();
        workers.check_user()?;
        let conf = self.session.conf();
        let set = |name: &&'static str| Some((*name, conf.get(name).ok()?));
        let mut settings: Vec<(&'static str, String)> = SETTINGS.iter().filter_map(set).collect();
        settings.push(("spark.sql.session.timeZone", self.zone_name.clone()));
        let batch_rows = conf.get("spark.sql.execution.arrow.maxRecordsPerBatch").ok();
        let batch_rows = batch_rows.and_then(|rows| rows.parse().ok()).filter(|rows| *rows > 0).unwrap_or(10_000);
        let types_as_json = |schema: &arrow::datatypes::Schema| crate::types::to_json(schema).to_string();
        Ok(Arc::new(Context { workers, settings, batch_rows, types_as_json }))
    }
}
