"""The cases of the first tier of SQL and DataFrames: plain SQL text, or a few lines of PySpark that end in a value.

Names in the Python lines: `spark`, `F` (functions), `T` (types), `Row`, `Window`, `gold_data` (folder of small files),
`tmp` (an empty folder). The views of SETUP exist before every group.
"""

import python_cases

SETUP = [
    "CREATE OR REPLACE TEMP VIEW people AS SELECT * FROM VALUES "
    "(1, 'Ada', 36, 1.65D, DATE'2020-01-31'), (2, 'Grace', NULL, 1.7D, DATE'2019-12-09'), "
    "(3, 'Linus', 54, NULL, DATE'2021-07-04'), (4, 'Barbara', 79, 1.6D, NULL), (5, NULL, 28, 1.7D, DATE'2022-11-30') "
    "AS t(id, name, age, height, joined)",
    "CREATE OR REPLACE TEMP VIEW visits AS SELECT * FROM VALUES "
    "(1, 'mon', 10), (1, 'tue', 5), (2, 'mon', 7), (4, 'wed', NULL), (9, 'mon', 1), (NULL, 'sun', 2) "
    "AS t(person, day, minutes)",
    "CREATE OR REPLACE TEMP VIEW numbers AS SELECT * FROM VALUES "
    "(1.0D), (-0.0D), (0.0D), (NULL), (double('NaN')), (double('Infinity')), (double('-Infinity')), (2.5D) AS t(x)",
]

