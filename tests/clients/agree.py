"""What differs between a recorded observation and one just made, as lines that say where."""

import math
import re

NULLABILITY = {"nullable", "containsNull", "valueContainsNull"}


def number(value) -> float | None:
    """The float behind a JSON cell: a number, or {"double": "nan"}."""
    if isinstance(value, dict) and set(value) == {"double"}:
        return float(value["double"])
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def close(expected: float, seen: float, tolerance: float) -> bool:
    """Relative to the larger one, and absolute below one: coefficients near zero have no digits to compare."""
    if math.isnan(expected) or math.isnan(seen):
        return math.isnan(expected) and math.isnan(seen)
    if math.isinf(expected) or math.isinf(seen):
        return expected == seen
    return abs(expected - seen) <= tolerance * max(1.0, abs(expected), abs(seen))


def differences(expected, seen, tolerance: float = 0.0, where: str = "", without=frozenset()) -> list[str]:
    """Every place where the two JSON values disagree; keys of objects in `without` do not count."""
    left, right = number(expected), number(seen)
    if left is not None and right is not None:
        return [] if close(left, right, tolerance) else [f"{where}: expected {expected!r}, seen {seen!r}"]
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = (expected.keys() | seen.keys()) - without
        nothing = object()
        found = []
        for key in sorted(keys):
            one, other = expected.get(key, nothing), seen.get(key, nothing)
            if one is nothing or other is nothing:
                found.append(f"{where}.{key}: {'not expected' if one is nothing else 'missing'}")
            else:
                found += differences(one, other, tolerance, f"{where}.{key}", without)
        return found
    if isinstance(expected, list) and isinstance(seen, list):
        if len(expected) != len(seen):
            return [f"{where}: expected {len(expected)} items, seen {len(seen)}: {expected!r} {seen!r}"[:600]]
        pairs = enumerate(zip(expected, seen))
        return [line for i, (a, b) in pairs for line in differences(a, b, tolerance, f"{where}[{i}]", without)]
    if isinstance(expected, str) and isinstance(seen, str) and same_print(expected, seen):
        return []
    return [] if expected == seen else [f"{where}: expected {expected!r}, seen {seen!r}"]


def disagreements(case: dict, seen: dict, tolerance: float) -> list[str]:
    """What differs between a recorded case of SQL or PySpark and what was just seen; nullability does not count."""
    if "error" in seen and "error" not in case:
        return [f"error: {seen['error']}"]
    # What broke inside of Spark has neither type nor condition; whatever error we have is better.
    if case.get("error", {}).get("type") == "UnknownException":
        return [] if "error" in seen else ["error: expected one"]
    found = []
    if "error" in case:
        seen_error = seen.get("error", {})
        for part in ("type", "condition", "sqlState"):
            found += differences(case["error"].get(part), seen_error.get(part), where=part)
    for part in ("rows", "value"):
        found += differences(case.get(part), seen.get(part), tolerance, part)
    found += differences(case.get("schema"), seen.get("schema"), where="schema", without=NULLABILITY)
    for part in ("show", "printed"):
        if not same_print(case.get(part), seen.get(part)):
            found.append(f"{part}:\n{case.get(part)}\n{seen.get(part)}")
    return found


def dense(value):
    """Vectors written out, wherever they are: a model may keep its coefficients sparse or dense."""
    if isinstance(value, dict) and set(value) == {"size", "indices", "values"}:
        filled = [0.0] * value["size"]
        for index, cell in zip(value["indices"], value["values"]):
            filled[index] = cell
        return filled
    if isinstance(value, dict):
        return value["dense"] if set(value) == {"dense"} else {key: dense(item) for key, item in value.items()}
    return [dense(item) for item in value] if isinstance(value, list) else value


def same_print(expected: str | None, seen: str | None) -> bool:
    """Equal text; or equal but for the last digits of long fractions, and the widths that follow from them."""

    def shortened(text):
        text = re.sub(r"-?\d+\.\d{12,}(E-?\d+)?", lambda found: f"{float(found.group()):.12g}", text)
        return re.sub(r"-+", "-", re.sub(r" +", " ", text))

    return expected == seen or bool(expected and seen and shortened(expected) == shortened(seen))


def report(found: list[str]) -> str:
    return "\n".join(found[:25] + ([f"... and {len(found) - 25} more"] if len(found) > 25 else []))
