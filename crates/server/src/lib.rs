//! Composes roles from Options: one HTTP and one gRPC port
