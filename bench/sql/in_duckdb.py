"""Runs the queries in DuckDB: `in_duckdb.py THREADS FOLDER REPEATS`; prints JSON at the end."""

import json
import resource
import sys
import time

import duckdb

import queries


def main(threads: int, folder: str, repeats: int):
    database = duckdb.connect(config={"threads": threads})
    for table in queries.TABLES:
        database.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder}/{table}.parquet')")
    found = {}
    for number, query in queries.tpch().items():
        times, rows = [], []
        for _ in range(repeats):
            started = time.perf_counter()
            rows = database.execute(query).fetchall()
            times.append(time.perf_counter() - started)
        found[number] = {"seconds": min(times), "first": times[0], "checksum": queries.checksum(rows)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"queries": found, "peak_bytes": peak}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
