"""Runs the queries over Spark Connect: `over_connect.py ADDRESS FOLDER REPEATS`; prints JSON at the end."""

import json
import sys
import time

from pyspark.sql import SparkSession

import queries


def main(address: str, folder: str, repeats: int):
    spark = SparkSession.builder.remote(address).create()
    for table in queries.TABLES:
        spark.read.parquet(f"{folder}/{table}.parquet").createOrReplaceTempView(table)
    found = {}
    for number, query in queries.tpch().items():
        times, rows = [], []
        for _ in range(repeats):
            started = time.perf_counter()
            rows = spark.sql(query).collect()
            times.append(time.perf_counter() - started)
        found[number] = {"seconds": min(times), "first": times[0], "checksum": queries.checksum(rows)}
    print(json.dumps(found))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
