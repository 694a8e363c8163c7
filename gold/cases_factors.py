"""Cases of clusterings, factorizations, topics, patterns and the evaluators beside them.

Spark keeps the history of every iteration of ALS and EM: record with JAVA_TOOL_OPTIONS=-Xss256m, or its stack overflows.
"""


def case(name, stage, data, attributes=(), tolerance=1e-9, save=False, **params):
    return {"name": name, "data": data, "stage": stage, "params": params, "attributes": list(attributes),
            "tolerance": tolerance, "save": save}  # fmt: skip


def evaluator(name, stage, data, variants, **params):
    return {"name": name, "data": data, "stage": stage, "params": params, "variants": variants, "tolerance": 1e-12}


def draws(seed):
    """Uniform numbers below 1 000, the same on every machine."""
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield seed // 65536 % 1000


def ratings():
    """Fifteen users, ten items, about three quarters of the pairs: two tastes and some noise."""
    draw = draws(7)
    rows = []
    for user in range(15):
        for item in range(10):
            taste = 4.0 if (user % 3 == 0) == (item % 2 == 0) else 1.5
            noise, chosen = next(draw) / 500 - 1, next(draw)
            if chosen < 750:
                rows.append([user * 3, 100 + item, round(taste + user / 20 + noise, 2)])
    return rows


def counted(rows):
    """How often, with some that count against."""
    return [[user, item, round(rating) - 2.0] for user, item, rating in rows]


def edges():
    """Two rings of unlike size, a little connected."""
    rows = [[i, (i + step) % 8, 1.0 + i % 3] for i in range(8) for step in (1, 2, 3)]
    rows += [[10 + i, 10 + (i + step) % 5, 2.0] for i in range(5) for step in (1, 2)]
    return rows + [[0, 10, 0.05], [3, 12, 0.02], [4, 4, 9.0]]


def documents():
    """Terms 0 to 3 go together, and 4 to 7; some of both."""
    draw = draws(3)
    rows = []
    for number in range(40):
        first = 0 if number % 2 else 4
        counts = [0.0] * 8
        for _ in range(12):
            term = next(draw)
            counts[(first + term % 4) if term < 920 else term % 8] += 1.0
        rows.append([number, {"dense": counts}])
    return rows


def crowded_baskets():
    """Many items of which few are together, so that the order of hash tables shows."""
    draw = draws(11)
    return [[sorted({f"item {next(draw) % (8 + 5 * (i % 8))}" for _ in range(7)})] for i in range(60)]


MULTILABEL = ["subsetAccuracy", "accuracy", "hammingLoss", "precision", "recall", "f1Measure", "precisionByLabel",
              "recallByLabel", "f1MeasureByLabel", "microPrecision", "microRecall", "microF1Measure"]  # fmt: skip
RANKING = ["meanAveragePrecision", "meanAveragePrecisionAtK", "precisionAtK", "ndcgAtK", "recallAtK"]
DISTANCES = [{"distanceMeasure": "squaredEuclidean"}, {"distanceMeasure": "cosine"}]

CLUSTERED = [["prediction", "double"], ["weight", "double"], ["features", "vector"]]
LISTS = [["prediction", "doubles"], ["label", "doubles"]]

