//! Endpoints: a registered model under a name that answers rows. One model, one `transform`: the same code as in a query.

mod endpoint;
mod endpoints;
mod latency;
mod models;
mod rows;

pub use endpoint::{EndpointConfig, ServedEntity};
pub use endpoints::{Endpoints, Invocation, Status};
pub use latency::LatencySummary;
pub use models::{LoadedModel, Models};
pub use rows::{Cell, Rows};
