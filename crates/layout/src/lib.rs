//! Spark ML's on-disk layout, read and written
