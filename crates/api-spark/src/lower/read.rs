//! Where rows come from: tables, files, SQL text, ranges, table functions.

use super::expression::name_parts;
use super::literal::lower_literal;
use super::{Lowering, Need, required};
use crate::handles::invalid_plan;
use crate::proto::read::{DataSource, ReadType};
use crate::proto::relation::RelType;
use crate::proto::{self, Range, Read, Sql, UnresolvedTableValuedFunction};
use brickyard_error::{Failure, Result, codes};
use brickyard_models::is_registry_path;
use brickyard_spec::{Expr, Node, ObjectName, Source};
use std::collections::{BTreeMap, HashMap};

impl Lowering {
    pub(super) fn read(&mut self, read: Read) -> Result<Node> {
        if read.is_streaming {
            return Err(Failure::unsupported("structured streaming (spark.readStream)"));
        }
        match required(read.read_type, "a read without a source")? {
            ReadType::NamedTable(table) => Ok(Node::Read(Source::Table {
                name: ObjectName(name_parts(&table.unparsed_identifier)),
                options: lower_case_keys(table.options),
            })),
            ReadType::DataSource(source) => self.data_source(source),
        }
    }

    fn data_source(&mut self, source: DataSource) -> Result<Node> {
        if !source.predicates.is_empty() {
            return Err(Failure::unsupported("reading from a database by predicates"));
        }
        let mut options = lower_case_keys(source.options);
        let mut paths = source.paths;
        paths.extend(options.remove("path"));
        if let Some(path) = paths.iter().find(|path| is_registry_path(path)).cloned() {
            return self.registry_text(source.format.as_deref(), path);
        }
        let schema = source.schema.filter(|schema| !schema.is_empty());
        Ok(Node::Read(Source::Files {
            format: source.format.unwrap_or_default().to_lowercase(),
            paths,
            schema: schema.map(|text| self.schema(&text)).transpose()?,
            options,
        }))
    }

    /// Clients read the metadata of registered models as text.
    fn registry_text(&mut self, format: Option<&str>, path: String) -> Result<Node> {
        if format != Some("text") {
            let text = "only models are read from models:/; read tables with spark.table";
            return Err(Failure::new(&codes::spark::MODEL_PATH, text));
        }
        let name = format!("text-{path}");
        self.needs.push(Need::Text { name: name.clone(), path });
        Ok(Node::Frame { id: name })
    }

    /// Questions to the catalog are asked before the tree is analysed, and asked anew each time.
    pub(super) fn catalog(&mut self, catalog: proto::Catalog) -> Result<Node> {
        let question = required(catalog.cat_type, "a catalog relation without a question")?;
        let name = format!("catalog-{}", uuid::Uuid::new_v4());
        self.needs.push(Need::Catalog { name: name.clone(), question: Box::new(question) });
        Ok(Node::Frame { id: name })
    }

    pub(super) fn range(&mut self, range: Range) -> Result<Node> {
        if range.step == 0 {
            return Err(invalid_plan("a range whose step is 0"));
        }
        let partitions = range.num_partitions.map(i64::from);
        Ok(Node::Range { start: range.start.unwrap_or(0), end: range.end, step: range.step, partitions })
    }

    #[allow(deprecated, reason = "clients before 4.0 send literals")]
    pub(super) fn sql(&mut self, sql: Sql) -> Result<Node> {
        let mut named = self.named_expressions(sql.named_arguments)?;
        named.extend(self.named_literals(sql.args)?);
        let mut positional = self.expressions(sql.pos_arguments)?;
        positional.extend(self.literals(sql.pos_args)?);
        Ok(Node::Sql { text: sql.query, named, positional })
    }

    /// By name, so that the result does not depend on the order of a map.
    pub(super) fn named_expressions(
        &mut self,
        arguments: HashMap<String, proto::Expression>,
    ) -> Result<Vec<(String, Expr)>> {
        let sorted: BTreeMap<_, _> = arguments.into_iter().collect();
        sorted.into_iter().map(|(name, argument)| Ok((name, self.expression(argument)?))).collect()
    }

    pub(super) fn named_literals(
        &mut self,
        arguments: HashMap<String, proto::expression::Literal>,
    ) -> Result<Vec<(String, Expr)>> {
        let sorted: BTreeMap<_, _> = arguments.into_iter().collect();
        let lower = |(name, literal)| Ok((name, Expr::Literal(lower_literal(literal, self.parse_type)?)));
        sorted.into_iter().map(lower).collect()
    }

    pub(super) fn literals(&mut self, literals: Vec<proto::expression::Literal>) -> Result<Vec<Expr>> {
        literals.into_iter().map(|literal| Ok(Expr::Literal(lower_literal(literal, self.parse_type)?))).collect()
    }

    /// References are what the root's text names (aliases), or what its subqueries point to (by plan id).
    pub(super) fn with_relations(&mut self, with: proto::WithRelations) -> Result<Node> {
        let mut references = Vec::new();
        for reference in with.references {
            let is_named = matches!(reference.rel_type, Some(RelType::SubqueryAlias(_)));
            let lowered = self.relation(reference)?;
            if let Some(plan_id) = lowered.plan_id {
                self.references.insert(plan_id, lowered.clone());
            }
            references.extend(is_named.then_some(lowered));
        }
        Ok(Node::WithRelations { root: self.input(with.root)?, references })
    }

    pub(super) fn table_function(&mut self, function: UnresolvedTableValuedFunction) -> Result<Node> {
        Ok(Node::TableFunction { name: function.function_name, arguments: self.expressions(function.arguments)? })
    }
}

/// Options are case-insensitive.
pub(super) fn lower_case_keys(options: HashMap<String, String>) -> BTreeMap<String, String> {
    options.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect()
}
