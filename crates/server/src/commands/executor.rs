//! `brickyard executor`: joins the cluster of a server; `brickyard up --executors N` starts these itself.

use crate::options::Options;
use brickyard_error::{Failure, Result};
use clap::ArgMatches;

pub fn run(_options: Options, _arguments: &ArgMatches) -> Result<()> {
    Err(Failure::unsupported("executor processes; run `brickyard up`, which uses every core of this machine"))
}
