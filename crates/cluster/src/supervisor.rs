//! Keeps the executor processes running: one that dies is started again.

use crate::coordinator::ClusterOptions;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

const RESTART_AFTER: Duration = Duration::from_millis(500);

/// Executors end when this is dropped, and when this process dies: they watch their standard input.
pub struct Supervisor(Vec<JoinHandle<()>>);

impl Supervisor {
    pub fn start(options: &ClusterOptions, scheduler: SocketAddr) -> Self {
        let keep = |_| tokio::spawn(keep_running(options.clone(), scheduler));
        Self((0..options.executors).map(keep).collect())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn keep_running(options: ClusterOptions, scheduler: SocketAddr) {
    loop {
        match spawn(&options, scheduler) {
            Ok(mut child) => {
                let pid = child.id();
                tracing::info!(pid, "executor started");
                // Waiting would close the child's standard input, by which it knows that this process lives.
                let _lifeline = child.stdin.take();
                let status = child.wait().await.ok();
                tracing::warn!(pid, status = ?status.map(|status| status.to_string()), "executor ended; starting another");
            }
            Err(error) => tracing::error!(%error, "an executor cannot be started"),
        }
        tokio::time::sleep(RESTART_AFTER).await;
    }
}

fn spawn(options: &ClusterOptions, scheduler: SocketAddr) -> std::io::Result<Child> {
    Command::new(&options.program)
        .args(["executor", "--join", &scheduler.to_string()])
        .args(["--threads", &options.cores_per_executor.to_string()])
        .arg("--data-dir")
        .arg(&options.work_dir)
        .args(["--log", "warn"])
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}
