"""XGBoost predicts from our files what the models predict, in floats."""

from pathlib import Path

import numpy as np
import xgboost

from compare import numbers, rows, same

TOOL = "xgboost"
TOLERANCE = 1e-5


def test_predictions_agree(case: Path) -> None:
    booster = xgboost.Booster(model_file=str(case / "model.json"))
    columns = rows(case)
    features = numbers(columns["features"])
    assert booster.num_features() == features.shape[1]
    names, types = booster.feature_names, booster.feature_types
    matrix = xgboost.DMatrix(features, feature_names=names, feature_types=types, enable_categorical=True)
    found = np.asarray(booster.predict(matrix)).reshape(len(features), -1)
    if "probability" not in columns:
        same("prediction", numbers(columns["prediction"]), found, TOLERANCE)
        return
    probability = numbers(columns["probability"])
    same("probability", probability[:, 1:] if probability.shape[1] == 2 else probability, found, TOLERANCE)
