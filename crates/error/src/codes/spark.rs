//! Spark Connect: plans, sessions, operations, objects.
codes! {
    INVALID_PLAN = "BY-SPARK-0001", InvalidArgument, Never, "the client sent a plan that cannot be read";
    INVALID_HANDLE = "BY-SPARK-0002", NotFound, Never, "the session, operation or response is not here";
    CANCELLED = "BY-SPARK-0003", Conflict, Never, "the operation was cancelled";
    OBJECT_UNKNOWN = "BY-SPARK-0004", NotFound, Never, "the session has no such model or summary";
    OBJECT_CACHE_FULL = "BY-SPARK-0005", ResourceExhausted, Never, "the session holds too many models";
    MODEL_PATH = "BY-SPARK-0006", InvalidArgument, Never, "a model cannot be saved to or loaded from this path";
}