DATA = {
    "clustered": {
        "columns": CLUSTERED,
        "rows": [
            [0.0, 1.0, {"dense": [1.0, 1.5]}],
            [0.0, 2.0, {"dense": [1.25, 0.5]}],
            [1.0, 1.0, {"dense": [9.0, 8.0]}],
            [1.0, 0.5, {"dense": [8.0, 9.5]}],
            [1.0, 1.0, {"size": 2, "indices": [1], "values": [7.0]}],
            [3.0, 1.5, {"dense": [-4.0, 2.0]}],
        ],
    },
    "one_cluster": {"columns": CLUSTERED, "rows": [[0.0, 1.0, {"dense": [1.0, 1.0]}], [0.0, 1.0, {"dense": [2.0, 1.0]}]]},
    "ranked": {
        "columns": LISTS,
        "rows": [
            [[1.0, 6.0, 2.0, 7.0, 8.0, 3.0, 9.0, 10.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]],
            [[4.0, 1.0, 5.0, 6.0, 2.0, 7.0, 3.0, 8.0, 9.0, 10.0], [1.0, 2.0, 3.0]],
            [[1.0, 2.0, 3.0, 4.0, 5.0], []],
            [[3.0, 9.0], [9.0, 8.0, 8.0, 7.0]],
            [[], [2.0]],
        ],
    },
    "labelled_sets": {
        "columns": LISTS,
        "rows": [
            [[0.0, 1.0], [0.0, 2.0]],
            [[0.0, 2.0], [0.0, 1.0]],
            [[], [0.0]],
            [[2.0], [2.0]],
            [[2.0, 0.0], [2.0, 0.0]],
            [[0.0, 1.0, 2.0], [0.0, 1.0]],
            [[1.0, 0.0], [1.0, 2.0]],
        ],
    },
    "only_predicted": {"columns": LISTS, "rows": [[[0.0, 1.0], [0.0, 1.0]], [[1.0, 3.0], [1.0, 2.0]]]},
    "ratings": {"columns": [["user", "int"], ["item", "int"], ["rating", "double"]], "rows": ratings()},
    "counted": {"columns": [["user", "long"], ["item", "double"], ["rating", "double"], ["liked", "double"]], "rows": [
        [user, float(item), rating, float(rating > 0)] for user, item, rating in counted(ratings())]},
    "broken_ids": {"columns": [["user", "double"], ["item", "int"], ["rating", "double"]], "rows": [[1.5, 2, 3.0]]},
    "large_ids": {"columns": [["user", "long"], ["item", "int"], ["rating", "double"]], "rows": [[3000000000, 2, 3.0]]},
    "null_ids": {"columns": [["user", "int"], ["item", "int"], ["rating", "double"]], "rows": [[None, 2, 3.0]]},
    "null_ratings": {"columns": [["user", "int"], ["item", "int"], ["rating", "double"]], "rows": [[1, 2, None]]},
    "text_ids": {"columns": [["user", "string"], ["item", "int"], ["rating", "double"]], "rows": [["a", 2, 3.0]]},
    "baskets": {
        "columns": [["id", "int"], ["items", "strings"]],
        "rows": [[0, ["r", "z", "h", "k", "p"]], [1, ["z", "y", "x", "w", "v", "u", "t", "s"]],
                 [2, ["s", "x", "o", "n", "r"]], [3, ["x", "z", "y", "m", "t", "s", "q", "e"]], [4, ["z"]],
                 [5, ["x", "z", "y", "r", "q", "t", "p"]], [6, None], [7, []]],
    },
    "numbered_baskets": {"columns": [["items", "longs"]], "rows": [[[1, 2, 5]], [[1, 2, 3, 5]], [[1, 2]], [[7]]]},
    "crowded_baskets": {"columns": [["items", "strings"]], "rows": crowded_baskets()},
    "repeated_items": {"columns": [["items", "strings"]], "rows": [[["a", "a"]]]},
    "no_baskets": {"columns": [["items", "string"]], "rows": [["a"]]},
    "sequences": {
        "columns": [["sequence", "nested"]],
        "rows": [[[["1", "2"], ["3"]]], [[["1"], ["3", "2"], ["1", "2"]]], [[["1", "2"], ["5"]]], [[["6"]]],
                 [[["2", "1"], ["1", "3"], ["6", "3"]]], [None]],
    },
    "edges": {"columns": [["src", "long"], ["dst", "long"], ["weight", "double"]], "rows": edges()},
    "bags": {"columns": [["id", "int"], ["features", "vector"]], "rows": documents()},
    "not_lists": {"columns": [["prediction", "double"], ["label", "double"]], "rows": [[1.0, 1.0]]},
}

