"""One task by one library: `python peers.py LIBRARY TASK DATA_FOLDER THREADS REPEATS` prints seconds and quality.

What is timed is the way from float64 arrays in memory to a fitted model (for neighbours: to the answers).
"""

import json
import pathlib
import sys
import time

import numpy

import quality
from data_sets import load


class Comparison:
    """The arrays of a task, and how often and with how many threads it is run."""

    def __init__(self, folder: str, threads: str, repeats: str):
        self.folder, self.threads, self.repeats = pathlib.Path(folder), int(threads), int(repeats)

    def arrays(self, label: str = "y"):
        return [load(self.folder, part, array) for part in ("train", "test") for array in ("x", label)]

    def timed(self, fit):
        """Seconds of every repeat, and what the last one returned."""
        seconds = []
        for _ in range(self.repeats):
            started = time.perf_counter()
            fitted = fit()
            seconds.append(time.perf_counter() - started)
        return seconds, fitted


def boosting_lightgbm(run: Comparison):
    import lightgbm

    x, y, test_x, test_y = run.arrays()
    params = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "max_bin": 255, "verbosity": -1}
    params |= {"num_threads": run.threads}
    seconds, model = run.timed(lambda: lightgbm.train(params, lightgbm.Dataset(x, y), 100))
    return seconds, quality.auc(test_y, model.predict(test_x))


def boosting_xgboost(run: Comparison):
    import xgboost

    x, y, test_x, test_y = run.arrays()
    params = {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 31}
    params |= {"max_depth": 0, "eta": 0.1, "max_bin": 255, "nthread": run.threads}
    fit = lambda: xgboost.train(params, xgboost.QuantileDMatrix(x, y, nthread=run.threads, max_bin=255), 100)
    seconds, model = run.timed(fit)
    return seconds, quality.auc(test_y, model.predict(xgboost.DMatrix(test_x)))


def boosting_classes_lightgbm(run: Comparison):
    import lightgbm

    x, y, test_x, test_y = run.arrays()
    params = {"objective": "multiclass", "num_class": 5, "num_leaves": 31, "learning_rate": 0.1, "max_bin": 255}
    params |= {"num_threads": run.threads, "verbosity": -1}
    seconds, model = run.timed(lambda: lightgbm.train(params, lightgbm.Dataset(x, y), 50))
    return seconds, quality.accuracy(test_y, model.predict(test_x).argmax(1))


def boosting_classes_xgboost(run: Comparison):
    import xgboost

    x, y, test_x, test_y = run.arrays()
    params = {"objective": "multi:softprob", "num_class": 5, "tree_method": "hist", "grow_policy": "lossguide"}
    params |= {"max_leaves": 31, "max_depth": 0, "eta": 0.1, "max_bin": 255, "nthread": run.threads}
    fit = lambda: xgboost.train(params, xgboost.QuantileDMatrix(x, y, nthread=run.threads, max_bin=255), 50)
    seconds, model = run.timed(fit)
    return seconds, quality.accuracy(test_y, model.predict(xgboost.DMatrix(test_x)).argmax(1))


def ranking_lightgbm(run: Comparison):
    import lightgbm

    x, y, test_x, test_y = run.arrays()
    _, sizes = numpy.unique(load(run.folder, "train", "query"), return_counts=True)
    params = {"objective": "lambdarank", "num_leaves": 31, "learning_rate": 0.1, "max_bin": 255, "verbosity": -1}
    params |= {"num_threads": run.threads}
    seconds, model = run.timed(lambda: lightgbm.train(params, lightgbm.Dataset(x, y, group=sizes), 100))
    return seconds, quality.ndcg_at_10(test_y, load(run.folder, "test", "query"), model.predict(test_x))


def ranking_xgboost(run: Comparison):
    import xgboost

    x, y, test_x, test_y = run.arrays()
    query = load(run.folder, "train", "query")
    params = {"objective": "rank:ndcg", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 31}
    params |= {"max_depth": 0, "eta": 0.1, "max_bin": 255, "nthread": run.threads}

    def fit():
        rows = xgboost.QuantileDMatrix(x, y, qid=query.astype(int), nthread=run.threads, max_bin=255)
        return xgboost.train(params, rows, 100)

    seconds, model = run.timed(fit)
    predicted = model.predict(xgboost.DMatrix(test_x))
    return seconds, quality.ndcg_at_10(test_y, load(run.folder, "test", "query"), predicted)


def forest_lightgbm(run: Comparison):
    import lightgbm

    x, y, test_x, test_y = run.arrays()
    params = {"objective": "binary", "boosting": "rf", "num_leaves": 255, "max_depth": 8, "max_bin": 255}
    params |= {"bagging_fraction": 0.632, "bagging_freq": 1, "feature_fraction_bynode": 0.3, "verbosity": -1}
    params |= {"num_threads": run.threads}
    seconds, model = run.timed(lambda: lightgbm.train(params, lightgbm.Dataset(x, y), 50))
    return seconds, quality.auc(test_y, model.predict(test_x))


