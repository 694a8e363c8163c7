//! Fitting, models, parameters.
codes! {
    PARAMETER_OUT_OF_RANGE = "BY-ML-0001", InvalidArgument, Never, "a parameter has a value that is not allowed";
    PARAMETER_UNKNOWN = "BY-ML-0002", InvalidArgument, Never, "the operator has no such parameter";
    PARAMETER_MISSING = "BY-ML-0003", InvalidArgument, Never, "a parameter without a default was not set";
    OPERATOR_UNKNOWN = "BY-ML-0004", Unsupported, Never, "the operator is not supported";
    ATTRIBUTE_UNKNOWN = "BY-ML-0005", InvalidArgument, Never, "the model has no such attribute";
    CANCELLED = "BY-ML-0006", Conflict, Later, "the training was cancelled";
    COLUMN_TYPE = "BY-ML-0007", InvalidArgument, Never, "a column has a type the operator cannot read";
    COLUMN_MISSING = "BY-ML-0008", InvalidArgument, Never, "a column the operator reads is absent";
    INVALID_ROW = "BY-ML-0009", InvalidArgument, Never, "a row cannot be used";
    LABEL_INVALID = "BY-ML-0010", InvalidArgument, Never, "the labels do not suit the algorithm";
    EMPTY_DATASET = "BY-ML-0011", InvalidArgument, Never, "there are no rows to train on";
    MODEL_FILES = "BY-ML-0012", InvalidArgument, Never, "the saved model cannot be read";
    COLUMN_EXISTS = "BY-ML-0013", InvalidArgument, Never, "an output column is already there";
}
