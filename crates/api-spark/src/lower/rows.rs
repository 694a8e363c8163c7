//! Rows that a client sends, and relations that keep the columns and choose, order or repeat rows.

use super::{Lowering, Need, required};
use crate::arrow_rows;
use crate::handles::invalid_plan;
use crate::proto;
use arrow::datatypes::Schema;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Expr, Literal, Node};
use std::sync::Arc;

impl Lowering {
    pub(super) fn local_relation(&mut self, local: proto::LocalRelation) -> Result<Node> {
        let declared = local.schema.filter(|schema| !schema.is_empty());
        let declared = declared.map(|text| self.schema(&text)).transpose()?;
        let (sent, batches) = match local.data {
            Some(data) if !data.is_empty() => arrow_rows::decode(&data)?,
            _ => (Schema::empty(), Vec::new()),
        };
        Ok(Node::Local { schema: declared.unwrap_or_else(|| Arc::new(sent)), batches })
    }

    /// Rows that the client has sent as artifacts.
    pub(super) fn sent_rows(&mut self, parts: Vec<String>, schema: Option<String>) -> Node {
        let name = format!("rows-{}-{}", parts.join("-"), schema.as_deref().unwrap_or_default());
        self.needs.push(Need::Rows { name: name.clone(), parts, schema });
        Node::Frame { id: name }
    }

    pub(super) fn filter(&mut self, filter: proto::Filter) -> Result<Node> {
        let condition = self.expression(required(filter.condition, "a filter without its condition")?)?;
        Ok(Node::Filter { input: self.input(filter.input)?, condition })
    }

    pub(super) fn sort(&mut self, sort: proto::Sort) -> Result<Node> {
        let keys = self.sort_keys(sort.order)?;
        Ok(Node::Sort { input: self.input(sort.input)?, keys, is_global: sort.is_global.unwrap_or(false) })
    }

    pub(super) fn limit(&mut self, limit: proto::Limit) -> Result<Node> {
        let count = Expr::Literal(Literal::Int(limit.limit));
        Ok(Node::Limit { input: self.input(limit.input)?, count })
    }

    pub(super) fn offset(&mut self, offset: proto::Offset) -> Result<Node> {
        let count = Expr::Literal(Literal::Int(offset.offset));
        Ok(Node::Offset { input: self.input(offset.input)?, count })
    }

    pub(super) fn tail(&mut self, tail: proto::Tail) -> Result<Node> {
        let count = u64::try_from(tail.limit).unwrap_or(0);
        Ok(Node::Tail { input: self.input(tail.input)?, count })
    }

    pub(super) fn deduplicate(&mut self, deduplicate: proto::Deduplicate) -> Result<Node> {
        if deduplicate.within_watermark() {
            return Err(Failure::unsupported("structured streaming (dropDuplicatesWithinWatermark)"));
        }
        let all = deduplicate.all_columns_as_keys();
        let columns = if all { Vec::new() } else { deduplicate.column_names };
        if columns.is_empty() && !all {
            return Err(invalid_plan("a deduplication without columns"));
        }
        Ok(Node::Deduplicate { input: self.input(deduplicate.input)?, columns })
    }

    pub(super) fn sample(&mut self, sample: proto::Sample) -> Result<Node> {
        Ok(Node::Sample {
            lower: sample.lower_bound,
            upper: sample.upper_bound,
            with_replacement: sample.with_replacement.unwrap_or(false),
            seed: sample.seed.unwrap_or(0),
            deterministic_order: sample.deterministic_order,
            input: self.input(sample.input)?,
        })
    }

    pub(super) fn repartition(&mut self, repartition: proto::Repartition) -> Result<Node> {
        let partitions = Some(partition_count(repartition.num_partitions)?);
        Ok(Node::Repartition { input: self.input(repartition.input)?, partitions, by: Vec::new() })
    }

    pub(super) fn repartition_by(&mut self, repartition: proto::RepartitionByExpression) -> Result<Node> {
        let partitions = repartition.num_partitions.map(partition_count).transpose()?;
        let by = self.expressions(repartition.partition_exprs)?;
        Ok(Node::Repartition { input: self.input(repartition.input)?, partitions, by })
    }

    pub(super) fn hint(&mut self, hint: proto::Hint) -> Result<Node> {
        Ok(Node::Hint { input: self.input(hint.input)?, name: hint.name })
    }

    pub(super) fn collect_metrics(&mut self, _: proto::CollectMetrics) -> Result<Node> {
        Err(Failure::unsupported("observed metrics (df.observe)"))
    }
}

fn partition_count(count: i32) -> Result<usize> {
    usize::try_from(count).ok().filter(|count| *count > 0).ok_or_else(|| invalid_plan(format!("{count} partitions")))
}
