"""Cases of every function of `pyspark.sql.functions`: what is called, by family and function.

A case is a text. What begins with `F.` are columns, selected from the view `samples`; what begins with `spark.` or an
import is Python as it stands; all else follows the word SELECT. With a pair (text, settings), the case runs
under these settings of the session. A case is named after its function and its place, so new ones go to the end.
"""

import inspect

from pyspark.sql import functions

from function_cases import aggregates, collections, conditions, dates, formats, maths, misc, sketches, strings, times

FAMILIES = {
    "aggregates": aggregates.CASES,
    "collections": collections.CASES,
    "conditions": conditions.CASES,
    "dates": dates.CASES | times.CASES,
    "formats": formats.CASES,
    "maths": maths.CASES,
    "misc": misc.CASES,
    "sketches": sketches.CASES,
    "strings": strings.CASES,
}
# Makers of functions written in Python.
MAKERS = {"arrow_udf", "arrow_udtf", "call_udf", "pandas_udf", "udf", "udtf"}
SETUP = [
    "CREATE OR REPLACE TEMP VIEW samples AS SELECT * FROM VALUES "
    "(3, 5L, 2.5D, 4.0D, 'Spark SQL', 'a,b,,c', DATE'2024-02-29', DATE'2023-12-31', TIMESTAMP'2024-02-29 12:34:56.789', "
    "array(3, 1, NULL, 3), array(1, 4), map('k', 1, 'l', NULL), named_struct('u', 1, 'v', 'x'), true, X'537061726B', 12.35BD), "
    "(-7, -9L, -0.5D, 0.0D, 'été 東京', 'b', DATE'1999-12-31', DATE'2000-02-29', TIMESTAMP'1969-12-31 23:59:59.5', "
    "array(5), array(5, NULL, 5), map('m', 7), named_struct('u', -2, 'v', NULL), false, X'00FF', -0.50BD), "
    "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), "
    "(0, 2147483648L, double('NaN'), 1.0D, '', '', DATE'1970-01-01', DATE'1970-01-01', TIMESTAMP'2038-01-19 03:14:08', "
    "array(), array(2), CAST(map() AS MAP<STRING, INT>), named_struct('u', NULL, 'v', ''), true, X'', 7.00BD) "
    "AS t(i, n, x, y, s, p, d, e, t, a, b, m, r, f, k, c)",
]


def public_functions() -> list:
    """The functions that need a case."""
    named = ((name, getattr(functions, name)) for name in functions.__all__)
    return [name for name, value in named if inspect.isfunction(value) and name not in MAKERS]


def cases(family: str) -> list:
    """The cases of a family as they are recorded, before what Spark answers."""
    made = []
    for function, texts in FAMILIES[family].items():
        for place, text in enumerate(texts, start=1):
            text, config = text if isinstance(text, tuple) else (text, {})
            case = {"name": function if place == 1 else f"{function}_{place}", "function": function}
            if text.startswith("F."):
                case["code"] = f"spark.table('samples').select({text})"
            elif text.startswith(("spark.", "import ", "from ")):
                case["code"] = text
            else:
                case["sql"] = f"SELECT {text}"
            made.append(case | ({"config": config} if config else {}))
    return made
