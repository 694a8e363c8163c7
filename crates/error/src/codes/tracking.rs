//! Experiments, runs, the registry, artifacts, and the store that keeps them.
codes! {
    STORE = "BY-TRACKING-0001", Internal, Never, "the metadata store failed";
    INVALID = "BY-TRACKING-0002", InvalidArgument, Never, "a tracking request says something impossible";
    NOT_FOUND = "BY-TRACKING-0003", NotFound, Never, "no such experiment, run, model, version or artifact";
    EXISTS = "BY-TRACKING-0004", AlreadyExists, Never, "the name is taken";
    NOT_READY = "BY-TRACKING-0005", Conflict, Later, "the model version is not ready";
    ARTIFACTS = "BY-TRACKING-0006", Internal, Never, "the artifact store failed";
}
