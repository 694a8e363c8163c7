//! Composes roles from [`Options`]: the command line, the one HTTP port and the one gRPC port.

mod cli;
mod commands;
mod doors;
mod http_auth;
mod logging;
mod machine;
mod options;
mod platform;
mod progress;
mod shutdown;
mod up;

pub use cli::run;
pub use options::{Options, SETTINGS};
