//! Catalog of tables, Delta Lake reads and writes, files read as Spark reads them
