//! What a saved operator is, apart from files: metadata and tables in Spark ML's layout. `brickyard-layout` reads and
//! writes the folders.

use arrow_array::RecordBatch;
use serde_json::{Map, Value as Json};

/// The version that saved files claim; it selects Spark's readers.
pub const SPARK_VERSION: &str = "4.2.0";

/// One saved operator: `metadata/`, tables, and operators in sub-folders (pipeline stages).
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The metadata object but for `timestamp`, which the writer adds: class, uid, sparkVersion, paramMap,
    /// defaultParamMap and the class's own keys.
    pub metadata: Map<String, Json>,
    pub tables: Vec<SavedTable>,
    /// Sub-folder and operator, for example `stages/0_VectorAssembler_1a2b`.
    pub children: Vec<(String, Saved)>,
}

/// A Parquet folder of a saved operator. Its rows are one batch; vectors are VectorUDT structs, recognised by shape.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedTable {
    /// For example `data` or `treesMetadata`.
    pub folder: String,
    pub rows: RecordBatch,
}

impl Saved {
    /// Spark's class name, empty if the metadata has none.
    pub fn class(&self) -> &str {
        self.metadata.get("class").and_then(Json::as_str).unwrap_or_default()
    }
    pub fn uid(&self) -> &str {
        self.metadata.get("uid").and_then(Json::as_str).unwrap_or_default()
    }
    pub fn table(&self, folder: &str) -> Option<&RecordBatch> {
        self.tables.iter().find(|table| table.folder == folder).map(|table| &table.rows)
    }
}
