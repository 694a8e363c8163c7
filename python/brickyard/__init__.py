"""Brickyard from Python: `brickyard.ml` has the estimators that Spark does not have."""
