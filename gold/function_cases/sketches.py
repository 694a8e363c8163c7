"""Sketches: how many distinct values, quantiles and counts, in few bytes. What they say counts, not their bytes."""

NUMBERS = "VALUES (1), (1), (2), (2), (3), (NULL) AS t(x)"
OTHERS = "VALUES (2), (4), (5) AS t(x)"
KINDS = {"bigint": "BIGINT", "double": "DOUBLE", "float": "FLOAT"}


def two(left: str, right: str | None = None) -> str:
    """A table of one row with the sketches l and r."""
    return f"FROM (SELECT {left} l FROM {NUMBERS}), (SELECT {right or left} r FROM {OTHERS})"


def summarized(kind: str) -> str:
    return f"tuple_sketch_agg_{kind}(x, CAST(x * 10 AS {'DOUBLE' if kind == 'double' else 'INT'}))"


def frame(*sketches: str) -> str:
    """Python: a frame of one row with these sketches of the column x."""
    columns = ", ".join(f"{sketch} {name}" for sketch, name in zip(sketches, "lr"))
    return f'spark.sql("SELECT {columns} FROM {NUMBERS}")'


def quantiles(kind: str) -> dict:
    """KLL sketches of one type of number."""
    of = KINDS[kind]
    sketch = f"kll_sketch_agg_{kind}(CAST(x AS {of}))"
    held = frame(sketch)
    pair = two(sketch)
    return {
        f"kll_sketch_agg_{kind}": [
            f"kll_sketch_get_n_{kind}({sketch}), kll_sketch_get_quantile_{kind}({sketch}, 0.5), typeof({sketch}) FROM {NUMBERS}",
            f"kll_sketch_get_n_{kind}(kll_sketch_agg_{kind}(CAST(x AS {of}), 50)) FROM {NUMBERS}",
            f"kll_sketch_get_n_{kind}({sketch}) FROM {NUMBERS} WHERE x > 50",
            f"kll_sketch_agg_{kind}(CAST(x AS {of}), 5) FROM {NUMBERS}",
            f"kll_sketch_agg_{kind}('a')",
            f"F.kll_sketch_get_n_{kind}(F.kll_sketch_agg_{kind}(F.col('n').cast('{of}'))), F.kll_sketch_get_n_{kind}(F.kll_sketch_agg_{kind}(F.col('n').cast('{of}'), 100))",
        ],
        f"kll_merge_agg_{kind}": [
            f"kll_sketch_get_n_{kind}(kll_merge_agg_{kind}(s)), kll_sketch_get_quantile_{kind}(kll_merge_agg_{kind}(s), 1.0) FROM (SELECT {sketch} s FROM {NUMBERS} UNION ALL SELECT {sketch} FROM {OTHERS})",
            f"kll_merge_agg_{kind}(X'00')",
            f"{held}.select(F.kll_sketch_get_n_{kind}(F.kll_merge_agg_{kind}('l')))",
        ],
        f"kll_sketch_get_n_{kind}": [
            f"kll_sketch_get_n_{kind}({sketch}) FROM {OTHERS}",
            f"kll_sketch_get_n_{kind}(NULL)",
            f"kll_sketch_get_n_{kind}(X'0102')",
            f"{held}.select(F.kll_sketch_get_n_{kind}('l'))",
        ],
        f"kll_sketch_get_quantile_{kind}": [
            f"kll_sketch_get_quantile_{kind}({sketch}, 0.0), kll_sketch_get_quantile_{kind}({sketch}, 0.75), kll_sketch_get_quantile_{kind}({sketch}, array(0.1, 0.5, 1.0)) FROM {NUMBERS}",
            f"kll_sketch_get_quantile_{kind}({sketch}, 1.5) FROM {NUMBERS}",
            f"kll_sketch_get_quantile_{kind}(X'00', 0.5)",
            f"{held}.select(F.kll_sketch_get_quantile_{kind}('l', F.lit(0.5)))",
        ],
        f"kll_sketch_get_rank_{kind}": [
            f"kll_sketch_get_rank_{kind}({sketch}, CAST(2 AS {of})), kll_sketch_get_rank_{kind}({sketch}, CAST(0 AS {of})), kll_sketch_get_rank_{kind}({sketch}, CAST(9 AS {of})) FROM {NUMBERS}",
            f"kll_sketch_get_rank_{kind}(X'00', CAST(1 AS {of}))",
            f"{held}.select(F.kll_sketch_get_rank_{kind}('l', F.lit(2).cast('{of}')))",
        ],
        f"kll_sketch_merge_{kind}": [
            f"kll_sketch_get_n_{kind}(kll_sketch_merge_{kind}(l, r)), kll_sketch_get_quantile_{kind}(kll_sketch_merge_{kind}(l, r), 0.5) {pair}",
            f"kll_sketch_merge_{kind}(X'00', X'00')",
            f"{held}.select(F.kll_sketch_get_n_{kind}(F.kll_sketch_merge_{kind}('l', 'l')))",
        ],
        f"kll_sketch_to_string_{kind}": [
            f"kll_sketch_to_string_{kind}({sketch}) LIKE '%KLL%' FROM {NUMBERS}",
            f"kll_sketch_to_string_{kind}({sketch}) FROM {NUMBERS}",
            f"kll_sketch_to_string_{kind}('a')",
            f"{held}.select(F.length(F.kll_sketch_to_string_{kind}('l')) > 10)",
        ],
    }


