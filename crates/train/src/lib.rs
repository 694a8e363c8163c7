//! Drives training over the engine: in process or on the cluster
