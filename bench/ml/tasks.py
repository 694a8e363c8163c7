"""What is compared: by task its data, the libraries, and the goal for our time over the fastest of them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Task:
    name: str
    title: str
    data: str
    libraries: tuple
    metric: str
    #: Whether a higher value of the metric is better.
    larger_is_better: bool = True
    #: By library: our time over theirs, at most.
    goals: dict = dataclasses.field(default_factory=dict)
    #: The rows of data that has one size only.
    only_rows: int | None = None
    #: The rows of data that is not made larger.
    most_rows: int = 10**9


TASKS = [
    Task(
        "boosting",
        "boosting, 100 trees of 31 leaves, flights × 11",
        "flights",
        ("lightgbm", "xgboost"),
        "AUC",
        goals={"lightgbm": 0.4, "xgboost": 0.4},
    ),
    Task(
        "boosting_dense",
        "boosting, 100 trees of 31 leaves, dense × 100",
        "dense",
        ("lightgbm", "xgboost"),
        "AUC",
        goals={"lightgbm": 0.8, "xgboost": 0.8},
    ),
    Task(
        "boosting_classes",
        "boosting, 5 classes, 50 x 5 trees of 31 leaves, dense × 30",
        "classes",
        ("lightgbm", "xgboost"),
        "accuracy",
        goals={"lightgbm": 1.0, "xgboost": 1.0},
    ),
    Task(
        "ranking",
        "ranking by lambdarank, 100 trees of 31 leaves, × 30",
        "queries",
        ("lightgbm", "xgboost"),
        "NDCG at 10",
        goals={"lightgbm": 1.0, "xgboost": 1.0},
    ),
    Task(
        "forest",
        "forest, 50 trees of depth 8, flights × 11",
        "flights",
        ("lightgbm", "xgboost", "sklearn"),
        "AUC",
        goals={"lightgbm": 0.4, "xgboost": 0.4, "sklearn": 0.05},
    ),
    Task("logistic", "logistic regression, flights × 11", "flights", ("sklearn",), "AUC", goals={"sklearn": 0.4}),
    Task("logistic_dense", "logistic regression, dense × 100", "dense", ("sklearn",), "AUC", goals={"sklearn": 0.4}),
    Task("linear", "linear regression, flights × 11", "flights", ("sklearn",), "RMSE", False, goals={"sklearn": 0.4}),
    Task(
        "kmeans",
        "k-means, k = 10, 20 iterations, flights × 11",
        "flights",
        ("sklearn",),
        "cost a row",
        False,
        goals={"sklearn": 0.4},
    ),
    Task(
        "als",
        "ALS, implicit, rank 32, 10 iterations",
        "ratings",
        ("implicit",),
        "precision at 10",
        goals={"implicit": 0.7},
    ),
    Task(
        "neighbours",
        "10 nearest neighbours of 2,000 queries, × 64 (fit and search)",
        "points",
        ("sklearn",),
        "recall at 10",
        goals={"sklearn": 0.5},
        most_rows=200_000,
    ),
    Task(
        "graph_build",
        "a graph for approximate neighbours, × 64 (HNSW, 16 links, 200 looked at)",
        "points",
        ("hnswlib",),
        "recall at 10",
        goals={"hnswlib": 1.0},
        most_rows=200_000,
    ),
    Task(
        "graph_search",
        "10 approximate neighbours of 2,000 queries, × 64 (search alone)",
        "points",
        ("hnswlib",),
        "recall at 10",
        goals={"hnswlib": 1.0},
        most_rows=200_000,
    ),
    Task(
        "perceptron",
        "perceptron 64-32-10, 100 steps of L-BFGS, digits",
        "digits",
        ("sklearn",),
        "accuracy",
        goals={"sklearn": 0.5},
        only_rows=1_437,
    ),
]
BY_NAME = {task.name: task for task in TASKS}
