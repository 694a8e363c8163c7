//! SQL and DataFrames: parsing, resolving, computing.
codes! {
    SYNTAX = "BY-SQL-0001", InvalidArgument, Never, "the text is not SQL that is understood";
    UNRESOLVED = "BY-SQL-0002", InvalidArgument, Never, "a name stands for nothing, or for too much";
    TYPE_MISMATCH = "BY-SQL-0003", InvalidArgument, Never, "a value has a type the expression cannot take";
    VALUE = "BY-SQL-0004", InvalidArgument, Never, "a value cannot be computed";
    GROUPING = "BY-SQL-0005", InvalidArgument, Never, "a column is neither grouped nor aggregated";
    SETTING = "BY-SQL-0006", InvalidArgument, Never, "a session setting does not exist or cannot have the value";
    EXECUTION = "BY-SQL-0007", Internal, Never, "a query could not be executed";
    MEMORY = "BY-SQL-0008", ResourceExhausted, Later, "a query needs more memory than there is";
    FORM = "BY-SQL-0009", InvalidArgument, Never, "a query has a form that is not allowed";
}
