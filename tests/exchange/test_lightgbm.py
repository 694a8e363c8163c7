"""LightGBM predicts from our files what the models predict, in doubles."""

from pathlib import Path

import lightgbm
import numpy as np

from compare import numbers, rows, same

TOOL = "lightgbm"


def test_predictions_agree(case: Path) -> None:
    booster = lightgbm.Booster(model_file=str(case / "model.txt"))
    columns = rows(case)
    features = numbers(columns["features"])
    assert booster.num_feature() == features.shape[1]
    found = np.asarray(booster.predict(features)).reshape(len(features), -1)
    if "probability" not in columns:
        same("prediction", numbers(columns["prediction"]), found, 1e-9)
        return
    probability = numbers(columns["probability"])
    same("probability", probability[:, 1:] if probability.shape[1] == 2 else probability, found, 1e-9)


def test_a_file_survives_lightgbm(case: Path) -> None:
    booster = lightgbm.Booster(model_file=str(case / "model.txt"))
    features = numbers(rows(case)["features"])
    again = lightgbm.Booster(model_str=booster.model_to_string())
    assert (again.predict(features) == booster.predict(features)).all()
