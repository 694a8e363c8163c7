//! `brickyard up`: opens the rooms over the data folder, puts the doors on their ports, and runs until a signal.

use crate::options::Options;
use crate::platform::{ClusterPage, ClusterQueries, ServerPlatform};
use crate::progress::Terminal;
use crate::{doors, logging, machine, shutdown};
use brickyard_api_databricks::DatabricksState;
use brickyard_api_spark::{Expiry, SparkOptions};
use brickyard_auth::Auth;
use brickyard_cluster::{Cluster, ClusterOptions};
use brickyard_engine::{Engine, EngineOptions};
use brickyard_error::{Failure, Result, codes};
use brickyard_lake::Lake;
use brickyard_meta::Meta;
use brickyard_ml::Registry;
use brickyard_models::ModelStore;
use brickyard_serving::{Endpoints, Models};
use brickyard_tracking::Tracking;
use brickyard_train::Trainer;
use serde_json::json;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Runs the server; returns when it was stopped.
pub fn run(options: Options) -> Result<()> {
    let started = Instant::now();
    let terminal = Terminal::new();
    logging::start(&options, terminal.clone())?;
    let runtime = runtime(options.threads)?;
    let outcome = runtime.block_on(serve(options, terminal, started));
    runtime.shutdown_background();
    outcome
}

/// Threads for everything asynchronous.
pub fn runtime(threads: usize) -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(threads.max(2))
        .thread_stack_size(8 << 20) // plans are walked by recursion
        .build()
        .map_err(|error| Failure::internal("starting the runtime").because(error))
}

/// The rooms, opened over the data folder.
struct Rooms {
    auth: Auth,
    engine: Engine,
    tracking: Tracking,
    trainer: Trainer,
    models: Models,
    endpoints: Endpoints,
    registry: Arc<Registry>,
    cluster: Option<Cluster>,
}

async fn serve(options: Options, terminal: Terminal, started: Instant) -> Result<()> {
    data_folder(&options.data_dir)?;
    let _lock = lock(&options.data_dir)?;
    let http = doors::bind(options.http, "--http").await?;
    let grpc = doors::bind(options.grpc, "--grpc").await?;
    let http_address = local_address(&http)?;
    let grpc_address = local_address(&grpc)?;

    let rooms = open(&options).await?;
    let stop = shutdown::on_signal();
    tokio::spawn(terminal.show(rooms.trainer.watch().clone()));

    let spark = brickyard_api_spark::service(SparkOptions {
        engine: rooms.engine.clone(),
        trainer: rooms.trainer.clone(),
        tracking: rooms.tracking.clone(),
        registry: rooms.registry.clone(),
        expiry: Expiry::default(),
    })?;
    let routes = http_routes(&rooms, &options, grpc_address);
    let serving_http = tokio::spawn(doors::serve_http(http, routes, rooms.auth.clone(), stop.clone()));
    let serving_grpc = tokio::spawn(doors::serve_grpc(grpc, spark, rooms.auth.clone(), stop.clone()));

    announce(&options, http_address, grpc_address, started)?;
    let (http, grpc) = tokio::join!(serving_http, serving_grpc);
    for outcome in [http, grpc] {
        outcome.map_err(|error| Failure::internal("a door died").because(error))??;
    }
    tracing::info!("stopped");
    Ok(())
}

async fn open(options: &Options) -> Result<Rooms> {
    let meta = Meta::open(&store_path(&options.data_dir)).await?;
    let lake = Lake::open(meta.clone(), &options.data_dir.join("tables")).await?;
    let tracking = Tracking::open(meta.clone(), &options.data_dir.join("artifacts")).await?;
    let registry = Arc::new(Registry::standard());
    let models = Models::new(tracking.clone(), registry.clone());
    let endpoints = Endpoints::open(meta.clone(), models.clone()).await?;
    let spill = options.data_dir.join("spill");
    std::fs::create_dir_all(&spill).map_err(|error| unusable(&spill, error))?;
    let engine_options = EngineOptions {
        threads: options.threads,
        memory_limit_bytes: Some(options.memory_limit_bytes),
        temp_dir: Some(spill),
        python: options.python.clone(),
    };
    let engine = Engine::new(engine_options, lake)?;
    let cluster = start_cluster(options, &registry).await?;
    let trainer = Trainer::new(options.threads)?;
    let trainer = match &cluster {
        Some(cluster) => {
            engine.set_distributor(Arc::new(ClusterQueries(cluster.clone())));
            trainer.on_cluster(cluster.clone())
        }
        None => trainer,
    };
    engine.set_platform(Arc::new(ServerPlatform {
        tracking: tracking.clone(),
        models: models.clone(),
        store: ModelStore::new(tracking.clone()),
        endpoints: endpoints.clone(),
        trainer: trainer.clone(),
        registry: registry.clone(),
        clock: now_ms,
    }));
    Ok(Rooms { auth: Auth::new(meta, options.auth), engine, tracking, trainer, models, endpoints, registry, cluster })
}

