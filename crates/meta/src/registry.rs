//! Registered models and their versions. Version numbers count up and are never reused.

mod models;
mod search;
mod versions;

pub use models::{Alias, RegisteredModelRow};
pub use search::{ModelColumn, ModelField, ModelSearch, VersionColumn, VersionField, VersionSearch};
pub use versions::{NewVersion, Place, Stage, VersionRow, VersionStatus};

use crate::Meta;
use brickyard_error::{Failure, codes};

/// See [`Meta::registry`].
#[derive(Clone)]
pub struct Registry {
    pub(crate) meta: Meta,
}

fn no_model(name: &str) -> Failure {
    Failure::new(&codes::tracking::NOT_FOUND, format!("registered model with name={name} not found"))
}

fn no_version(name: &str, version: i64) -> Failure {
    Failure::new(&codes::tracking::NOT_FOUND, format!("model version (name={name}, version={version}) not found"))
}
