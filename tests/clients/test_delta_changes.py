"""DELETE, UPDATE and MERGE on Delta tables; what they leave is read by the deltalake package as well."""

import json
import pathlib

import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.errors import PySparkException
from pyspark.sql import Row

from test_delta import location


@pytest.fixture
def table(server, spark):
    """A table of ten rows in two files: `id`, `name`, `amount`; its name."""
    name = "changed"
    spark.sql(f"DROP TABLE IF EXISTS {name}")
    first = "SELECT id, concat('n', id) AS name, CAST(id * 1.5 AS DOUBLE) AS amount FROM range({}, {})"
    spark.sql(first.format(0, 5)).coalesce(1).write.saveAsTable(name)
    spark.sql(first.format(5, 10)).coalesce(1).write.mode("append").saveAsTable(name)
    return name


def rows(spark, name, columns="*"):
    return sorted((tuple(row) for row in spark.sql(f"SELECT {columns} FROM {name}").collect()), key=str)


def independent(server, name):
    """The rows that the deltalake package sees."""
    arrow = DeltaTable(location(server, name)).to_pyarrow_table().to_pylist()
    return sorted((tuple(row.values()) for row in arrow), key=str)


def last_commit(server, name):
    log = sorted((pathlib.Path(location(server, name)) / "_delta_log").glob("*.json"))[-1]
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    kinds = [kind for action in actions for kind in action]
    info = next(action["commitInfo"] for action in actions if "commitInfo" in action)
    return info, kinds.count("add"), kinds.count("remove")


DELETES = [
    # (statement after DELETE FROM t, rows gone, files added, files removed)
    ("WHERE id = 3", {3}, 1, 1),
    ("WHERE id < 5", set(range(5)), 0, 1),
    ("AS x WHERE x.id % 2 = 0", {0, 2, 4, 6, 8}, None, 2),
    ("", set(range(10)), 0, 2),
    ("WHERE true", set(range(10)), 0, 2),
    ("WHERE id IN (SELECT id + 1 FROM range(3))", {1, 2, 3}, 1, 1),
    ("WHERE id NOT IN (SELECT id FROM range(9))", {9}, 1, 1),
    ("WHERE id NOT IN (SELECT CAST(NULL AS BIGINT) UNION ALL SELECT 1L)", set(), None, None),
    ("t WHERE EXISTS (SELECT 1 FROM range(8) r WHERE r.id = t.id + 1)", set(range(7)), None, 2),
    ("WHERE id > (SELECT avg(id) FROM {t})", {5, 6, 7, 8, 9}, 0, 1),
    ("WHERE name LIKE 'n7' OR amount = 0", {0, 7}, None, 2),
    ("WHERE id = 99", set(), None, None),
    ("WHERE NULL", set(), None, None),
]


@pytest.mark.parametrize("statement, gone, added, removed", DELETES)
def test_delete(server, spark, table, statement, gone, added, removed):
    before = DeltaTable(location(server, table)).version()
    result = spark.sql(f"DELETE FROM {table} {statement.format(t=table)}")
    assert result.columns == ["num_affected_rows"] and result.collect() == [Row(num_affected_rows=len(gone))]
    assert {row[0] for row in rows(spark, table)} == set(range(10)) - gone
    assert independent(server, table) == rows(spark, table)
    info, adds, removes = last_commit(server, table)
    if not gone:
        assert DeltaTable(location(server, table)).version() == before
        return
    assert info["operation"] == "DELETE" and info["operationMetrics"]["numDeletedRows"] == str(len(gone))
    assert removes == removed and (added is None or adds == added)


UPDATES = [
    # (after UPDATE t, the new rows of id 2 and id 7)
    ("SET name = 'x' WHERE id = 2", [(2, "x", 3.0), (7, "n7", 10.5)], 1),
    ("SET amount = amount + 1, name = upper(name)", [(2, "N2", 4.0), (7, "N7", 11.5)], 10),
    ("AS u SET u.name = NULL WHERE u.id > 5", [(2, "n2", 3.0), (7, None, 10.5)], 4),
    ("SET amount = 7 WHERE id = 7", [(2, "n2", 3.0), (7, "n7", 7.0)], 1),
    ("SET amount = '2.5' WHERE id = 7", [(2, "n2", 3.0), (7, "n7", 2.5)], 1),
    ("SET id = id, name = concat(name, '!') WHERE id IN (2, 7)", [(2, "n2!", 3.0), (7, "n7!", 10.5)], 2),
    ("SET amount = (SELECT max(id) FROM {t}) WHERE id = 2", [(2, "n2", 9.0), (7, "n7", 10.5)], 1),
    ("SET name = 'y' WHERE id IN (SELECT id FROM range(3))", [(2, "y", 3.0), (7, "n7", 10.5)], 3),
    ("SET name = 'z' WHERE id = 99", [(2, "n2", 3.0), (7, "n7", 10.5)], 0),
]