def tuples(kind: str) -> dict:
    """Theta sketches with a sum beside each key."""
    sketch, theta = summarized(kind), "theta_sketch_agg(x)"
    said = f"tuple_sketch_estimate_{kind}({{0}}), tuple_sketch_summary_{kind}({{0}})"
    held, with_theta = frame(sketch), frame(sketch, theta)
    found = {
        f"tuple_sketch_agg_{kind}": [
            f"{said.format(sketch)} FROM {NUMBERS}",
            f"tuple_sketch_summary_{kind}(tuple_sketch_agg_{kind}(x, CAST(x AS {kind.replace('integer', 'int')}), 10, 'max')) FROM {NUMBERS}",
            f"{said.format(sketch)} FROM {NUMBERS} WHERE x > 50",
            f"tuple_sketch_agg_{kind}(x, CAST(x AS {kind.replace('integer', 'int')}), 2) FROM {NUMBERS}",
            f"tuple_sketch_agg_{kind}(x, CAST(x AS {kind.replace('integer', 'int')}), 12, 'nothing') FROM {NUMBERS}",
            f"F.tuple_sketch_estimate_{kind}(F.tuple_sketch_agg_{kind}('n', F.col('i').cast('{kind.replace('integer', 'int')}'))), F.tuple_sketch_summary_{kind}(F.tuple_sketch_agg_{kind}('n', F.col('i').cast('{kind.replace('integer', 'int')}'), 12, 'sum'))",
        ],
        f"tuple_sketch_estimate_{kind}": [
            f"tuple_sketch_estimate_{kind}({sketch}) FROM {OTHERS}",
            f"tuple_sketch_estimate_{kind}(NULL)",
            f"tuple_sketch_estimate_{kind}(X'00')",
            f"{held}.select(F.tuple_sketch_estimate_{kind}('l'))",
        ],
        f"tuple_sketch_summary_{kind}": [
            f"tuple_sketch_summary_{kind}({sketch}), tuple_sketch_summary_{kind}({sketch}, 'min'), tuple_sketch_summary_{kind}({sketch}, 'alwaysone') FROM {NUMBERS}",
            f"tuple_sketch_summary_{kind}({sketch}, 'nothing') FROM {NUMBERS}",
            f"{held}.select(F.tuple_sketch_summary_{kind}('l'), F.tuple_sketch_summary_{kind}('l', 'max'))",
        ],
        f"tuple_sketch_theta_{kind}": [
            f"tuple_sketch_theta_{kind}({sketch}) FROM {NUMBERS}",
            f"tuple_sketch_theta_{kind}('a')",
            f"{held}.select(F.tuple_sketch_theta_{kind}('l'))",
        ],
    }
    for verb in ("union", "intersection"):
        found[f"tuple_{verb}_agg_{kind}"] = [
            f"{said.format(f'tuple_{verb}_agg_{kind}(s)')} FROM (SELECT {sketch} s FROM {NUMBERS} UNION ALL SELECT {sketch} FROM {OTHERS})",
            f"tuple_{verb}_agg_{kind}(X'00')",
            f"{held}.select(F.tuple_sketch_estimate_{kind}(F.tuple_{verb}_agg_{kind}('l')))",
        ]
    for verb in ("union", "intersection", "difference"):
        name = f"tuple_{verb}_{kind}"
        found[name] = [
            f"{said.format(f'{name}(l, r)')} {two(sketch)}",
            f"{name}(l, X'00') {two(sketch)}",
            f"{name}(l, NULL) {two(sketch)}",
            f"{held}.select(F.tuple_sketch_estimate_{kind}(F.{name}('l', 'l')))",
        ]
        name = f"tuple_{verb}_theta_{kind}"
        found[name] = [
            f"{said.format(f'{name}(l, r)')} {two(sketch, theta)}",
            f"{name}(l, X'00') {two(sketch, theta)}",
            f"{with_theta}.select(F.tuple_sketch_estimate_{kind}(F.{name}('l', 'r')))",
        ]
    return found


