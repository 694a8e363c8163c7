//! Functions of users, run by Python.
codes! {
    EXCEPTION = "BY-PYTHON-0001", InvalidArgument, Never, "a Python function raised an exception";
    WORKER_GONE = "BY-PYTHON-0002", Internal, Never, "the process that ran a Python function is gone";
    NO_PYTHON = "BY-PYTHON-0003", InvalidArgument, Never, "there is no Python that can run functions";
    NOT_ALLOWED = "BY-PYTHON-0004", PermissionDenied, Never, "this user may not run Python code";
    TIME_LIMIT = "BY-PYTHON-0005", ResourceExhausted, Never, "a Python function took too long";
}
