"""Nearest neighbours: the model remembers rows, and finds for other rows the nearest of them."""

from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasDistanceMeasure, HasFeaturesCol, HasOutputCol
from pyspark.ml.util import JavaMLReadable, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel

from brickyard.ml.accessors import Keywords, getters, setters


@getters
class NearestNeighboursParams(HasFeaturesCol, HasOutputCol, HasDistanceMeasure):
    """Parameters of the estimator and of its model."""

    k = Param(Params._dummy(), "k", "how many neighbours to find (> 0)", TypeConverters.toInt)
    idCol = Param(
        Params._dummy(),
        "idCol",
        "column of whole numbers that name the rows; without it they are numbered from 0",
        TypeConverters.toString,
    )

    algorithm = Param(
        Params._dummy(),
        "algorithm",
        "exact, or hnsw: walks through a graph of near rows, much faster and nearly as good",
        TypeConverters.toString,
    )
    m = Param(Params._dummy(), "m", "hnsw: links of a row on a layer, in [2, 256]", TypeConverters.toInt)
    efConstruction = Param(
        Params._dummy(), "efConstruction", "hnsw: near rows looked at for the links of a row (> 0)", TypeConverters.toInt
    )
    efSearch = Param(Params._dummy(), "efSearch", "hnsw: near rows that a query looks at (> 0)", TypeConverters.toInt)

    def __init__(self, *args):
        super().__init__(*args)
        self._setDefault(k=5, outputCol="neighbours", distanceMeasure="euclidean")
        self._setDefault(algorithm="exact", m=16, efConstruction=100, efSearch=64)


@setters
class NearestNeighbours(
    Keywords,
    JavaEstimator["NearestNeighboursModel"],
    NearestNeighboursParams,
    JavaMLWritable,
    JavaMLReadable["NearestNeighbours"],
):
    """Remembers the rows that it is fitted to.

    ``NearestNeighbours(k=10, idCol="id").fit(rows).transform(queries)`` adds the column ``neighbours``: of each query
    an array of structs ``id`` and ``distance``, nearest first. distanceMeasure is euclidean, or cosine (1 - cosine).
    """

    _server_class = "brickyard.ml.NearestNeighbours"

    def _create_model(self, java_model) -> "NearestNeighboursModel":
        return NearestNeighboursModel(java_model)


class NearestNeighboursModel(
    JavaModel, NearestNeighboursParams, JavaMLWritable, JavaMLReadable["NearestNeighboursModel"]
):
    """Model fitted by :py:class:`NearestNeighbours`."""

    def setFeaturesCol(self, value: str) -> "NearestNeighboursModel":
        """Sets the value of featuresCol: the column of the queries."""
        return self._set(featuresCol=value)

    def setOutputCol(self, value: str) -> "NearestNeighboursModel":
        """Sets the value of outputCol."""
        return self._set(outputCol=value)

    def setEfSearch(self, value: int) -> "NearestNeighboursModel":
        """Sets the value of efSearch: more find more of the nearest, and take longer."""
        return self._set(efSearch=value)

    def setK(self, value: int) -> "NearestNeighboursModel":
        """Sets the value of k; it need not be that of the fit."""
        return self._set(k=value)

    @property
    def numFeatures(self) -> int:
        """Size of the feature vectors."""
        return self._call_java("numFeatures")

    @property
    def numRows(self) -> int:
        """Rows that the model remembers."""
        return self._call_java("numRows")
