"""Gradient boosting over histograms of binned features, with trees that grow leaf by leaf, as LightGBM's do."""

from pyspark.ml.classification import _JavaProbabilisticClassificationModel, _JavaProbabilisticClassifier
from pyspark.ml.linalg import Vector
from pyspark.ml.regression import _JavaRegressionModel, _JavaRegressor
from pyspark.ml.util import JavaMLReadable, JavaMLWritable
from pyspark.ml.wrapper import JavaModel, JavaPredictionModel, JavaPredictor
from pyspark.sql import DataFrame

from brickyard.ml.accessors import Keywords, setters
from brickyard.ml.boosting_params import BoostingClassifierParams, BoostingRankerParams, BoostingRegressorParams


class _BoostingModel(JavaModel):
    """What all models tell of their trees."""

    def setLeafCol(self, value: str):
        """Sets the value of leafCol."""
        return self._set(leafCol=value)

    def predictLeaf(self, value: Vector) -> Vector:
        """By tree the index of the leaf that a row reaches, in the order of toDebugString."""
        return self._call_java("predictLeaf", value)

    def evaluateEachIteration(self, dataset: DataFrame) -> list[float]:
        """The mean loss over a DataFrame after each iteration; of a ranker 1 - NDCG of the first ndcgAt rows."""
        return self._call_java("evaluateEachIteration", dataset)

    @property
    def treeWeights(self) -> list[float]:
        """All 1: leaves are shrunk by the step size already."""
        return list(self._call_java("treeWeights"))

    @property
    def featureImportances(self) -> Vector:
        """By feature the gain of its splits, all together 1; with importanceType split, how often it splits."""
        return self._call_java("featureImportances")

    @property
    def getNumTrees(self) -> int:
        """Trees of all iterations; a multiclass model has one a class and iteration."""
        return self._call_java("getNumTrees")

    @property
    def totalNumNodes(self) -> int:
        """Inner nodes and leaves of all trees."""
        return self._call_java("totalNumNodes")

    @property
    def startMargins(self) -> list[float]:
        """What the trees add to: one margin, or one a class."""
        return self._call_java("startMargins")

    @property
    def toDebugString(self) -> str:
        """All trees as text."""
        return self._call_java("toDebugString")


@setters
class BoostingClassifier(
    Keywords,
    _JavaProbabilisticClassifier["BoostingClassificationModel"],
    BoostingClassifierParams,
    JavaMLWritable,
    JavaMLReadable["BoostingClassifier"],
):
    """Boosted trees for labels 0, 1, 2, …; two classes minimise the logistic loss, more of them the softmax loss.

    Features may be missing (NaN) or categories (by the column's metadata, as StringIndexer and VectorIndexer leave it,
    or by categoricalFeatures). Parameters are keywords: ``BoostingClassifier(labelCol="late", numLeaves=63)``.
    """

    _server_class = "brickyard.ml.BoostingClassifier"

    def _create_model(self, java_model) -> "BoostingClassificationModel":
        return BoostingClassificationModel(java_model)


class BoostingClassificationModel(
    _BoostingModel,
    _JavaProbabilisticClassificationModel[Vector],
    BoostingClassifierParams,
    JavaMLWritable,
    JavaMLReadable["BoostingClassificationModel"],
):
    """Model fitted by :py:class:`BoostingClassifier`."""


@setters
class BoostingRegressor(
    Keywords,
    _JavaRegressor["BoostingRegressionModel"],
    BoostingRegressorParams,
    JavaMLWritable,
    JavaMLReadable["BoostingRegressor"],
):
    """Boosted trees for numbers: their mean, median, a quantile, or counts (objective poisson).

    Features as in :py:class:`BoostingClassifier`.
    """

    _server_class = "brickyard.ml.BoostingRegressor"

    def _create_model(self, java_model) -> "BoostingRegressionModel":
        return BoostingRegressionModel(java_model)


class BoostingRegressionModel(
    _BoostingModel,
    _JavaRegressionModel[Vector],
    BoostingRegressorParams,
    JavaMLWritable,
    JavaMLReadable["BoostingRegressionModel"],
):
    """Model fitted by :py:class:`BoostingRegressor`."""


@setters
class BoostingRanker(
    Keywords,
    JavaPredictor["BoostingRankerModel"],
    BoostingRankerParams,
    JavaMLWritable,
    JavaMLReadable["BoostingRanker"],
):
    """Boosted trees that put the rows of a query in order, best first, as LightGBM's lambdarank does.

    Labels are grades 0, 1, 2, …, higher for better rows; queryCol says which rows are a query. A prediction is a number
    by which rows of a query are in order, and means nothing by itself. Features as in :py:class:`BoostingClassifier`.

    ``BoostingRanker(queryCol="search", labelCol="grade").fit(clicks)``
    """

    _server_class = "brickyard.ml.BoostingRanker"

    def _create_model(self, java_model) -> "BoostingRankerModel":
        return BoostingRankerModel(java_model)


class BoostingRankerModel(
    _BoostingModel,
    JavaPredictionModel[Vector],
    BoostingRankerParams,
    JavaMLWritable,
    JavaMLReadable["BoostingRankerModel"],
):
    """Model fitted by :py:class:`BoostingRanker`."""
