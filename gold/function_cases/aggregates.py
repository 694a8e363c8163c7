"""Aggregates over small tables, and functions of windows."""

from function_cases.settings import NO_ANSI

INTEGERS = "VALUES (1, 10), (1, NULL), (2, 30), (2, 20), (2, 30), (3, NULL) AS t(g, x)"
DOUBLES = (
    "VALUES (1, 1.5D), (1, NULL), (2, double('NaN')), (2, 2.0D), (3, -0.0D), (3, 0.0D), (4, double('Infinity')), "
    "(4, double('-Infinity')), (5, 7.25D), (6, NULL) AS t(g, x)"
)
POINTS = "VALUES (1, 1D, 2D), (1, 2D, 4.5D), (1, 3D, 5D), (1, NULL, 9D), (1, 4D, NULL), (2, 1D, 1D), (3, NULL, NULL), (4, 2D, 5D), (4, 2D, 7D) AS t(g, x, y)"
FLAGS = "VALUES (1, true), (1, false), (2, true), (2, NULL), (3, NULL), (4, false) AS t(g, x)"


def grouped(call: str, table: str) -> str:
    return f"g, {call} r FROM {table} GROUP BY g ORDER BY g"


def of_numbers(name: str) -> list:
    """An aggregate of one number."""
    return [
        grouped(f"{name}(x)", INTEGERS),
        grouped(f"{name}(x)", DOUBLES),
        f"{name}(x), {name}(CAST(x AS DOUBLE)), {name}(CAST(x AS DECIMAL(5, 2))), {name}(CAST(x AS BIGINT)), {name}(CAST(x AS FLOAT)), {name}(CAST(x AS TINYINT)) FROM VALUES (1), (2), (4), (NULL) AS t(x)",
        f"{name}(x), {name}(x + 1) FROM VALUES (1) AS t(x) WHERE x > 5",
        f"{name}(DISTINCT x), {name}(x) FILTER (WHERE x > 10) FROM {INTEGERS}",
        f"{name}('x')",
        f"{name}(array(1))",
        f"F.{name}('i'), F.{name}(F.col('n'))",
        f"spark.table('samples').groupBy('f').agg(F.{name}('y').alias('r')).orderBy('f')",
    ]


def of_points(name: str) -> list:
    """An aggregate of pairs of numbers."""
    return [
        grouped(f"{name}(y, x)", POINTS),
        f"{name}(y, x), {name}(x, x) FROM {POINTS} WHERE g = 1",
        f"{name}(y, x) FROM VALUES (1, 2), (2, 4L), (3, 5) AS t(x, y)",
        f"{name}(y, x) FROM VALUES (1D, double('NaN')), (2D, 1D) AS t(x, y)",
        f"{name}(1)",
        f"{name}('a', 1)",
        f"F.{name}('x', 'y'), F.{name}(F.col('i'), F.col('n'))",
    ]


def of_bits(name: str) -> list:
    return [
        grouped(f"{name}(x)", INTEGERS),
        f"{name}(x), {name}(CAST(x AS BIGINT)), {name}(CAST(x AS TINYINT)), {name}(DISTINCT x) FROM VALUES (5), (3), (-1), (NULL) AS t(x)",
        f"{name}(1.5)",
        f"F.{name}('i'), F.{name}('n')",
    ]


def of_flags(name: str) -> list:
    return [
        grouped(f"{name}(x)", FLAGS),
        f"{name}(x), {name}(NOT x) FROM {FLAGS} WHERE g > 9",
        f"{name}(1)",
        f"F.{name}('f'), F.{name}(F.col('i') > 0)",
    ]


def of_extremes(name: str) -> list:
    return [
        grouped(f"{name}(x)", INTEGERS),
        grouped(f"{name}(x)", DOUBLES),
        f"{name}(x) FROM VALUES ('b'), ('B'), ('é'), (''), (NULL) AS t(x)",
        f"{name}(DATE'2024-01-01'), {name}(array(1, 2)), {name}(struct(1, 'a')), {name}(true), {name}(1.50), {name}(X'00'), {name}(NULL), {name}(INTERVAL '1' DAY)",
        f"{name}(x) FROM VALUES (array(1, 2)), (array(1)), (array(0, 9, 9)) AS t(x)",
        f"{name}(map(1, 2))",
        f"F.{name}('i'), F.{name}('x'), F.{name}(F.col('s')), F.{name}('d')",
    ]