@pytest.mark.parametrize("statement, wanted, count", UPDATES)
def test_update(server, spark, table, statement, wanted, count):
    result = spark.sql(f"UPDATE {table} {statement.format(t=table)}")
    assert result.collect() == [Row(num_affected_rows=count)]
    assert [row for row in rows(spark, table) if row[0] in (2, 7)] == wanted
    assert len(rows(spark, table)) == 10 and independent(server, table) == rows(spark, table)
    if count:
        info, _, _ = last_commit(server, table)
        assert info["operation"] == "UPDATE" and info["operationMetrics"]["numUpdatedRows"] == str(count)


def test_untouched_files_stay(server, spark, table):
    before = set(DeltaTable(location(server, table)).file_uris())
    spark.sql(f"UPDATE {table} SET name = 'x' WHERE id = 3")
    after = set(DeltaTable(location(server, table)).file_uris())
    assert len(before & after) == 1 and len(after) == 2


def test_fields_of_structs(server, spark):
    spark.sql("DROP TABLE IF EXISTS changed_structs")
    spark.sql(
        "CREATE TABLE changed_structs AS SELECT id, named_struct('a', id, 'b', named_struct('c', 'x', 'd', 1.5D)) AS s "
        "FROM range(3)"
    )
    spark.sql("UPDATE changed_structs SET s.b.c = 'new', s.a = s.a + 10 WHERE id = 1")
    read = {row.id: row.s.asDict(True) for row in spark.table("changed_structs").collect()}
    assert read[1] == {"a": 11, "b": {"c": "new", "d": 1.5}} and read[2] == {"a": 2, "b": {"c": "x", "d": 1.5}}
    assert len(DeltaTable(location(server, "changed_structs")).to_pyarrow_table()) == 3


def test_partitioned_tables(server, spark):
    spark.sql("DROP TABLE IF EXISTS changed_parts")
    spark.sql("SELECT id, id % 3 AS part, concat('n', id) AS name FROM range(30)").write.partitionBy("part").saveAsTable(
        "changed_parts"
    )
    before = set(DeltaTable(location(server, "changed_parts")).file_uris())
    assert spark.sql("DELETE FROM changed_parts WHERE part = 1").first()[0] == 10
    assert spark.sql("UPDATE changed_parts SET part = 5, name = 'moved' WHERE id = 6").first()[0] == 1
    table = DeltaTable(location(server, "changed_parts"))
    assert sorted({row["part"] for row in table.to_pyarrow_table().to_pylist()}) == [0, 2, 5]
    assert len(before & set(table.file_uris())) == len([uri for uri in before if "part=2" in uri])
    read = spark.sql("SELECT id, part, name FROM changed_parts WHERE id = 6").collect()
    assert [tuple(row) for row in read] == [(6, 5, "moved")]


