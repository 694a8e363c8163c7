//! Spark ML's on-disk layout: a [`Saved`](brickyard_ml::persist::Saved) operator as the files that Spark 4.2 writes
//! and reads, wherever files are kept.

mod files;
mod read;
mod spark_schema;
mod table;
mod write;

pub use files::{Files, MemoryFiles, StoredFiles};
pub use read::{missing_folders, read};
pub use spark_schema::spark_schema;
pub use write::write;
