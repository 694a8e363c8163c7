//! Executors and distributed jobs.
codes! {
    NOT_STARTED = "BY-CLUSTER-0001", Unavailable, Later, "the cluster did not start";
    LOST = "BY-CLUSTER-0002", Unavailable, Later, "a job on the cluster was lost";
    DEADLINE = "BY-CLUSTER-0003", Unavailable, Later, "a job on the cluster did not end in time";
}
