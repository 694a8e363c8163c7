//! The parts of relations and expressions, for those who look for something in a tree or replace it.

use crate::{Expr, FrameBound, Grouping, JoinCondition, Node, Relation, SubqueryKind};

macro_rules! parts {
    ($relations:ident, $exprs:ident, $children:ident, $($mutable:tt)?) => {
        impl Node {
            /// The relations directly below, left to right.
            pub fn $relations(&$($mutable)? self) -> Vec<&$($mutable)? Relation> {
                match self {
                    Node::Read(_)
                    | Node::Local { .. }
                    | Node::Values(_)
                    | Node::OneRow
                    | Node::Range { .. }
                    | Node::Sql { .. }
                    | Node::Frame { .. }
                    | Node::TableFunction { .. }
                    | Node::Statement(_) => Vec::new(),
                    Node::WithRelations { root, references } => {
                        let mut all = vec![root];
                        all.extend(references);
                        all
                    }
                    Node::With { definitions, body } => {
                        let mut all: Vec<_> = definitions.into_iter().map(|(_, relation)| relation).collect();
                        all.push(body);
                        all
                    }
                    Node::Join(join) => vec![&$($mutable)? join.left, &$($mutable)? join.right],
                    Node::Set(set) => vec![&$($mutable)? set.left, &$($mutable)? set.right],
                    Node::Aggregate(aggregate) => vec![&$($mutable)? aggregate.input],
                    Node::Unpivot(unpivot) => vec![&$($mutable)? unpivot.input],
                    Node::PythonGroups(groups) => vec![&$($mutable)? groups.input],
                    Node::PythonCogroups(groups) => vec![&$($mutable)? groups.left, &$($mutable)? groups.right],
                    Node::Project { input, .. }
                    | Node::Filter { input, .. }
                    | Node::Sort { input, .. }
                    | Node::Limit { input, .. }
                    | Node::Offset { input, .. }
                    | Node::Tail { input, .. }
                    | Node::LateralView { input, .. }
                    | Node::Deduplicate { input, .. }
                    | Node::Alias { input, .. }
                    | Node::WithColumns { input, .. }
                    | Node::WithColumnsRenamed { input, .. }
                    | Node::Drop { input, .. }
                    | Node::ToDf { input, .. }
                    | Node::ToSchema { input, .. }
                    | Node::Sample { input, .. }
                    | Node::Repartition { input, .. }
                    | Node::Hint { input, .. }
                    | Node::ShowString { input, .. }
                    | Node::HtmlString { input, .. }
                    | Node::FillNa { input, .. }
                    | Node::DropNa { input, .. }
                    | Node::ReplaceNa { input, .. }
                    | Node::Describe { input, .. }
                    | Node::Summary { input, .. }
                    | Node::Crosstab { input, .. }
                    | Node::Covariance { input, .. }
                    | Node::Correlation { input, .. }
                    | Node::ApproxQuantile { input, .. }
                    | Node::FrequentItems { input, .. }
                    | Node::SampleBy { input, .. }
                    | Node::PythonMap { input, .. }
                    | Node::Transform { input, .. } => vec![input],
                }
            }

            /// The expressions of this node itself.
            pub fn $exprs(&$($mutable)? self) -> Vec<&$($mutable)? Expr> {
                match self {
                    Node::Values(rows) => rows.into_iter().flatten().collect(),
                    Node::TableFunction { arguments, .. } => arguments.into_iter().collect(),
                    Node::Project { exprs, .. } | Node::WithColumns { columns: exprs, .. } => exprs.into_iter().collect(),
                    Node::Filter { condition, .. } => vec![condition],
                    Node::Join(join) => match &$($mutable)? join.condition {
                        JoinCondition::On(condition) => vec![condition],
                        _ => Vec::new(),
                    },
                    Node::Sort { keys, .. } => keys.into_iter().map(|key| &$($mutable)? key.expr).collect(),
                    Node::Limit { count, .. } | Node::Offset { count, .. } => vec![count],
                    Node::Aggregate(aggregate) => {
                        let mut all: Vec<_> = match &$($mutable)? aggregate.grouping {
                            Grouping::By(by) | Grouping::Rollup(by) | Grouping::Cube(by) => by.into_iter().collect(),
                            Grouping::Sets { by, sets } => by.into_iter().chain(sets.into_iter().flatten()).collect(),
                            Grouping::Pivot { by, pivot } => {
                                by.into_iter().chain([&$($mutable)? pivot.column]).collect()
                            }
                        };
                        all.extend(&$($mutable)? aggregate.exprs);
                        all.extend(&$($mutable)? aggregate.having);
                        all
                    }
                    Node::LateralView { generator, .. } => vec![generator],
                    Node::Drop { columns, .. } => columns.into_iter().collect(),
                    Node::Repartition { by, .. } => by.into_iter().collect(),
                    Node::Unpivot(unpivot) => {
                        let mut all: Vec<_> = (&$($mutable)? unpivot.ids).into_iter().collect();
                        all.extend((&$($mutable)? unpivot.values).into_iter().flatten());
                        all
                    }
                    Node::SampleBy { column, .. } => vec![column],
                    Node::PythonGroups(groups) => (&$($mutable)? groups.keys).into_iter().collect(),
                    Node::PythonCogroups(groups) => {
                        let mut all: Vec<_> = (&$($mutable)? groups.left_keys).into_iter().collect();
                        all.extend(&$($mutable)? groups.right_keys);
                        all
                    }
                    _ => Vec::new(),
                }
            }
        }

        impl Expr {
            /// The expressions directly below.
            pub fn $children(&$($mutable)? self) -> Vec<&$($mutable)? Expr> {
                match self {
                    Expr::Literal(_)
                    | Expr::Column { .. }
                    | Expr::ColumnParts(_)
                    | Expr::Star { .. }
                    | Expr::Regex { .. }
                    | Expr::Sql(_)
                    | Expr::LambdaVariable(_) => Vec::new(),
                    Expr::Function { arguments, .. } | Expr::Python { arguments, .. } => arguments.into_iter().collect(),
                    Expr::Filtered { aggregate, condition } => vec![aggregate, condition],
                    Expr::Alias { expr, .. } | Expr::Cast { expr, .. } | Expr::Named { value: expr, .. } => vec![expr],
                    Expr::Lambda { body, .. } => vec![body],
                    Expr::Window(window) => {
                        let mut all = vec![&$($mutable)? window.function];
                        all.extend(&$($mutable)? window.partition_by);
                        all.extend((&$($mutable)? window.order_by).into_iter().map(|key| &$($mutable)? key.expr));
                        if let Some(frame) = &$($mutable)? window.frame {
                            for bound in [&$($mutable)? frame.lower, &$($mutable)? frame.upper] {
                                if let FrameBound::Offset(offset) = bound {
                                    all.push(offset);
                                }
                            }
                        }
                        all
                    }
                    Expr::Extract { child, extraction } => vec![child, extraction],
                    Expr::UpdateField { child, value, .. } => {
                        let mut all: Vec<&$($mutable)? Expr> = vec![child];
                        if let Some(value) = value {
                            all.push(value);
                        }
                        all
                    }
                    Expr::Sort(key) => vec![&$($mutable)? key.expr],
                    Expr::Subquery { kind, .. } => match kind {
                        SubqueryKind::In(needles) => needles.into_iter().collect(),
                        SubqueryKind::Scalar | SubqueryKind::Exists => Vec::new(),
                    },
                }
            }
        }
    };
}

parts!(relations, exprs, children,);
parts!(relations_mut, exprs_mut, children_mut, mut);

impl Relation {
    /// Visits every relation, inputs after the nodes that read them, subqueries of expressions included; `visit` says
    /// whether to go below.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Relation) -> bool) {
        let mut pending = vec![self];
        while let Some(relation) = pending.pop() {
            if !visit(relation) {
                continue;
            }
            pending.extend(relation.node.relations());
            for expr in relation.node.exprs() {
                expr.walk(&mut |expr| {
                    if let Expr::Subquery { relation, .. } = expr {
                        pending.push(relation);
                    }
                });
            }
        }
    }
}

impl Expr {
    /// Visits the expression and all below, but not the relations of subqueries.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        let mut pending = vec![self];
        while let Some(expr) = pending.pop() {
            visit(expr);
            pending.extend(expr.children());
        }
    }
}
