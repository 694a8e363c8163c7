"""Held-out quality, by the same few lines for every library."""

import numpy


def auc(labels, scores) -> float:
    """Area under the ROC curve by ranks; ties count half."""
    _, places, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2.0)[places]
    positive = labels > 0.5
    found = positive.sum()
    return float((ranks[positive].sum() - found * (found + 1) / 2.0) / (found * (len(labels) - found)))


def rmse(labels, predictions) -> float:
    return float(numpy.sqrt(numpy.mean((labels - predictions) ** 2)))


def accuracy(labels, predictions) -> float:
    return float(numpy.mean(labels == predictions))


def cost(points, centers) -> float:
    """Mean squared distance to the nearest center."""
    squares = (points**2).sum(1)[:, None] - 2.0 * points @ centers.T + (centers**2).sum(1)
    return float(squares.min(1).mean())


def recall(found, nearest) -> float:
    """Of the true nearest neighbours, the fraction that was found."""
    return float(numpy.mean([len(set(row) & set(true)) / len(true) for row, true in zip(found, nearest)]))


def precision_at_10(users, items, train, test) -> float:
    """Of ten recommended items, unrated until then, the fraction that the user rated later. Pairs are [user, item]."""
    held = {}
    for user, item in test:
        held.setdefault(int(user), set()).add(int(item))
    asked = numpy.array(sorted(held))
    scores = users[asked] @ items.T
    place = numpy.full(users.shape[0], -1)
    place[asked] = numpy.arange(len(asked))
    known = train[place[train[:, 0]] >= 0]
    scores[place[known[:, 0]], known[:, 1]] = -numpy.inf
    best = numpy.argpartition(-scores, 10, axis=1)[:, :10]
    return float(numpy.mean([len(held[int(user)] & set(row.tolist())) / 10.0 for user, row in zip(asked, best)]))


def ndcg_at_10(grades, queries, scores) -> float:
    """The mean over queries, rows of a query side by side and equally many; gains are 2^grade - 1."""
    rows = int(numpy.flatnonzero(numpy.diff(queries))[0]) + 1
    gains = 2.0 ** grades.reshape(-1, rows) - 1.0
    discounts = 1.0 / numpy.log2(numpy.arange(2, 12))
    order = numpy.argsort(-scores.reshape(-1, rows), axis=1, kind="stable")[:, :10]
    found = numpy.take_along_axis(gains, order, axis=1) @ discounts
    ideal = -numpy.sort(-gains, axis=1)[:, :10] @ discounts
    return float(numpy.where(ideal > 0, found / numpy.maximum(ideal, 1e-300), 1.0).mean())
