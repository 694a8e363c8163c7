//! The messages of `proto/onnx.proto`, and the values that attributes and constants are made of.

#![allow(clippy::all, missing_docs, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/onnx.rs"));
