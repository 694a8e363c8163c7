//! Endpoints and scoring.
codes! {
    ENDPOINT_NOT_FOUND = "BY-SERVING-0001", NotFound, Never, "there is no such endpoint";
    ENDPOINT_EXISTS = "BY-SERVING-0002", AlreadyExists, Never, "the endpoint exists already";
    CONFIG_INVALID = "BY-SERVING-0003", InvalidArgument, Never, "an endpoint cannot be configured so";
    NOT_A_MODEL = "BY-SERVING-0004", InvalidArgument, Never, "the folder does not hold a model that can be served";
    SCHEMA = "BY-SERVING-0005", InvalidArgument, Never, "the rows are not what the model reads";
    BODY_INVALID = "BY-SERVING-0006", InvalidArgument, Never, "the body is not of the scoring protocol";
    MEDIA_TYPE = "BY-SERVING-0007", InvalidArgument, Never, "the body is of a type that is not read";
}