SQL = {
    "show": {
        "integers": "SELECT 1 AS a, -20 AS bb, 3000000000 AS c, 7Y AS tiny, 8S AS small",
        "doubles": "SELECT x FROM VALUES (1.0D), (0.1D), (100D), (1234567.0D), (9999999.0D), (10000000.0D), "
        "(12345678.9D), (1e10D), (0.001D), (0.0001D), (1.5e-7D), (-0.0D), (1e300D), (double('NaN')), "
        "(double('Infinity')), (double('-Infinity')) AS t(x)",
        "floats": "SELECT x FROM VALUES (1.0F), (0.1F), (16777216F), (3.4e38F), (1e-5F), (float('NaN')) AS t(x)",
        "decimals": "SELECT 1.50 AS a, -0.001 AS b, 12345678901234567890.12 AS c, CAST(0 AS DECIMAL(20,10)) AS d, "
        "1E-7BD AS e",
        "booleans_and_nulls": "SELECT true AS yes, false AS no, NULL AS nothing, CAST(NULL AS INT) AS number",
        "dates": "SELECT DATE'2024-02-29' AS d, DATE'0001-01-01' AS first, DATE'9999-12-31' AS last",
        "timestamps": "SELECT TIMESTAMP'2024-02-29 12:34:56' AS a, TIMESTAMP'2024-02-29 12:34:56.789' AS b, "
        "TIMESTAMP'2024-02-29 12:34:56.000001' AS c, TIMESTAMP_NTZ'2024-02-29 00:00:00' AS d",
        "binary": "SELECT X'4142' AS b, CAST('' AS BINARY) AS none",
        "arrays": "SELECT array(1, 2, NULL) AS a, array() AS b, array('x', 'y') AS c, array(array(1.5D), array()) AS d",
        "maps": "SELECT map('a', 1, 'b', NULL) AS m, map() AS none",
        "structs": "SELECT struct(1 AS a, 'x' AS b, NULL AS c) AS s, named_struct('n', struct(1)) AS deep",
        "long_strings": "SELECT 'abcdefghijklmnopqrst' AS twenty, 'abcdefghijklmnopqrstu' AS twenty_one, "
        "'line\nbreak\ttab' AS control",
        "wide_characters": "SELECT '東京' AS city, 'é' AS accent, '🧱' AS brick, 'ﾊ' AS half",
        "intervals": "SELECT INTERVAL '1 02:03:04.5' DAY TO SECOND AS d, INTERVAL '3' HOUR AS h",
        "no_rows": "SELECT * FROM people WHERE id > 100",
        "twenty_one_rows": "SELECT id FROM range(21) ORDER BY id",
        "names_of_expressions": "SELECT 1 + 1, 'x', upper('a'), CAST(1 AS STRING), -id, id IS NULL, id = 1 AND true, "
        "CASE WHEN id = 1 THEN 'a' ELSE 'b' END, coalesce(NULL, id), id IN (1, 2), 1.5, NULL, id BETWEEN 1 AND 2 "
        "FROM people WHERE id = 1",
    },
    "casts": {
        "to_integer": "SELECT CAST('12' AS INT) a, CAST(' 7 ' AS INT) b, CAST(1.9D AS INT) c, CAST(-1.9 AS INT) d, "
        "CAST(true AS INT) e, CAST('3000000000' AS BIGINT) f",
        "to_double": "SELECT CAST('1e3' AS DOUBLE) a, CAST('NaN' AS DOUBLE) b, CAST('inf' AS DOUBLE) c, "
        "CAST(1.5 AS DOUBLE) d, CAST('0x10' IS NULL AS INT) e",
        "to_string": "SELECT CAST(1.0D AS STRING) a, CAST(1e10D AS STRING) b, CAST(1.50 AS STRING) c, "
        "CAST(true AS STRING) d, CAST(DATE'2024-01-02' AS STRING) e, CAST(TIMESTAMP'2024-01-02 03:04:05.60' AS STRING) f, "
        "CAST(array(1, NULL) AS STRING) g, CAST(struct(1, 'x') AS STRING) h, CAST(map('k', 1.0D) AS STRING) i",
        "to_boolean": "SELECT CAST('true' AS BOOLEAN) a, CAST('f' AS BOOLEAN) b, CAST('yes' AS BOOLEAN) c, "
        "CAST(0 AS BOOLEAN) d, CAST(2.5D AS BOOLEAN) e",
        "to_date": "SELECT CAST('2024-02-29' AS DATE) a, CAST('2024-2-9' AS DATE) b, CAST('2024' AS DATE) c, "
        "CAST(TIMESTAMP'2024-01-02 23:59:59' AS DATE) d",
        "to_timestamp": "SELECT CAST('2024-02-29 01:02:03' AS TIMESTAMP) a, CAST('2024-02-29T01:02:03.5Z' AS TIMESTAMP) b, "
        "CAST('2024-02-29' AS TIMESTAMP) c, CAST(DATE'2024-01-02' AS TIMESTAMP) d, CAST(86400 AS TIMESTAMP) e",
        "to_decimal": "SELECT CAST('1.005' AS DECIMAL(10,2)) a, CAST(2.675D AS DECIMAL(10,2)) b, CAST(7 AS DECIMAL(5,1)) c, "
        "CAST(-1.005BD AS DECIMAL(10,2)) d",
        "try_cast": "SELECT try_cast('x' AS INT) a, try_cast('300' AS TINYINT) b, try_cast('2024-13-01' AS DATE) c, "
        "try_cast('5' AS DOUBLE) d",
        "invalid_integer": "SELECT CAST('12x' AS INT)",
        "invalid_date": "SELECT CAST('2024-13-01' AS DATE)",
        "integer_overflow": "SELECT CAST(3000000000 AS INT)",
        "decimal_overflow": "SELECT CAST(12345 AS DECIMAL(3,1))",
        "implicit_string_and_number": "SELECT '1' + 2 AS a, '1.5' * 2.0D AS b, 1 = '1' AS c, concat(1, 'a', 2.0D) AS d",
        "implicit_string_is_no_integer": "SELECT '1.5' * 2",
    },
    "arithmetic": {
        "division": "SELECT 1/2 AS a, 6/3 AS b, 7 DIV 2 AS c, -7 DIV 2 AS d, 1.0/3 AS e, 7 % 3 AS f, -7 % 3 AS g, "
        "pmod(-7, 3) AS h, 7.5D % 2 AS i",
        "types": "SELECT 1 + 1 AS a, 1 + 1L AS b, 1 + 1.0 AS c, 1 + 1.0D AS d, 1S + 1Y AS e, 1.5F + 1 AS f, 1L * 2S AS g",
        "decimals": "SELECT 1.5 + 2.25 AS a, 1.5 * 2.25 AS b, 1.5 - 10 AS c, 10.00 / 3.0 AS d, 10.5 % 3 AS e, -1.50 AS f",
        "wide_decimals": "SELECT CAST(1 AS DECIMAL(38,18)) * CAST(2 AS DECIMAL(38,18)) AS a, "
        "CAST(1 AS DECIMAL(38,10)) / CAST(3 AS DECIMAL(38,10)) AS b",
        "rounding": "SELECT round(2.5) a, round(3.5D) b, round(-2.5D) c, bround(2.5D) d, round(1.2345D, 2) e, "
        "round(1234, -2) f, floor(-1.5D) g, ceil(1.2) h, floor(7) i, rint(2.5D) j",
        "math": "SELECT abs(-3) a, sqrt(2D) b, power(2, 10) c, exp(1D) d, ln(10D) e, log10(1000D) f, log(2, 8) g, "
        "sign(-2.5D) h, pi() i, greatest(1, 3, 2) j, least(1.5D, NULL, 0.5D) k",
        "null_spreads": "SELECT 1 + NULL AS a, NULL AND false AS b, NULL OR true AS c, NOT NULL AS d, NULL = NULL AS e, "
        "NULL <=> NULL AS f, 1 <=> NULL AS g",
        "not_a_number": "SELECT double('NaN') = double('NaN') a, double('NaN') > double('Infinity') b, -0.0D = 0.0D c, "
        "isnan(double('NaN')) d, nanvl(double('NaN'), 1D) e, sqrt(-1D) f, ln(0D) g, 0D * double('Infinity') h",
        "divide_by_zero": "SELECT 1 / 0",
        "divide_by_zero_double": "SELECT 1.0D / 0.0D",
        "remainder_by_zero": "SELECT 5 % 0",
        "try_functions": "SELECT try_divide(1, 0) a, try_add(2147483647, 1) b, try_multiply(2, 3) c, try_divide(1, 4) d",
        "integer_overflow": "SELECT 2147483647 + 1",
        "bigint_overflow": "SELECT 9223372036854775807L * 2",
        "bits": "SELECT 5 & 3 a, 5 | 3 b, 5 ^ 3 c, ~5 d, shiftleft(1, 4) e, shiftright(-16, 2) f",
    },
    "functions": {
        "strings": "SELECT upper('aé') a, lower('ÀB') b, length('東京') c, trim('  x ') d, substring('spark', 2, 3) e, "
        "substr('spark', -3) f, concat_ws('-', 'a', NULL, 'b') g, lpad('7', 3, '0') h, initcap('hello world') i, "
        "reverse('abc') j, instr('spark', 'ar') k, replace('aXbX', 'X', '-') l, repeat('ab', 2) m, concat('a', NULL) n",
        "patterns": "SELECT 'spark' LIKE 's%k' a, 'a_b' LIKE 'a\\_b' b, 'spark' RLIKE '^s.*k$' c, "
        "regexp_replace('a1b22', '[0-9]+', '#') d, regexp_extract('x=42;', '=(\\\\d+)', 1) e, split('a,b,,c', ',') f, "
        "'ABC' ILIKE 'a%' g, translate('abc', 'ab', 'x') h",
        "dates": "SELECT year(d) a, month(d) b, day(d) c, dayofweek(d) d2, weekday(d) e, dayofyear(d) f, quarter(d) g, "
        "date_add(d, 1) h, date_sub(d, 30) i, datediff(d, DATE'2024-01-01') j, add_months(d, 12) k, last_day(d) l, "
        "months_between(d, DATE'2024-01-31') m, trunc(d, 'MM') n, weekofyear(d) o FROM VALUES (DATE'2024-02-29') AS t(d)",
        "timestamps": "SELECT hour(t) a, minute(t) b, second(t) c, date_trunc('HOUR', t) d, to_date(t) e, "
        "unix_timestamp(t) f, date_format(t, 'yyyy/MM/dd HH:mm') g, t + INTERVAL 1 DAY h, "
        "to_timestamp('29.02.2024', 'dd.MM.yyyy') i, from_unixtime(0) j "
        "FROM VALUES (TIMESTAMP'2024-02-29 12:34:56') AS t(t)",
        "arrays": "SELECT size(array(1, 2)) a, array_contains(array(1, 2), 2) b, sort_array(array(3, NULL, 1)) c, "
        "array(10, 20)[1] d, element_at(array(1, 2), -1) e, array_max(array(1, 5, 3)) f, slice(array(1, 2, 3), 2, 2) g, "
        "array_distinct(array(1, 1, 2)) h, flatten(array(array(1), array(2))) i, sequence(1, 5, 2) j, "
        "transform(array(1, 2), x -> x * 10) k, filter(array(1, 2, 3), x -> x > 1) l, array_join(array('a', 'b'), '+') m",
        "random": "SELECT id, rand(42) a, rand(-1) * 3 b FROM range(0, 5, 1, 1)",
        "random_normal": "SELECT id, randn(42) a, randn(-1) * 3 b FROM range(0, 7, 1, 1)",
        "random_normal_of_many": "SELECT count(*) n, round(sum(r * id), 4) s FROM (SELECT id, randn(3) r FROM range(0, 30000, 1, 1))",
        "sampled_again": "SELECT id FROM (SELECT id FROM range(0, 60, 1, 1)) TABLESAMPLE (20 PERCENT) REPEATABLE (4)",
        "folds": "SELECT aggregate(a, 0, (s, x) -> s + x) a, aggregate(a, 0, (s, x) -> s + x, s -> s * 10) b, "
        "reduce(a, '', (s, x) -> concat(s, x)) c, aggregate(a, k, (s, x) -> s * 2 + coalesce(x, k)) d "
        "FROM VALUES (array(1, 2, 3), 5), (array(), 6), (NULL, 7), (array(4, NULL), 8) AS t(a, k)",
        "fold_structs": "SELECT aggregate(array(2.5D, 1.0D, 4.0D), struct(0.0D AS s, 0 AS n), "
        "(acc, x) -> struct(acc.s + x AS s, acc.n + 1 AS n), acc -> acc.s / acc.n) mean",
        "fields_of_elements": "SELECT s.a, s.b[1] c, transform(s, x -> x.a + 1) d, filter(s, x -> x.a > 1) e "
        "FROM VALUES (array(named_struct('a', 1, 'b', 'x'), named_struct('a', 2, 'b', 'y'))) AS t(s)",
        "maps_and_structs": "SELECT map('a', 1)['a'] a, map_keys(map('a', 1, 'b', 2)) b, map_values(map('a', 1)) c, "
        "struct(1 AS x).x d, named_struct('p', 2).p e, element_at(map('k', 'v'), 'none') f",
        "conditions": "SELECT if(true, 1, 2) a, coalesce(NULL, 2, 3) b, nullif(1, 1) c, nvl(NULL, 'x') d, "
        "nvl2(NULL, 1, 2) e, CASE 3 WHEN 3 THEN 'three' END f, CASE WHEN false THEN 1 END g, ifnull(NULL, 1.5) h, "
        "decode(2, 1, 'one', 2, 'two') i",
        "hashes": "SELECT md5('a') a, sha2('a', 256) b, crc32('a') c, hash('a', 1) d, xxhash64('a') e, hex(255) f, "
        "base64('ab') g",
        "json": "SELECT get_json_object('{\"a\": {\"b\": 1}}', '$.a.b') a, to_json(struct(1 AS x, NULL AS y)) b, "
        "from_json('{\"x\": 1}', 'x INT') c",
        "explode": "SELECT id, tag FROM VALUES (1, array('a', 'b')), (2, array()) AS t(id, tags) "
        "LATERAL VIEW explode(tags) AS tag ORDER BY id, tag",
        "explode_outer": "SELECT id, posexplode_outer(tags) FROM VALUES (1, array('a', 'b')), (2, array()) AS t(id, tags)",
    },
    "joins": {
        "inner": "SELECT p.id, p.name, v.day FROM people p JOIN visits v ON p.id = v.person ORDER BY p.id, v.day",
        "left": "SELECT p.id, v.day, v.minutes FROM people p LEFT JOIN visits v ON p.id = v.person ORDER BY p.id, v.day",
        "right": "SELECT p.id, v.person, v.day FROM people p RIGHT JOIN visits v ON p.id = v.person ORDER BY v.person, v.day",
        "full": "SELECT p.id, v.person FROM people p FULL JOIN visits v ON p.id = v.person ORDER BY p.id, v.person",
        "semi": "SELECT id FROM people LEFT SEMI JOIN visits ON id = person ORDER BY id",
        "anti": "SELECT id FROM people LEFT ANTI JOIN visits ON id = person ORDER BY id",
        "cross": "SELECT count(*) AS pairs FROM people CROSS JOIN visits",
        "inequality": "SELECT p.id, v.minutes FROM people p JOIN visits v ON p.id < v.minutes AND v.day = 'mon' "
        "ORDER BY p.id, v.minutes",
        "null_safe": "SELECT a.person, b.minutes FROM visits a JOIN visits b ON a.person <=> b.person AND a.day = 'sun'",
        "using": "SELECT * FROM (SELECT id, name FROM people) JOIN (SELECT person AS id, day FROM visits) USING (id) "
        "ORDER BY id, day",
        "in_subquery": "SELECT id FROM people WHERE id IN (SELECT person FROM visits) ORDER BY id",
        "not_exists": "SELECT id FROM people p WHERE NOT EXISTS (SELECT 1 FROM visits v WHERE v.person = p.id) ORDER BY id",
        "scalar_subquery": "SELECT id, age - (SELECT avg(age) FROM people) AS above FROM people ORDER BY id",
    },
    "order": {
        "nulls_first_ascending": "SELECT x FROM numbers ORDER BY x",
        "nulls_last_descending": "SELECT x FROM numbers ORDER BY x DESC",
        "nulls_last": "SELECT id, age FROM people ORDER BY age ASC NULLS LAST",
        "nulls_first_descending": "SELECT id, age FROM people ORDER BY age DESC NULLS FIRST",
        "two_keys": "SELECT height, id FROM people ORDER BY height DESC, id",
        "by_position_and_alias": "SELECT name AS who, age FROM people ORDER BY 2, who",
        "limit_offset": "SELECT id FROM people ORDER BY id LIMIT 2 OFFSET 1",
        "strings": "SELECT s FROM VALUES ('b'), ('B'), ('a'), (''), (NULL), ('é'), ('10'), ('9') AS t(s) ORDER BY s",
    },
    "aggregates": {
        "whole_table": "SELECT count(*), count(age), sum(age), avg(age), min(name), max(joined), sum(height) FROM people",
        "no_rows": "SELECT count(*), sum(age), avg(age), min(age) FROM people WHERE false",
        "groups": "SELECT day, count(*) AS n, sum(minutes) AS total, avg(minutes) AS mean FROM visits GROUP BY day ORDER BY day",
        "null_group": "SELECT person, count(*) AS n FROM visits GROUP BY person ORDER BY person",
        "having": "SELECT day, count(*) AS n FROM visits GROUP BY day HAVING count(*) > 1 ORDER BY day",
        "distinct": "SELECT count(DISTINCT day), count(DISTINCT person, day), sum(DISTINCT minutes) FROM visits",
        "spread": "SELECT stddev(age), stddev_pop(age), variance(age), var_pop(age), skewness(age), kurtosis(age), "
        "corr(id, age), covar_samp(id, age), covar_pop(id, age) FROM people",
        "percentiles": "SELECT percentile(age, 0.5), percentile(age, array(0.25, 0.75)), percentile_approx(age, 0.5), "
        "median(age) FROM people",
        "collect": "SELECT sort_array(collect_list(age)) a, sort_array(collect_set(height)) b FROM people",
        "types_of_sums": "SELECT sum(1Y) a, sum(1L) b, sum(1.5) c, sum(1.5F) d, avg(1.50) e, avg(1) f",
        "first_and_last": "SELECT first(id) a, last(id) b, first(age, true) c, any_value(1) d FROM people",
        "conditions": "SELECT count_if(age > 30) a, sum(age) FILTER (WHERE id < 3) b, bool_and(age > 1) c, "
        "bool_or(age > 70) d, max_by(name, age) e, min_by(name, age) f FROM people",
        "rollup": "SELECT day, person, sum(minutes) AS total FROM visits WHERE person IS NOT NULL "
        "GROUP BY ROLLUP (day, person) ORDER BY day, person",
        "group_by_expression": "SELECT age > 40 AS old, count(*) AS n FROM people GROUP BY age > 40 ORDER BY old",
        "not_a_number_is_one_group": "SELECT x, count(*) AS n FROM VALUES (double('NaN')), (double('NaN')), (0.0D), (-0.0D) "
        "AS t(x) GROUP BY x ORDER BY x",
        "window": "SELECT id, age, row_number() OVER (ORDER BY age) r, rank() OVER (ORDER BY height) k, "
        "lag(age) OVER (ORDER BY id) prev, sum(age) OVER (ORDER BY id) running, "
        "avg(age) OVER (PARTITION BY height ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) m FROM people ORDER BY id",
        "sum_overflow": "SELECT sum(x) FROM VALUES (9223372036854775807L), (1L) AS t(x)",
    },
    "sets": {
        "union_all": "SELECT 1 AS a UNION ALL SELECT 1 UNION ALL SELECT 2.5",
        "union": "SELECT 1 AS a UNION SELECT 1 UNION SELECT NULL ORDER BY a",
        "intersect": "SELECT id FROM people INTERSECT SELECT person FROM visits ORDER BY id",
        "except": "SELECT id FROM people EXCEPT SELECT person FROM visits ORDER BY id",
        "distinct": "SELECT DISTINCT day FROM visits ORDER BY day",
        "with": "WITH old AS (SELECT * FROM people WHERE age > 40), n AS (SELECT count(*) AS n FROM old) SELECT n FROM n",
        "values": "VALUES (1, 'a'), (2, NULL)",
        "star_except": "SELECT * EXCEPT (height, joined) FROM people WHERE id = 1",
    },
    "errors": {
        "unknown_column": "SELECT agee FROM people",
        "unknown_column_alone": "SELECT nope",
        "unknown_table": "SELECT * FROM nowhere",
        "unknown_function": "SELECT frobnicate(1)",
        "syntax": "SELEC 1",
        "syntax_inside": "SELECT id FROM people WHERE id >",
        "type_mismatch": "SELECT array(1) + 1",
        "wrong_argument_type": "SELECT sqrt(array(1))",
        "wrong_argument_count": "SELECT upper('a', 'b')",
        "ambiguous_column": "SELECT id FROM people JOIN (SELECT 1 AS id)",
        "not_grouped": "SELECT name, count(*) FROM people",
        "not_grouped_either": "SELECT name, age, count(*) FROM people GROUP BY name",
        "aggregate_in_where": "SELECT id FROM people WHERE sum(age) > 1",
        "union_of_unequal_width": "SELECT 1 UNION ALL SELECT 1, 2",
        "array_index": "SELECT array(1, 2)[5]",
        "element_at_zero": "SELECT element_at(array(1), 0)",
        "filter_is_not_boolean": "SELECT id FROM people WHERE name",
        "scalar_subquery_of_many_rows": "SELECT (SELECT id FROM people)",
        "order_position": "SELECT id FROM people ORDER BY 3",
        "invalid_timestamp": "SELECT TIMESTAMP'yesterday noon'",
        "raised": "SELECT raise_error('stop here')",
        "raised_in_a_comparison": "SELECT raise_error('stop') = 0",
    },
}

