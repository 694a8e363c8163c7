"""Older states, upkeep and definitions of Delta tables, in SQL as on Databricks."""

import pathlib
import time

import pytest
from deltalake import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from test_delta import location


def ids(frame):
    return sorted(row[0] for row in frame.collect())


@pytest.fixture
def aged(server, spark):
    """A table of four versions: ids 0; 0, 1; 0, 1, 2; then 2 alone."""
    spark.sql("DROP TABLE IF EXISTS aged")
    spark.sql("CREATE TABLE aged AS SELECT id, concat('n', id) AS name FROM range(1)")
    for start in (1, 2):
        spark.sql(f"INSERT INTO aged SELECT id, concat('n', id) FROM range({start}, {start + 1})")
    spark.sql("DELETE FROM aged WHERE id < 2")
    return "aged"


def test_time_travel(spark, aged):
    states = {0: [0], 1: [0, 1], 2: [0, 1, 2], 3: [2]}
    for version, wanted in states.items():
        assert ids(spark.sql(f"SELECT id FROM aged VERSION AS OF {version}")) == wanted
        assert ids(spark.sql(f"SELECT a.id FROM aged FOR VERSION AS OF {version} AS a")) == wanted
        assert ids(spark.sql(f"SELECT id FROM aged@v{version}")) == wanted
        assert ids(spark.read.option("versionAsOf", version).table("aged").select("id")) == wanted
    moment = spark.sql("DESCRIBE HISTORY aged").where("version = 1").first()["timestamp"]
    assert ids(spark.sql(f"SELECT id FROM aged TIMESTAMP AS OF '{moment}'")) in ([0], [0, 1])
    for text in ["VERSION AS OF 99", "TIMESTAMP AS OF '2999-01-01'"]:
        with pytest.raises(PySparkException) as caught:
            spark.sql(f"SELECT * FROM aged {text}").collect()
        wanted = "DELTA_VERSION_NOT_FOUND" if "99" in text[:16] else "DELTA_TIMESTAMP_GREATER_THAN_COMMIT"
        assert caught.value.getCondition() == wanted


def test_history_tells_operations_and_metrics(spark, aged):
    history = {row["version"]: row for row in spark.sql("DESCRIBE HISTORY aged").collect()}
    assert list(sorted(history)) == [0, 1, 2, 3]
    delete = history[3]
    assert (delete["operation"], delete["operationMetrics"]["numDeletedRows"], delete["readVersion"]) == ("DELETE", "2", 2)
    assert delete["operationParameters"]["predicate"] == '["id < 2"]'


def test_restore_and_truncate(server, spark, aged):
    row = spark.sql("RESTORE TABLE aged TO VERSION AS OF 1").first()
    assert (row["num_of_files_after_restore"], row["num_restored_files"], row["num_removed_files"]) == (2, 2, 1)
    assert ids(spark.table("aged").select("id")) == [0, 1]
    assert spark.sql("TRUNCATE TABLE aged").collect() == []
    assert spark.table("aged").count() == 0 == len(DeltaTable(location(server, "aged")).to_pyarrow_table())
    spark.sql("RESTORE aged TO VERSION AS OF 2")
    assert ids(spark.table("aged").select("id")) == [0, 1, 2]


def test_detail(server, spark, aged):
    detail = spark.sql("DESCRIBE DETAIL aged").first()
    assert (detail["format"], detail["numFiles"], detail["partitionColumns"]) == ("delta", 1, [])
    assert detail["location"].startswith("file:") and detail["sizeInBytes"] > 0
    assert detail["name"] == "spark_catalog.default.aged" and detail["minWriterVersion"] >= 2


def test_optimize(server, spark):
    spark.sql("DROP TABLE IF EXISTS small_files")
    spark.sql("CREATE TABLE small_files AS SELECT id, id % 2 AS part FROM range(10)")
    for _ in range(4):
        spark.sql("INSERT INTO small_files SELECT id, id % 2 FROM range(10)")
    row = spark.sql("OPTIMIZE small_files").first()
    assert row["metrics"]["numFilesAdded"] == 1 and row["metrics"]["numFilesRemoved"] >= 5
    assert row["path"].startswith("file:")
    table = DeltaTable(location(server, "small_files"))
    assert len(table.file_uris()) == 1 and len(table.to_pyarrow_table()) == 50 == spark.table("small_files").count()
    assert spark.sql("OPTIMIZE small_files ZORDER BY (id, part)").first()["metrics"]["numFilesRemoved"] == 1
    assert spark.table("small_files").agg(F.sum("id")).first()[0] == 225
    with pytest.raises(PySparkException) as caught:
        spark.sql("OPTIMIZE small_files ZORDER BY (missing)")
    assert caught.value.getCondition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION"


def test_optimize_of_partitions(server, spark):
    spark.sql("DROP TABLE IF EXISTS small_parts")
    for start in range(3):
        frame = spark.sql(f"SELECT id, CAST(id % 2 AS INT) AS part FROM range({start}, {start + 4})")
        frame.write.mode("append").partitionBy("part").saveAsTable("small_parts")
    metrics = spark.sql("OPTIMIZE small_parts WHERE part = 1").first()["metrics"]
    assert (metrics["numFilesAdded"], metrics["partitionsOptimized"]) == (1, 1)
    assert spark.table("small_parts").count() == 12
    partitions = spark.sql("SHOW PARTITIONS small_parts").collect()
    assert sorted(row[0] for row in partitions) == ["0", "1"]
    with pytest.raises(PySparkException) as caught:
        spark.sql("OPTIMIZE small_parts WHERE id = 1")
    assert caught.value.getCondition() == "DELTA_NON_PARTITION_COLUMN_REFERENCE"