def forest_xgboost(run: Comparison):
    import xgboost

    x, y, test_x, test_y = run.arrays()
    params = {"objective": "binary:logistic", "tree_method": "hist", "num_parallel_tree": 50, "max_depth": 8}
    params |= {"eta": 1.0, "subsample": 0.632, "colsample_bynode": 0.3, "max_bin": 255, "nthread": run.threads}
    fit = lambda: xgboost.train(params, xgboost.QuantileDMatrix(x, y, nthread=run.threads, max_bin=255), 1)
    seconds, model = run.timed(fit)
    return seconds, quality.auc(test_y, model.predict(xgboost.DMatrix(test_x)))


def forest_sklearn(run: Comparison):
    from sklearn.ensemble import RandomForestClassifier

    x, y, test_x, test_y = run.arrays()
    forest = RandomForestClassifier(50, max_depth=8, max_features="sqrt", n_jobs=run.threads, random_state=1)
    seconds, model = run.timed(lambda: forest.fit(x, y))
    return seconds, quality.auc(test_y, model.predict_proba(test_x)[:, 1])


def logistic_sklearn(run: Comparison):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y, test_x, test_y = run.arrays()
    # The penalty of regParam = 1e-4, which is a mean over the rows.
    logistic = LogisticRegression(C=1.0 / (1e-4 * len(x)), max_iter=100)
    seconds, model = run.timed(lambda: make_pipeline(StandardScaler(), logistic).fit(x, y))
    return seconds, quality.auc(test_y, model.predict_proba(test_x)[:, 1])


def linear_sklearn(run: Comparison):
    from sklearn.linear_model import LinearRegression

    x, y, test_x, test_y = run.arrays("delay")
    seconds, model = run.timed(lambda: LinearRegression(n_jobs=run.threads).fit(x, y))
    return seconds, quality.rmse(test_y, model.predict(test_x))


def kmeans_sklearn(run: Comparison):
    from sklearn.cluster import KMeans

    x, _, test_x, _ = run.arrays()
    fit = lambda: KMeans(10, n_init=1, max_iter=20, tol=0.0, random_state=1).fit(x)
    seconds, model = run.timed(fit)
    return seconds, quality.cost(test_x, model.cluster_centers_)


def als_implicit(run: Comparison):
    import scipy.sparse
    from implicit.als import AlternatingLeastSquares

    pairs, y, test, _ = run.arrays()
    ratings = scipy.sparse.csr_matrix((y.astype(numpy.float32), (pairs[:, 0], pairs[:, 1])))

    def fit():
        model = AlternatingLeastSquares(32, iterations=10, regularization=0.1, num_threads=run.threads, random_state=1)
        model.fit(ratings, show_progress=False)
        return model

    seconds, model = run.timed(fit)
    inside = test[(test[:, 0] < ratings.shape[0]) & (test[:, 1] < ratings.shape[1])]
    return seconds, quality.precision_at_10(model.user_factors, model.item_factors, pairs, inside)


def neighbours_sklearn(run: Comparison):
    from sklearn.neighbors import NearestNeighbors

    x, _, queries, _ = run.arrays()
    search = lambda: NearestNeighbors(n_neighbors=10, algorithm="brute", n_jobs=run.threads).fit(x).kneighbors(queries)
    seconds, (_, found) = run.timed(search)
    numpy.save(run.folder / "nearest.npy", found)
    return seconds, 1.0


def graph_of(run: Comparison, x):
    import hnswlib

    index = hnswlib.Index("l2", x.shape[1])
    index.init_index(len(x), ef_construction=200, M=16)
    index.add_items(x.astype(numpy.float32), num_threads=run.threads)
    index.set_ef(100)
    return index


def graph_build_hnswlib(run: Comparison):
    x, _, queries, _ = run.arrays()
    seconds, index = run.timed(lambda: graph_of(run, x))
    found, _ = index.knn_query(queries.astype(numpy.float32), 10, num_threads=run.threads)
    return seconds, quality.recall(found, nearest(run))


def graph_search_hnswlib(run: Comparison):
    x, _, queries, _ = run.arrays()
    index = graph_of(run, x)
    search = lambda: index.knn_query(queries.astype(numpy.float32), 10, num_threads=run.threads)
    seconds, (found, _) = run.timed(search)
    return seconds, quality.recall(found, nearest(run))


def nearest(run: Comparison):
    """The true neighbours, found once."""
    from sklearn.neighbors import NearestNeighbors

    if not (run.folder / "nearest.npy").exists():
        x, _, queries, _ = run.arrays()
        search = NearestNeighbors(n_neighbors=10, algorithm="brute", n_jobs=run.threads).fit(x)
        numpy.save(run.folder / "nearest.npy", search.kneighbors(queries)[1])
    return numpy.load(run.folder / "nearest.npy")


def perceptron_sklearn(run: Comparison):
    from sklearn.neural_network import MLPClassifier

    x, y, test_x, test_y = run.arrays()
    fit = lambda: MLPClassifier((32,), "logistic", solver="lbfgs", max_iter=100, alpha=0.0, random_state=1).fit(x, y)
    seconds, model = run.timed(fit)
    return seconds, quality.accuracy(test_y, model.predict(test_x))


boosting_dense_lightgbm, boosting_dense_xgboost = boosting_lightgbm, boosting_xgboost
logistic_dense_sklearn = logistic_sklearn


if __name__ == "__main__":
    library, task, *rest = sys.argv[1:]
    seconds, held_out = globals()[f"{task}_{library}"](Comparison(*rest))
    print(json.dumps({"seconds": seconds, "quality": held_out}))
