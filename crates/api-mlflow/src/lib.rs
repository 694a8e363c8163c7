//! MLflow 3 REST: the only crate that knows MLflow's JSON
