//! Feature stages: columns to columns, some of them learned. Each file is one Spark class, or an estimator and its model.

mod category_sizes;
mod columns;
mod index_to_string;
mod label_counts;
mod moments;
mod one_hot;
mod one_pass;
mod standard_scaler;
mod string_indexer;
mod text;
mod vector_assembler;

pub(crate) use columns::pairs as column_pairs;
pub use index_to_string::IndexToString;
pub use one_hot::{OneHotEncoder, OneHotEncoderModel};
pub use standard_scaler::{StandardScaler, StandardScalerModel};
pub use string_indexer::{StringIndexer, StringIndexerModel};
pub use vector_assembler::VectorAssembler;

use crate::Registry;

/// Adds the feature stages and the passes of their fits.
pub fn register(registry: &mut Registry) {
    vector_assembler::register(registry);
    string_indexer::register(registry);
    index_to_string::register(registry);
    one_hot::register(registry);
    standard_scaler::register(registry);
}
