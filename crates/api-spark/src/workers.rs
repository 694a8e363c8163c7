//! The threads that queries run on, apart from those that talk to clients: a query that computes for seconds without a
//! pause must not keep an interrupt, or another client, waiting.

use brickyard_error::{Failure, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Analysing a deep plan takes a deep stack; memory is only taken as far as it is used.
const STACK_BYTES: usize = 16 << 20;

pub struct Workers(Option<Runtime>);

impl Workers {
    pub fn new(threads: usize) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("query")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map_err(|error| Failure::internal("starting the threads for queries").because(error))?;
        Ok(Self(Some(runtime)))
    }

    /// Starts work that goes on whoever waits for it.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> JoinHandle<Result<T>> {
        match &self.0 {
            Some(runtime) => runtime.spawn(work),
            None => tokio::spawn(work),
        }
    }

    /// Runs work to its end.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        joined(self.spawn(work).await)
    }
}

/// The outcome of work that may have panicked.
pub fn joined<T>(outcome: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    outcome.unwrap_or_else(|error| Err(Failure::internal("the execution broke off; see the log").because(error)))
}

impl Drop for Workers {
    /// A runtime must not wait for its threads where others run.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