KNOWN = {"columns": [["user", "int"], ["item", "int"]], "rows": [[0, 100], [3, 104], [999, 100], [0, 999], [42, 109]]}
RECOMMENDED = ["rank", "recommendForAllUsers(3)", "recommendForAllItems(4)"]


def als(name, data="ratings", **params):
    """Without signs there is one optimum. With them there are several, of much the same error."""
    blocks = {"rank": 2, "maxIter": 25, "seed": 5, "regParam": 0.15, "numUserBlocks": 1, "numItemBlocks": 1}
    if params.get("nonnegative"):
        of = {"labelCol": "liked" if data == "counted" else "rating", "metricName": "rmse"}
        return case(name, "ALS", data, ["rank"], **blocks | params) | {
            "metric": {"evaluator": "RegressionEvaluator", "params": of}}  # fmt: skip
    query = {"query": KNOWN} if data == "ratings" else {}
    return case(name, "ALS", data, RECOMMENDED, 5e-3, **blocks | params) | query


CLUSTERED_BY = ["summary.trainingCost", "summary.k", "summary.numIter", "numFeatures"]
COSTLY = [*CLUSTERED_BY, "computeCost(df)"]
MIXED = ["summary.logLikelihood", "summary.k", "numFeatures"]
TIGHT = {"tol": 1e-10, "maxIter": 300}

