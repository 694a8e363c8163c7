//! MLflow's scoring protocol for endpoints
