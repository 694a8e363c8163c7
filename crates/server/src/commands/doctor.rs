//! `brickyard doctor`: what this machine has and lacks, with the next step beside each lack.

use crate::machine::{cores, free_disk_bytes, human_bytes, memory_bytes};
use crate::options::Options;
use brickyard_error::Result;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

pub fn run(options: &Options) -> Result<()> {
    let checks = [
        ("brickyard", Ok(crate::cli::VERSION.to_owned())),
        ("cores", Ok(format!("{} ({} used)", cores(), options.threads))),
        ("memory", Ok(format!("{} ({} for queries)", human(memory_bytes()), human(options.memory_limit_bytes)))),
        ("data folder", writable(&options.data_dir)),
        ("disk free", disk(&options.data_dir)),
        ("http port", free(options.http, "--http")),
        ("grpc port", free(options.grpc, "--grpc")),
        ("python", python()),
        ("pyspark client", python_package("pyspark", "pip install pyspark-client==4.2.0")),
        ("python functions", python_functions(&options.python.program)),
        ("mlflow client", python_package("mlflow", "pip install mlflow")),
    ];
    let row = |(name, outcome): &(&str, std::result::Result<String, String>)| {
        let (sign, text) = match outcome {
            Ok(text) => ("✓", text),
            Err(text) => ("✕", text),
        };
        vec![sign.to_owned(), (*name).to_owned(), text.clone()]
    };
    super::print(super::table(&checks.iter().map(row).collect::<Vec<_>>()))
}

type Check = std::result::Result<String, String>;

fn human(bytes: usize) -> String {
    human_bytes(bytes as u64)
}

fn writable(folder: &Path) -> Check {
    let nearest = folder.ancestors().find(|path| path.exists()).unwrap_or(folder);
    let probe = nearest.join(format!(".brickyard-probe-{}", std::process::id()));
    let outcome = std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe));
    outcome.map(|()| folder.display().to_string()).map_err(|error| format!("{}: {error}", nearest.display()))
}

fn disk(folder: &Path) -> Check {
    const LOW_BYTES: u64 = 1 << 30;
    match free_disk_bytes(folder) {
        Some(bytes) if bytes < LOW_BYTES => Err(format!("{}: less than 1 GiB, free some", human_bytes(bytes))),
        Some(bytes) => Ok(human_bytes(bytes)),
        None => Err("unknown".to_owned()),
    }
}

fn free(address: SocketAddr, flag: &str) -> Check {
    let bound = TcpListener::bind(address);
    bound
        .map(|_| format!("{address} is free"))
        .map_err(|error| format!("{address}: {error}; choose another with {flag}"))
}

fn python() -> Check {
    let output = Command::new("python3").arg("--version").output();
    let output = output.map_err(|_| "not found; clients in Python need 3.10 or later".to_owned())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether functions of users can run.
fn python_functions(program: &Path) -> Check {
    let code = "import pandas, pyarrow, pyspark.worker, sys; print(sys.executable)";
    let output = Command::new(program).args(["-c", code]).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        _ => {
            let install = "pip install pyspark-client==4.2.* 'pandas<3' pyarrow there, or name another with --python";
            Err(format!("{} runs none; {install}", program.display()))
        }
    }
}

fn python_package(name: &str, install: &str) -> Check {
    let code = format!("import {name}; print({name}.__version__)");
    let output = Command::new("python3").args(["-c", &code]).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("not in python3's environment; {install}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
