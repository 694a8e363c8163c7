//! Serves Spark Connect alone, for tests of the door with a stock client: prints the address and stays.

use brickyard_api_spark::{Expiry, SparkOptions, service};
use brickyard_engine::{Engine, EngineOptions};
use brickyard_lake::Lake;
use brickyard_meta::Meta;
use brickyard_ml::Registry;
use brickyard_tracking::Tracking;
use brickyard_train::Trainer;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(serve(folder))
}

async fn serve(folder: PathBuf) -> Outcome<()> {
    let meta = Meta::in_memory().await?;
    let lake = Lake::open(meta.clone(), &folder.join("warehouse")).await?;
    let engine = Engine::new(EngineOptions::default(), lake)?;
    let options = SparkOptions {
        trainer: Trainer::new(engine.threads())?,
        tracking: Tracking::open(meta, &folder.join("artifacts")).await?,
        registry: Arc::new(Registry::standard()),
        expiry: Expiry::default(),
        engine,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    std::io::stdout().flush()?;
    let routes = service(options)?;
    tonic::transport::Server::builder()
        .add_routes(routes)
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}
