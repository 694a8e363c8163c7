//! The log: events with fields on standard error, as text for people or JSON for machines.

use crate::options::{LogFormat, Options};
use brickyard_error::{Failure, Result, codes};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Libraries that tell of every scan and job at `info`. A filter that names them is heard instead.
const QUIET: &str =
    "delta_kernel=warn,buoyant_kernel=warn,deltalake_core=warn,ballista_core=warn,ballista_scheduler=warn";

/// Starts logging. `writer` lets progress bars keep their place below the log.
pub fn start<W>(options: &Options, writer: W) -> Result<()>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(format!("{QUIET},{}", options.log_filter)).map_err(|error| {
        Failure::new(&codes::server::OPTION_INVALID, format!("log is {:?}: {error}", options.log_filter))
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(writer);
    let started = match options.log_format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_target(false).try_init(),
    };
    started.map_err(|error| Failure::internal(format!("starting the log: {error}")))
}