CODE = {
    "schema": {
        "print_people": "spark.table('people').printSchema()",
        "print_all_types": """spark.sql('''SELECT 1Y a, 1S b, 1 c, 1L d, 1F e, 1D f, 1.50 g, 'x' h, X'00' i, true j,
            DATE'2024-01-01' k, TIMESTAMP'2024-01-01 00:00:00' l, TIMESTAMP_NTZ'2024-01-01 00:00:00' m, NULL n,
            array(1) o, map('a', 1D) p, struct(1 AS q, array(struct('z' AS r)) AS s) t''').printSchema()""",
        "dtypes": "spark.table('people').dtypes",
        "columns": "spark.table('people').columns",
        "simple_string": "spark.table('people').schema.simpleString()",
        "explicit": """spark.createDataFrame([(1, 'a', [1.5], {'k': 1}, (2, None))],
            'id INT NOT NULL, s STRING, xs ARRAY<DOUBLE>, m MAP<STRING, INT>, st STRUCT<a: INT, b: DATE>')""",
        "inferred": """import datetime, decimal
spark.createDataFrame([(1, 2.5, 'x', True, datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3),
    decimal.Decimal('1.50'), b'AB', [1, 2], {'a': 1}, Row(p=1, q='z'))], list('abcdefghijk'))""",
        "inferred_from_rows": "spark.createDataFrame([Row(name='Ada', age=36), Row(name='Grace', age=None)])",
        "from_pandas": """import pandas
spark.createDataFrame(pandas.DataFrame({'i': [1, 2], 'f': [1.5, float('nan')], 's': ['a', None], 'b': [True, False],
    't': pandas.to_datetime(['2024-01-01 00:00:00', '2024-01-02 03:04:05'])}))""",
        "nested_print": "spark.read.json(f'{gold_data}/events.json').printSchema()",
        "pandas_dtypes": "[str(t) for t in spark.sql('SELECT 1 a, 1L b, 1D c, true d, \\'x\\' e, DATE\\'2024-01-01\\' f, "
        "TIMESTAMP\\'2024-01-01 00:00:00\\' g, 1F h, 1.5 i').toPandas().dtypes]",
    },
    "files": {
        "csv_inferred": "spark.read.csv(f'{gold_data}/people.csv', header=True, inferSchema=True)",
        "csv_strings": "spark.read.csv(f'{gold_data}/people.csv', header=True)",
        "csv_no_header": "spark.read.csv(f'{gold_data}/people.csv')",
        "csv_kinds": "spark.read.csv(f'{gold_data}/kinds.csv', header=True, inferSchema=True)",
        "csv_options": "spark.read.option('sep', ';').option('header', 'true').option('nullValue', 'NA')"
        ".option('inferSchema', 'true').option('escape', '\"').csv(f'{gold_data}/semicolons.csv')",
        "csv_schema": "spark.read.schema('id LONG, name STRING, age DOUBLE, height FLOAT, joined DATE, member BOOLEAN, "
        "score DECIMAL(4,2)').option('header', True).csv(f'{gold_data}/people.csv')",
        "csv_ragged_permissive": "spark.read.schema('a INT, b INT, c INT').csv(f'{gold_data}/ragged.csv', header=True)",
        "csv_ragged_dropped": "spark.read.schema('a INT, b INT, c INT').csv(f'{gold_data}/ragged.csv', header=True, "
        "mode='DROPMALFORMED')",
        "csv_ragged_fails": "spark.read.schema('a INT, b INT, c INT').csv(f'{gold_data}/ragged.csv', header=True, "
        "mode='FAILFAST')",
        "csv_ragged_inferred": "spark.read.csv(f'{gold_data}/ragged.csv', header=True, inferSchema=True)",
        "csv_filtered_then_computed": "spark.read.csv(f'{gold_data}/flights_2k.csv', header=True, inferSchema=True)"
        ".where('hour <> 5').selectExpr('100 div (hour - 5) AS share').orderBy('share').limit(3)",
        "csv_missing_file": "spark.read.csv(f'{gold_data}/nothing.csv', header=True)",
        "csv_round_trip": """spark.table('people').coalesce(1).write.csv(f'{tmp}/people_csv', header=True)
spark.read.csv(f'{tmp}/people_csv', header=True, inferSchema=True).orderBy('id')""",
        "csv_written_text": """spark.table('people').coalesce(1).write.csv(f'{tmp}/people_text', header=True)
spark.read.text(f'{tmp}/people_text')""",
        "json_inferred": "spark.read.json(f'{gold_data}/events.json')",
        "json_schema": "spark.read.schema('id LONG, ratio FLOAT, tags ARRAY<STRING>').json(f'{gold_data}/events.json')",
        "text": "spark.read.text(f'{gold_data}/semicolons.csv')",
        "parquet_round_trip": """spark.table('people').write.parquet(f'{tmp}/people_parquet')
spark.read.parquet(f'{tmp}/people_parquet').orderBy('id')""",
        "parquet_exists": """spark.range(1).write.parquet(f'{tmp}/twice')
spark.range(1).write.parquet(f'{tmp}/twice')""",
        "parquet_append": """spark.range(2).write.mode('append').parquet(f'{tmp}/appended')
spark.range(2).write.mode('append').parquet(f'{tmp}/appended')
spark.read.parquet(f'{tmp}/appended').count()""",
        "parquet_overwrite": """spark.range(5).write.parquet(f'{tmp}/overwritten')
spark.range(2).write.mode('overwrite').parquet(f'{tmp}/overwritten')
spark.read.parquet(f'{tmp}/overwritten').count()""",
        "parquet_ignore": """spark.range(5).write.parquet(f'{tmp}/ignored')
spark.range(2).write.mode('ignore').parquet(f'{tmp}/ignored')
spark.read.parquet(f'{tmp}/ignored').count()""",
        "parquet_missing": "spark.read.parquet(f'{tmp}/never_written')",
    },
    "frames": {
        "select_expressions": "spark.table('people').select('id', (F.col('age') + 1).alias('next'), F.lit('x'), "
        "F.col('height') * 100).orderBy('id')",
        "select_expr": "spark.table('people').selectExpr('id', 'age * 2 AS twice', 'upper(name)').orderBy('id')",
        "filter_and_where": "spark.table('people').filter(F.col('age') > 30).where('height IS NOT NULL').orderBy('id')",
        "with_column": "spark.table('people').withColumn('old', F.col('age') > 50).withColumn('id', F.col('id') * 10)"
        ".orderBy('id')",
        "with_columns": "spark.range(2).withColumns({'a': F.col('id') + 1, 'b': F.lit(None)})",
        "renamed": "spark.table('people').withColumnRenamed('name', 'who').withColumnRenamed('zzz', 'y').columns",
        "drop": "spark.table('people').drop('height', 'joined', 'nothing').orderBy('id')",
        "when": "spark.table('people').select('id', F.when(F.col('age') > 50, 'old').when(F.col('age') > 30, 'mid')"
        ".otherwise('young').alias('kind'), F.when(F.col('age') > 50, 1).alias('one')).orderBy('id')",
        "isin_between_like": "spark.table('people').select('id', F.col('id').isin(1, 3), F.col('age').between(30, 60), "
        "F.col('name').like('%a'), F.col('name').startswith('G'), F.col('name').contains('u'), F.col('age').isNull())"
        ".orderBy('id')",
        "union": "spark.range(2).union(spark.range(1)).orderBy('id')",
        "union_by_name": "spark.createDataFrame([(1, 'a')], ['x', 'y']).unionByName("
        "spark.createDataFrame([('b', 2)], ['y', 'x'])).orderBy('x')",
        "union_by_name_missing": "spark.createDataFrame([(1, 'a')], ['x', 'y']).unionByName("
        "spark.createDataFrame([(2, 3.5)], ['x', 'z']), allowMissingColumns=True).orderBy('x')",
        "distinct_and_duplicates": "spark.table('visits').dropDuplicates(['day']).select('day').orderBy('day')",
        "join_on_name": "spark.table('people').join(spark.table('visits').withColumnRenamed('person', 'id'), 'id', 'left')"
        ".select('id', 'name', 'day').orderBy('id', 'day')",
        "join_on_columns": "p, v = spark.table('people'), spark.table('visits')\n"
        "p.join(v, p.id == v.person, 'left_anti').select(p.id).orderBy('id')",
        "self_join": "a, b = spark.range(3).alias('a'), spark.range(3).alias('b')\n"
        "a.join(b, F.col('a.id') == F.col('b.id') * 2).select('a.id', F.col('b.id').alias('half')).orderBy('a.id')",
        "self_join_is_ambiguous": "a = spark.range(3)\nb = a.withColumn('twice', a.id * 2)\n"
        "a.join(b, a.id == b.twice).select(a.id, b.twice).orderBy(a.id)",
        "group_agg": "spark.table('visits').groupBy('day').agg(F.count('*'), F.sum('minutes'), F.avg('minutes').alias('m'), "
        "F.countDistinct('person')).orderBy('day')",
        "group_shortcuts": "spark.table('visits').groupBy('day').sum('minutes').orderBy('day')",
        "group_dictionary": "spark.table('visits').groupBy('day').agg({'minutes': 'max'}).orderBy('day')",
        "group_count": "spark.table('visits').groupBy('day').count().orderBy(F.desc('count'), 'day')",
        "agg_whole": "spark.table('people').agg(F.min('age'), F.max('age'), F.stddev('age'))",
        "pivot": "spark.table('visits').groupBy('person').pivot('day', ['mon', 'tue']).sum('minutes').orderBy('person')",
        "order_mixed": "spark.table('people').orderBy(F.col('height').desc(), F.asc_nulls_last('age')).select('id')",
        "limit_offset_tail": "[r.id for r in spark.range(10).offset(2).limit(5).tail(2)]",
        "head_first_take": "d = spark.range(5).orderBy('id')\n[d.head().id, d.first().id, [r.id for r in d.take(2)]]",
        "count_and_empty": "[spark.table('people').count(), spark.range(0).isEmpty(), spark.range(0).count()]",
        "na_fill": "spark.table('people').na.fill({'age': 0, 'name': '?'}).na.fill(9.5).orderBy('id')",
        "na_fill_string": "spark.table('people').na.fill('none').select('id', 'name', 'age').orderBy('id')",
        "na_drop": "[spark.table('people').na.drop().count(), spark.table('people').na.drop('all').count(), "
        "spark.table('people').dropna(subset=['age', 'name']).count(), spark.table('people').na.drop(thresh=5).count()]",
        "na_replace": "spark.table('people').na.replace(['Ada', 'Grace'], ['A', 'G'], 'name').select('id', 'name').orderBy('id')",
        "describe": "spark.table('people').describe()",
        "describe_some": "spark.table('people').describe('age', 'name')",
        "summary": "spark.table('people').select('id', 'age', 'name').summary()",
        "summary_some": "spark.table('people').select('age').summary('count', 'min', '50%', 'max')",
        "stat": "d = spark.range(10).withColumn('y', F.col('id') * 2 + 1)\n"
        "[d.stat.corr('id', 'y'), d.stat.cov('id', 'y'), d.approxQuantile('id', [0.0, 0.5, 1.0], 0.0)]",
        "crosstab": "spark.table('visits').na.drop().crosstab('person', 'day').orderBy('person_day')",
        "window": "w = Window.partitionBy('day').orderBy(F.desc('minutes'))\n"
        "spark.table('visits').select('day', 'minutes', F.row_number().over(w).alias('n'), "
        "F.sum('minutes').over(w).alias('s')).orderBy('day', 'n')",
        "explode": "spark.createDataFrame([(1, ['a', 'b'])], ['id', 'tags']).select('id', F.explode('tags').alias('tag'))",
        "to_df": "spark.createDataFrame([(1, 2)], ['a', 'b']).toDF('x', 'y')",
        "alias": "spark.table('people').alias('p').select('p.id', 'p.name').orderBy('p.id').limit(1)",
        "temp_view": "spark.range(3).createOrReplaceTempView('three')\nspark.sql('SELECT sum(id) AS s FROM three')",
        "sql_with_arguments": "spark.sql('SELECT :a + 1 AS x, :b AS y', args={'a': 1, 'b': 'z'})",
        "sql_with_positions": "spark.sql('SELECT ? * 2 AS x', args=[21])",
        "sql_with_frame": "spark.sql('SELECT max(id) AS m FROM {d}', d=spark.range(4))",
        "table_round_trip": """spark.sql('DROP TABLE IF EXISTS gold_people')
spark.table('people').write.saveAsTable('gold_people')
spark.table('people').write.mode('append').saveAsTable('gold_people')
spark.sql('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM gold_people')""",
        "table_exists": """spark.sql('DROP TABLE IF EXISTS gold_twice')
spark.range(1).write.saveAsTable('gold_twice')
spark.range(1).write.saveAsTable('gold_twice')""",
        "split_is_disjoint_and_whole": "d = spark.range(1000)\na, b = d.randomSplit([0.8, 0.2], seed=7)\n"
        "[a.count() + b.count(), a.intersect(b).count(), 700 < a.count() < 900]",
        "sample_is_repeatable": "d = spark.range(1000)\n[d.sample(fraction=0.3, seed=1).count() == d.sample(fraction=0.3, seed=1).count(), "
        "200 < d.sample(fraction=0.3, seed=1).count() < 400]",
        "split_rows": "d = spark.range(0, 40, 1, 1).withColumn('k', F.expr('nullif(id % 7, 3)')).select('k', 'id')\n"
        "[[(r.k, r.id) for r in part.collect()] for part in d.randomSplit([3.0, 1.0, 1.0], seed=7)]",
        "sample_rows": "[r.id for r in spark.range(0, 50, 1, 1).sample(fraction=0.3, seed=-5).collect()]",
        "sample_by_rows": "d = spark.range(0, 60, 1, 1).withColumn('k', F.expr('id % 3'))\n"
        "[r.id for r in d.sampleBy('k', {0: 0.2, 1: 0.5}, seed=5).collect()]",
        "cache": "d = spark.range(10).cache()\n[d.count(), d.count(), d.is_cached if hasattr(d, 'is_cached') else True, "
        "d.unpersist().count()]",
        "show_n": "spark.range(5).show(2)",
        "show_truncate": "spark.createDataFrame([('abcdefghijklmnopqrstuvwxyz', 1)], ['text', 'n']).show(truncate=8)",
        "show_whole": "spark.createDataFrame([('abcdefghijklmnopqrstuvwxyz', 1)], ['text', 'n']).show(truncate=False)",
        "show_vertical": "spark.table('people').orderBy('id').show(2, vertical=True)",
        "unknown_column": "spark.table('people').select('nothing').collect()",
        "unknown_column_in_filter": "spark.table('people').filter(F.col('agee') > 3).count()",
        "attribute_of_other_frame": "spark.range(1).select(spark.table('people').name).collect()",
        "union_of_unequal_width": "spark.range(1).union(spark.table('visits')).collect()",
        "unknown_table": "spark.table('nowhere').count()",
        "long_chain": "d = spark.range(1)\nfor i in range(60): d = d.withColumn(f'c{i}', F.col('id') + i)\n"
        "d.select('c59')",
    },
} | python_cases.CODE
