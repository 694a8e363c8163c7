//! Grouping and aggregation.

use super::literal::lower_literal;
use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::proto::aggregate::{GroupType, Pivot as SparkPivot};
use crate::proto::{self};
use brickyard_error::Result;
use brickyard_spec::{Aggregate, Grouping, Node, Pivot};

impl Lowering {
    pub(super) fn aggregate(&mut self, aggregate: proto::Aggregate) -> Result<Node> {
        let kind = aggregate.group_type();
        let by = self.expressions(aggregate.grouping_expressions)?;
        let grouping = match kind {
            GroupType::Groupby => Grouping::By(by),
            GroupType::Rollup => Grouping::Rollup(by),
            GroupType::Cube => Grouping::Cube(by),
            GroupType::Pivot => {
                let pivot = self.pivot(required(aggregate.pivot, "a pivot without its column")?)?;
                Grouping::Pivot { by, pivot }
            }
            GroupType::GroupingSets => {
                let sets = aggregate.grouping_sets.into_iter().map(|set| self.expressions(set.grouping_set));
                Grouping::Sets { sets: sets.collect::<Result<_>>()?, by }
            }
            GroupType::Unspecified => return Err(invalid_plan("an aggregation without a kind")),
        };
        let exprs = self.expressions(aggregate.aggregate_expressions)?;
        Ok(Node::Aggregate(Aggregate {
            input: self.input(aggregate.input)?,
            grouping,
            exprs,
            with_keys: true,
            having: None,
        }))
    }

    fn pivot(&mut self, pivot: SparkPivot) -> Result<Pivot> {
        let column = self.expression(required(pivot.col, "a pivot without its column")?)?;
        let values = pivot.values.into_iter().map(|value| lower_literal(value, self.parse_type));
        Ok(Pivot { values: values.collect::<Result<_>>()?, column })
    }
}
