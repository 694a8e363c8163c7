//! Who asks, and what they may.
codes! {
    UNAUTHENTICATED = "BY-AUTH-0001", Unauthenticated, Never, "the request does not say who it is from";
    PRINCIPAL_INVALID = "BY-AUTH-0002", InvalidArgument, Never, "a token needs a user name";
    OPEN_DOOR = "BY-AUTH-0003", InvalidArgument, Never, "an address that others can reach needs a login";
}
