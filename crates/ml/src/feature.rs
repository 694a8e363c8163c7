//! Feature stages: columns to columns, some of them learned. Each file is one Spark class, or an estimator and its model.

mod binarizer;
mod bucketizer;
mod category_sizes;
mod columns;
mod imputer;
mod index_to_string;
mod inverse_frequency;
mod label_counts;
mod mapped;
mod moments;
mod one_hot;
mod one_pass;
mod scalers;
mod standard_scaler;
mod string_indexer;
mod text;
mod vector_assembler;
mod vector_stages;
mod words;

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
    scalers::register(registry);
    vector_stages::register(registry);
    binarizer::register(registry);
    bucketizer::register(registry);
    imputer::register(registry);
    words::register(registry);
    inverse_frequency::register(registry);
}
