"""The data of the comparison, made once into a folder: NumPy files for the libraries, Parquet for Brickyard.

A set has `train` and `test`, each with `x` (features, float64, [rows, features]) and `y`; ratings are pairs
[user, item] with `y`; flights have a second label, `delay`.
"""

import pathlib
import sys

import numpy
import pyarrow
import pyarrow.csv
import pyarrow.parquet

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
NUMBERS = ["month", "day", "hour", "minute", "distance", "dep_delay", "air_time", "sched_dep_time", "sched_arr_time"]
QUERIES = 2_000


def flights(rows: int) -> dict:
    """Eleven columns of real flights, every fifth held out; the others are repeated until there are enough."""
    table = pyarrow.parquet.read_table(REPOSITORY / "data" / "flights.parquet")
    known = numpy.ones(table.num_rows, dtype=bool)
    for name in [*NUMBERS, "arr_delay"]:
        known &= table[name].is_valid().to_numpy()
    table = table.filter(known)
    columns = [table[name].to_numpy().astype(float) for name in NUMBERS]
    columns += [table[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in ("carrier", "origin")]
    x, delay = numpy.column_stack(columns).astype(float), table["arr_delay"].to_numpy().astype(float)
    order = numpy.random.default_rng(0).permutation(len(x))
    test, train = order[::5], numpy.resize(numpy.delete(order, numpy.s_[::5]), rows)
    part = lambda places: {"x": x[places], "y": (delay[places] > 15).astype(float), "delay": delay[places]}
    return {"train": part(train), "test": part(test)}


def dense(rows: int) -> dict:
    """A hundred normal features, of which twenty matter: alone, squared, and in pairs."""
    random = numpy.random.default_rng(1)
    x = random.normal(size=(rows + 50_000, 100))
    score = x[:, :10] @ random.normal(size=10) * 0.5 + (x[:, 10:15] ** 2 - 1) @ random.normal(size=5) * 0.5
    score += x[:, 15] * x[:, 16] + x[:, 17] * x[:, 18] + random.logistic(size=len(x))
    y = (score > 0).astype(float)
    return {"train": {"x": x[:rows], "y": y[:rows]}, "test": {"x": x[rows:], "y": y[rows:]}}


def classes(rows: int) -> dict:
    """Thirty normal features and five classes, whose scores are sums and products of a few features."""
    random = numpy.random.default_rng(5)
    x = random.normal(size=(rows + 50_000, 30))
    scores = x[:, :10] @ random.normal(size=(10, 5)) * 0.5
    scores += numpy.column_stack([x[:, 10 + k] * x[:, 15 + k] for k in range(5)])
    y = (scores + random.gumbel(size=scores.shape)).argmax(1).astype(float)
    return {"train": {"x": x[:rows], "y": y[:rows]}, "test": {"x": x[rows:], "y": y[rows:]}}


def queries(rows: int) -> dict:
    """Queries of twenty rows with grades 0 to 4; what makes a row fit hangs on two features of its query."""
    random = numpy.random.default_rng(6)
    count = rows // 20 + 2_000
    x = random.normal(size=(count, 20, 30))
    x[:, :, 28:] = x[:, :1, 28:]
    fit = x[:, :, 0] + x[:, :, 1] * x[:, :, 28] + numpy.abs(x[:, :, 2]) - 0.5 * x[:, :, 3] * (x[:, :, 29] > 0)
    grades = numpy.digitize(fit + random.normal(size=fit.shape), [0.5, 1.5, 2.5, 3.5]).astype(float)
    number = numpy.broadcast_to(numpy.arange(count, dtype=float)[:, None], (count, 20))
    of = lambda chosen: {"x": x[chosen].reshape(-1, 30), "y": grades[chosen].ravel(), "query": number[chosen].ravel()}
    return {"train": of(slice(0, rows // 20)), "test": of(slice(rows // 20, None))}


def points(rows: int) -> dict:
    """Points of 64 features in 100 clouds; the test part is the queries."""
    random = numpy.random.default_rng(2)
    centers = random.normal(size=(100, 64)) * 2.0
    x = centers[random.integers(100, size=rows + QUERIES)] + random.normal(size=(rows + QUERIES, 64))
    y = numpy.zeros(len(x))
    return {"train": {"x": x[:rows], "y": y[:rows]}, "test": {"x": x[rows:], "y": y[rows:]}}


def digits(_: int) -> dict:
    table = pyarrow.csv.read_csv(REPOSITORY / "data" / "digits.csv")
    x = numpy.column_stack([table[f"p{i}"].to_numpy() for i in range(64)]).astype(float) / 16.0
    y = table["label"].to_numpy().astype(float)
    held = numpy.arange(len(x)) % 5 == 0
    return {"train": {"x": x[~held], "y": y[~held]}, "test": {"x": x[held], "y": y[held]}}


def movielens() -> tuple | None:
    """The 100,000 ratings of MovieLens, which may not be passed on: only where a person has put them."""
    for folder in REPOSITORY.parents:
        path = folder / "shared" / "data" / "movielens_100k.parquet"
        if path.exists():
            table = pyarrow.parquet.read_table(path)
            codes = [numpy.unique(table[name].to_numpy(), return_inverse=True)[1] for name in ("userId", "movieId")]
            return numpy.column_stack(codes), table["rating"].to_numpy().astype(float)
    return None


def made_ratings(rows: int) -> tuple:
    """Users of ten tastes rate items of a few kinds, popular ones more often."""
    random = numpy.random.default_rng(3)
    users, items = rows // 60, max(2_000, rows // 100)
    taste, kind = random.dirichlet(numpy.full(10, 0.2), users), random.integers(10, size=items)
    user = random.integers(users, size=3 * rows)
    item = (items * random.random(3 * rows) ** 2.5).astype(int)
    liked = random.random(3 * rows) < 0.02 + taste[user, kind[item]]
    pairs = numpy.unique(numpy.column_stack([user, item])[liked], axis=0)
    pairs = pairs[numpy.sort(random.permutation(len(pairs))[:rows])]
    return pairs, random.integers(1, 11, size=len(pairs)) / 2.0


def ratings(rows: int) -> dict:
    """A tenth of the ratings is held out."""
    pairs, y = (movielens() if rows <= 100_000 else None) or made_ratings(rows)
    held = numpy.random.default_rng(4).random(len(pairs)) < 0.1
    part = lambda places: {"x": pairs[places].astype(numpy.int32), "y": y[places]}
    return {"train": part(~held), "test": part(held)}


MAKERS = {"flights": flights, "dense": dense, "classes": classes, "queries": queries}
MAKERS |= {"points": points, "digits": digits, "ratings": ratings}


def make(folder: pathlib.Path, name: str, rows: int) -> pathlib.Path:
    """The folder of a set, made if it is not there."""
    place = folder / f"{name}-{rows}"
    if (place / "done").exists():
        return place
    place.mkdir(parents=True, exist_ok=True)
    for part, arrays in MAKERS[name](rows).items():
        columns = {f"f{i}": column for i, column in enumerate(arrays["x"].T)}
        columns |= {label: values for label, values in arrays.items() if label != "x"}
        columns["number"] = numpy.arange(len(arrays["y"]))
        pyarrow.parquet.write_table(pyarrow.table(columns), place / f"{part}.parquet", compression="zstd")
        for array, values in arrays.items():
            numpy.save(place / f"{part}_{array}.npy", numpy.ascontiguousarray(values))
    (place / "done").touch()
    return place


def load(place: pathlib.Path, part: str, array: str = "x"):
    return numpy.load(place / f"{part}_{array}.npy")


if __name__ == "__main__":
    print(make(pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