def of_extremes_by(name: str) -> list:
    return [
        "g, "
        + f"{name}(v, x) r FROM VALUES (1, 'a', 10), (1, 'b', 50), (2, 'c', NULL), (2, 'd', 1), (3, 'e', NULL), (4, NULL, 5), (4, 'f', 4) AS t(g, v, x) GROUP BY g ORDER BY g",
        f"{name}(v, x) FROM VALUES ('a', double('NaN')), ('b', 1D), ('c', double('-Infinity')) AS t(v, x)",
        f"{name}(v, x, 2) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS t(v, x)",
        f"{name}(1, map(1, 2))",
        f"{name}(1)",
        f"F.{name}('s', 'i'), F.{name}(F.col('i'), F.col('x')), F.{name}('i', 'n', 2)",
    ]


def of_percentiles(name: str) -> list:
    table = "VALUES (0), (1), (2), (10), (NULL) AS t(x)"
    return [
        f"{name}(x, 0.5), {name}(x, 0), {name}(x, 1), {name}(x, 0.25), {name}(x, array(0.1, 0.9)), {name}(x, 0.5, 100) FROM {table}",
        f"{name}(CAST(x AS DOUBLE), 0.3), {name}(CAST(x AS DECIMAL(5, 2)), 0.5), {name}(CAST(x AS BIGINT), array(0.5)) FROM {table}",
        f"{name}(x, 0.5) FROM {table} WHERE x > 100",
        f"{name}(INTERVAL '1' DAY, 0.5), {name}(1.5F, 0.5)",
        grouped(f"{name}(x, array(0.0, 0.5, 1.0))", INTEGERS),
        f"{name}(x, 1.5) FROM {table}",
        f"{name}(x, NULL) FROM {table}",
        f"{name}(x, 0.5, -1) FROM {table}",
        f"{name}('a', 0.5)",
        f"F.{name}('i', 0.5), F.{name}('n', [0.25, 0.75]), F.{name}('y', F.lit(0.5), F.lit(10))",
    ]


def of_places(name: str) -> list:
    """The value of the first or last row, or of any."""
    return [
        f"{name}(x), {name}(x, true), {name}(x) IGNORE NULLS, {name}(x) RESPECT NULLS FROM VALUES (NULL), (5), (20), (NULL) AS t(x)",
        f"{name}(x), {name}(x, true) FROM VALUES (1) AS t(x) WHERE x > 5",
        f"{name}(x, true), {name}(x) FILTER (WHERE x < 3) FROM VALUES (CAST(NULL AS INT)), (2) AS t(x)",
        f"{name}(x, 1) FROM VALUES (1) AS t(x)",
        f"F.{name}('i'), F.{name}(F.col('s'), True), F.{name}('i', False)",
    ]


def joined(name: str) -> list:
    return [
        f"{name}(x), {name}(x, ','), {name}(x, NULL) FROM VALUES ('a'), (NULL), ('b'), ('') AS t(x)",
        f"{name}(x, ', ') WITHIN GROUP (ORDER BY x DESC), {name}(DISTINCT x, '|') WITHIN GROUP (ORDER BY x) FROM VALUES ('b'), ('a'), ('b'), (NULL) AS t(x)",
        f"{name}(x, '-') FROM VALUES ('a') AS t(x) WHERE x > 'z'",
        f"hex({name}(x, X'00')) FROM VALUES (X'41'), (X'42') AS t(x)",
        f"g, {name}(x, '+') WITHIN GROUP (ORDER BY y) r FROM VALUES (1, 'a', 2), (1, 'b', 1), (2, 'c', 1) AS t(g, x, y) GROUP BY g ORDER BY g",
        f"{name}(x, x) FROM VALUES ('a') AS t(x)",
        f"{name}(x, 1) FROM VALUES ('a') AS t(x)",
        f"{name}(1)",
        f"F.{name}('s'), F.{name}('s', ', '), F.{name}(F.col('p'), F.lit('|'))",
    ]


