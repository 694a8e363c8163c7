//! An MLflow server alone, for trying clients: `cargo run --example serve -- FOLDER`. Prints its address.

use brickyard_meta::Meta;
use brickyard_tracking::Tracking;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".data".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let meta = Meta::open(&folder.join("meta.sqlite")).await?;
    let tracking = Tracking::open(meta, &folder.join("artifacts")).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    axum::serve(listener, brickyard_api_mlflow::router(tracking)).await?;
    Ok(())
}
