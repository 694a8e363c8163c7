//! Saving and loading models: a folder in Spark ML's layout, or a version in the registry that arrives in pieces.

mod path;
mod store;

pub use path::{Destination, Origin, is_registry_path};
pub use store::{ModelStore, Writer, size_bytes};
