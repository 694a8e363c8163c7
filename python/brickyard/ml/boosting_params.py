"""The parameters of the boosting estimators; their defaults are the server's, which hears only of what is set."""

from pyspark.ml.classification import _ProbabilisticClassifierParams
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasMaxIter, HasSeed, HasStepSize, HasValidationIndicatorCol, HasWeightCol
from pyspark.ml.wrapper import _PredictorParams

from brickyard.ml.accessors import getters


def whole(name: str, doc: str) -> Param:
    return Param(Params._dummy(), name, doc, TypeConverters.toInt)


def number(name: str, doc: str) -> Param:
    return Param(Params._dummy(), name, doc, TypeConverters.toFloat)


def text(name: str, doc: str) -> Param:
    return Param(Params._dummy(), name, doc, TypeConverters.toString)


def flag(name: str, doc: str) -> Param:
    return Param(Params._dummy(), name, doc, TypeConverters.toBoolean)


def numbers(name: str, doc: str) -> Param:
    return Param(Params._dummy(), name, doc, TypeConverters.toListFloat)


def whole_numbers(name: str, doc: str) -> Param:
    return Param(Params._dummy(), name, doc, TypeConverters.toListInt)


class _BoostingParams(_PredictorParams, HasMaxIter, HasStepSize, HasWeightCol, HasValidationIndicatorCol, HasSeed):
    """What all estimators take."""

    # -- size of the trees
    numLeaves = whole("numLeaves", "most leaves of a tree (>= 2)")
    maxDepth = whole("maxDepth", "most edges from root to leaf; 0 is no limit")
    maxBins = whole("maxBins", "most bins of a feature, in [2, 255]; missing values have one more")
    minInstancesPerNode = whole("minInstancesPerNode", "fewest rows of a leaf (>= 1)")
    minSumHessian = number("minSumHessian", "least sum of second derivatives of a leaf (>= 0)")
    minInfoGain = number("minInfoGain", "least gain of a split (>= 0)")

    # -- penalties and constraints
    regAlpha = number("regAlpha", "L1 penalty on leaf values (>= 0)")
    regLambda = number("regLambda", "L2 penalty on leaf values (>= 0)")
    monotoneConstraints = whole_numbers(
        "monotoneConstraints",
        "by feature 1 where predictions may only rise with it, -1 where they may only fall, 0 else; empty for none",
    )

    # -- samples
    subsamplingRate = number("subsamplingRate", "fraction of the rows that each iteration learns from, in (0, 1]")
    featureFraction = number("featureFraction", "fraction of the features that each tree may split by, in (0, 1]")
    sampling = text(
        "sampling", "how rows are drawn: uniform, or goss (all rows of large gradient and some of the others)"
    )
    topRate = number("topRate", "with goss, the fraction of rows that are kept for their large gradients, in (0, 1)")
    otherRate = number("otherRate", "with goss, the fraction of all rows that are drawn from the rest, in (0, 1)")

    # -- categories
    categoricalFeatures = whole_numbers(
        "categoricalFeatures",
        "indices of features that are categories 0, 1, 2, …, beside those that the column's metadata declares",
    )
    categorySmoothing = number(
        "categorySmoothing", "pseudo curvature that draws rare categories to the middle of their order (>= 0)"
    )
    categoryRegLambda = number("categoryRegLambda", "L2 penalty of categorical splits (>= 0)")
    maxCategoryThreshold = whole(
        "maxCategoryThreshold", "most categories on the smaller side of a categorical split (>= 1)"
    )

    # -- the end of training, and what is told of it
    earlyStoppingRounds = whole(
        "earlyStoppingRounds",
        "with validation rows, iterations without a lower loss on them after which training ends; 0 is never",
    )
    importanceType = text("importanceType", "what featureImportances sums: gain, or split (how often a feature splits)")
    leafCol = text("leafCol", "column name for the index of the leaf that a row reaches in each tree; none when empty")

    def __init__(self, *args):
        super().__init__(*args)
        self._setDefault(
            maxIter=100,
            stepSize=0.1,
            numLeaves=31,
            maxDepth=0,
            maxBins=255,
            minInstancesPerNode=20,
            minSumHessian=1e-3,
            minInfoGain=0.0,
            regAlpha=0.0,
            regLambda=0.0,
            monotoneConstraints=[],
            subsamplingRate=1.0,
            featureFraction=1.0,
            sampling="uniform",
            topRate=0.2,
            otherRate=0.1,
            categoricalFeatures=[],
            categorySmoothing=10.0,
            categoryRegLambda=10.0,
            maxCategoryThreshold=32,
            earlyStoppingRounds=10,
            importanceType="gain",
            leafCol="",
            seed=0,
        )


@getters
class BoostingClassifierParams(_BoostingParams, _ProbabilisticClassifierParams):
    """Parameters of the classifier and of its model."""


@getters
class BoostingRegressorParams(_BoostingParams):
    """Parameters of the regressor and of its model."""

    objective = text("objective", "loss that is minimised: squared, absolute, quantile or poisson")
    quantile = number("quantile", "the quantile that objective quantile predicts, in (0, 1)")

    def __init__(self, *args):
        super().__init__(*args)
        self._setDefault(objective="squared", quantile=0.9)


@getters
class BoostingRankerParams(_BoostingParams):
    """Parameters of the ranker and of its model."""

    queryCol = text("queryCol", "name of the column of numbers that says to which query a row belongs")
    labelGain = numbers(
        "labelGain",
        "what a row is worth by its grade, at least 0 and never falling; empty for 2^grade - 1, of grades 0 to 30",
    )
    truncationLevel = whole(
        "truncationLevel", "pairs of rows count if one of them is among the first so many of its query (>= 1)"
    )
    lambdaNorm = flag(
        "lambdaNorm", "whether pairs of far margins count less, and queries of many pairs little more than those of few"
    )
    ndcgAt = whole("ndcgAt", "the validation loss is 1 - NDCG of the first so many rows of each query (>= 1)")

    def __init__(self, *args):
        super().__init__(*args)
        self._setDefault(labelGain=[], truncationLevel=30, lambdaNorm=True, ndcgAt=10)
