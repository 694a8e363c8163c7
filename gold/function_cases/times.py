"""Clocks, dates and timestamps made of parts and numbers, times of day, intervals and windows of time."""

from function_cases.dates import DATES, TIMESTAMPS
from function_cases.settings import BERLIN, NEW_YORK, NO_ANSI


def clock_now(name: str, kind: str) -> list:
    """What the clock says: its type, and that it is the same within a query."""
    return [
        f"typeof({name}()), {name}() IS NULL",
        f"count(DISTINCT {name}()) FROM range(3)",
        f"size(array_distinct(array({', '.join([f'{name}()'] * 40)})))",
        f"{name}() > CAST('2024-01-01' AS {kind})",
        f"{name}('x', 1)",
        f"F.typeof(F.{name}()), F.{name}().isNull()",
    ]


def made_interval(name: str) -> list:
    return [
        f"CAST({name}(100, 11, 1, 1, 12, 30, 01.001001) AS STRING), CAST({name}(100, NULL, 3) AS STRING), CAST({name}(0, 1, 0, 1, 0, 0, 100.000001) AS STRING), CAST({name}(-1, 0, 0, 2) AS STRING)",
        f"CAST({name}() AS STRING)",
        f"DATE'2024-01-31' + {name}(0, 1), TIMESTAMP'2024-01-31 00:00:00' + {name}(0, 0, 1, 1, 1, 1, 1.5)",
        f"CAST({name}(2147483647) AS STRING)",
        f"CAST({name}('x') AS STRING)",
        f"typeof({name}(1, 2, 3))",
        f"F.{name}(F.lit(1), F.lit(2)).cast('string'), F.{name}(days=F.col('i')).cast('string'), F.{name}().cast('string')",
    ]


def made_timestamp(name: str) -> list:
    return [
        f"{name}(2024, m, 29, 12, 34, s) FROM VALUES (2, 56.789012), (12, 60), (1, 0), (NULL, 1) AS t(m, s)",
        f"{name}(1, 1, 1, 0, 0, 0), {name}(9999, 12, 31, 23, 59, 59.999999), {name}(2024, 1, 1, 0, 0, 1.5D), {name}('2024', 1, 1, 0, 0, '7')",
        f"{name}(2023, 2, 29, 0, 0, 0)",
        f"{name}(2024, 1, 1, 25, 0, 0)",
        f"{name}(2024, 1, 1, 0, 0, 60.5)",
        f"{name}(2024, 1, 1, 0, 0, 61)",
        (f"{name}(2023, 2, 29, 0, 0, 0), {name}(2024, 1, 1, 0, 0, 60.5)", NO_ANSI),
        f"{name}(2024, 1)",
        f"F.{name}(F.lit(2024), F.lit(2), F.lit(29), F.lit(1), F.lit(2), F.lit(3.5))",
    ]


def of_date_and_time(name: str) -> list:
    return [
        f"{name}(DATE'2024-02-29', TIME'12:34:56.789'), {name}(NULL, TIME'00:00:00')",
        f"F.{name}(date=F.col('d'), time=F.make_time(F.lit(1), F.lit(2), F.lit(3)))",
    ]


def of_epoch(name: str) -> list:
    """Timestamps out of numbers."""
    return [
        f"CAST({name}(x) AS STRING) FROM VALUES (0L), (1230219000123L), (-1L), (253402300799L), (NULL) AS t(x)",
        f"{name}(1), {name}(1S), {name}(-1Y), {name}(NULL)",
        (f"{name}(86400)", NEW_YORK),
        f"CAST({name}(9223372036854775807L) AS STRING)",
        f"{name}('x')",
        f"{name}(1.5D)",
        f"F.{name}('n'), F.{name}(F.col('i'))",
    ]


def to_epoch(name: str) -> list:
    return [
        f"t, {name}(t) FROM {TIMESTAMPS}",
        (f"{name}(TIMESTAMP'2024-07-01 12:30:15')", BERLIN),
        f"{name}('2024-01-01 00:00:01')",
        f"{name}(DATE'2024-01-02')",
        f"{name}(TIMESTAMP_NTZ'2024-01-01 00:00:00')",
        f"{name}(1)",
        f"F.{name}('t')",
    ]


