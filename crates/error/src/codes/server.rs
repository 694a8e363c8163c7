//! The process itself: starting, options, limits.
codes! {
    INTERNAL = "BY-SERVER-0001", Internal, Never, "something inside went wrong";
    UNSUPPORTED = "BY-SERVER-0002", Unsupported, Never, "understood, and not supported";
    OPTION_INVALID = "BY-SERVER-0003", InvalidArgument, Never, "an option has a value that is not allowed";
    ADDRESS_IN_USE = "BY-SERVER-0004", Unavailable, Later, "the address is taken";
    DATA_DIR = "BY-SERVER-0005", Unavailable, Later, "the data folder cannot be used";
    UNREACHABLE = "BY-SERVER-0006", Unavailable, Later, "the server cannot be reached";
    BODY_TOO_LARGE = "BY-SERVER-0007", InvalidArgument, Never, "the body of a request is over the limit";
}