MERGES = [
    # (clauses, the rows after, (affected, updated, deleted, inserted)); target ids 0, 1, 2; source ids 1, 2, 3
    (
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        [(0, "t0", 0), (1, "s1", 10), (2, "s2", 20), (3, "s3", 30)],
        (3, 2, 0, 1),
    ),
    ("WHEN MATCHED THEN DELETE", [(0, "t0", 0)], (2, 0, 2, 0)),
    (
        "WHEN MATCHED AND s.v > 15 THEN UPDATE SET t.name = concat(t.name, s.name), v = t.v + s.v",
        [(0, "t0", 0), (1, "t1", 1), (2, "t2s2", 22)],
        (1, 1, 0, 0),
    ),
    (
        "WHEN MATCHED AND t.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET v = -1",
        [(0, "t0", 0), (2, "t2", -1)],
        (2, 1, 1, 0),
    ),
    (
        "WHEN NOT MATCHED BY TARGET AND s.v >= 30 THEN INSERT (id, v) VALUES (s.id, v + 1)",
        [(0, "t0", 0), (1, "t1", 1), (2, "t2", 2), (3, None, 31)],
        (1, 0, 0, 1),
    ),
    ("WHEN NOT MATCHED AND s.v > 99 THEN INSERT *", [(0, "t0", 0), (1, "t1", 1), (2, "t2", 2)], (0, 0, 0, 0)),
    (
        "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT * "
        "WHEN NOT MATCHED BY SOURCE AND t.v = 0 THEN UPDATE SET name = 'gone'",
        [(0, "gone", 0), (1, "t1", 10), (2, "t2", 20), (3, "s3", 30)],
        (4, 3, 0, 1),
    ),
    ("WHEN NOT MATCHED BY SOURCE THEN DELETE", [(1, "t1", 1), (2, "t2", 2)], (1, 0, 1, 0)),
    (
        "WHEN NOT MATCHED AND s.id = 4 THEN INSERT (id) VALUES (-4) WHEN NOT MATCHED THEN INSERT (id) VALUES (-1)",
        [(-1, None, None), (0, "t0", 0), (1, "t1", 1), (2, "t2", 2)],
        (1, 0, 0, 1),
    ),
]


@pytest.fixture
def merged(spark):
    spark.sql("DROP TABLE IF EXISTS merged")
    spark.sql("CREATE TABLE merged AS SELECT id, concat('t', id) AS name, CAST(id AS INT) AS v FROM range(3)")
    spark.sql("SELECT id, concat('s', id) AS name, CAST(id * 10 AS INT) AS v FROM range(1, 4)").createOrReplaceTempView(
        "merge_source"
    )


@pytest.mark.parametrize("clauses, after, counts", MERGES)
def test_merge(server, spark, merged, clauses, after, counts):
    result = spark.sql(f"MERGE INTO merged t USING merge_source s ON t.id = s.id {clauses}")
    assert result.columns == ["num_affected_rows", "num_updated_rows", "num_deleted_rows", "num_inserted_rows"]
    assert tuple(result.first()) == counts
    read = rows(spark, "merged")
    assert read == sorted(after, key=str) and independent(server, "merged") == read
    if counts[0]:
        info, _, _ = last_commit(server, "merged")
        metrics = info["operationMetrics"]
        assert info["operation"] == "MERGE" and metrics["numTargetRowsInserted"] == str(counts[3])


def test_merge_from_a_query_and_without_keys(spark, merged):
    spark.sql(
        "MERGE INTO merged USING (SELECT max(v) AS top FROM merge_source) AS m ON merged.v >= m.top OR merged.id = 0 "
        "WHEN MATCHED THEN UPDATE SET name = 'hit' WHEN NOT MATCHED THEN INSERT (id) VALUES (top)"
    )
    assert rows(spark, "merged") == [(0, "hit", 0), (1, "t1", 1), (2, "t2", 2)]


