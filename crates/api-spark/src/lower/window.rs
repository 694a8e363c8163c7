//! Sort keys and window functions.

use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::proto::expression::sort_order::{NullOrdering, SortDirection as SparkDirection};
use crate::proto::expression::window::{WindowFrame as SparkFrame, window_frame as frame};
use crate::proto::expression::{SortOrder, Window as SparkWindow};
use brickyard_error::Result;
use brickyard_spec::{FrameBound, FrameUnit, NullOrder, SortDirection, SortKey, Window, WindowFrame};

impl Lowering {
    pub(super) fn sort_key(&mut self, order: SortOrder) -> Result<SortKey> {
        let (direction, nulls) = (order.direction(), order.null_ordering());
        let expr = *self.boxed(order.child, "a sort key without its expression")?;
        let direction = match direction {
            SparkDirection::Descending => SortDirection::Descending,
            SparkDirection::Ascending | SparkDirection::Unspecified => SortDirection::Ascending,
        };
        let nulls = match (nulls, direction) {
            (NullOrdering::SortNullsFirst, _) => NullOrder::First,
            (NullOrdering::SortNullsLast, _) => NullOrder::Last,
            (NullOrdering::SortNullsUnspecified, SortDirection::Ascending) => NullOrder::First,
            (NullOrdering::SortNullsUnspecified, SortDirection::Descending) => NullOrder::Last,
        };
        Ok(SortKey { expr, direction, nulls })
    }

    pub(super) fn sort_keys(&mut self, orders: Vec<SortOrder>) -> Result<Vec<SortKey>> {
        orders.into_iter().map(|order| self.sort_key(order)).collect()
    }

    pub(super) fn window(&mut self, window: SparkWindow) -> Result<Window> {
        let frame = match window.frame_spec {
            Some(frame) => Some(self.window_frame(*frame)?),
            None => None,
        };
        Ok(Window {
            function: *self.boxed(window.window_function, "a window without its function")?,
            partition_by: self.expressions(window.partition_spec)?,
            order_by: self.sort_keys(window.order_spec)?,
            frame,
        })
    }

    fn window_frame(&mut self, frame: SparkFrame) -> Result<WindowFrame> {
        let unit = match frame.frame_type() {
            frame::FrameType::Row => FrameUnit::Rows,
            frame::FrameType::Range => FrameUnit::Range,
            frame::FrameType::Undefined => return Err(invalid_plan("a window frame without a kind")),
        };
        Ok(WindowFrame { unit, lower: self.frame_bound(frame.lower)?, upper: self.frame_bound(frame.upper)? })
    }

    fn frame_bound(&mut self, bound: Option<Box<frame::FrameBoundary>>) -> Result<FrameBound> {
        use frame::frame_boundary::Boundary;
        let boundary = required(bound, "a window frame without a bound")?.boundary;
        Ok(match required(boundary, "a window frame with an empty bound")? {
            Boundary::CurrentRow(_) => FrameBound::CurrentRow,
            Boundary::Unbounded(_) => FrameBound::Unbounded,
            Boundary::Value(offset) => FrameBound::Offset(self.expression(*offset)?),
        })
    }
}
