"""Fields of dates and timestamps, days added, text read and written, time zones."""

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
    "to_date": [
        *parsed("to_date", "DATE"),
        "F.to_date('t'), F.to_date(F.lit('29/02/2024'), 'dd/MM/yyyy'), F.to_date('d')",
    ],
    "try_to_date": [
        *parsed("try_to_date", "DATE"),
        "F.try_to_date('s'), F.try_to_date('p', 'yyyy'), F.try_to_date(F.lit('2024-02-29'))",
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
}
