"""Dates, timestamps, times of day, intervals and windows of time."""

from function_cases.settings import BERLIN, NEW_YORK, NO_ANSI

DATES = (
    "VALUES (DATE'2024-02-29'), (DATE'2023-12-31'), (DATE'1970-01-01'), (DATE'1582-10-15'), (DATE'0001-01-01'), "
    "(DATE'9999-12-31'), (DATE'2021-01-03'), (NULL) AS t(d)"
)
TIMESTAMPS = (
    "VALUES (TIMESTAMP'2024-02-29 12:34:56.789012'), (TIMESTAMP'1969-12-31 23:59:59.999999'), "
    "(TIMESTAMP'1970-01-01 00:00:00'), (TIMESTAMP'1900-01-01 06:00:00'), (TIMESTAMP'9999-12-31 23:59:59'), (NULL) AS t(t)"
)


NEAR = TIMESTAMPS.replace("9999-12-31 23:59:59", "2100-12-31 23:59:59")


def field(name: str) -> list:
    """A field of a date."""
    return [
        f"d, {name}(d) FROM {DATES}",
        f"{name}(TIMESTAMP'2024-12-30 23:59:59.9'), {name}('2024-07-04'), {name}(TIMESTAMP_NTZ'2020-06-15 01:02:03'), {name}(NULL), {name}('2024-07-04 10:11:12')",
        f"{name}('soon')",
        f"{name}(1)",
        f"F.{name}('d'), F.{name}(F.col('t')), F.{name}(F.lit('2024-01-31'))",
    ]


def clock(name: str) -> list:
    """A field of a time."""
    return [
        f"t, {name}(t) FROM {TIMESTAMPS}",
        f"{name}('2024-07-04 10:11:12.5'), {name}(DATE'2024-07-04'), {name}(TIMESTAMP_NTZ'2020-06-15 01:02:03'), {name}(NULL), {name}('23:04:05')",
        (f"{name}(TIMESTAMP'2024-07-01 12:30:15Z')", NEW_YORK),
        f"{name}(TIME'13:14:15.678')",
        f"{name}('noon')",
        f"{name}(1)",
        f"F.{name}('t'), F.{name}(F.col('d'))",
    ]


def days(name: str) -> list:
    """Days added or taken."""
    return [
        f"d, {name}(d, 1), {name}(d, 0) FROM VALUES (DATE'2024-02-28'), (DATE'2023-12-31'), (NULL) AS t(d)",
        f"{name}('2024-02-28', 2), {name}(TIMESTAMP'2024-02-28 23:00:00', -2), {name}(DATE'2024-01-01', 3S), {name}(DATE'2024-01-01', 3Y), {name}(DATE'2024-01-01', '3'), {name}(DATE'2024-01-01', NULL)",
        f"{name}(DATE'2024-01-01', 1.5D)",
        f"{name}(DATE'2024-01-01', 'x')",
        f"{name}('no date', 1)",
        f"{name}(DATE'2024-01-01', 1L)",
        f"F.{name}('d', 1), F.{name}('d', 'i'), F.{name}(F.col('t'), F.lit(30))",
    ]


def difference(name: str) -> list:
    return [
        f"{name}(x, y) FROM VALUES (DATE'2024-03-01', DATE'2024-02-28'), (DATE'2023-01-01', DATE'2024-01-01'), (NULL, DATE'2024-01-01') AS t(x, y)",
        f"{name}(TIMESTAMP'2024-03-01 00:00:01', TIMESTAMP'2024-02-29 23:59:59'), {name}('2024-03-01', '2024-02-01'), {name}(DATE'9999-12-31', DATE'0001-01-01')",
        f"{name}('x', DATE'2024-01-01')",
        f"{name}(1, 2)",
        f"F.{name}('d', 'e'), F.{name}(F.col('t'), F.lit('2024-01-01'))",
    ]


