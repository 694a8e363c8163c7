//! The resolver: a closed tree of relations becomes a DataFusion plan with names, types and nullability by Spark's
//! rules.
//!
//! Every column of a plan has a name of its own, `name#7`, so that several may share one name outside and a column
//! keeps its identity from node to node, as in Spark's own plans. [`Column`] says what it is outside.

mod aggregate;
mod change;
mod expression;
mod function_call;
mod generate;
mod join;
mod lambda;
mod missing;
mod pivot;
mod project;
mod python;
mod reshape;
mod sample;
mod scope;
mod set;
mod sort;
mod source;
mod statistics;
mod transform;
mod typed;
mod window;

pub(crate) use change::SOURCE;
pub(crate) use expression::same_type;
pub(crate) use function_call::wider_number;
pub(crate) use scope::Scope;
pub(crate) use source::inner_type;
pub(crate) use typed::{Generator, GeneratorKind, Typed};

use crate::Session;
use crate::expand::grow;
use crate::failures::engine_failure;
use crate::load::Sources;
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Failure, Result};
use brickyard_functions::Zone;
use brickyard_ml::schema::METADATA_KEY;
use brickyard_spec::{Node, Relation};
use datafusion::common::Column as PlanColumn;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use std::collections::HashMap;
use std::sync::Arc;

/// A column of a resolved relation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// Its name in the plan.
    pub id: String,
    /// Its name outside.
    pub name: String,
    /// What may stand before the name: `["people"]`, `["main", "default", "people"]`.
    pub qualifier: Vec<String>,
    pub data_type: DataType,
    pub nullable: bool,
    /// Spark's column metadata, a JSON object.
    pub metadata: Option<String>,
    /// The client's numbers of the relations that have put it out, each with its distance in nodes.
    pub origins: Vec<(i64, u32)>,
}

impl Column {
    pub fn expr(&self) -> Expr {
        plan_column(&self.id)
    }
}

impl Column {
    /// As others see it.
    pub fn field(&self) -> Field {
        let field = Field::new(&self.name, self.data_type.clone(), self.nullable);
        match &self.metadata {
            Some(json) => field.with_metadata(HashMap::from([(METADATA_KEY.to_owned(), json.clone())])),
            None => field,
        }
    }
}

/// A column reference by a plan's own name.
pub(crate) fn plan_column(id: &str) -> Expr {
    Expr::Column(PlanColumn::new_unqualified(id))
}

/// A relation with its plan.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    pub plan: LogicalPlan,
    /// In order. The plan may have more.
    pub columns: Vec<Column>,
    /// Columns of the plan that are found by their qualifier only: the keys of a join by `USING`.
    pub hidden: Vec<Column>,
    /// What the projection or aggregate on top was made of, for `ORDER BY` and filters that look below it.
    pub below: Option<Arc<Below>>,
}

#[derive(Debug)]
pub(crate) struct Below {
    pub input: Resolved,
    /// The projection's expressions and the columns they make.
    pub outputs: Vec<(Expr, Column)>,
    /// Set where the input of the projection is an aggregate: what that was made of.
    pub aggregate: Option<aggregate::Parts>,
}

impl Resolved {
    pub fn new(plan: LogicalPlan, columns: Vec<Column>) -> Self {
        Self { plan, columns, hidden: Vec::new(), below: None }
    }

    /// The same columns over another plan.
    pub fn with_plan(self, plan: LogicalPlan) -> Self {
        Self { plan, below: None, ..self }
    }

    pub fn builder(&self) -> LogicalPlanBuilder {
        LogicalPlanBuilder::from(self.plan.clone())
    }

    pub fn scope(&self) -> Scope<'_> {
        Scope { columns: &self.columns, hidden: &self.hidden, outer: None }
    }
}

pub(crate) struct Resolver<'a> {
    pub session: &'a Arc<Session>,
    pub sources: &'a Sources,
    pub ansi: bool,
    pub zone_name: String,
    pub zone: Zone,
    /// The time of the analysis, the same in the whole query: microseconds since 1970.
    pub now_micros: i64,
    next_id: u64,
    lambdas: Vec<Vec<lambda::Parameter>>,
    /// The columns of the queries around a subquery, innermost last.
    outer: Vec<Vec<Column>>,
}

impl<'a> Resolver<'a> {
    pub fn new(session: &'a Arc<Session>, sources: &'a Sources) -> Self {
        let zone_name = session.conf().time_zone();
        let zone = brickyard_functions::time_zone(&zone_name).unwrap_or(Zone::Region(chrono_tz::Tz::UTC));
        let ansi = session.conf().is_ansi();
        let now_micros = chrono::Utc::now().timestamp_micros();
        Self { session, sources, ansi, zone_name, zone, now_micros, next_id: 0, lambdas: Vec::new(), outer: Vec::new() }
    }

    pub fn resolve(&mut self, relation: &Relation) -> Result<Resolved> {
        self.relation(relation)
    }

    /// Goes on with names that the relation does not use yet.
    pub fn continue_after(&mut self, resolved: &Resolved) {
        self.next_id = resolved.plan.schema().fields().len() as u64 + 1_000_000;
    }

    /// A name for a plan's column that no other has.
    pub fn fresh_id(&mut self, name: &str) -> String {
        self.next_id += 1;
        format!("{name}#{}", self.next_id)
    }

    /// A column that did not exist before.
    pub fn new_column(&mut self, name: &str, data_type: DataType, nullable: bool) -> Column {
        Column {
            id: self.fresh_id(name),
            name: name.to_owned(),
            qualifier: Vec::new(),
            data_type,
            nullable,
            metadata: None,
            origins: Vec::new(),
        }
    }