def of_theta(name: str) -> list:
    return [
        f"theta_sketch_estimate({name}(l, r)) {two('theta_sketch_agg(x)')}",
        f"{name}(l, X'00') {two('theta_sketch_agg(x)')}",
        f"{name}(l, NULL) {two('theta_sketch_agg(x)')}",
        f"{name}(1, 2)",
        f"{frame('theta_sketch_agg(x)')}.select(F.theta_sketch_estimate(F.{name}('l', 'l')))",
    ]


CASES = {
    "count_min_sketch": [
        f"length(count_min_sketch(x, 0.5D, 0.5D, 1)), hex(count_min_sketch(x, 0.5D, 0.5D, 1)) FROM {NUMBERS}",
        "hex(count_min_sketch(x, 0.9D, 0.5D, 7)) FROM VALUES ('a'), ('b'), ('a'), (NULL) AS t(x)",
        f"count_min_sketch(x, 0.0D, 0.5D, 1) FROM {NUMBERS}",
        f"count_min_sketch(x, 0.5D, 2.0D, 1) FROM {NUMBERS}",
        "count_min_sketch(1.5D, 0.5D, 0.5D, 1)",
        "F.hex(F.count_min_sketch('i', F.lit(0.5), F.lit(0.5), F.lit(3))), F.length(F.count_min_sketch('n', 0.5, 0.5, 3))",
    ],
    "hll_sketch_agg": [
        f"hll_sketch_estimate(hll_sketch_agg(x)), hll_sketch_estimate(hll_sketch_agg(x, 6)), hll_sketch_estimate(hll_sketch_agg(CAST(x AS STRING))), hll_sketch_estimate(hll_sketch_agg(CAST(x AS BIGINT))) FROM {NUMBERS}",
        "hll_sketch_estimate(hll_sketch_agg(id)) FROM range(0, 5000, 1, 1)",
        f"hll_sketch_estimate(hll_sketch_agg(x)) FROM {NUMBERS} WHERE x > 50",
        f"hll_sketch_agg(x, 40) FROM {NUMBERS}",
        f"hll_sketch_agg(x, 3) FROM {NUMBERS}",
        "hll_sketch_agg(1.5D)",
        f"hex(hll_sketch_agg(x)) FROM {NUMBERS}",
        "F.hll_sketch_estimate(F.hll_sketch_agg('i')), F.hll_sketch_estimate(F.hll_sketch_agg('s', 10))",
    ],
    "hll_sketch_estimate": [
        f"hll_sketch_estimate(hll_sketch_agg(x)) FROM {OTHERS}",
        "hll_sketch_estimate(CAST(NULL AS BINARY))",
        "hll_sketch_estimate(X'00')",
        "hll_sketch_estimate(1)",
        f"{frame('hll_sketch_agg(x)')}.select(F.hll_sketch_estimate('l'))",
    ],
    "hll_union": [
        f"hll_sketch_estimate(hll_union(l, r)) {two('hll_sketch_agg(x)')}",
        f"hll_sketch_estimate(hll_union(l, r, true)) {two('hll_sketch_agg(x, 10)', 'hll_sketch_agg(x)')}",
        f"hll_union(l, r) {two('hll_sketch_agg(x, 10)', 'hll_sketch_agg(x)')}",
        "hll_union(X'00', X'00')",
        f"{frame('hll_sketch_agg(x)')}.select(F.hll_sketch_estimate(F.hll_union('l', 'l')), F.hll_sketch_estimate(F.hll_union('l', 'l', True)))",
    ],
    "hll_union_agg": [
        f"hll_sketch_estimate(hll_union_agg(s)) FROM (SELECT hll_sketch_agg(x) s FROM {NUMBERS} UNION ALL SELECT hll_sketch_agg(x) FROM {OTHERS})",
        f"hll_sketch_estimate(hll_union_agg(s, true)) FROM (SELECT hll_sketch_agg(x, 10) s FROM {NUMBERS} UNION ALL SELECT hll_sketch_agg(x) FROM {OTHERS})",
        f"hll_union_agg(s, false) FROM (SELECT hll_sketch_agg(x, 10) s FROM {NUMBERS} UNION ALL SELECT hll_sketch_agg(x) FROM {OTHERS})",
        "hll_union_agg(1)",
        f"{frame('hll_sketch_agg(x)')}.select(F.hll_sketch_estimate(F.hll_union_agg('l')), F.hll_sketch_estimate(F.hll_union_agg('l', False)))",
    ],
    "theta_sketch_agg": [
        f"theta_sketch_estimate(theta_sketch_agg(x)), theta_sketch_estimate(theta_sketch_agg(x, 6)), theta_sketch_estimate(theta_sketch_agg(CAST(x AS STRING))), theta_sketch_estimate(theta_sketch_agg(array(x))) FROM {NUMBERS}",
        "theta_sketch_estimate(theta_sketch_agg(id)) FROM range(0, 3000, 1, 1)",
        f"theta_sketch_estimate(theta_sketch_agg(x)) FROM {NUMBERS} WHERE x > 50",
        f"theta_sketch_agg(x, 2) FROM {NUMBERS}",
        "theta_sketch_agg(true)",
        f"hex(theta_sketch_agg(x)) FROM {NUMBERS}",
        "F.theta_sketch_estimate(F.theta_sketch_agg('i')), F.theta_sketch_estimate(F.theta_sketch_agg('s', 10))",
    ],
    "theta_sketch_estimate": [
        f"theta_sketch_estimate(theta_sketch_agg(x)) FROM {OTHERS}",
        "theta_sketch_estimate(CAST(NULL AS BINARY))",
        "theta_sketch_estimate(X'00')",
        f"{frame('theta_sketch_agg(x)')}.select(F.theta_sketch_estimate('l'))",
    ],
    "theta_union": [
        *of_theta("theta_union"),
        f"theta_sketch_estimate(theta_union(l, r, 10)) {two('theta_sketch_agg(x)')}",
    ],
    "theta_intersection": of_theta("theta_intersection"),
    "theta_difference": of_theta("theta_difference"),
    **{
        f"theta_{verb}_agg": [
            f"theta_sketch_estimate(theta_{verb}_agg(s)) FROM (SELECT theta_sketch_agg(x) s FROM {NUMBERS} UNION ALL SELECT theta_sketch_agg(x) FROM {OTHERS})",
            f"theta_{verb}_agg(X'00')",
            f"theta_{verb}_agg(1)",
            f"{frame('theta_sketch_agg(x)')}.select(F.theta_sketch_estimate(F.theta_{verb}_agg('l')))",
        ]
        for verb in ("union", "intersection")
    },
    **{name: texts for kind in KINDS for name, texts in quantiles(kind).items()},
    **{name: texts for kind in ("double", "integer") for name, texts in tuples(kind).items()},
}
