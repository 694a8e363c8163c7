//! Files, tables, schemas.
codes! {
    PATH_NOT_FOUND = "BY-DATA-0001", NotFound, Never, "there is nothing at the path";
    PATH_EXISTS = "BY-DATA-0002", AlreadyExists, Never, "there is something at the path already";
    UNREADABLE = "BY-DATA-0003", InvalidArgument, Never, "data cannot be read";
    UNWRITABLE = "BY-DATA-0004", Unavailable, Later, "data cannot be written";
    MALFORMED_ROW = "BY-DATA-0005", InvalidArgument, Never, "a row does not have the form of its file";
    TABLE_NOT_FOUND = "BY-DATA-0006", NotFound, Never, "there is no such table or view";
    TABLE_EXISTS = "BY-DATA-0007", AlreadyExists, Never, "the table exists already";
    SCHEMA_NOT_FOUND = "BY-DATA-0008", NotFound, Never, "there is no such schema";
    SCHEMA_EXISTS = "BY-DATA-0009", AlreadyExists, Never, "the schema exists already";
    SCHEMA_MISMATCH = "BY-DATA-0010", InvalidArgument, Never, "the columns are not those of the table";
    NAME_INVALID = "BY-DATA-0011", InvalidArgument, Never, "a name cannot be used";
    OPTION_INVALID = "BY-DATA-0012", InvalidArgument, Never, "a read or write option has a value that is not allowed";
    SCHEMA_NOT_INFERRED = "BY-DATA-0013", InvalidArgument, Never, "the columns of a file cannot be told";
    CONFLICT = "BY-DATA-0014", Conflict, Later, "another commit changed what the statement read";
    FEATURE = "BY-DATA-0015", InvalidArgument, Never, "the table has features that forbid the statement";
    CONSTRAINT = "BY-DATA-0016", InvalidArgument, Never, "a row breaks a rule of the table";
    MERGE = "BY-DATA-0017", InvalidArgument, Never, "several source rows match one row of the table";
}
