//! Databricks REST: serving endpoints and who am I
