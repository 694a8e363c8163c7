//! The driver's side: the embedded scheduler, the executors it knows, and running a physical plan on them.

use crate::codec::PhysicalCodec;
use crate::eligible::is_eligible;
use crate::session;
use crate::supervisor::Supervisor;
use ballista_core::config::BallistaConfig;
use ballista_core::extension::SessionConfigExt;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use ballista_scheduler::scheduler_server::SchedulerServer;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::Registry;
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// A lost executor is noticed within this time.
pub(crate) const EXECUTOR_TIMEOUT: Duration = Duration::from_secs(5);
const READY_WITHIN: Duration = Duration::from_secs(20);

#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Executor processes to start on this machine.
    pub executors: usize,
    /// Tasks that one executor runs at a time.
    pub cores_per_executor: usize,
    /// The program to start: this binary.
    pub program: PathBuf,
    /// Folder for shuffles and training blocks, which executors read.
    pub work_dir: PathBuf,
}

/// An executor as the scheduler knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutorInfo {
    pub id: String,
    pub address: String,
    pub cores: u32,
    pub alive: bool,
    /// When it was first seen, in milliseconds since 1970.
    pub started_ms: i64,
    pub running_tasks: u32,
}

/// The cluster. Cloning shares it; the executors stop when the last clone is dropped.
#[derive(Clone)]
pub struct Cluster(Arc<Inner>);

struct Inner {
    options: ClusterOptions,
    address: SocketAddr,
    scheduler: SchedulerServer<LogicalPlanNode, PhysicalPlanNode>,
    registry: Arc<Registry>,
    first_seen_ms: Mutex<HashMap<String, i64>>,
    _supervisor: Supervisor,
}

impl Cluster {
    /// Starts scheduler and executors, and waits until every executor has registered.
    pub async fn start(options: ClusterOptions, registry: Arc<Registry>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(cannot_start)?;
        let address = listener.local_addr().map_err(cannot_start)?;
        let slots = options.executors * options.cores_per_executor;
        let for_sessions = registry.clone();
        let config = Arc::new(SchedulerConfig {
            bind_host: "127.0.0.1".to_owned(),
            external_host: "127.0.0.1".to_owned(),
            bind_port: address.port(),
            executor_timeout_seconds: EXECUTOR_TIMEOUT.as_secs(),
            expire_dead_executor_interval_seconds: 1,
            no_executors_grace_period_seconds: READY_WITHIN.as_secs(),
            override_config_producer: Some(Arc::new(move || session::config(&for_sessions, slots))),
            override_session_builder: Some(Arc::new(session::state)),
            override_logical_codec: Some(Arc::new(crate::codec::LogicalCodec::default())),
            override_physical_codec: Some(Arc::new(PhysicalCodec::new(registry.clone()))),
            ..SchedulerConfig::default()
        });
        let cluster = BallistaCluster::new_from_config(&config).await.map_err(ballista)?;
        let scheduler =
            create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, config).await.map_err(ballista)?;
        let serving = scheduler.clone();
        tokio::spawn(async move {
            if let Err(error) = start_grpc_service_with_listener(listener, serving).await {
                tracing::error!(%error, "the cluster's scheduler stopped");
            }
        });
        let supervisor = Supervisor::start(&options, address);
        let first_seen_ms = Mutex::default();
        let inner = Inner { options, address, scheduler, registry, first_seen_ms, _supervisor: supervisor };
        let cluster = Self(Arc::new(inner));
        cluster.wait_until_ready().await?;
        Ok(cluster)
    }

    /// Tasks that run at a time when every executor is there.
    pub fn slots(&self) -> usize {
        self.0.options.executors * self.0.options.cores_per_executor
    }

    pub fn work_dir(&self) -> &Path {
        &self.0.options.work_dir
    }

    /// Runs a physical plan on the executors if it is one for them; `None` leaves it to the caller.
    pub async fn run_if_eligible(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<Option<SendableRecordBatchStream>> {
        if !is_eligible(plan, &PhysicalCodec::new(self.0.registry.clone())) {
            return Ok(None);
        }
        tracing::debug!("a query runs on the cluster");
        self.run(plan.clone()).await.map(Some)
    }

    /// Runs a physical plan on the executors.
    pub async fn run(&self, plan: Arc<dyn ExecutionPlan>) -> Result<SendableRecordBatchStream> {
        let config = session::config(&self.0.registry, self.slots());
        let ballista_config: BallistaConfig = config.ballista_config();
        let codec = PhysicalCodec::new(self.0.registry.clone());
        let session_id = uuid::Uuid::new_v4().to_string();
        let url = format!("http://{}", self.0.address);
        ballista_core::execution_plans::execute_physical_plan::<PhysicalPlanNode>(
            url,
            &ballista_config,
            plan,
            &codec,
            session_id,
            config,
        )
        .await
        .map_err(lost)
    }

    /// The executors that have registered, by id.
    pub async fn executors(&self) -> Vec<ExecutorInfo> {
        let state = &self.0.scheduler.state;
        let known = state.executor_manager.get_executors_state().await.unwrap_or_default();
        let running = self.running_tasks().await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut seen = self.0.first_seen_ms.lock();
        let mut executors: Vec<ExecutorInfo> = known
            .into_iter()
            .map(|(metadata, heartbeat, _)| ExecutorInfo {
                address: format!("{}:{}", metadata.host, metadata.port),
                cores: metadata.specification.vcores,
                alive: heartbeat.is_some_and(|heartbeat| now < heartbeat + EXECUTOR_TIMEOUT),
                started_ms: *seen.entry(metadata.id.clone()).or_insert(now.as_millis() as i64),
                running_tasks: running.iter().filter(|executor| **executor == metadata.id).count() as u32,
                id: metadata.id,
            })
            .collect();
        executors.sort_by(|a, b| a.id.cmp(&b.id));
        executors
    }

    /// The executor of each task that runs now.
    async fn running_tasks(&self) -> Vec<String> {
        let mut executors = Vec::new();
        for job in self.0.scheduler.state.task_manager.get_running_job_cache().values() {
            let graph = job.execution_graph.read().await;
            executors.extend(graph.running_tasks().into_iter().map(|task| task.executor_id));
        }
        executors
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let ready = async {
            while self.executors().await.len() < self.0.options.executors {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(READY_WITHIN, ready).await.map_err(|_| {
            let text =
                format!("{} executors did not start within {READY_WITHIN:?}; see the log", self.0.options.executors);
            Failure::new(&codes::cluster::NOT_STARTED, text)
        })
    }
}

fn cannot_start(error: std::io::Error) -> Failure {
    Failure::new(&codes::cluster::NOT_STARTED, format!("the cluster cannot start: {error}")).because(error)
}

fn ballista(error: ballista_core::error::BallistaError) -> Failure {
    Failure::new(&codes::cluster::NOT_STARTED, format!("the cluster cannot start: {error}")).because(error)
}

/// A failure of a distributed job; one of ours inside it comes out as it is.
pub(crate) fn lost(error: DataFusionError) -> Failure {
    match Failure::find(&error) {
        Some(failure) => failure.repeat(),
        None => {
            Failure::new(&codes::cluster::LOST, format!("a job on the cluster failed: {}", error.strip_backtrace()))
                .because(error)
        }
    }
}
