"""docs/ml.md: every public class and function of pyspark.ml with the recorded cases that use it, and the gaps of those.

`compatibility.py` writes it. Classes are those of the installed client, uses those that the recorder noted.
"""

import inspect
import json
import re
import sys

from gaps import GAPS, GOLD

sys.path[:0] = [str(GOLD), str(GOLD.parent / "python")]
import brickyard.ml  # noqa: E402
import uses  # noqa: E402

HEAD = """# Machine learning, class by class

Every public class and function of `pyspark.ml` 4.2, found in the installed client. *Cases* counts the recorded cases of
`gold/ml` and `gold/tuning` in which a method of the class runs, and the models of `gold/models`, saved by Spark, that
hold one; *agree* says how many of them Brickyard answers as Spark 4.2 did, which the tests hold to be true.
`python tests/clients/compatibility.py` writes this page; [compatibility](compatibility.md) tells the rest.
"""
LIST_OF_NAMES = re.compile(r"^(`\w+`(, | and |:? ))+")
OWN = """
## `brickyard.ml`: not in Spark

The Python package in [`python/`](../python/README.md); the server knows the same classes in `CREATE MODEL`.

| class | what it is |
| --- | --- |
"""


def recorded_uses() -> dict[str, list]:
    """By class the names of the cases that use it."""
    found = {name: [] for names in uses.catalogue().values() for name in names}
    for kind in ("ml", "tuning"):
        for path in sorted((GOLD / kind).glob("*.json")):
            for case in json.loads(path.read_text())["cases"]:
                for name in case["uses"]:
                    found[name].append((kind, f"{path.stem}/{case['name']}"))
    for path in sorted((GOLD / "models").glob("*.json")):
        for name in saved_classes(json.loads(path.read_text())["saved"]) & found.keys():
            found[name].append(("models", path.stem))
    return found


def saved_classes(saved: dict) -> set:
    """The class of what was saved and of all that is saved in it, by their last names."""
    inner = (saved_classes(child) for child in saved["children"].values())
    return {saved["metadata"]["class"].rpartition(".")[2]}.union(*inner)


def machine_learning(text: str) -> str:
    """The chapter of docs/compatibility.md, a point of a list on a line."""
    chapter = text.partition("\n## Machine learning\n")[2].partition("\n## ")[0]
    return chapter.replace("\n  ", " ")


def named(text: str) -> set:
    return set(re.findall(r"`(\w+)`", text))


def row(name: str, cases: list, chapter: str) -> str:
    absent = re.search(r"^\| absent \|.*$", chapter, re.M)
    if absent and name in named(absent.group()):
        return f"| `{name}` | absent | |"
    gaps = {}
    for kind, case in cases:
        if case in GAPS.get(kind, {}):
            gaps.setdefault(GAPS[kind][case], []).append(f"`{case}`")
    points = [line[2:].removesuffix(".") for line in chapter.splitlines() if line.startswith("- ")]
    differs = [LIST_OF_NAMES.sub("", point) for point in points if name in named(point)]
    differs += [f"{', '.join(names)}: {reason}" for reason, names in gaps.items()]
    missing = sum(map(len, gaps.values()))
    return f"| `{name}` | {len(cases) - missing} of {len(cases)} | {'; '.join(differs)} |"


def page(compatibility: str) -> str:
    """The page, beside this text of docs/compatibility.md."""
    found, chapter = recorded_uses(), machine_learning(compatibility)
    lines = [HEAD]
    for module, names in uses.catalogue().items():
        title = "pyspark.ml" if module == "pipeline" else f"pyspark.ml.{module}"
        lines += [f"## `{title}`", "", "| class | cases agree | differs |", "| --- | --- | --- |"]
        lines += [row(name, found[name], chapter) for name in names] + [""]
    lines += ["Left out:", ""] + [f"- `pyspark.ml.{name}`: {what}" for name, what in uses.ELSEWHERE.items()]
    own = [f"| `{name}` | {first_sentence(getattr(brickyard.ml, name))} |" for name in brickyard.ml.__all__]
    return "\n".join(lines) + "\n" + OWN + "\n".join(own) + "\n"


def first_sentence(kind: type) -> str:
    return re.sub(r":py:class:", "", inspect.getdoc(kind).split("\n\n")[0].replace("\n", " "))