ERRORS = [
    ("DELETE FROM merged WHERE missing = 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ("DELETE FROM no_such_table", "TABLE_OR_VIEW_NOT_FOUND"),
    ("DELETE FROM merged WHERE id", "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN"),
    ("UPDATE merged SET missing = 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ("UPDATE merged SET v = 1, v = 2", "DELTA_CONFLICT_SET_COLUMN"),
    ("UPDATE merged SET v = 'abc'", "CAST_INVALID_INPUT"),
    ("UPDATE merged SET v = 1 / 0", "DIVIDE_BY_ZERO"),
    ("UPDATE merged SET v = array(1)", "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION"),
    ("MERGE INTO merged t USING merge_source s ON t.id = s.id", "MERGE_WITHOUT_WHEN"),
    (
        "MERGE INTO merged t USING merge_source s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN MATCHED THEN UPDATE SET *",
        "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION",
    ),
    (
        "MERGE INTO merged t USING (SELECT 1L AS id FROM range(2)) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = 1",
        "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
    ),
    (
        "MERGE INTO merged t USING (SELECT 1L AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *",
        "DELTA_MERGE_UNRESOLVED_EXPRESSION",
    ),
    (
        "MERGE INTO merged t USING merge_source s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = id",
        "AMBIGUOUS_REFERENCE",
    ),
    (
        "MERGE INTO merged t USING merge_source s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (t.id)",
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    ),
]


@pytest.mark.parametrize("statement, condition", ERRORS)
def test_errors_change_nothing(server, spark, merged, statement, condition):
    before = rows(spark, "merged")
    with pytest.raises(PySparkException) as caught:
        spark.sql(statement).collect()
    assert caught.value.getCondition() == condition
    assert rows(spark, "merged") == before == independent(server, "merged")


def test_a_row_deleted_twice_is_deleted(spark, merged):
    statement = "MERGE INTO merged t USING (SELECT 1L AS id FROM range(3)) s ON t.id = s.id WHEN MATCHED THEN DELETE"
    assert tuple(spark.sql(statement).first()) == (1, 0, 1, 0)
    assert [row[0] for row in rows(spark, "merged")] == [0, 2]


def test_rules_of_a_table_are_kept(server, spark):
    """Constraints that another writer gave the table."""
    spark.sql("DROP TABLE IF EXISTS ruled")
    spark.sql("CREATE TABLE ruled AS SELECT id, 'a' AS name FROM range(3)")
    table = DeltaTable(location(server, "ruled"))
    table.alter.add_constraint({"small": "id < 10"})
    cases = [
        "UPDATE ruled SET id = 11 WHERE id = 1",
        "MERGE INTO ruled t USING (SELECT 77L AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
        "MERGE INTO ruled t USING (SELECT 1L AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET id = NULL",
    ]
    for statement in cases:
        with pytest.raises(PySparkException) as caught:
            spark.sql(statement).collect()
        assert caught.value.getCondition() == "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", statement
        assert "small" in str(caught.value)
    spark.sql("UPDATE ruled SET id = 9 WHERE id = 1")
    spark.sql("DELETE FROM ruled WHERE id = 0")
    assert rows(spark, "ruled") == [(2, "a"), (9, "a")]


def test_append_only_tables_are_not_changed(server, spark):
    spark.sql("DROP TABLE IF EXISTS only_appends")
    spark.sql("CREATE TABLE only_appends AS SELECT id FROM range(3)")
    DeltaTable(location(server, "only_appends")).alter.set_table_properties({"delta.appendOnly": "true"})
    for statement in ["DELETE FROM only_appends", "UPDATE only_appends SET id = 1"]:
        with pytest.raises(PySparkException) as caught:
            spark.sql(statement).collect()
        assert caught.value.getCondition() == "DELTA_CANNOT_MODIFY_APPEND_ONLY"
    assert spark.table("only_appends").count() == 3


def test_a_table_of_deltalake_is_changed(server, spark):
    """Files that others wrote, and rows they append meanwhile."""
    import pyarrow

    spark.sql("DROP TABLE IF EXISTS mixed_writers")
    spark.sql("CREATE TABLE mixed_writers AS SELECT id, 'a' AS name FROM range(3)")
    more = pyarrow.table({"id": [10, 11], "name": ["b", None]})
    write_deltalake(location(server, "mixed_writers"), more, mode="append")
    spark.sql("UPDATE mixed_writers SET name = coalesce(name, 'none') WHERE id >= 10")
    spark.sql("DELETE FROM mixed_writers WHERE id = 1")
    assert independent(server, "mixed_writers") == [(0, "a"), (10, "b"), (11, "none"), (2, "a")]


def test_two_sessions_change_at_once(server, spark):
    """Each change is whole or refused; none is lost and none is done twice."""
    from concurrent.futures import ThreadPoolExecutor

    spark.sql("DROP TABLE IF EXISTS contested")
    spark.sql("CREATE TABLE contested AS SELECT id, 0 AS v FROM range(20)")
    sessions = [server.session() for _ in range(2)]

    def work(session):
        done = 0
        for _ in range(8):
            try:
                session.sql("UPDATE contested SET v = v + 1").collect()
                done += 1
            except PySparkException as error:
                assert error.getCondition() in ("DELTA_CONCURRENT_DELETE_READ", "DELTA_CONCURRENT_APPEND"), error
        return done

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(work, sessions))
    assert 8 <= done <= 16
    assert {row.v for row in spark.table("contested").collect()} == {done} and spark.table("contested").count() == 20
    for session in sessions:
        session.stop()
