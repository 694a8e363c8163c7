"""Small deterministic data sets for the ML cases, written to gold/data; the same numbers on every machine."""

import csv
import math
import pathlib
import random

DATA = pathlib.Path(__file__).parent / "data"


def write(name: str, header: list, rows: list):
    with open(DATA / f"{name}.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def features(rng: random.Random) -> list:
    """Five columns of unlike scale, two of them correlated."""
    base = rng.gauss(0, 1)
    columns = [base, 0.7 * base + rng.gauss(0, 1), 100 + 25 * rng.gauss(0, 1), rng.gauss(0, 0.01), rng.randrange(4)]
    return [round(value, 4) for value in columns]


def linear(x: list, noise: float) -> float:
    return 1.5 * x[0] - 0.8 * x[1] + 0.02 * (x[2] - 100) + 30 * x[3] + 0.4 * x[4] - 0.5 + noise


def binary(rng):
    for _ in range(300):
        x = features(rng)
        label = int(rng.random() < 1 / (1 + math.exp(-linear(x, 0))))
        yield [*x, rng.choice([0.5, 1.0, 2.0]), label]


def regression(rng):
    for _ in range(300):
        x = features(rng)
        yield [*x, rng.choice([0.5, 1.0, 2.0]), round(linear(x, rng.gauss(0, 1)), 4)]


def grid(rng):
    """For trees: few distinct values, so that every exact split is a candidate; the target is a real number."""
    for _ in range(240):
        a, b, c, d = rng.randrange(12), rng.randrange(7), rng.randrange(20) / 4, rng.randrange(3)
        kind = 2 if a > 7 and b > 2 else 1 if c > 2.5 or (a < 3 and d == 1) else 0
        if rng.random() < 0.08:
            kind = rng.randrange(3)
        yield [a, b, c, d, rng.choice([1.0, 1.0, 3.0]), kind, round(a * 1.25 - b * c + rng.gauss(0, 0.5), 3)]


def blobs(rng):
    for x, y, spread in [(0, 0, 0.5), (10, 10, 1.0), (-8, 9, 0.7)]:
        for _ in range(50):
            yield [round(rng.gauss(x, spread), 4), round(rng.gauss(y, spread), 4), rng.choice([1.0, 2.0])]


def flights():
    """Every 168th flight of the year."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(DATA.parents[1] / "data" / "flights.parquet")
    columns = ["month", "day", "hour", "carrier", "origin", "dest", "distance", "dep_delay", "air_time", "arr_delay"]
    rows = table.select(columns).to_pylist()[::168][:2000]
    return columns, [["" if row[name] is None else row[name] for name in columns] for row in rows]


def make():
    names = ["x1", "x2", "x3", "x4", "x5", "w", "y"]
    write("binary", names, list(binary(random.Random(1))))
    write("regression", names, list(regression(random.Random(2))))
    write("grid", ["a", "b", "c", "d", "w", "kind", "value"], list(grid(random.Random(3))))
    write("blobs", ["x", "y", "w"], list(blobs(random.Random(4))))
    write("flights_2k", *flights())


if __name__ == "__main__":
    make()
