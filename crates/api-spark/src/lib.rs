//! Spark Connect over gRPC: the only crate that knows Spark's messages.

mod arrow_rows;
mod codec;
mod proto;
