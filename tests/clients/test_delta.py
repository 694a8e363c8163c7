"""Tables are Delta Lake tables: the deltalake package reads what Spark's client wrote here, and the other way."""

import datetime
import decimal

import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.errors import PySparkException
from pyspark.sql import Row


def location(server, name: str) -> str:
    """The folder of a table below the data folder."""
    logs = [log.parent for log in server.data_dir.rglob("_delta_log") if log.parent.name.rsplit("-", 1)[0] == name]
    assert len(logs) == 1, f"{name}: {logs}"
    return str(logs[0])


def test_deltalake_reads_a_saved_table(server, spark):
    spark.sql("SELECT id, id * 0.5D AS half, concat('n', id) AS name FROM range(1000)").write.saveAsTable("plain")
    table = DeltaTable(location(server, "plain"))
    frame = table.to_pandas().sort_values("id").reset_index(drop=True)
    assert list(frame.columns) == ["id", "half", "name"] and len(frame) == 1000
    assert frame.loc[7].tolist() == [7, 3.5, "n7"]


def test_modes_are_versions(server, spark):
    spark.range(3).write.saveAsTable("modes")
    table = DeltaTable(location(server, "modes"))
    created, rows = table.version(), [len(table.to_pandas())]
    for mode, count in [("append", 2), ("overwrite", 1)]:
        spark.range(count).write.mode(mode).saveAsTable("modes")
        table.update_incremental()
        rows.append(len(table.to_pandas()))
    assert (table.version() - created, rows) == (2, [3, 5, 1])
    spark.range(9).write.mode("ignore").saveAsTable("modes")
    with pytest.raises(PySparkException) as caught:
        spark.range(9).write.saveAsTable("modes")
    assert caught.value.getCondition() == "TABLE_OR_VIEW_ALREADY_EXISTS"
    assert spark.table("modes").count() == 1


def test_every_type_survives(server, spark):
    row = Row(
        i=1,
        d=2.5,
        s="x",
        b=True,
        day=datetime.date(2024, 2, 29),
        moment=datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
        money=decimal.Decimal("12.34"),
        raw=bytearray(b"\x00\xff"),
        many=[1, 2, None],
        pairs={"a": 1},
        inner=Row(p=1, q=None),
    )
    schema = """i INT, d DOUBLE, s STRING, b BOOLEAN, day DATE, moment TIMESTAMP, money DECIMAL(10,2), raw BINARY,
        many ARRAY<INT>, pairs MAP<STRING, INT>, inner STRUCT<p: INT, q: STRING>"""
    written = spark.createDataFrame([row, Row(*[None] * 11)], schema)
    written.write.saveAsTable("kinds")
    read = spark.table("kinds")
    assert [field.dataType for field in read.schema] == [field.dataType for field in written.schema]
    assert sorted(read.collect(), key=str) == sorted(written.collect(), key=str)

    arrow = DeltaTable(location(server, "kinds")).to_pyarrow_table().to_pylist()
    seen = next(one for one in arrow if one["i"] == 1)
    assert (seen["money"], seen["many"], seen["inner"]) == (decimal.Decimal("12.34"), [1, 2, None], {"p": 1, "q": None})
    assert seen["day"] == datetime.date(2024, 2, 29)


def test_a_table_of_deltalake_is_read(server, spark, tmp_path):
    import pyarrow

    rows = pyarrow.table({"id": [1, 2, 3], "name": ["a", None, "c"]})
    write_deltalake(str(tmp_path / "theirs"), rows)
    write_deltalake(str(tmp_path / "theirs"), rows.slice(0, 1), mode="append")
    read = spark.read.format("delta").load(str(tmp_path / "theirs"))
    assert read.count() == 4
    assert read.where("name = 'a'").count() == 2


def test_deltalake_appends_to_our_table(server, spark):
    import pyarrow

    spark.sql("SELECT 1L AS id, 'a' AS name").write.saveAsTable("shared_table")
    write_deltalake(location(server, "shared_table"), pyarrow.table({"id": [2], "name": ["b"]}), mode="append")
    assert sorted(map(tuple, spark.table("shared_table").collect())) == [(1, "a"), (2, "b")]


def test_names_of_three_parts(spark):
    spark.range(4).write.saveAsTable("main.default.three_parts")
    assert spark.table("three_parts").count() == 4
    assert spark.sql("SELECT count(*) AS n FROM main.default.three_parts").first()["n"] == 4
    spark.sql("DROP TABLE three_parts")
    with pytest.raises(PySparkException) as caught:
        spark.table("three_parts").count()
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"


def test_writers_do_not_lose_each_other(server, spark):
    """Two sessions append at once: every row of both is there."""
    from concurrent.futures import ThreadPoolExecutor

    spark.range(0).write.saveAsTable("busy")
    sessions = [server.session() for _ in range(2)]

    def append(session):
        for _ in range(5):
            session.range(10).write.mode("append").saveAsTable("busy")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(append, sessions))
    assert spark.table("busy").count() == 100
    for session in sessions:
        session.stop()
