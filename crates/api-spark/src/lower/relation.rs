//! The tree of relations: which message is lowered where.

use super::{Lowering, required};
use crate::codec::one_level_deeper;
use crate::handles::invalid_plan;
use crate::proto;
use crate::proto::relation::RelType;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Node, Relation};

impl Lowering {
    pub fn relation(&mut self, relation: proto::Relation) -> Result<Relation> {
        let plan_id = relation.common.and_then(|common| common.plan_id);
        let node = one_level_deeper(|| self.node(required(relation.rel_type, "a relation without a kind")?))?;
        Ok(Relation::new(node).with_plan_id(plan_id))
    }

    fn node(&mut self, kind: RelType) -> Result<Node> {
        match kind {
            RelType::Read(read) => self.read(read),
            RelType::LocalRelation(local) => self.local_relation(local),
            RelType::Range(range) => self.range(range),
            RelType::Sql(sql) => self.sql(sql),
            RelType::WithRelations(with) => self.with_relations(*with),
            RelType::UnresolvedTableValuedFunction(function) => self.table_function(function),
            RelType::CachedRemoteRelation(cached) => Ok(Node::Frame { id: cached.relation_id }),

            RelType::Project(project) => self.project(*project),
            RelType::Filter(filter) => self.filter(*filter),
            RelType::Sort(sort) => self.sort(*sort),
            RelType::Limit(limit) => self.limit(*limit),
            RelType::Offset(offset) => self.offset(*offset),
            RelType::Tail(tail) => self.tail(*tail),
            RelType::Deduplicate(deduplicate) => self.deduplicate(*deduplicate),
            RelType::Sample(sample) => self.sample(*sample),
            RelType::Repartition(repartition) => self.repartition(*repartition),
            RelType::RepartitionByExpression(repartition) => self.repartition_by(*repartition),
            RelType::Hint(hint) => self.hint(*hint),
            RelType::CollectMetrics(metrics) => self.collect_metrics(*metrics),

            RelType::SubqueryAlias(alias) => self.subquery_alias(*alias),
            RelType::WithColumns(columns) => self.with_columns(*columns),
            RelType::WithColumnsRenamed(renamed) => self.with_columns_renamed(*renamed),
            RelType::Drop(drop) => self.drop_columns(*drop),
            RelType::ToDf(names) => self.rename_all(*names),
            RelType::ToSchema(schema) => self.cast_to_schema(*schema),
            RelType::Unpivot(unpivot) => self.unpivot(*unpivot),
            RelType::ShowString(show) => self.show_string(*show),
            RelType::HtmlString(html) => self.html_string(*html),

            RelType::Join(join) => self.join(*join),
            RelType::LateralJoin(join) => self.lateral_join(*join),
            RelType::SetOp(set) => self.set_operation(*set),
            RelType::Aggregate(aggregate) => self.aggregate(*aggregate),

            RelType::FillNa(fill) => self.fill_missing(*fill),
            RelType::DropNa(drop) => self.drop_missing(*drop),
            RelType::Replace(replace) => self.replace(*replace),
            RelType::Summary(summary) => self.summary(*summary),
            RelType::Describe(describe) => self.describe(*describe),
            RelType::Crosstab(crosstab) => self.crosstab(*crosstab),
            RelType::Cov(covariance) => self.covariance(*covariance),
            RelType::Corr(correlation) => self.correlation(*correlation),
            RelType::ApproxQuantile(quantile) => self.approx_quantile(*quantile),
            RelType::FreqItems(items) => self.frequent_items(*items),
            RelType::SampleBy(sample) => self.sample_by(*sample),

            RelType::MlRelation(relation) => self.ml_relation(*relation),

            RelType::CachedLocalRelation(rows) => Ok(self.sent_rows(vec![rows.hash], None)),
            RelType::ChunkedCachedLocalRelation(rows) => Ok(self.sent_rows(rows.data_hashes, rows.schema_hash)),
            RelType::MapPartitions(map) => self.python_map(*map),
            RelType::GroupMap(groups) => self.python_groups(*groups),
            RelType::CoGroupMap(groups) => self.python_cogroups(*groups),
            RelType::CommonInlineUserDefinedTableFunction(function) => {
                Err(Failure::unsupported(format!("user-defined table functions ({})", function.function_name)))
            }
            RelType::CommonInlineUserDefinedDataSource(_) => Err(Failure::unsupported("Python data sources")),
            RelType::WithWatermark(_) | RelType::ApplyInPandasWithState(_) => {
                Err(Failure::unsupported("structured streaming"))
            }
            RelType::Parse(_) => Err(Failure::unsupported("reading CSV or JSON from a DataFrame of text")),
            RelType::Transpose(_) => Err(Failure::unsupported("transpose")),
            RelType::AsOfJoin(_) | RelType::NearestByJoin(_) => Err(Failure::unsupported("as-of and nearest-by joins")),
            RelType::RelationChanges(_) => Err(Failure::unsupported("the change feed of a table")),
            RelType::Catalog(catalog) => self.catalog(catalog),
            RelType::Extension(extension) => {
                Err(Failure::unsupported(format!("the relation extension {}", extension.type_url)))
            }
            RelType::Unknown(_) => Err(invalid_plan("a relation of unknown kind")),
        }
    }
}
