//! The web page's own routes.
codes! {
    STATEMENT_CANCELLED = "BY-WEB-0001", Conflict, Never, "the statement was cancelled";
    STATEMENT_NOT_RUNNING = "BY-WEB-0002", NotFound, Never, "no such statement is running";
    STATEMENT_ID_TAKEN = "BY-WEB-0003", Conflict, Never, "a statement of this id is running";
    CODE_UNKNOWN = "BY-WEB-0004", NotFound, Never, "there is no such error code";
}