/// Executor processes of this same program, when asked for.
async fn start_cluster(options: &Options, registry: &Arc<Registry>) -> Result<Option<Cluster>> {
    if options.executors == 0 {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|error| Failure::internal("finding this program").because(error))?;
    let work_dir = options.data_dir.join("cluster");
    std::fs::create_dir_all(&work_dir).map_err(|error| unusable(&work_dir, error))?;
    let cores_per_executor = (options.threads / options.executors).max(1);
    let cluster = ClusterOptions { executors: options.executors, cores_per_executor, program, work_dir };
    Ok(Some(Cluster::start(cluster, registry.clone()).await?))
}

fn http_routes(rooms: &Rooms, options: &Options, grpc: SocketAddr) -> axum::Router {
    let page = brickyard_web::Services {
        engine: rooms.engine.clone(),
        tracking: rooms.tracking.clone(),
        endpoints: rooms.endpoints.clone(),
        models: rooms.models.clone(),
        cluster: rooms.cluster.clone().map(|cluster| Arc::new(ClusterPage(cluster)) as Arc<dyn brickyard_web::Cluster>),
        spark_url: format!("sc://{grpc}"),
        version: crate::cli::VERSION,
        started_ms: now_ms(),
        clock: now_ms,
    };
    let databricks = DatabricksState { endpoints: rooms.endpoints.clone(), clock: now_ms };
    axum::Router::new()
        .merge(brickyard_api_mlflow::router(rooms.tracking.clone()))
        .merge(brickyard_api_databricks::router(databricks))
        .merge(brickyard_api_scoring::router(rooms.endpoints.clone(), options.max_body_bytes))
        .merge(brickyard_web::router(page))
}

/// Says where the server is, and writes it to a file on request, in one step so that nobody reads half of it.
fn announce(options: &Options, http: SocketAddr, grpc: SocketAddr, started: Instant) -> Result<()> {
    let ready_ms = started.elapsed().as_millis() as u64;
    let resident = machine::resident_bytes().unwrap_or_default() as u64;
    let memory = machine::human_bytes(resident);
    tracing::info!(http = %format!("http://{http}"), spark = %format!("sc://{grpc}"), data_dir = %options.data_dir.display(), ready_ms, memory, "ready");
    if let Some(file) = &options.address_file {
        let text = json!({ "http": format!("http://{http}"), "grpc": format!("sc://{grpc}"), "ready_ms": ready_ms });
        let partial = file.with_extension("partial");
        let written = std::fs::write(&partial, text.to_string()).and_then(|()| std::fs::rename(&partial, file));
        written.map_err(|error| unusable(file, error))?;
    }
    Ok(())
}

/// Makes the data folder, which only its owner may read.
pub fn data_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| unusable(folder, error))
}

pub fn store_path(folder: &Path) -> PathBuf {
    folder.join("brickyard.db")
}

/// One server a data folder. The lock goes with the process, however it ends.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|error| unusable(&path, error))?;
    file.try_lock().map_err(|_| {
        let text =
            format!("another server uses {}; stop it, or choose another folder with --data-dir", folder.display());
        Failure::new(&codes::server::DATA_DIR, text)
    })?;
    Ok(file)
}

fn local_address(listener: &tokio::net::TcpListener) -> Result<SocketAddr> {
    listener.local_addr().map_err(|error| Failure::internal("reading a listener's address").because(error))
}

fn unusable(path: &Path, error: std::io::Error) -> Failure {
    let text = format!("{} cannot be used: {error}; choose another folder with --data-dir", path.display());
    Failure::new(&codes::server::DATA_DIR, text).because(error)
}

fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
