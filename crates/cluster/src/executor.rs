//! An executor process: joins a scheduler, runs its tasks, and ends with the process that started it.

use crate::codec::{LogicalCodec, PhysicalCodec};
use crate::session;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::Registry;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::AsyncReadExt;

#[derive(Debug, Clone)]
pub struct ExecutorOptions {
    pub scheduler: SocketAddr,
    pub cores: usize,
    pub work_dir: PathBuf,
}

/// Runs until the scheduler's process ends.
pub async fn run_executor(options: ExecutorOptions, registry: Arc<Registry>) -> Result<()> {
    let state = session::state(session::config(&registry, options.cores))
        .map_err(|error| Failure::internal("registering functions").because(error))?;
    let functions: BallistaFunctionRegistry = (&state).into();
    let for_sessions = registry.clone();
    let cores = options.cores;
    let config = ExecutorProcessConfig {
        port: free_port()?,
        grpc_port: free_port()?,
        external_host: Some("127.0.0.1".to_owned()),
        scheduler_host: options.scheduler.ip().to_string(),
        scheduler_port: options.scheduler.port(),
        scheduler_connect_timeout_seconds: 15,
        vcores: options.cores,
        work_dir: Some(options.work_dir.to_string_lossy().into_owned()),
        executor_heartbeat_interval_seconds: 1,
        override_function_registry: Some(Arc::new(functions)),
        override_config_producer: Some(Arc::new(move || session::config(&for_sessions, cores))),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::new(registry))),
        ..ExecutorProcessConfig::default()
    };
    tokio::select! {
        outcome = start_executor_process(Arc::new(config)) => {
            outcome.map_err(|error| Failure::new(&codes::cluster::NOT_STARTED, format!("executor: {error}")).because(error))
        }
        () = parent_gone() => Ok(()),
    }
}

/// Standard input is a pipe from the parent: it ends when the parent does, however that dies.
async fn parent_gone() {
    let mut byte = [0u8; 1];
    while let Ok(1..) = tokio::io::stdin().read(&mut byte).await {}
}

fn free_port() -> Result<u16> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound
        .map(|address| address.port())
        .map_err(|error| Failure::new(&codes::cluster::NOT_STARTED, "no port is free for an executor").because(error))
}