    pub fn relation(&mut self, relation: &Relation) -> Result<Resolved> {
        // A long chain of nodes with one input (withColumn, withColumn, …) takes no stack.
        let mut chain = vec![relation];
        while let Some(input) = self.single_input(chain[chain.len() - 1]) {
            chain.push(input);
        }
        let mut resolved: Option<Resolved> = None;
        while let Some(relation) = chain.pop() {
            let next = grow(|| match resolved.take() {
                Some(input) => self.over(input, relation),
                None => self.leaf(relation),
            })?;
            resolved = Some(stamped(next, relation.plan_id));
        }
        resolved.ok_or_else(|| Failure::internal("a relation of nothing"))
    }

    /// The input of a node with just one, unless its rows are there already.
    fn single_input<'r>(&self, relation: &'r Relation) -> Option<&'r Relation> {
        if self.sources.computed(relation).is_some() || matches!(*relation.node, Node::LateralView { .. }) {
            return match relation.node.as_ref() {
                Node::LateralView { input, .. } => Some(input),
                _ => None,
            };
        }
        match relation.node.relations().as_slice() {
            [input] => Some(input),
            _ => None,
        }
    }

    /// A node that has no input, or several.
    fn leaf(&mut self, relation: &Relation) -> Result<Resolved> {
        if let Some(loaded) = self.sources.computed(relation) {
            return self.loaded(loaded);
        }
        match relation.node.as_ref() {
            Node::Read(source) => self.read(source),
            Node::Local { schema, batches } => self.local(schema, batches),
            Node::Values(rows) => self.values(rows),
            Node::OneRow => {
                Ok(Resolved::new(LogicalPlanBuilder::empty(true).build().map_err(engine_failure)?, Vec::new()))
            }
            Node::Range { start, end, step, partitions } => self.range(*start, *end, *step, *partitions),
            Node::TableFunction { name, arguments } => self.table_function(name, arguments),
            Node::Join(join) => self.join(join),
            Node::Set(set) => self.set_operation(set),
            Node::PythonCogroups(groups) => self.python_cogroups(groups),
            other => Err(Failure::internal(format!("{} was not closed", node_name(other)))),
        }
    }

    /// A node over its one input.
    fn over(&mut self, input: Resolved, relation: &Relation) -> Result<Resolved> {
        match relation.node.as_ref() {
            Node::Project { exprs, .. } => self.project(input, exprs),
            Node::Filter { condition, .. } => self.filter(input, condition),
            Node::Sort { keys, .. } => self.sort(input, keys),
            Node::Limit { count, .. } => self.limit(input, count),
            Node::Offset { count, .. } => self.offset(input, count),
            Node::Aggregate(aggregate) => self.aggregate(input, aggregate, self.sources.pivot_values(relation)),
            Node::LateralView { generator, is_outer, alias, columns, .. } => {
                self.lateral_view(input, generator, *is_outer, alias.as_deref(), columns)
            }
            Node::Deduplicate { columns, .. } => self.deduplicate(input, columns),
            Node::Alias { name, columns, .. } => self.alias(input, name, columns),
            Node::WithColumns { columns, .. } => self.with_columns(input, columns),
            Node::WithColumnsRenamed { renames, .. } => self.with_columns_renamed(input, renames),
            Node::Drop { columns, names, .. } => self.drop_columns(input, columns, names),
            Node::ToDf { names, .. } => self.renamed_all(input, names),
            Node::ToSchema { schema, .. } => self.with_schema(input, schema),
            Node::Sample { lower, upper, with_replacement, seed, deterministic_order, .. } => {
                self.sample(input, (*lower, *upper), *with_replacement, *seed, *deterministic_order)
            }
            Node::Repartition { by, .. } => {
                let scope = input.scope();
                by.iter().try_for_each(|expr| self.expr(expr, &scope).map(|_| ()))?;
                Ok(input)
            }
            Node::Hint { .. } => Ok(input),
            Node::Unpivot(unpivot) => self.unpivot(input, unpivot),
            Node::FillNa { columns, values, .. } => self.fill_na(input, columns, values),
            Node::DropNa { columns, min_non_nulls, .. } => self.drop_na(input, columns, *min_non_nulls),
            Node::ReplaceNa { columns, replacements, .. } => self.replace_na(input, columns, replacements),
            Node::Describe { columns, .. } => self.describe(input, columns),
            Node::Summary { statistics, .. } => self.summary(input, statistics),
            Node::Covariance { first, second, .. } => self.two_column_statistic(input, "cov", first, second),
            Node::Correlation { first, second, .. } => self.two_column_statistic(input, "corr", first, second),
            Node::ApproxQuantile { columns, probabilities, relative_error, .. } => {
                self.approx_quantile(input, columns, probabilities, *relative_error)
            }
            Node::SampleBy { column, fractions, seed, .. } => self.sample_by(input, column, fractions, *seed),
            Node::PythonMap { function, .. } => self.python_map(input, function),
            Node::PythonGroups(groups) => self.python_groups(input, &groups.keys, &groups.function),
            Node::Transform { transformer, .. } => self.transform(input, transformer, self.sources.sized(relation)),
            other => Err(Failure::internal(format!("{} was not computed", node_name(other)))),
        }
    }
}

/// Notes on each column that this relation of the client has put it out.
fn stamped(mut resolved: Resolved, plan_id: Option<i64>) -> Resolved {
    for column in resolved.columns.iter_mut().chain(&mut resolved.hidden) {
        for origin in &mut column.origins {
            origin.1 += 1;
        }
    }
    if let Some(plan_id) = plan_id {
        for column in &mut resolved.columns {
            column.origins.push((plan_id, 0));
        }
    }
    resolved
}

fn node_name(node: &Node) -> String {
    let text = format!("{node:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}
