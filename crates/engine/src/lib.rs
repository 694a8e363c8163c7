//! Sessions, SQL and relations to DataFusion plans, execution in process or on the cluster
