//! Commands other than `up`.

pub mod config;
pub mod deploy;
pub mod doctor;
pub mod executor;
pub mod explain;
pub mod token;

use brickyard_error::{Failure, Result};
use std::io::Write;

/// Prints lines to standard output; a closed pipe is no failure.
pub fn print(text: impl AsRef<str>) -> Result<()> {
    match writeln!(std::io::stdout(), "{}", text.as_ref().trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::internal("writing to standard output").because(error))
        }
        _ => Ok(()),
    }
}

pub fn completions(arguments: &clap::ArgMatches, mut command: clap::Command) -> Result<()> {
    if let Some(shell) = arguments.get_one::<clap_complete::Shell>("shell") {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut command, "brickyard", &mut script);
        return print(String::from_utf8_lossy(&script));
    }
    Ok(())
}

/// A runtime for a command that does a little asynchronous work.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::internal("starting the runtime").because(error))?.block_on(work)
}

/// Rows as aligned columns.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
