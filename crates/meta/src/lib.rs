//! One transactional store: SQLite in the data folder. Only this crate speaks SQL; rooms see typed repositories, one
//! subject a file, whose rows are plain structs.
//!
//! Invariant: an answered write is on disk. Writes go through one connection and share a transaction with whatever else
//! is waiting (group commit), reads run beside them on a pool.

mod catalog;
mod endpoints;
mod settings;
mod store;
mod tokens;

/// What a search asks for: tests, orders, pages.
pub mod filter;
/// Registered models and their versions.
pub mod registry;
/// Experiments, runs and what they log.
pub mod tracking;

pub use catalog::{Catalog, SchemaRow, TableRow};
pub use endpoints::{EndpointRow, Endpoints};
pub use settings::Settings;
pub use store::Meta;
pub use tokens::{TokenRow, Tokens};

impl Meta {
    /// Access tokens, by the hash of their secret.
    pub fn tokens(&self) -> Tokens {
        Tokens { meta: self.clone() }
    }

    /// Serving endpoints and their configuration.
    pub fn endpoints(&self) -> Endpoints {
        Endpoints { meta: self.clone() }
    }

    /// Schemas and tables, and where tables lie.
    pub fn catalog(&self) -> Catalog {
        Catalog { meta: self.clone() }
    }

    /// Values of the whole installation, by key.
    pub fn settings(&self) -> Settings {
        Settings { meta: self.clone() }
    }

    pub fn experiments(&self) -> tracking::Experiments {
        tracking::Experiments { meta: self.clone() }
    }

    pub fn runs(&self) -> tracking::Runs {
        tracking::Runs { meta: self.clone() }
    }

    pub fn logged_models(&self) -> tracking::LoggedModels {
        tracking::LoggedModels { meta: self.clone() }
    }

    /// Registered models and their versions.
    pub fn registry(&self) -> registry::Registry {
        registry::Registry { meta: self.clone() }
    }
}
