//! One transactional store: SQLite in the data folder