GROUPS = {
    "kmeans_more": [
        case("weighted_cosine", "KMeans", "two_blobs", CLUSTERED_BY[:2], k=2, seed=5, distanceMeasure="cosine", tol=0.0,
             weightCol="w"),
        case("one_iteration_each", "KMeans", "blobs", CLUSTERED_BY[:2], k=3, seed=1, maxIter=30, tol=0.0),
    ],
    "bisecting_kmeans": [
        case("three_blobs", "BisectingKMeans", "blobs", COSTLY, k=3, seed=1, save=True),
        case("weighted", "BisectingKMeans", "blobs", CLUSTERED_BY, k=3, seed=1, weightCol="w"),
        case("two_cosine", "BisectingKMeans", "two_blobs", COSTLY, k=2, seed=1, distanceMeasure="cosine"),
        case("indivisible", "BisectingKMeans", "blobs", CLUSTERED_BY, k=6, seed=1, minDivisibleClusterSize=0.6),
    ],
    "gaussian_mixture": [
        case("two_blobs", "GaussianMixture", "two_blobs", MIXED, 1e-6, k=2, seed=3, save=True, **TIGHT),
        case("two_blobs_weighted", "GaussianMixture", "two_blobs", MIXED, 1e-6, k=2, seed=3, weightCol="w", **TIGHT),
    ],
    "fp_growth": [
        case("baskets", "FPGrowth", "baskets", ["freqItemsets", "associationRules"], minSupport=0.4,
             minConfidence=0.6, save=True),
        case("numbers", "FPGrowth", "numbered_baskets", ["freqItemsets", "associationRules"], minSupport=0.5),
        case("crowded", "FPGrowth", "crowded_baskets", ["freqItemsets", "associationRules"], minSupport=0.05,
             minConfidence=0.5, save=True),
        case("everything", "FPGrowth", "numbered_baskets", ["freqItemsets"], minSupport=0.0, minConfidence=1.0),
    ],
    "prefix_span": [
        case("half", "PrefixSpan", "sequences", minSupport=0.5, maxPatternLength=5),
        case("some", "PrefixSpan", "sequences", minSupport=0.3),
        case("short", "PrefixSpan", "sequences", minSupport=0.3, maxPatternLength=1),
    ],
    "power_iteration": [
        case("degree", "PowerIterationClustering", "edges", k=2, maxIter=40, initMode="degree", weightCol="weight"),
        case("random", "PowerIterationClustering", "edges", k=2, maxIter=40, initMode="random", weightCol="weight"),
    ],
    "evaluators_more": [
        evaluator("silhouette", "ClusteringEvaluator", "clustered", DISTANCES),
        evaluator("silhouette_weighted", "ClusteringEvaluator", "clustered", DISTANCES, weightCol="weight"),
        evaluator("ranking", "RankingEvaluator", "ranked",
                  [{"metricName": name} | extra for name in RANKING for extra in ({}, {"k": 1}, {"k": 3}, {"k": 20})]),
        evaluator("multilabel", "MultilabelClassificationEvaluator", "labelled_sets",
                  [{"metricName": name} for name in MULTILABEL]
                  + [{"metricName": name, "metricLabel": label} for name in MULTILABEL[6:9] for label in (1.0, 2.0)]),
        evaluator("multilabel_only_predicted", "MultilabelClassificationEvaluator", "only_predicted",
                  [{"metricName": "f1Measure"}]),
        evaluator("multilabel_unknown_label", "MultilabelClassificationEvaluator", "labelled_sets",
                  [{"metricName": "precisionByLabel", "metricLabel": 3.0}]),
        evaluator("hamming_loss", "MultilabelClassificationEvaluator", "labelled_sets", [{"metricName": "hammingLoss"}],
                  metricName="hammingLoss"),
    ],
    "factors_errors": [
        *[case(f"als_{data}", "ALS", data) for data in
          ("broken_ids", "large_ids", "null_ids", "null_ratings", "text_ids")],
        case("als_rank_zero", "ALS", "ratings", rank=0),
        case("als_cold_start", "ALS", "ratings", coldStartStrategy="warm"),
        case("bisecting_one_cluster", "BisectingKMeans", "blobs", k=1),
        case("mixture_of_one", "GaussianMixture", "blobs", k=1),
        case("repeated_items", "FPGrowth", "repeated_items"),
        case("items_are_no_lists", "FPGrowth", "no_baskets"),
        case("topics_of_wrong_priors", "LDA", "bags", k=3, docConcentration=[1.0, 2.0]),
        evaluator("silhouette_of_one_cluster", "ClusteringEvaluator", "one_cluster", [{}]),
        evaluator("silhouette_of_a_missing_column", "ClusteringEvaluator", "ranked", [{}]),
        evaluator("unknown_distance", "ClusteringEvaluator", "clustered", [{"distanceMeasure": "manhattan"}]),
        evaluator("ranking_of_numbers", "RankingEvaluator", "not_lists", [{}]),
        evaluator("ranking_at_zero", "RankingEvaluator", "ranked", [{"k": 0}]),
        evaluator("multilabel_of_numbers", "MultilabelClassificationEvaluator", "not_lists", [{}]),
        evaluator("unknown_multilabel_metric", "MultilabelClassificationEvaluator", "labelled_sets",
                  [{"metricName": "auc"}]),
    ],
    "topics": [
        case("online", "LDA", "bags", ["vocabSize", "isDistributed", "logLikelihood(df)", "logPerplexity(df)"], 0.02,
             k=2, maxIter=60, subsamplingRate=1.0, learningOffset=1.0, seed=2, optimizeDocConcentration=False),
        case("em", "LDA", "bags", ["vocabSize", "isDistributed", "logLikelihood(df)", "logPerplexity(df)",
                                        "trainingLogLikelihood", "logPrior", "estimatedDocConcentration",
                                        "describeTopics(4)"], 5e-3, k=2, maxIter=80, optimizer="em", docConcentration=[1.5], seed=5, save=True),
    ],
    "als": [
        als("explicit") | {"save": True},
        als("explicit_drop", coldStartStrategy="drop"),
        als("nonnegative", nonnegative=True),
        als("rank_one_strong_penalty", rank=1, regParam=0.5),
        als("implicit", "counted", implicitPrefs=True, alpha=2.0),
        als("implicit_nonnegative", "counted", implicitPrefs=True, nonnegative=True, alpha=0.5),
        als("ones", ratingCol="", implicitPrefs=True),
    ],
}  # fmt: skip
