//! Experiments, runs, registry, artifacts
