//! Closing a tree: SQL text becomes relations, names of views and common table expressions become what they stand for.

use crate::{Session, sql};
use brickyard_error::Result;
use brickyard_ml::feature::sql_statement::{CLASS as SQL_TRANSFORMER, ROWS};
use brickyard_spec::{Expr, Node, Relation, Source};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What names stand for in a part of a tree, by lower-case name.
type Names = HashMap<String, Relation>;

/// File formats that may stand where a schema does: ``csv.`path` ``.
const PATH_FORMATS: [&str; 5] = ["csv", "json", "parquet", "text", "delta"];

/// The tree without SQL text, views and common table expressions.
pub(crate) fn expand(session: &Arc<Session>, relation: &Relation) -> Result<Relation> {
    close(session, relation.clone(), &Names::new())
}

fn close(session: &Arc<Session>, relation: Relation, names: &Names) -> Result<Relation> {
    let Relation { plan_id, node } = relation;
    let closed = match *node {
        Node::Sql { text, named, positional } => {
            let query = sql::parse_query(&text, &sql::Bindings { named, positional })?;
            close(session, query, names)?
        }
        Node::With { definitions, body } => {
            let mut inner = names.clone();
            for (name, definition) in definitions {
                let definition = close(session, definition, &inner)?;
                inner.insert(name.to_lowercase(), definition);
            }
            close(session, body, &inner)?
        }
        Node::WithRelations { root, references } => {
            let mut inner = names.clone();
            for reference in references {
                let reference = close(session, reference, names)?;
                if let Node::Alias { name, .. } = reference.node.as_ref() {
                    inner.insert(name.to_lowercase(), reference.clone());
                }
            }
            close(session, root, &inner)?
        }
        Node::Frame { id } => session.kept_frame(&id)?,
        Node::Transform { input, transformer } => {
            let input = close(session, input, names)?;
            match statement_of(session, &transformer)? {
                Some(statement) => {
                    let rows = (ROWS.to_lowercase(), input);
                    let query = sql::parse_query(&statement, &sql::Bindings::default())?;
                    close(session, query, &Names::from([rows]))?
                }
                None => Relation::new(Node::Transform { input, transformer }),
            }
        }
        Node::Read(Source::Table { name, options }) => {
            let definition = match name.parts() {
                [single] => names.get(&single.to_lowercase()).cloned(),
                _ => None,
            };
            let stands_for = definition.or_else(|| session.view(&name));
            match (stands_for, name.parts()) {
                (Some(input), _) => {
                    Relation::new(Node::Alias { input, name: name.name().to_owned(), columns: Vec::new() })
                }
                (None, [format, path]) if is_path(format) => Relation::new(Node::Read(Source::Files {
                    format: format.to_lowercase(),
                    paths: vec![path.clone()],
                    schema: None,
                    options: BTreeMap::new(),
                })),
                _ => Relation::new(Node::Read(Source::Table { name, options })),
            }
        }
        mut node => {
            for child in node.relations_mut() {
                let taken = std::mem::replace(child, Relation::new(Node::OneRow));
                *child = grow(|| close(session, taken, names))?;
            }
            for expr in node.exprs_mut() {
                close_expr(session, expr, names)?;
            }
            Relation::new(node)
        }
    };
    let plan_id = plan_id.or(closed.plan_id);
    Ok(closed.with_plan_id(plan_id))
}

/// The query of an `SQLTransformer`, in which `__THIS__` stands for its input.
fn statement_of(session: &Arc<Session>, transformer: &str) -> Result<Option<String>> {
    let stage = session.transformer(transformer).filter(|stage| stage.class() == SQL_TRANSFORMER);
    stage.map(|stage| stage.params().text("statement")).transpose()
}

fn close_expr(session: &Arc<Session>, expr: &mut Expr, names: &Names) -> Result<()> {
    if let Expr::Sql(text) = expr {
        *expr = sql::parse_expression(text)?;
    }
    if let Expr::Subquery { relation, .. } = expr {
        let taken = std::mem::replace(relation.as_mut(), Relation::new(Node::OneRow));
        **relation = grow(|| close(session, taken, names))?;
    }
    for child in expr.children_mut() {
        grow(|| close_expr(session, child, names))?;
    }
    Ok(())
}

fn is_path(format: &str) -> bool {
    PATH_FORMATS.iter().any(|known| known.eq_ignore_ascii_case(format))
}

/// Runs a step of a recursion over a client's tree, which may be hundreds of levels deep, on a stack that grows.
pub(crate) fn grow<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, step)
}
