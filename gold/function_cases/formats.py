"""CSV, JSON, VARIANT and XML."""

from function_cases.settings import BERLIN

BOOK = "'<p><a>b</a><a>c</a><n>7</n><t k=\"v\">é</t><e/></p>'"


def of_path(name: str, path: str) -> list:
    """A number or truth out of XML."""
    return [
        f"{name}({BOOK}, '{path}'), {name}({BOOK}, 'p/none'), {name}({BOOK}, 'p/a'), {name}({BOOK}, 'count(p/a)')",
        f"{name}(NULL, 'p'), {name}('<a/>', NULL), {name}('', 'a')",
        f"{name}('<a>', 'a')",
        f"{name}('<a/>', '][')",
        f"{name}('<a/>', x) FROM VALUES ('a') AS t(x)",
        f"F.{name}(F.lit({BOOK}), F.lit('{path}'))",
    ]


CASES = {
    "from_csv": [
        "from_csv(s, 'a INT, b STRING') FROM VALUES ('1,x'), ('2'), ('3,y,z'), ('x,y'), (''), (',\"q,r\"'), (NULL) AS t(s)",
        "from_csv('2024-02-29|1.5|true', 'd DATE, x DOUBLE, f BOOLEAN', map('sep', '|')), from_csv('26/08/2015', 't TIMESTAMP', map('timestampFormat', 'dd/MM/yyyy')), from_csv('NA,1', 'a STRING, b INT', map('nullValue', 'NA')), from_csv('1', schema_of_csv('1'))",
        "from_csv('1,x', 'a INT, b INT, bad STRING', map('columnNameOfCorruptRecord', 'bad'))",
        "from_csv('x', 'a INT', map('mode', 'FAILFAST'))",
        "from_csv('x', 'a INT', map('mode', 'DROPMALFORMED'))",
        "from_csv('1', 'nonsense type')",
        "from_csv('1', 'a ARRAY<INT>')",
        "from_csv('1')",
        "F.from_csv('p', 'u STRING, v STRING, w STRING'), F.from_csv(F.lit('1;2'), F.lit('a INT, b INT'), {'sep': ';'}), F.from_csv(F.lit('5'), F.schema_of_csv('1'))",
    ],
    "schema_of_csv": [
        "schema_of_csv('1,abc,2.5,true'), schema_of_csv('1|x', map('sep', '|')), schema_of_csv('2024-02-29'), schema_of_csv('3000000000,')",
        "schema_of_csv(NULL)",
        "schema_of_csv(s) FROM VALUES ('1') AS t(s)",
        "F.schema_of_csv('1|a', {'sep': '|'}), F.schema_of_csv(F.lit('1,2'))",
    ],
    "to_csv": [
        "to_csv(named_struct('a', x, 'b', s)) FROM VALUES (1, 'x'), (NULL, 'a,b'), (2, 'say \"hi\"'), (3, NULL), (4, '') AS t(x, s)",
        "to_csv(named_struct('d', DATE'2024-02-29', 't', TIMESTAMP'2024-02-29 01:02:03.5', 'x', 1.50, 'f', true, 'y', double('NaN'))), to_csv(named_struct('a', 1, 'b', 2), map('sep', '|')), to_csv(named_struct('t', TIMESTAMP'2024-02-29 01:02:03'), map('timestampFormat', 'dd/MM/yyyy')), to_csv(named_struct('a', CAST(NULL AS INT)), map('nullValue', 'NA')), to_csv(CAST(NULL AS STRUCT<a: INT>)), to_csv(named_struct('a', 'x'), map('quoteAll', 'true'))",
        "to_csv(1)",
        "to_csv(named_struct('a', array(1), 'm', map('k', 1)))",
        ("to_csv(named_struct('t', TIMESTAMP'2024-07-01 12:00:00Z'))", BERLIN),
        "F.to_csv('r'), F.to_csv(F.struct('i', 's'), {'sep': ';'})",
    ],
    "from_json": [
        """from_json(s, 'a INT, b STRING') FROM VALUES ('{"a": 1, "b": "x"}'), ('{"a": "2"}'), ('{"b": {"c": 1}}'), ('{"a": 1.5}'), ('{}'), (''), ('bad'), ('[]'), ('null'), ('[{"a": 7}]'), (NULL) AS t(s)""",
        """from_json('[1, null, 3]', 'ARRAY<INT>'), from_json('{"k": 1, "l": null}', 'MAP<STRING, INT>'), from_json('{"a": {"b": [1, 2]}}', 'a STRUCT<b: ARRAY<DOUBLE>>'), from_json('{"d": "2024-02-29", "t": "2024-02-29T01:02:03Z", "x": 1.25}', 'd DATE, t TIMESTAMP, x DECIMAL(5, 2)'), from_json('{"f": "NaN", "g": "Infinity", "h": true}', 'f DOUBLE, g DOUBLE, h BOOLEAN')""",
        """from_json('{"t": "29/02/2024"}', 't TIMESTAMP', map('timestampFormat', 'dd/MM/yyyy')), from_json('{"a": 1, /* x */ "b": 2}', 'a INT, b INT', map('allowComments', 'true')), from_json("{'a': 1}", 'a INT'), from_json('{a: 1}', 'a INT', map('allowUnquotedFieldNames', 'true')), from_json('{"A": 1}', 'a INT'), from_json('{"a": 5}', schema_of_json('{"a": 1}'))""",
        """from_json('{"a": x', 'a INT, bad STRING', map('columnNameOfCorruptRecord', 'bad'))""",
        """from_json('{"a": "x"}', 'a INT', map('mode', 'FAILFAST'))""",
        """from_json('{"a": 1}', 'a INT', map('mode', 'DROPMALFORMED'))""",
        "from_json('{}', 'nonsense type')",
        "from_json('{}', 5)",
        "from_json(1, 'a INT')",
        """from_json('{"a": 9223372036854775807, "b": 9223372036854775808, "c": 300}', 'a BIGINT, b BIGINT, c TINYINT')""",
        """F.from_json(F.lit('{"a": 1}'), 'a INT'), F.from_json(F.lit('[1]'), T.ArrayType(T.IntegerType())), F.from_json(F.lit('{"a": 1}'), T.StructType().add('a', 'long'), {'mode': 'PERMISSIVE'}), F.from_json('s', F.schema_of_json('{"z": 1}'))""",
    ],
    "get_json_object": [
        """get_json_object(s, '$.a'), get_json_object(s, '$.a.b'), get_json_object(s, '$.l[0]'), get_json_object(s, '$.l[*].x'), get_json_object(s, '$') FROM VALUES ('{"a": {"b": 1}, "l": [{"x": 1}, {"x": 2}]}'), ('{"a": "t\\\\u00e9"}'), ('{"a": null, "l": []}'), ('[1]'), ('bad'), (''), (NULL) AS t(s)""",
        """get_json_object('{"a b": 1}', "$['a b']"), get_json_object('{"a": 1.50}', '$.a'), get_json_object('{"a": true}', '$.a'), get_json_object('[1, [2, 3]]', '$[1][0]'), get_json_object('[1, 2]', '$[*]'), get_json_object('{"a": 1}', 'a'), get_json_object('{"a": 1}', NULL), get_json_object('{"a": [ 1,  2 ]}', '$.a'), get_json_object('{"a":1,"a":2}', '$.a'), get_json_object('{"a": 1}', '$..a'), get_json_object('{"a": {"x": 1}, "b": {"x": 2}}', '$.*.x')""",
        "get_json_object(1, '$.a')",
        "get_json_object('{}')",
        """F.get_json_object(F.lit('{"a": [1, 2]}'), '$.a[1]'), F.get_json_object('s', '$.a')""",
    ],
    "json_array_length": [
        """json_array_length(s) FROM VALUES ('[1, 2, [3]]'), ('[]'), ('{"a": 1}'), ('bad'), ('[1'), (''), ('null'), (NULL) AS t(s)""",
        "json_array_length(1)",
        "json_array_length()",
        "F.json_array_length(F.lit('[1, null]')), F.json_array_length('s')",
    ],
    "json_object_keys": [
        """json_object_keys(s) FROM VALUES ('{"a": 1, "b": {"c": 2}}'), ('{}'), ('[1]'), ('bad'), ('{"a": 1'), (''), ('{"k": 1, "k": 2}'), (NULL) AS t(s)""",
        "json_object_keys(array(1))",
        """F.json_object_keys(F.lit('{"x": 1}')), F.json_object_keys('s')""",
    ],
    "json_tuple": [
        """json_tuple(s, 'a', 'b', 'none') FROM VALUES ('{"a": 1, "b": "x"}'), ('{"a": {"c": [1, 2]}, "b": null}'), ('{"a": 1.50, "b": true}'), ('bad'), (''), ('[]'), (NULL) AS t(s)""",
        """k, json_tuple(s, 'a') AS v FROM VALUES (1, '{"a": 5}') AS t(k, s)""",
        "json_tuple('{}')",
        "json_tuple('{}', 1)",
        """F.json_tuple(F.lit('{"a": 1, "b": 2}'), 'a', 'b')""",
        "F.json_tuple('s', 'a').alias('v')",
    ],
    "schema_of_json": [
        """schema_of_json('{"a": 1, "b": [1.5], "c": {"d": null}}'), schema_of_json('[1, "x"]'), schema_of_json('3000000000'), schema_of_json('99999999999999999999'), schema_of_json('"x"'), schema_of_json('[]'), schema_of_json('{"a": true, "z": "2024-01-01"}'), schema_of_json('[{"a": 1}, {"b": 2.5}]')""",
        """schema_of_json('{"a": 01}', map('allowNumericLeadingZeros', 'true')), schema_of_json('{"a": 1}', map('primitivesAsString', 'true')), schema_of_json('{"a": 1.5}', map('prefersDecimal', 'true'))""",
        "schema_of_json('bad')",
        "schema_of_json(NULL)",
        "schema_of_json(s) FROM VALUES ('{}') AS t(s)",
        """F.schema_of_json('{"a": 1}'), F.schema_of_json(F.lit('[1]'), {'primitivesAsString': 'true'})""",
    ],
    "to_json": [
        "to_json(named_struct('a', x, 'b', s)) FROM VALUES (1, 'x'), (NULL, 'q\"\\\\é'), (2, NULL) AS t(x, s)",
        "to_json(array(1, NULL)), to_json(map('a', 1, 'b', NULL)), to_json(named_struct('n', named_struct('m', array()))), to_json(array(named_struct('a', 1))), to_json(map(1, 'x')), to_json(CAST(NULL AS STRUCT<a: INT>)), to_json(array(map('a', 1)))",
        "to_json(named_struct('d', DATE'2024-02-29', 't', TIMESTAMP'2024-02-29 01:02:03.5', 'x', 1.50, 'y', double('NaN'), 'z', 1e20D, 'w', X'4142', 'f', 1.5F, 'e', 1e-7D, 'n', TIMESTAMP_NTZ'2024-02-29 01:02:03'))",
        "to_json(named_struct('a', NULL, 'b', 1), map('ignoreNullFields', 'false')), to_json(named_struct('t', TIMESTAMP'2024-02-29 01:02:03'), map('timestampFormat', 'dd/MM/yyyy')), to_json(named_struct('a', 1), map('pretty', 'true')), to_json(named_struct('a', 'x/y\\t\\u0001'))",
        ("to_json(named_struct('t', TIMESTAMP'2024-07-01 12:00:00Z'))", BERLIN),
        "to_json(1)",
        "to_json(named_struct('a', 1), 5)",
        "F.to_json('r'), F.to_json(F.struct('i', 'x'), {'ignoreNullFields': 'false'}), F.to_json('a'), F.to_json('m')",
    ],
    "is_valid_variant": [
        "is_valid_variant(parse_json('1')), is_valid_variant(CAST(NULL AS VARIANT))",
        "is_valid_variant(1)",
        "F.is_valid_variant(F.parse_json(F.lit('{}')))",
    ],
    "is_variant_null": [
        "is_variant_null(parse_json('null')), is_variant_null(parse_json('1')), is_variant_null(parse_json(NULL)), is_variant_null(variant_get(parse_json('{\"a\": null}'), '$.a'))",
        "is_variant_null('null')",
        "F.is_variant_null(F.parse_json(F.lit('null')))",
    ],
    "parse_json": [
        """to_json(parse_json(s)) FROM VALUES ('{"b": 1, "a": [1, 2.5, null, "x", true]}'), ('1e300'), ('"é"'), ('[]'), (NULL) AS t(s)""",
        "parse_json('{\"a\": 1}'), parse_json('12.340'), parse_json('null')",
        "CAST(parse_json('5') AS INT), CAST(parse_json('[1, 2]') AS ARRAY<INT>), typeof(parse_json('1')), parse_json('{\"a\": {\"b\": 3}}'):a.b::INT, CAST(parse_json('{\"a\": 1}') AS STRING)",
        "parse_json('{')",
        'parse_json(\'{"a": 1, "a": 2}\')',
        "parse_json(1)",
        "F.to_json(F.parse_json(F.lit('{\"z\": [1]}'))), F.parse_json(F.lit('1'))",
    ],
    "schema_of_variant": [
        """schema_of_variant(parse_json(s)) FROM VALUES ('{"a": 1, "b": [1.5, 2]}'), ('null'), ('[1, "x"]'), ('[]'), ('{}'), ('1e5'), ('3000000000'), (NULL) AS t(s)""",
        "schema_of_variant('x')",
        "F.schema_of_variant(F.parse_json(F.lit('{\"a\": true}')))",
    ],
    "schema_of_variant_agg": [
        """schema_of_variant_agg(parse_json(s)) FROM VALUES ('{"a": 1}'), ('{"b": "x"}'), ('{"a": 2.5}'), (NULL) AS t(s)""",
        "schema_of_variant_agg(parse_json(s)) FROM VALUES ('1') AS t(s) WHERE s > '5'",
        "F.schema_of_variant_agg(F.parse_json(F.lit('[1]')))",
    ],
    "try_parse_json": [
        "to_json(try_parse_json(s)) FROM VALUES ('{\"a\": 1}'), ('{'), (''), (NULL) AS t(s)",
        "try_parse_json(1)",
        "F.to_json(F.try_parse_json('s')), F.try_parse_json(F.lit('[1]'))",
    ],
    "variant_get": [
        """variant_get(v, '$.a', 'int'), variant_get(v, '$.b[1]', 'string'), variant_get(v, '$.c', 'int'), variant_get(v, '$.b', 'array<int>'), variant_get(v, '$["a"]', 'double') FROM VALUES (parse_json('{"a": 1, "b": [1, 2]}')), (parse_json('{}')), (NULL) AS t(v)""",
        """variant_get(parse_json('{"a": "x"}'), '$.a', 'int')""",
        """variant_get(parse_json('{"a": 300}'), '$.a', 'tinyint')""",
        "variant_get(parse_json('1'), 'a', 'int')",
        "variant_get(parse_json('{\"d\": \"2024-02-29\"}'), '$.d', 'date'), variant_get(parse_json('{\"a\": {\"x\": 1}}'), '$.a', 'struct<x: int>'), to_json(variant_get(parse_json('[1, 2]'), '$[0]'))",
        """F.variant_get(F.parse_json(F.lit('{"a": 1}')), '$.a', 'int'), F.variant_get(F.parse_json(F.lit('{"a": 1}')), F.lit('$.a'), 'string')""",
    ],
    "try_variant_get": [
        """try_variant_get(parse_json('{"a": "x"}'), '$.a', 'int'), try_variant_get(parse_json('{"a": 5}'), '$.a', 'int'), try_variant_get(NULL, '$.a', 'int'), try_variant_get(parse_json('[1]'), '$[3]', 'int')""",
        "try_variant_get(parse_json('1'), 'a', 'int')",
        """F.try_variant_get(F.parse_json(F.lit('{"a": "q"}')), '$.a', 'double')""",
    ],
    "to_variant_object": [
        "to_json(to_variant_object(named_struct('a', 1, 'b', array('x', NULL)))), to_json(to_variant_object(array(map('k', 1.5)))), to_json(to_variant_object(CAST(NULL AS STRUCT<a: INT>)))",
        "to_variant_object(1)",
        "to_variant_object(map(1, 2))",
        "F.to_json(F.to_variant_object('r'))",
    ],
    "from_xml": [
        "from_xml(s, 'a INT, b STRING') FROM VALUES ('<p><a>1</a><b>x</b></p>'), ('<p><a>z</a></p>'), ('<p/>'), ('bad'), (''), (NULL) AS t(s)",
        "from_xml('<p k=\"v\"><a>1</a><a>2</a><n><m>3</m></n></p>', '_k STRING, a ARRAY<INT>, n STRUCT<m: DOUBLE>'), from_xml('<p><t>26/08/2015</t></p>', 't TIMESTAMP', map('timestampFormat', 'dd/MM/yyyy')), from_xml('<p><a>1</a></p>', schema_of_xml('<p><a>1</a></p>'))",
        "from_xml('<p><a>x</a></p>', 'a INT', map('mode', 'FAILFAST'))",
        "from_xml('<p/>', 'nonsense type')",
        "from_xml(1, 'a INT')",
        "F.from_xml(F.lit('<p><a>1</a></p>'), 'a INT'), F.from_xml(F.lit('<p><a>1</a></p>'), F.schema_of_xml('<p><a>1</a></p>')), F.from_xml(F.lit('<p><a>1</a></p>'), T.StructType().add('a', 'long'))",
    ],
    "schema_of_xml": [
        "schema_of_xml('<p><a>1</a></p>'), schema_of_xml('<p k=\"1\"><a>x</a><a>y</a><n><m>2.5</m></n></p>'), schema_of_xml('<p><a>true</a><d>2024-01-01</d></p>', map('inferSchema', 'false'))",
        "schema_of_xml('bad')",
        "schema_of_xml(NULL)",
        "F.schema_of_xml('<p><a>1</a></p>'), F.schema_of_xml(F.lit('<p><a>1</a></p>'), {'excludeAttribute': 'true'})",
    ],
    "to_xml": [
        "to_xml(named_struct('a', x, 'b', s)) FROM VALUES (1, 'x'), (NULL, '<&>'), (2, NULL) AS t(x, s)",
        "to_xml(named_struct('d', DATE'2024-02-29', 't', TIMESTAMP'2024-02-29 01:02:03.5', '_k', 'v', 'l', array(1, 2), 'n', named_struct('m', 1.5D))), to_xml(named_struct('a', 1), map('rowTag', 'r')), to_xml(named_struct('t', TIMESTAMP'2024-02-29 01:02:03'), map('timestampFormat', 'dd/MM/yyyy'))",
        "to_xml(1)",
        "F.to_xml('r'), F.to_xml(F.struct('i'), {'rowTag': 'q'})",
    ],
    "xpath": [
        f"xpath({BOOK}, 'p/a/text()'), xpath({BOOK}, 'p/a'), xpath({BOOK}, 'p/t/@k'), xpath({BOOK}, 'p/none'), xpath({BOOK}, '//n/text()')",
        "xpath(NULL, 'a'), xpath('', 'a'), xpath('<a/>', NULL)",
        "xpath('<a>', 'a')",
        "xpath('<a/>', '][')",
        f"F.xpath(F.lit({BOOK}), F.lit('p/a/text()'))",
    ],
    "xpath_boolean": of_path("xpath_boolean", "p/n > 5"),
    "xpath_double": of_path("xpath_double", "p/n"),
    "xpath_float": of_path("xpath_float", "sum(p/n) div 2"),
    "xpath_int": of_path("xpath_int", "sum(p/n)"),
    "xpath_long": of_path("xpath_long", "p/n * 1000000000"),
    "xpath_number": of_path("xpath_number", "p/n + 0.5"),
    "xpath_short": of_path("xpath_short", "p/n"),
    "xpath_string": of_path("xpath_string", "p/t"),
}