def in_window(call: str, columns: str = "g, x") -> list:
    """A function of a window over parts in order, with ties and nulls."""
    table = "VALUES ('a', 1), ('a', 2), ('a', 2), ('a', 5), ('b', NULL), ('b', 3) AS t(g, x)"
    return [f"{columns}, {call} OVER (PARTITION BY g ORDER BY x) r FROM {table} ORDER BY g, x, r"]


CASES = {
    **{name: of_numbers(name) for name in ("avg", "mean", "try_avg", "kurtosis", "skewness", "std")},
    **{name: of_numbers(name) for name in ("stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance")},
    **{name: of_points(name) for name in ("corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_count")},
    **{
        name: of_points(name)
        for name in ("regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy")
    },
    **{name: of_bits(name) for name in ("bit_and", "bit_or", "bit_xor")},
    **{name: of_flags(name) for name in ("bool_and", "bool_or", "every", "some")},
    **{name: of_extremes(name) for name in ("max", "min")},
    **{name: of_extremes_by(name) for name in ("max_by", "min_by")},
    **{name: of_percentiles(name) for name in ("approx_percentile", "percentile", "percentile_approx")},
    **{name: of_places(name) for name in ("any_value", "first", "first_value", "last", "last_value")},
    **{name: joined(name) for name in ("listagg", "string_agg")},
    "listagg_distinct": [
        "F.length(F.listagg_distinct('s'))",
        "spark.sql(\"SELECT 'a' AS x FROM range(3)\").select(F.listagg_distinct('x', ', '))",
        "F.listagg_distinct('a')",
    ],
    "string_agg_distinct": [
        "F.length(F.string_agg_distinct('s'))",
        "spark.sql(\"SELECT 'a' AS x FROM range(3)\").select(F.string_agg_distinct('x', '-'))",
        "F.string_agg_distinct('a')",
    ],
    "approx_count_distinct": [
        "approx_count_distinct(x), approx_count_distinct(x, 0.1) FROM VALUES (1), (1), (2), (NULL), (3) AS t(x)",
        "approx_count_distinct(id), approx_count_distinct(id % 100), approx_count_distinct(id, 0.01) FROM range(0, 5000, 1, 1)",
        "approx_count_distinct(x) FROM VALUES ('a'), ('b'), ('a') AS t(x)",
        "approx_count_distinct(x) FROM VALUES (0.0D), (-0.0D), (double('NaN')), (double('NaN')) AS t(x)",
        "approx_count_distinct(1, 0.9)",
        "approx_count_distinct(1, 'x')",
        "F.approx_count_distinct('i'), F.approx_count_distinct('s', 0.05)",
    ],
    "array_agg": [
        "array_agg(x) FROM VALUES (2), (NULL), (1), (2) AS t(x)",
        "sort_array(array_agg(DISTINCT x)) FROM VALUES ('b'), ('a'), ('b') AS t(x)",
        "array_agg(x) FROM VALUES (1) AS t(x) WHERE x > 5",
        "array_agg()",
        "F.array_agg('i'), F.array_agg(F.col('r'))",
    ],
    "collect_list": [
        "collect_list(x) FROM VALUES (2), (NULL), (1), (2) AS t(x)",
        "g, collect_list(x) r FROM VALUES (1, 'a'), (1, 'b'), (2, NULL) AS t(g, x) GROUP BY g ORDER BY g",
        "collect_list(struct(x, 'k')), collect_list(array(x)), collect_list(x) FILTER (WHERE x > 1), collect_list(map(x, x)) FROM VALUES (1), (2) AS t(x)",
        "collect_list(x) FROM VALUES (1) AS t(x) WHERE x > 5",
        "collect_list(1, 2, 3)",
        "F.collect_list('i'), F.collect_list(F.col('s'))",
    ],
    "collect_set": [
        "sort_array(collect_set(x)) FROM VALUES (2), (NULL), (1), (2) AS t(x)",
        "size(collect_set(x)) FROM VALUES (double('NaN')), (double('NaN')), (0.0D), (-0.0D) AS t(x)",
        "collect_set(x) FROM VALUES (1) AS t(x) WHERE x > 5",
        "sort_array(collect_set(struct(x, 1))), size(collect_set(array(x))) FROM VALUES (1), (1), (2) AS t(x)",
        "collect_set(map(1, 2))",
        "F.sort_array(F.collect_set('f')), F.size(F.collect_set(F.col('s')))",
    ],
    "count": [
        "count(*), count(x), count(1), count(x, y), count(DISTINCT x), count(DISTINCT x, y), count(NULL) FROM VALUES (1, 'a'), (1, NULL), (NULL, 'b'), (NULL, NULL) AS t(x, y)",
        grouped("count(x)", INTEGERS),
        "count(x) FROM VALUES (1) AS t(x) WHERE x > 5",
        "count()",
        "count(DISTINCT x) FROM VALUES (0.0D), (-0.0D), (double('NaN')), (double('NaN')), (NULL) AS t(x)",
        "F.count('i'), F.count('*'), F.count(F.lit(1)), F.count(F.col('s'))",
    ],
    "count_distinct": [
        "F.count_distinct('f'), F.count_distinct('f', 'i'), F.count_distinct(F.col('s'))",
        "F.count_distinct('r'), F.count_distinct('a')",
        "F.count_distinct('m')",
        "spark.table('samples').groupBy('f').agg(F.count_distinct('i', 'x').alias('r')).orderBy('f')",
    ],
    "count_if": [
        "count_if(x > 1), count_if(x IS NULL), count_if(NULL) FROM VALUES (1), (2), (NULL), (3) AS t(x)",
        "count_if(x > 1) FROM VALUES (1) AS t(x) WHERE x > 5",
        "count_if(DISTINCT x > 1) FROM VALUES (1), (2), (3) AS t(x)",
        "count_if(1)",
        "F.count_if('f'), F.count_if(F.col('i') < 0)",
    ],
    "sum_distinct": [
        "F.sum_distinct('i'), F.sum_distinct(F.lit(5))",
        "spark.sql('SELECT 1 AS g, x FROM VALUES (2), (2), (3), (NULL) AS t(x)').groupBy('g').agg(F.sum_distinct('x'))",
        "F.sum_distinct('a')",
    ],
    "grouping": [
        "g, grouping(g) r, count(*) n FROM VALUES ('a'), ('b'), (NULL), ('a') AS t(g) GROUP BY ROLLUP (g) ORDER BY r, g",
        "grouping(g) FROM VALUES ('a') AS t(g) GROUP BY g",
        "grouping(1)",
        "spark.table('samples').cube('f').agg(F.grouping('f').alias('r'), F.sum('i').alias('s')).orderBy('r', 'f')",
    ],
    "grouping_id": [
        "g, h, grouping_id() r, grouping_id(g, h) q, count(*) n FROM VALUES ('a', 1), ('a', 2), ('b', 1) AS t(g, h) GROUP BY CUBE (g, h) ORDER BY r, g, h",
        "g, grouping_id() r FROM VALUES ('a', 1) AS t(g, h) GROUP BY GROUPING SETS ((g), (g, h), ()) ORDER BY r, g",
        "grouping_id(h, g) FROM VALUES ('a', 1) AS t(g, h) GROUP BY CUBE (g, h)",
        "grouping_id() FROM VALUES (1) AS t(g) GROUP BY g",
        "spark.table('samples').rollup('f', 'i').agg(F.grouping_id().alias('r'), F.count('*').alias('n')).orderBy('r', 'f', 'i')",
    ],
    "histogram_numeric": [
        "histogram_numeric(x, 5) FROM VALUES (0), (1), (2), (10), (NULL) AS t(x)",
        "histogram_numeric(x, 2) FROM VALUES (1D), (2D), (9D), (10D) AS t(x)",
        "histogram_numeric(x, 3) FROM VALUES (DATE'2024-01-01'), (DATE'2024-01-03') AS t(x)",
        "histogram_numeric(x, 3) FROM VALUES (1) AS t(x) WHERE x > 5",
        "histogram_numeric(1, 0)",
        "histogram_numeric(1, 1)",
        "histogram_numeric('a', 2)",
        "F.histogram_numeric('i', F.lit(4)), F.histogram_numeric('n', F.lit(2))",
    ],
    "median": [
        grouped("median(x)", INTEGERS),
        grouped("median(x)", DOUBLES),
        "median(x), median(DISTINCT x), median(CAST(x AS DECIMAL(5, 2))), median(x) FILTER (WHERE x < 9) FROM VALUES (0), (10), (10), (3) AS t(x)",
        "median(INTERVAL '1' DAY), median('5')",
        "median('a')",
        "F.median('i'), F.median(F.col('y'))",
    ],
    "mode": [
        "mode(x) FROM VALUES (0), (10), (10), (NULL), (NULL), (NULL) AS t(x)",
        "mode(x, true), mode() WITHIN GROUP (ORDER BY x), mode() WITHIN GROUP (ORDER BY x DESC) FROM VALUES (0), (10), (20), (10), (20) AS t(x)",
        "mode(x) FROM VALUES (1) AS t(x) WHERE x > 5",
        "mode(x) FROM VALUES ('a'), ('b'), ('b') AS t(x)",
        "mode(map(1, 2))",
        "mode(x, 1) FROM VALUES (1) AS t(x)",
        "F.mode('f'), F.mode('i', True), F.mode(F.col('f'), deterministic=True)",
    ],
    "product": [
        "F.product('i'), F.product('x'), F.product(F.col('i') + 1)",
        "F.product('s')",
        "spark.sql('SELECT g, x FROM VALUES (1, 2), (1, 3), (2, NULL), (3, -4) AS t(g, x)').groupBy('g').agg(F.product('x')).orderBy('g')",
    ],
    "try_sum": [
        *of_numbers("try_sum"),
        "try_sum(x) FROM VALUES (9223372036854775807L), (1L) AS t(x)",
        "try_sum(x) FROM VALUES (CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0))), (1BD) AS t(x)",
        "try_sum(INTERVAL '1' DAY)",
    ],
    "sum": [
        *of_numbers("sum"),
        "sum(x) FROM VALUES (9223372036854775807L), (1L) AS t(x)",
        ("sum(x) FROM VALUES (9223372036854775807L), (1L) AS t(x)", NO_ANSI),
        "sum(x) FROM VALUES (CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0))), (1BD) AS t(x)",
        "sum(x), avg(x) FROM VALUES (INTERVAL '1' DAY), (INTERVAL '2 12' DAY TO HOUR) AS t(x)",
        "sum(x) FROM VALUES (0.1D), (0.2D), (0.3D), (1e16D), (-1e16D) AS t(x)",
    ],
    "cume_dist": [
        *in_window("cume_dist()"),
        "cume_dist()",
        "spark.table('samples').select('i', F.cume_dist().over(Window.orderBy('i'))).orderBy('i')",
    ],
    "dense_rank": [
        *in_window("dense_rank()"),
        "x, dense_rank() OVER (ORDER BY x DESC NULLS LAST) r FROM VALUES (1), (NULL), (1), (3) AS t(x) ORDER BY r, x",
        "dense_rank() OVER () FROM range(1)",
        "spark.table('samples').select('f', F.dense_rank().over(Window.orderBy(F.desc('f')))).orderBy('f')",
    ],
    "lag": [
        *in_window("lag(x)"),
        *in_window("lag(x, 2, -1)"),
        *in_window("lag(x, -1)"),
        "x, lag(x) IGNORE NULLS OVER (ORDER BY o) r, lag(x, 1, 0) OVER (ORDER BY o) s, lag(x, 0) OVER (ORDER BY o) z FROM VALUES (1, NULL), (2, 5), (3, NULL), (4, 7), (5, 8) AS t(o, x) ORDER BY o",
        "lag(x) FROM VALUES (1) AS t(x)",
        "lag(x, y) OVER (ORDER BY x) FROM VALUES (1, 1) AS t(x, y)",
        "lag(x, 1, 'a') OVER (ORDER BY x) FROM VALUES (1) AS t(x)",
        "spark.table('samples').select('i', F.lag('i').over(Window.orderBy('i')), F.lag('s', 2, 'none').over(Window.orderBy('i')), F.lag(F.col('i'), -1).over(Window.orderBy('i'))).orderBy('i')",
    ],
    "lead": [
        *in_window("lead(x)"),
        *in_window("lead(x, 2, -1)"),
        "x, lead(x) IGNORE NULLS OVER (ORDER BY o) r, lead(x, 1, 0) OVER (ORDER BY o) s FROM VALUES (1, NULL), (2, 5), (3, NULL), (4, 7) AS t(o, x) ORDER BY o",
        "lead(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM VALUES (1) AS t(x)",
        "spark.table('samples').select('i', F.lead('i').over(Window.orderBy('i')), F.lead('s', 2, 'none').over(Window.orderBy('i'))).orderBy('i')",
    ],
    "nth_value": [
        *in_window("nth_value(x, 2)"),
        "x, nth_value(x, 2) IGNORE NULLS OVER (ORDER BY o) r, nth_value(x, 1) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) s FROM VALUES (1, NULL), (2, 5), (3, NULL), (4, 7) AS t(o, x) ORDER BY o",
        "nth_value(x, 0) OVER (ORDER BY x) FROM VALUES (1) AS t(x)",
        "nth_value(x, 2) FROM VALUES (1) AS t(x)",
        "spark.table('samples').select('i', F.nth_value('i', 2).over(Window.orderBy('i')), F.nth_value('s', 1, True).over(Window.orderBy('i'))).orderBy('i')",
    ],
    "ntile": [
        *in_window("ntile(2)"),
        "id, ntile(3) OVER (ORDER BY id) r, ntile(20) OVER (ORDER BY id) q, ntile(1) OVER (ORDER BY id) p FROM range(7) ORDER BY id",
        "ntile(0) OVER (ORDER BY id) FROM range(2)",
        "ntile(id) OVER (ORDER BY id) FROM range(2)",
        "ntile('a') OVER (ORDER BY id) FROM range(2)",
        "spark.table('samples').select('i', F.ntile(2).over(Window.orderBy('i'))).orderBy('i')",
    ],
    "percent_rank": [
        *in_window("percent_rank()"),
        "percent_rank() OVER (ORDER BY x) FROM VALUES (1) AS t(x)",
        "spark.table('samples').select('i', F.percent_rank().over(Window.orderBy('i'))).orderBy('i')",
    ],
    "rank": [
        *in_window("rank()"),
        "rank(1) OVER (ORDER BY id) FROM range(1)",
        "rank() OVER (PARTITION BY id) FROM range(1)",
        "spark.table('samples').select('f', F.rank().over(Window.orderBy('f'))).orderBy('f')",
    ],
    "row_number": [
        *in_window("row_number()"),
        "row_number() OVER () FROM range(1)",
        "row_number()",
        "spark.table('samples').select('i', F.row_number().over(Window.partitionBy('f').orderBy('i'))).orderBy('i')",
    ],
    "bitmap_construct_agg": [
        "substring(hex(bitmap_construct_agg(bitmap_bit_position(x))), 1, 12), length(bitmap_construct_agg(bitmap_bit_position(x))) FROM VALUES (1), (2), (9), (NULL) AS t(x)",
        "bitmap_count(bitmap_construct_agg(bitmap_bit_position(x))) FROM VALUES (1), (1), (40000) AS t(x)",
        "bitmap_construct_agg(40000)",
        "bitmap_construct_agg('a')",
        "F.bitmap_count(F.bitmap_construct_agg(F.bitmap_bit_position('n')))",
    ],
    "bitmap_or_agg": [
        "substring(hex(bitmap_or_agg(x)), 1, 12), length(bitmap_or_agg(x)) FROM VALUES (X'10'), (X'20'), (X'0102'), (NULL) AS t(x)",
        "bitmap_count(bitmap_or_agg(x)) FROM VALUES (X'10') AS t(x) WHERE length(x) > 5",
        "bitmap_or_agg(1)",
        "F.bitmap_count(F.bitmap_or_agg('k'))",
    ],
    "bitmap_and_agg": [
        "substring(hex(bitmap_and_agg(x)), 1, 12), length(bitmap_and_agg(x)) FROM VALUES (X'F0'), (X'3001'), (NULL) AS t(x)",
        "bitmap_count(bitmap_and_agg(x)) FROM VALUES (X'10') AS t(x) WHERE length(x) > 5",
        "bitmap_and_agg('a')",
        "F.bitmap_count(F.bitmap_and_agg('k'))",
    ],
}
