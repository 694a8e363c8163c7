"""Estimators of Brickyard's own, used as those of `pyspark.ml` are; a Brickyard server does the work."""

from brickyard.ml.boosting import (
    BoostingClassificationModel,
    BoostingClassifier,
    BoostingRanker,
    BoostingRankerModel,
    BoostingRegressionModel,
    BoostingRegressor,
)
from brickyard.ml.neighbours import NearestNeighbours, NearestNeighboursModel

__all__ = [
    "BoostingClassificationModel",
    "BoostingClassifier",
    "BoostingRanker",
    "BoostingRankerModel",
    "BoostingRegressionModel",
    "BoostingRegressor",
    "NearestNeighbours",
    "NearestNeighboursModel",
]