def test_vacuum(server, spark, aged):
    files = lambda: {file.name for file in pathlib.Path(location(server, "aged")).glob("*.parquet")}
    before = files()
    with pytest.raises(PySparkException) as caught:
        spark.sql("VACUUM aged RETAIN 0 HOURS")
    assert caught.value.getCondition() == "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT"
    spark.sql("VACUUM aged")
    assert files() == before
    spark.sql("SET spark.databricks.delta.retentionDurationCheck.enabled = false")
    time.sleep(0.1)
    try:
        doomed = {row[0].rsplit("/", 1)[1] for row in spark.sql("VACUUM aged RETAIN 0 HOURS DRY RUN").collect()}
        assert len(doomed) == 2 and files() == before
        assert spark.sql("VACUUM aged RETAIN 0 HOURS").columns == ["path"]
    finally:
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    assert files() == before - doomed
    assert ids(spark.table("aged").select("id")) == [2]


def test_alter(server, spark, aged):
    spark.sql("ALTER TABLE aged ADD COLUMNS (v DOUBLE COMMENT 'how much', w STRING FIRST)")
    assert spark.table("aged").columns == ["w", "id", "name", "v"]
    assert [tuple(row) for row in spark.table("aged").collect()] == [(None, 2, "n2", None)]
    spark.sql("UPDATE aged SET v = id * 0.5, w = 'x'")
    spark.sql("INSERT INTO aged VALUES ('y', 5L, 'n5', 1.5D)")
    spark.sql("ALTER TABLE aged ALTER COLUMN name COMMENT 'what it is called'")
    spark.sql("ALTER TABLE aged SET TBLPROPERTIES ('owner.team' = 'red', delta.appendOnly = false)")
    spark.sql("COMMENT ON TABLE aged IS 'old things'")
    properties = {row["key"]: row["value"] for row in spark.sql("SHOW TBLPROPERTIES aged").collect()}
    assert properties["owner.team"] == "red" and spark.sql("DESCRIBE DETAIL aged").first()["description"] == "old things"
    text = spark.sql("SHOW CREATE TABLE aged").first()["createtab_stmt"]
    for part in ["CREATE TABLE spark_catalog.default.aged", "v DOUBLE COMMENT 'how much'", "USING delta", "'owner.team'"]:
        assert part in text, text
    spark.sql("ALTER TABLE aged UNSET TBLPROPERTIES ('owner.team')")
    assert "does not have property" in spark.sql("SHOW TBLPROPERTIES aged ('owner.team')").first()["value"]
    spark.sql("DROP TABLE IF EXISTS renamed")
    spark.sql("ALTER TABLE aged RENAME TO renamed")
    assert spark.table("renamed").count() == 2 and not spark.catalog.tableExists("aged")
    spark.sql("ALTER TABLE renamed RENAME TO aged")
    assert len(DeltaTable(location(server, "aged")).to_pyarrow_table()) == 2


def test_constraints(server, spark, aged):
    spark.sql("ALTER TABLE aged ADD CONSTRAINT near CHECK (id < 100 AND length(name) < 9)")
    spark.sql("ALTER TABLE aged ALTER COLUMN id SET NOT NULL")
    refused = [
        ("UPDATE aged SET id = 500", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"),
        ("UPDATE aged SET id = NULL", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("INSERT INTO aged VALUES (700, 'x')", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"),
        ("INSERT INTO aged VALUES (NULL, 'x')", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("ALTER TABLE aged ADD CONSTRAINT near CHECK (id > 0)", "DELTA_CONSTRAINT_ALREADY_EXISTS"),
        ("ALTER TABLE aged ADD CONSTRAINT far CHECK (id > 50)", "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION"),
        ("ALTER TABLE aged DROP CONSTRAINT other", "DELTA_CONSTRAINT_DOES_NOT_EXIST"),
        ("ALTER TABLE aged ADD COLUMN id INT", "FIELD_ALREADY_EXISTS"),
        ("ALTER TABLE aged ALTER COLUMN nope COMMENT 'x'", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        ("ALTER TABLE no_such_table SET TBLPROPERTIES ('a' = 'b')", "TABLE_OR_VIEW_NOT_FOUND"),
    ]
    for statement, condition in refused:
        with pytest.raises(PySparkException) as caught:
            spark.sql(statement).collect()
        assert caught.value.getCondition() == condition, statement
    assert ids(spark.table("aged").select("id")) == [2]
    spark.sql("INSERT INTO aged VALUES (7, 'x')")
    spark.sql("ALTER TABLE aged ALTER COLUMN id DROP NOT NULL")
    spark.sql("ALTER TABLE aged DROP CONSTRAINT near")
    spark.sql("ALTER TABLE aged DROP CONSTRAINT IF EXISTS near")
    spark.sql("UPDATE aged SET id = 500 WHERE id = 7")
    assert ids(spark.table("aged").select("id")) == [2, 500]


def test_merge_of_dataframes(spark):
    spark.sql("DROP TABLE IF EXISTS merged_frame")
    spark.sql("CREATE TABLE merged_frame AS SELECT id, 'old' AS name FROM range(3)")
    source = spark.createDataFrame([(1, "new"), (9, "nine")], "id LONG, name STRING").alias("s")
    (
        source.mergeInto("merged_frame", F.col("merged_frame.id") == F.col("s.id"))
        .whenMatched(F.col("s.id") > 0)
        .update({"name": F.concat(F.col("merged_frame.name"), F.col("s.name"))})
        .whenNotMatched()
        .insertAll()
        .whenNotMatchedBySource(F.col("merged_frame.id") == 0)
        .delete()
        .merge()
    )
    assert sorted(map(tuple, spark.table("merged_frame").collect())) == [(1, "oldnew"), (2, "old"), (9, "nine")]
