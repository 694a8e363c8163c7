//! `brickyard executor`: joins the cluster of a server; `brickyard up --executors N` starts these itself.

use crate::cli::text;
use crate::logging;
use crate::options::Options;
use brickyard_cluster::{ExecutorOptions, run_executor};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::Registry;
use clap::ArgMatches;
use std::sync::Arc;

pub fn run(options: Options, arguments: &ArgMatches) -> Result<()> {
    logging::start(&options, std::io::stderr)?;
    let join = text(arguments, "join");
    let scheduler = join.parse().map_err(|_| {
        let text = format!("--join is {join:?}; it is the scheduler's address, such as 127.0.0.1:50050");
        Failure::new(&codes::server::OPTION_INVALID, text)
    })?;
    let executor = ExecutorOptions { scheduler, cores: options.threads, work_dir: options.data_dir };
    let runtime = crate::up::runtime(options.threads)?;
    let outcome = runtime.block_on(run_executor(executor, Arc::new(Registry::standard())));
    // Reading standard input blocks a thread that nothing can wake.
    runtime.shutdown_background();
    outcome
}
