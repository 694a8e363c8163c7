"""Where PySpark looks for a class that a saved pipeline names `com.brickyard.ml.…`."""

from brickyard.ml import *  # noqa: F403
