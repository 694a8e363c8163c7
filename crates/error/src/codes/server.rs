//! The process itself: starting, options, limits.
codes! {
    INTERNAL = "BY-SERVER-0001", Internal, Never, "something inside went wrong";
    UNSUPPORTED = "BY-SERVER-0002", Unsupported, Never, "understood, and not supported";
}
