-- What every part of the platform needs: settings, access tokens, endpoints, the catalog of tables.
-- All times are milliseconds since 1970 in UTC.

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    principal TEXT NOT NULL,
    sha256_hex TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER
) STRICT;

CREATE TABLE endpoints (
    name TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE catalog_schemas (
    catalog TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (catalog, name)
) STRICT;

CREATE TABLE catalog_tables (
    catalog TEXT NOT NULL,
    schema TEXT NOT NULL,
    name TEXT NOT NULL,
    location TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (catalog, schema, name),
    FOREIGN KEY (catalog, schema) REFERENCES catalog_schemas (catalog, name)
) STRICT;
