//! Relations of two inputs.

use super::Lowering;
use crate::handles::invalid_plan;
use crate::proto::join::JoinType;
use crate::proto::set_operation::SetOpType;
use crate::proto::{self};
use brickyard_error::{Failure, Result};
use brickyard_spec::{Join, JoinCondition, JoinKind, Node, SetKind, SetOperation};

impl Lowering {
    pub(super) fn join(&mut self, join: proto::Join) -> Result<Node> {
        if join.join_data_type.is_some() {
            return Err(Failure::unsupported("joinWith"));
        }
        let kind = join_kind(join.join_type())?;
        let condition = match (join.join_condition, join.using_columns.is_empty()) {
            (Some(condition), true) => JoinCondition::On(self.expression(condition)?),
            (None, false) => JoinCondition::Using(join.using_columns),
            (None, true) => JoinCondition::None,
            (Some(_), false) => return Err(invalid_plan("a join with a condition and columns to join by")),
        };
        let (left, right) = (self.input(join.left)?, self.input(join.right)?);
        Ok(Node::Join(Join { left, right, kind, condition, is_lateral: false }))
    }

    pub(super) fn lateral_join(&mut self, join: proto::LateralJoin) -> Result<Node> {
        let kind = join_kind(join.join_type())?;
        let condition = match join.join_condition {
            Some(condition) => JoinCondition::On(self.expression(condition)?),
            None => JoinCondition::None,
        };
        let (left, right) = (self.input(join.left)?, self.input(join.right)?);
        Ok(Node::Join(Join { left, right, kind, condition, is_lateral: true }))
    }

    pub(super) fn set_operation(&mut self, set: proto::SetOperation) -> Result<Node> {
        let kind = match set.set_op_type() {
            SetOpType::Union => SetKind::Union,
            SetOpType::Intersect => SetKind::Intersect,
            SetOpType::Except => SetKind::Except,
            SetOpType::Unspecified => return Err(invalid_plan("a set operation without a kind")),
        };
        Ok(Node::Set(SetOperation {
            kind,
            is_all: set.is_all.unwrap_or(false),
            by_name: set.by_name.unwrap_or(false),
            allow_missing_columns: set.allow_missing_columns.unwrap_or(false),
            left: self.input(set.left_input)?,
            right: self.input(set.right_input)?,
        }))
    }
}

fn join_kind(join_type: JoinType) -> Result<JoinKind> {
    Ok(match join_type {
        JoinType::Inner => JoinKind::Inner,
        JoinType::FullOuter => JoinKind::FullOuter,
        JoinType::LeftOuter => JoinKind::LeftOuter,
        JoinType::RightOuter => JoinKind::RightOuter,
        JoinType::LeftAnti => JoinKind::LeftAnti,
        JoinType::LeftSemi => JoinKind::LeftSemi,
        JoinType::Cross => JoinKind::Cross,
        JoinType::Unspecified => return Err(invalid_plan("a join without a kind")),
    })
}