CASES = {
    "curdate": clock_now("curdate", "DATE"),
    "current_date": [
        *clock_now("current_date", "DATE"),
        "current_date = current_date()",
        ("current_date() = CAST(current_timestamp() AS DATE)", BERLIN),
    ],
    "current_time": [
        *clock_now("current_time", "TIME"),
        "typeof(current_time(0)), typeof(current_time(3)), length(current_time(0)) = 8",
        "current_time(9)",
    ],
    "current_timestamp": [*clock_now("current_timestamp", "TIMESTAMP"), "typeof(current_timestamp)"],
    "localtimestamp": [
        *clock_now("localtimestamp", "TIMESTAMP_NTZ"),
        ("localtimestamp() = CAST(current_timestamp() AS TIMESTAMP_NTZ)", BERLIN),
    ],
    "now": clock_now("now", "TIMESTAMP"),
    "current_timezone": [
        "current_timezone()",
        ("current_timezone()", BERLIN),
        "current_timezone(1)",
        "F.current_timezone()",
    ],
    "make_date": [
        "make_date(y, m, d) FROM VALUES (2024, 2, 29), (1, 1, 1), (9999, 12, 31), (NULL, 1, 1), (2024, NULL, 1) AS t(y, m, d)",
        "make_date('2024', 1L, 2S), CAST(make_date(0, 1, 1) AS STRING), CAST(make_date(-1, 1, 1) AS STRING)",
        "make_date(2023, 2, 29)",
        "make_date(2024, 13, 1)",
        ("make_date(2023, 2, 29), make_date(2024, 13, 1)", NO_ANSI),
        "make_date(2024, 1)",
        "F.make_date(F.lit(2024), F.lit(2), F.lit(29)), F.make_date(F.year('d'), F.month('d'), F.lit(1))",
    ],
    "make_dt_interval": [
        "make_dt_interval(1, 12, 30, 01.001001), make_dt_interval(2), make_dt_interval(100, NULL, 3), make_dt_interval(), make_dt_interval(0, 0, 0, -1.5), make_dt_interval(0, 25, 61)",
        "DATE'2024-01-01' + make_dt_interval(1, 2), TIMESTAMP'2024-01-01 00:00:00' - make_dt_interval(0, 0, 0, 0.000001)",
        "make_dt_interval(2147483647)",
        "make_dt_interval('x')",
        "F.make_dt_interval(F.lit(1), F.lit(2), F.lit(3), F.lit(4.5)), F.make_dt_interval(hours=F.col('i')), F.make_dt_interval()",
    ],
    "make_interval": made_interval("make_interval"),
    "try_make_interval": made_interval("try_make_interval"),
    "make_time": [
        "make_time(h, m, s) FROM VALUES (0, 0, 0), (23, 59, 59.999999), (12, 30, 1.5), (NULL, 1, 1) AS t(h, m, s)",
        "make_time(24, 0, 0)",
        "make_time(1, 2, 60)",
        "make_time(1, 2)",
        "F.make_time(F.lit(1), F.lit(2), F.lit(3.25))",
    ],
    "make_timestamp": [
        *made_timestamp("make_timestamp"),
        *of_date_and_time("make_timestamp"),
        "make_timestamp(2024, 7, 1, 0, 0, 0, 'CET'), make_timestamp(2024, 7, 1, 0, 0, 0, 'America/New_York'), make_timestamp(2024, 7, 1, 0, 0, 0, NULL)",
        ("make_timestamp(2024, 3, 31, 2, 30, 0), make_timestamp(2024, 7, 1, 0, 0, 0)", BERLIN),
        "make_timestamp(2024, 7, 1, 0, 0, 0, 'Mars')",
    ],
    "make_timestamp_ltz": [
        *made_timestamp("make_timestamp_ltz"),
        "make_timestamp_ltz(2024, 7, 1, 0, 0, 0, 'Asia/Tokyo')",
        ("make_timestamp_ltz(2024, 7, 1, 0, 0, 0)", NEW_YORK),
    ],
    "make_timestamp_ntz": [
        *made_timestamp("make_timestamp_ntz"),
        *of_date_and_time("make_timestamp_ntz"),
        ("make_timestamp_ntz(2024, 3, 31, 2, 30, 0)", BERLIN),
    ],
    "try_make_timestamp": [
        *made_timestamp("try_make_timestamp"),
        *of_date_and_time("try_make_timestamp"),
        "try_make_timestamp(2024, 7, 1, 0, 0, 0, 'CET')",
    ],
    "try_make_timestamp_ltz": [
        *made_timestamp("try_make_timestamp_ltz"),
        "try_make_timestamp_ltz(2024, 7, 1, 0, 0, 0, 'CET')",
    ],
    "try_make_timestamp_ntz": [*made_timestamp("try_make_timestamp_ntz"), *of_date_and_time("try_make_timestamp_ntz")],
    "make_ym_interval": [
        "CAST(make_ym_interval(1, 2) AS STRING), CAST(make_ym_interval(1) AS STRING), CAST(make_ym_interval(-1, 0) AS STRING), CAST(make_ym_interval(NULL, 1) AS STRING), CAST(make_ym_interval() AS STRING), CAST(make_ym_interval(0, 15) AS STRING)",
        "DATE'2024-01-31' + make_ym_interval(0, 1), typeof(make_ym_interval(1, 2))",
        "make_ym_interval(178956970, 8)",
        "F.make_ym_interval(F.lit(2), F.lit(3)).cast('string'), F.make_ym_interval(months=F.col('i')).cast('string'), F.make_ym_interval().cast('string')",
    ],
    "session_window": [
        "s.start, s.end, n FROM (SELECT session_window(t, '10 minutes') s, count(*) n FROM VALUES (TIMESTAMP'2024-01-01 00:00:00'), (TIMESTAMP'2024-01-01 00:09:30'), (TIMESTAMP'2024-01-01 00:30:00'), (NULL) AS t(t) GROUP BY session_window(t, '10 minutes')) ORDER BY 1",
        "k, session_window.start, session_window.end, sum(v) FROM VALUES ('a', TIMESTAMP'2024-01-01 00:00:00', 1), ('a', TIMESTAMP'2024-01-01 00:04:00', 2), ('b', TIMESTAMP'2024-01-01 00:01:00', 5) AS t(k, t, v) GROUP BY k, session_window(t, CASE WHEN k = 'a' THEN '5 minutes' ELSE '1 minute' END) ORDER BY 1, 2",
        "session_window(t, 'nonsense') FROM VALUES (TIMESTAMP'2024-01-01 00:00:00') AS t(t) GROUP BY 1",
        "spark.table('samples').groupBy(F.session_window('t', '5 minutes').alias('w')).count().orderBy('w')",
        "spark.table('samples').groupBy(F.session_window(F.col('t'), F.lit('1 hour'))).agg(F.sum('i').alias('s')).select('session_window.start', 's').orderBy('start')",
    ],
    "timestamp_micros": of_epoch("timestamp_micros"),
    "timestamp_millis": of_epoch("timestamp_millis"),
    "timestamp_seconds": [
        *of_epoch("timestamp_seconds"),
        "timestamp_seconds(1230219000.123), timestamp_seconds(-0.5D), timestamp_seconds(1.5F), timestamp_seconds(double('NaN'))",
        "timestamp_seconds(1.1234567)",
    ],
    "time_bucket": [
        "time_bucket(INTERVAL '15' MINUTE, TIMESTAMP'2024-02-29 12:34:56'), time_bucket(INTERVAL '1' DAY, TIMESTAMP'2024-02-29 12:34:56'), time_bucket(INTERVAL '1' MONTH, TIMESTAMP'2024-02-29 12:34:56'), time_bucket(INTERVAL '7' DAY, TIMESTAMP'1969-12-31 00:00:00')",
        "time_bucket(INTERVAL '1' HOUR, TIMESTAMP'2024-02-29 12:34:56', TIMESTAMP'2024-01-01 00:30:00'), time_bucket(INTERVAL '1' HOUR, NULL), time_bucket(INTERVAL '1' HOUR, TIMESTAMP_NTZ'2024-02-29 12:34:56')",
        "time_bucket(INTERVAL '2' DAY, DATE'2024-02-29')",
        "time_bucket(INTERVAL '0' HOUR, TIMESTAMP'2024-02-29 12:34:56')",
        "time_bucket('1 hour', TIMESTAMP'2024-02-29 12:34:56')",
        "F.time_bucket(F.make_dt_interval(F.lit(1)), 't'), F.time_bucket(F.expr(\"INTERVAL '1' HOUR\"), 't', F.lit('2024-01-01').cast('timestamp'))",
    ],
    "time_diff": [
        "time_diff('HOUR', TIME'20:30:29', TIME'21:30:28'), time_diff('minute', TIME'20:30:29', TIME'21:30:29'), time_diff('SECOND', TIME'09:32:05.359123', TIME'17:23:49.906152'), time_diff('MICROSECOND', TIME'01:00:00', TIME'00:00:00'), time_diff('hour', NULL, TIME'00:00:00')",
        "time_diff('DAY', TIME'20:30:29', TIME'21:30:28')",
        "F.time_diff(F.lit('HOUR'), F.make_time(F.lit(1), F.lit(0), F.lit(0)), F.make_time(F.lit(5), F.lit(0), F.lit(0)))",
    ],
    "time_from_micros": [
        "time_from_micros(0), time_from_micros(52200500000), time_from_micros(NULL)",
        "time_from_micros(-1)",
        "time_from_micros(86400000000)",
        "F.time_from_micros(F.lit(1500000))",
    ],
    "time_from_millis": [
        "time_from_millis(0), time_from_millis(52200500), time_from_millis(NULL)",
        "time_from_millis(86400000)",
        "F.time_from_millis(F.lit(1500))",
    ],
    "time_from_seconds": [
        "time_from_seconds(0), time_from_seconds(52200), time_from_seconds(52200.5), time_from_seconds(1.5D), time_from_seconds(NULL)",
        "time_from_seconds(-1)",
        "time_from_seconds(90000)",
        "F.time_from_seconds(F.lit(3661))",
    ],
    "time_to_micros": [
        "time_to_micros(TIME'00:00:00'), time_to_micros(TIME'14:30:00.5'), time_to_micros(CAST(NULL AS TIME))",
        "time_to_micros('x')",
        "F.time_to_micros(F.make_time(F.lit(1), F.lit(2), F.lit(3.5)))",
    ],
    "time_to_millis": [
        "time_to_millis(TIME'00:00:00'), time_to_millis(TIME'14:30:00.5'), time_to_millis(CAST(NULL AS TIME))",
        "time_to_millis(1)",
        "F.time_to_millis(F.make_time(F.lit(1), F.lit(2), F.lit(3.5)))",
    ],
    "time_to_seconds": [
        "time_to_seconds(TIME'00:00:00'), time_to_seconds(TIME'14:30:00.5'), time_to_seconds(CAST(NULL AS TIME))",
        "time_to_seconds(1)",
        "F.time_to_seconds(F.make_time(F.lit(1), F.lit(2), F.lit(3.5)))",
    ],
    "time_trunc": [
        ", ".join(
            f"time_trunc('{unit}', TIME'09:32:05.359123')"
            for unit in "HOUR minute SECOND MILLISECOND MICROSECOND".split()
        )
        + ", time_trunc('hour', CAST(NULL AS TIME)), time_trunc(NULL, TIME'09:32:05')",
        "time_trunc('DAY', TIME'09:32:05')",
        "F.time_trunc(F.lit('minute'), F.make_time(F.lit(1), F.lit(2), F.lit(3.5)))",
    ],
    "to_time": [
        "to_time('12:34:56'), to_time('00:00'), to_time('23:59:59.999999'), to_time('01.02.03', 'HH.mm.ss'), to_time('1:02 PM', 'h:mm a'), to_time(NULL)",
        "to_time('25:00:00')",
        "to_time('x', 'HH')",
        "F.to_time(F.lit('01:02:03')), F.to_time(F.lit('0102'), F.lit('HHmm'))",
    ],
    "try_to_time": [
        "try_to_time('12:34:56'), try_to_time('25:00:00'), try_to_time('x', 'HH'), try_to_time(NULL), try_to_time('01.02.03', 'HH.mm.ss')",
        "F.try_to_time('s'), F.try_to_time(F.lit('0102'), F.lit('HHmm'))",
    ],
    "unix_date": [
        "d, unix_date(d) FROM " + DATES,
        "unix_date('2024-01-01')",
        "unix_date(TIMESTAMP'2024-01-01 23:00:00')",
        "unix_date(1)",
        "F.unix_date('d')",
    ],
    "unix_micros": to_epoch("unix_micros"),
    "unix_millis": to_epoch("unix_millis"),
    "unix_seconds": to_epoch("unix_seconds"),
    "unix_timestamp": [
        "unix_timestamp(s, 'yyyy-MM-dd HH:mm') FROM VALUES ('2024-02-29 01:02'), ('1969-12-31 23:59'), (NULL) AS t(s)",
        "unix_timestamp('2024-02-29 01:02:03'), unix_timestamp(DATE'2024-02-29'), unix_timestamp(TIMESTAMP'1969-12-31 23:59:59.5'), typeof(unix_timestamp()), unix_timestamp() > 1700000000",
        ("unix_timestamp('2024-07-01 00:00:00')", NEW_YORK),
        "unix_timestamp('x')",
        ("unix_timestamp('x')", NO_ANSI),
        "F.unix_timestamp('t'), F.unix_timestamp(F.lit('2024'), 'yyyy'), F.unix_timestamp() > 0",
    ],
    "window": [
        "window.start, window.end, n FROM (SELECT window, count(*) n FROM VALUES (TIMESTAMP'2024-01-01 00:00:00'), (TIMESTAMP'2024-01-01 00:04:30'), (TIMESTAMP'2024-01-01 00:05:00'), (NULL) AS t(t) GROUP BY window(t, '5 minutes')) ORDER BY 1",
        "w.start, w.end, n FROM (SELECT window(t, '10 minutes', '5 minutes') w, count(*) n FROM VALUES (TIMESTAMP'2024-01-01 00:00:00'), (TIMESTAMP'2024-01-01 00:06:00') AS t(t) GROUP BY 1) ORDER BY 1",
        "window(t, '1 hour', '1 hour', '15 minutes') w FROM VALUES (TIMESTAMP'2024-01-01 00:10:00'), (TIMESTAMP'1969-12-31 23:50:00') AS t(t) ORDER BY w",
        "window(t, '5 minutes', '10 minutes') FROM VALUES (TIMESTAMP'2024-01-01 00:00:00') AS t(t)",
        "window(t, '1 month') FROM VALUES (TIMESTAMP'2024-01-01 00:00:00') AS t(t)",
        (
            "window(t, '1 day') w FROM VALUES (TIMESTAMP'2024-07-01 12:00:00'), (TIMESTAMP_NTZ'2024-07-01 12:00:00') AS t(t)",
            BERLIN,
        ),
        "spark.table('samples').groupBy(F.window('t', '1 day')).agg(F.count('*').alias('n')).orderBy('window')",
        "spark.table('samples').groupBy(F.window(F.col('t'), '2 hours', '1 hour', '30 minutes').alias('w')).count().orderBy('w')",
    ],
    "window_time": [
        "window_time(window) t, n FROM (SELECT window, count(*) n FROM VALUES (TIMESTAMP'2024-01-01 00:00:00'), (TIMESTAMP'2024-01-01 00:07:30') AS t(t) GROUP BY window(t, '5 minutes')) ORDER BY 1",
        "window_time(1)",
        "spark.table('samples').groupBy(F.window('t', '1 day')).count().select(F.window_time('window').alias('t'), 'count').orderBy('t')",
    ],
}