def part(name: str) -> list:
    """The fields that a name picks."""
    fields = "YEAR QUARTER MONTH WEEK DAY DAYOFWEEK DOW DOW_ISO DOY YEAROFWEEK".split()
    return [
        ", ".join(f"{name}('{field}', d)" for field in fields) + f" FROM {DATES}",
        ", ".join(f"{name}('{field}', t)" for field in ("hour", "min", "s", "seconds", "y")) + f" FROM {TIMESTAMPS}",
        f"{name}('day', INTERVAL '5 04:03:02.1' DAY TO SECOND), {name}('hours', INTERVAL '5 04:03:02.1' DAY TO SECOND), {name}('second', INTERVAL '5 04:03:02.1' DAY TO SECOND), {name}('year', INTERVAL '2-3' YEAR TO MONTH), {name}('month', INTERVAL '2-3' YEAR TO MONTH)",
        f"{name}('century', DATE'2024-01-01')",
        f"{name}('hour', DATE'2024-01-01')",
        f"{name}(NULL, DATE'2024-01-01')",
        f"F.{name}(F.lit('YEAR'), 'd'), F.{name}(F.lit('hour'), 't'), F.{name}(F.lit('week'), F.col('t'))",
    ]


def clock_now(name: str, kind: str, call: str = "()") -> list:
    """What the clock says: its type, and that it is the same within a query."""
    return [
        f"typeof({name}{call}), {name}{call} IS NULL",
        f"count(DISTINCT {name}{call}) FROM range(3)",
        f"size(array_distinct(array({', '.join([name + call] * 40)})))",
        f"{name}{call} > CAST('2024-01-01' AS {kind})",
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


def parsed(name: str, kind: str) -> list:
    """Texts read as dates or timestamps, by rule or by pattern."""
    return [
        f"{name}(s) FROM VALUES ('2024-02-29'), ('2024-2-9'), (' 2024-02-29 '), ('2024'), ('2024-02'), ('2024-02-29T12:34:56'), ('2024-02-29 12:34:56.123456'), (NULL) AS t(s)",
        f"{name}('29.02.2024', 'dd.MM.yyyy'), {name}('2024/2/9', 'yyyy/M/d'), {name}('24-02-09', 'yy-MM-dd'), {name}('Feb 9, 2024', 'MMM d, yyyy'), {name}('2024-060', 'yyyy-DDD'), {name}(NULL, 'yyyy'), {name}('2024-02-29', NULL)",
        f"{name}('2024-02-29 23:04:05', 'yyyy-MM-dd HH:mm:ss'), {name}('02/29/2024 11:04 PM', 'MM/dd/yyyy hh:mm a'), {name}(DATE'2024-02-29'), {name}(TIMESTAMP'2024-02-29 23:59:59')",
        f"{name}('2023-02-29')",
        f"{name}('x', 'yyyy-MM-dd')",
        f"{name}('2024-02-30', 'yyyy-MM-dd')",
        f"{name}('2024', 'YYYY')",
        (f"{name}('2023-02-29'), {name}('x', 'yyyy')", NO_ANSI),
        f"{name}('')",
        f"{name}(true)",
    ]


def zone_shift(name: str) -> list:
    return [
        f"{name}(t, 'Asia/Seoul'), {name}(t, 'America/Los_Angeles'), {name}(t, '+02:30'), {name}(t, 'UTC') FROM {NEAR}",
        f"{name}(TIMESTAMP'2024-03-31 02:30:00', 'Europe/Berlin'), {name}(TIMESTAMP'2024-10-27 02:30:00', 'Europe/Berlin'), {name}('2016-08-31', 'Asia/Seoul'), {name}(DATE'2024-07-01', 'CET'), {name}(TIMESTAMP'2024-01-01 00:00:00', 'PST')",
        f"{name}(TIMESTAMP'2024-01-01 00:00:00', 'Mars/Base')",
        f"{name}(TIMESTAMP'2024-01-01 00:00:00', NULL)",
        f"{name}('x', 'UTC')",
        (f"{name}(TIMESTAMP'2024-07-01 12:00:00', 'Asia/Tokyo')", BERLIN),
        f"F.{name}('t', 'Asia/Tokyo'), F.{name}('t', F.lit('America/New_York'))",
    ]


CASES = {
    **{name: field(name) for name in ("year", "quarter", "month", "day", "dayofmonth", "dayofweek", "dayofyear")},
    **{name: field(name) for name in ("weekday", "weekofyear", "dayname", "monthname", "last_day")},
    **{name: clock(name) for name in ("hour", "minute", "second")},
    **{name: days(name) for name in ("date_add", "date_sub", "dateadd")},
    **{name: difference(name) for name in ("date_diff", "datediff")},
    **{name: part(name) for name in ("date_part", "datepart", "extract")},
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
    "add_months": [
        "d, add_months(d, 1), add_months(d, -1), add_months(d, 12) FROM VALUES (DATE'2024-01-31'), (DATE'2024-02-29'), (DATE'2023-03-31'), (NULL) AS t(d)",
        "add_months('2024-01-31', 1), add_months(TIMESTAMP'2024-01-31 12:00:00', 1), add_months(DATE'2024-01-31', '1'), add_months(DATE'2024-01-31', NULL), add_months(DATE'2024-01-31', 1Y)",
        "add_months(DATE'2024-01-31', 2147483647)",
        "add_months('x', 1)",
        "add_months(DATE'2024-01-31', 1.5D)",
        "F.add_months('d', 1), F.add_months('d', 'i'), F.add_months(F.col('t'), F.lit(-1))",
    ],
    "convert_timezone": [
        "convert_timezone('Europe/Brussels', 'America/Los_Angeles', TIMESTAMP_NTZ'2021-12-06 00:00:00'), convert_timezone('Asia/Tokyo', TIMESTAMP_NTZ'2024-07-01 00:00:00'), convert_timezone('UTC', '+03:00', TIMESTAMP'2024-01-01 00:00:00'), convert_timezone('UTC', 'CET', DATE'2024-01-01'), convert_timezone('UTC', 'UTC', '2024-01-01 10:00:00'), convert_timezone(NULL, 'UTC', TIMESTAMP_NTZ'2024-01-01 00:00:00')",
        "convert_timezone('America/New_York', TIMESTAMP_NTZ'2024-03-10 02:30:00'), convert_timezone('America/New_York', 'UTC', TIMESTAMP_NTZ'2024-03-10 02:30:00')",
        "convert_timezone('Nowhere', TIMESTAMP_NTZ'2024-07-01 00:00:00')",
        ("convert_timezone('America/New_York', TIMESTAMP_NTZ'2024-07-01 00:00:00')", BERLIN),
        "F.convert_timezone(None, F.lit('Asia/Tokyo'), 't'), F.convert_timezone(F.lit('UTC'), F.lit('CET'), 'd')",
    ],
    "date_format": [
        "date_format(t, 'yyyy-MM-dd HH:mm:ss.SSSSSS'), date_format(t, 'y M d H h m s a E'), date_format(t, 'EEEE, MMMM dd, yy'), date_format(t, 'DDD Q QQQ'), date_format(t, 'K k S') FROM "
        + TIMESTAMPS,
        "date_format(DATE'2024-02-29', \"'day' d ''\"), date_format('2024-02-29', 'MMM'), date_format(TIMESTAMP'2024-02-29 12:34:56', 'VV z xxx XXX O'), date_format(TIMESTAMP_NTZ'2024-02-29 12:34:56', 'HH'), date_format(NULL, 'y'), date_format(DATE'2024-02-29', NULL), date_format(DATE'2024-02-29', ''), date_format(DATE'2024-02-29', 'LLL LLLL qq G')",
        ("date_format(TIMESTAMP'2024-07-01 12:00:00Z', 'HH:mm XXX z zzzz VV')", NEW_YORK),
        "date_format(DATE'2024-02-29', 'YYYY')",
        "date_format(DATE'2024-02-29', 'bb')",
        "date_format(DATE'2024-02-29', 'yyyyyyy')",
        "date_format('x', 'yyyy')",
        "date_format(DATE'2024-02-29', 'F e u w W')",
        "F.date_format('t', 'yyyy/MM/dd HH'), F.date_format('d', 'E')",
    ],
    "date_from_unix_date": [
        "date_from_unix_date(x) FROM VALUES (0), (1), (-1), (19782), (2932896), (NULL) AS t(x)",
        "date_from_unix_date('5'), date_from_unix_date(5S)",
        "date_from_unix_date('x')",
        "date_from_unix_date(DATE'2024-01-01')",
        "F.date_from_unix_date('i'), F.date_from_unix_date(F.lit(365))",
    ],
    "date_trunc": [
        ", ".join(f"date_trunc('{unit}', t)" for unit in "YEAR yy QUARTER MONTH mon WEEK DAY dd".split())
        + f" FROM {TIMESTAMPS}",
        ", ".join(f"date_trunc('{unit}', t)" for unit in "HOUR minute SECOND millisecond MICROSECOND".split())
        + f" FROM {TIMESTAMPS}",
        "date_trunc('nothing', TIMESTAMP'2024-02-29 12:34:56'), date_trunc(NULL, TIMESTAMP'2024-02-29 12:34:56'), date_trunc('day', DATE'2024-02-29'), date_trunc('month', '2024-02-29 12:34:56'), date_trunc('hour', TIMESTAMP_NTZ'2024-02-29 12:34:56')",
        (
            "date_trunc('DAY', TIMESTAMP'2024-03-31 12:00:00'), date_trunc('HOUR', TIMESTAMP'2024-03-31 03:30:00'), date_trunc('WEEK', TIMESTAMP'2024-11-03 12:00:00')",
            BERLIN,
        ),
        "date_trunc('day', 'x')",
        "date_trunc('day', 1)",
        "F.date_trunc('year', 't'), F.date_trunc('hour', F.col('t')), F.date_trunc('month', 'd')",
    ],
    "from_unixtime": [
        "from_unixtime(x), from_unixtime(x, 'yyyy-MM-dd') FROM VALUES (0L), (1709210096L), (-1L), (NULL) AS t(x)",
        ("from_unixtime(0), from_unixtime(1719835200, 'HH:mm XXX')", NEW_YORK),
        "from_unixtime('12'), from_unixtime(5S), from_unixtime(1.9D), from_unixtime(0, NULL), from_unixtime(253402300800L)",
        "from_unixtime('x')",
        "from_unixtime(0, 'bad')",
        "F.from_unixtime('n'), F.from_unixtime('i', 'HH:mm:ss')",
    ],
    "from_utc_timestamp": zone_shift("from_utc_timestamp"),
    "to_utc_timestamp": zone_shift("to_utc_timestamp"),
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
    "months_between": [
        "months_between(x, y), months_between(x, y, false) FROM VALUES (TIMESTAMP'1997-02-28 10:30:00', TIMESTAMP'1996-10-30 00:00:00'), (TIMESTAMP'2024-02-29 00:00:00', TIMESTAMP'2024-01-31 12:00:00'), (TIMESTAMP'2024-01-15 00:00:00', TIMESTAMP'2024-03-15 10:00:00'), (NULL, TIMESTAMP'2024-01-31 00:00:00') AS t(x, y)",
        "months_between(DATE'2024-03-31', DATE'2024-02-29'), months_between('2024-03-31', DATE'2024-01-01'), months_between(DATE'2024-03-31', DATE'2024-02-29', NULL)",
        "months_between('x', DATE'2024-01-01')",
        "months_between(DATE'2024-01-01', DATE'2024-01-01', 1)",
        "F.months_between('d', 'e'), F.months_between('d', 'e', False)",
    ],
    "next_day": [
        "d, next_day(d, 'MO'), next_day(d, 'tuesday'), next_day(d, 'Thu'), next_day(d, 'SUN') FROM VALUES (DATE'2024-02-29'), (DATE'2024-12-31'), (NULL) AS t(d)",
        "next_day('2024-02-29', 'FR'), next_day(TIMESTAMP'2024-02-29 12:00:00', 'Sa'), next_day(DATE'2024-02-29', NULL), next_day(DATE'2024-02-29', w) FROM VALUES ('we'), (NULL) AS t(w)",
        "next_day(DATE'2024-02-29', 'xx')",
        ("next_day(DATE'2024-02-29', 'xx')", NO_ANSI),
        "next_day('x', 'MO')",
        "F.next_day('d', 'Mon'), F.next_day(F.col('t'), 'SA')",
    ],
    "session_window": [
        "s.start, s.end, n FROM (SELECT session_window(t, '10 minutes') s, count(*) n FROM VALUES (TIMESTAMP'2024-01-01 00:00:00'), (TIMESTAMP'2024-01-01 00:09:30'), (TIMESTAMP'2024-01-01 00:30:00'), (NULL) AS t(t) GROUP BY session_window(t, '10 minutes')) ORDER BY 1",
        "k, session_window.start, session_window.end, sum(v) FROM VALUES ('a', TIMESTAMP'2024-01-01 00:00:00', 1), ('a', TIMESTAMP'2024-01-01 00:04:00', 2), ('b', TIMESTAMP'2024-01-01 00:01:00', 5) AS t(k, t, v) GROUP BY k, session_window(t, CASE WHEN k = 'a' THEN '5 minutes' ELSE '1 minute' END) ORDER BY 1, 2",
        "session_window(t, 'nonsense') FROM VALUES (TIMESTAMP'2024-01-01 00:00:00') AS t(t) GROUP BY 1",
        "spark.table('samples').groupBy(F.session_window('t', '5 minutes').alias('w')).count().orderBy('w')",
        "spark.table('samples').groupBy(F.session_window(F.col('t'), F.lit('1 hour'))).agg(F.sum('i').alias('s')).select('session_window.start', 's').orderBy('start')",
    ],
    "timestamp_add": [
        ", ".join(
            f"timestampadd({unit}, 5, TIMESTAMP'2024-02-29 12:34:56')"
            for unit in "MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR".split()
        ),
        "timestampadd(MONTH, 1, TIMESTAMP'2024-01-31 00:00:00'), timestampadd(DAY, NULL, TIMESTAMP'2024-01-31 00:00:00'), timestampadd(HOUR, -1, DATE'2024-01-31'), timestampadd(DAY, 1, TIMESTAMP_NTZ'2024-01-31 00:00:00'), dateadd(MONTH, 1, DATE'2024-01-31'), date_add(HOUR, 3, TIMESTAMP'2024-01-31 00:00:00')",
        (
            "timestampadd(DAY, 1, TIMESTAMP'2024-03-30 02:30:00'), timestampadd(HOUR, 24, TIMESTAMP'2024-03-30 02:30:00')",
            BERLIN,
        ),
        "timestampadd(CENTURY, 1, TIMESTAMP'2024-01-31 00:00:00')",
        "timestampadd(YEAR, 1000000, TIMESTAMP'2024-01-31 00:00:00')",
        "F.timestamp_add('DAY', F.lit(1), 't'), F.timestamp_add('hour', F.col('i'), F.col('t')), F.timestamp_add('YEAR', 'i', 't')",
        "F.timestamp_add('nothing', F.lit(1), 't')",
    ],
    "timestamp_diff": [
        ", ".join(
            f"timestampdiff({unit}, TIMESTAMP'2023-01-31 12:00:00', TIMESTAMP'2024-02-29 11:59:59.5')"
            for unit in "MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR".split()
        ),
        "timestampdiff(MONTH, TIMESTAMP'2024-02-29 00:00:00', TIMESTAMP'2024-01-31 00:00:00'), timestampdiff(DAY, NULL, TIMESTAMP'2024-01-31 00:00:00'), timestampdiff(HOUR, DATE'2024-01-31', DATE'2024-02-01'), datediff(MONTH, DATE'2024-01-31', DATE'2024-02-29'), timediff(HOUR, TIMESTAMP'2024-01-01 00:00:00', TIMESTAMP'2024-01-01 05:59:00')",
        (
            "timestampdiff(HOUR, TIMESTAMP'2024-03-31 00:00:00', TIMESTAMP'2024-04-01 00:00:00'), timestampdiff(DAY, TIMESTAMP'2024-03-31 00:00:00', TIMESTAMP'2024-04-01 00:00:00')",
            BERLIN,
        ),
        "timestampdiff(FORTNIGHT, TIMESTAMP'2024-01-31 00:00:00', TIMESTAMP'2024-01-31 00:00:00')",
        "F.timestamp_diff('DAY', 'd', 't'), F.timestamp_diff('month', F.col('e'), F.col('t'))",
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
    "to_date": [
        *parsed("to_date", "DATE"),
        "F.to_date('t'), F.to_date(F.lit('29/02/2024'), 'dd/MM/yyyy'), F.to_date('d')",
    ],
    "try_to_date": [
        *parsed("try_to_date", "DATE"),
        "F.try_to_date('s'), F.try_to_date('p', 'yyyy'), F.try_to_date(F.lit('2024-02-29'))",
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
    "to_timestamp": [
        *parsed("to_timestamp", "TIMESTAMP"),
        "to_timestamp('2024-02-29T01:02:03Z'), to_timestamp('2024-02-29 01:02:03+05:30'), to_timestamp('2024-02-29 01:02:03 Europe/Berlin'), to_timestamp(0), to_timestamp(1.5D)",
        (
            "to_timestamp('2024-07-01 12:00:00'), to_timestamp('2024-03-31 02:30:00'), to_timestamp('2024-07-01 12:00 +0500', 'yyyy-MM-dd HH:mm Z')",
            BERLIN,
        ),
        "F.to_timestamp('d'), F.to_timestamp(F.lit('29/02/2024 01'), 'dd/MM/yyyy HH'), F.to_timestamp('t')",
    ],
    "try_to_timestamp": [
        *parsed("try_to_timestamp", "TIMESTAMP"),
        "F.try_to_timestamp('s'), F.try_to_timestamp(F.lit('2024'), F.lit('yyyy'))",
    ],
    "to_timestamp_ltz": [
        *parsed("to_timestamp_ltz", "TIMESTAMP"),
        "F.to_timestamp_ltz('d'), F.to_timestamp_ltz(F.lit('2024'), F.lit('yyyy'))",
    ],
    "to_timestamp_ntz": [
        *parsed("to_timestamp_ntz", "TIMESTAMP_NTZ"),
        "F.to_timestamp_ntz('d'), F.to_timestamp_ntz(F.lit('2024'), F.lit('yyyy'))",
    ],
    "to_unix_timestamp": [
        "to_unix_timestamp(s, 'yyyy-MM-dd') FROM VALUES ('2024-02-29'), ('1969-12-31'), (NULL) AS t(s)",
        "to_unix_timestamp('2024-02-29 01:02:03'), to_unix_timestamp(DATE'2024-02-29'), to_unix_timestamp(TIMESTAMP'2024-02-29 01:02:03.9'), to_unix_timestamp(TIMESTAMP'1969-12-31 23:59:59.5')",
        ("to_unix_timestamp('2024-07-01', 'yyyy-MM-dd')", BERLIN),
        "to_unix_timestamp('x', 'yyyy')",
        ("to_unix_timestamp('x', 'yyyy')", NO_ANSI),
        "to_unix_timestamp()",
        "F.to_unix_timestamp('t'), F.to_unix_timestamp(F.lit('2024'), F.lit('yyyy'))",
    ],
    "trunc": [
        ", ".join(f"trunc(d, '{unit}')" for unit in "year yy YYYY QUARTER month MM mon week".split())
        + f" FROM {DATES}",
        "trunc(DATE'2024-02-29', 'day'), trunc(DATE'2024-02-29', NULL), trunc('2024-02-29', 'MM'), trunc(TIMESTAMP'2024-02-29 12:00:00', 'Q'), trunc(DATE'2024-02-29', 'nothing')",
        "trunc('x', 'MM')",
        "trunc(1, 'MM')",
        "F.trunc('d', 'year'), F.trunc(F.col('t'), 'week')",
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
