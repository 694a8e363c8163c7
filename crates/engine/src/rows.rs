//! Rows and constants between Arrow, the client's literals and DataFusion; small computations over rows.

mod literals;
mod ordered;
mod range;
mod tables;

pub(crate) use literals::{literal_at, literal_type, scalar_of, sort_literals};
pub(crate) use ordered::{KeepOrder, in_order};
pub(crate) use range::RangeTable;
pub(crate) use tables::{crosstab, frequent_items};
