//! The lake: a catalog of Delta tables, and files read and written as Spark reads and writes them.
//!
//! Invariant: only this crate writes Delta logs. Names and folders are in `meta`; what a table holds is in its log.

mod catalog;
mod csv;
mod delta_scan;
mod files;
mod json;
mod maintain;
mod names;
mod numbered;
mod paths;
mod read;
mod rules;
mod spark_types;
mod text;
mod write;

pub use catalog::{HistoryEntry, Lake, TableSummary};
pub use delta_scan::{DeltaFile, ResolvedDelta};
pub use deltalake_core::protocol::{DeltaOperation, MergePredicate, SaveMode as DeltaSaveMode};
pub use maintain::{FileSizes, Optimized, Restored, TableDetail};
pub use names::{DEFAULT_CATALOG, DEFAULT_SCHEMA, SaveMode, TableName, Version};
pub use numbered::ROW;
pub use paths::Location;
pub use read::{ReadRequest, read};
pub use rules::Rule;
pub use spark_types::conform_type;
pub use write::{Altering, Reads, Reason, Rewrite, WriteRequest};
