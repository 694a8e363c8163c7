//! Spark Connect over gRPC: the only crate that knows Spark's messages
