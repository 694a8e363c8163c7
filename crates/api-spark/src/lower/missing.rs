//! `df.na`: filling, dropping and replacing.

use super::literal::lower_literal;
use super::{Lowering, required};
use crate::proto;
use brickyard_error::Result;
use brickyard_spec::{Literal, Node};

impl Lowering {
    pub(super) fn fill_missing(&mut self, fill: proto::NaFill) -> Result<Node> {
        let values = fill.values.into_iter().map(|value| lower_literal(value, self.parse_type));
        let values: Vec<Literal> = values.collect::<Result<_>>()?;
        Ok(Node::FillNa { input: self.input(fill.input)?, columns: fill.cols, values })
    }

    pub(super) fn drop_missing(&mut self, drop: proto::NaDrop) -> Result<Node> {
        let min_non_nulls = drop.min_non_nulls.map(|minimum| usize::try_from(minimum).unwrap_or(0));
        Ok(Node::DropNa { input: self.input(drop.input)?, columns: drop.cols, min_non_nulls })
    }

    pub(super) fn replace(&mut self, replace: proto::NaReplace) -> Result<Node> {
        let mut replacements = Vec::new();
        for replacement in replace.replacements {
            let old = required(replacement.old_value, "a replacement without the value to replace")?;
            let new = required(replacement.new_value, "a replacement without a value")?;
            replacements.push((lower_literal(old, self.parse_type)?, lower_literal(new, self.parse_type)?));
        }
        Ok(Node::ReplaceNa { input: self.input(replace.input)?, columns: replace.cols, replacements })
    }
}
