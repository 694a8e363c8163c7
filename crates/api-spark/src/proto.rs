//! The messages and the server trait that `build.rs` makes from `proto/`.

#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, dead_code, reason = "generated")]
mod generated {
    tonic::include_proto!("spark.connect");
}

pub use generated::*;
