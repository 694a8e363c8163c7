"""The cases of feature stages beyond the first ones, and of the statistics; ml_cases.py adds them to its own."""

NAN = {"double": "nan"}


def stage(name, stage, data, attributes=(), save=True, tolerance=1e-12, **params):
    return {"name": name, "data": data, "stage": stage, "params": params, "attributes": list(attributes),
            "tolerance": tolerance, "save": save}  # fmt: skip


# A principal component may point either way; which way Spark's does, its LAPACK knows.
FREE_SIGNS = {"free": "signs"}


def statistic(name, function, data, *arguments, tolerance=1e-10):
    return {"name": name, "data": data, "statistic": function, "arguments": list(arguments), "tolerance": tolerance}


def dense(*values):
    return {"dense": list(values)}


def sparse(size, **entries):
    return {"size": size, "indices": [int(index[1:]) for index in entries], "values": list(entries.values())}


DATA = {
    "vectors_with_nan": {
        "columns": [["id", "int"], ["features", "vector"]],
        "rows": [[1, dense(1.0, NAN, 3.0)], [2, sparse(3, i0=2.0, i2=-1.0)], [3, dense(4.0, 2.0, 0.5)],
                 [4, sparse(3)], [5, dense(9.0, 7.0, NAN)]],
    },
    "few_values": {
        "columns": [["id", "int"], ["features", "vector"]],
        "rows": [[1, dense(-1.0, 1.0, 5.5)], [2, dense(0.0, 2.0, 1.5)], [3, dense(-1.0, 5.0, 2.5)],
                 [4, sparse(3, i1=7.0, i2=0.25)], [5, sparse(3, i2=9.0)]],
    },
    "documents": {
        "columns": [["id", "int"], ["text", "string"], ["words", "strings"]],
        "rows": [[0, "I saw the Red balloon", ["I", "saw", "the", "Red", "balloon"]],
                 [1, "Mary HAD a little lamb, a lamb", ["Mary", "HAD", "a", "little", "lamb", "a", "lamb"]],
                 [2, "", []],
                 [3, "x1-y2  z3", ["x", "a", "saw", "saw", "saw", "Der", "hund"]],
                 [4, "\u0130stanbul \u00c4rger\tund", ["\u0130stanbul", "\u00c4rger", "und", None]]],
    },
    "table": {
        "columns": [["id", "int"], ["real", "double"], ["flag", "boolean"], ["number", "string"], ["word", "string"],
                    ["long", "long"], ["v", "vector"]],
        "rows": [[0, 2.5, True, "1", "foo", 10, dense(1.0, 2.0)], [1, -3.0, False, "2", "bar", 20, dense(0.0, 4.0)],
                 [2, 0.0, True, "1", "bar", 10, sparse(2, i1=3.0)], [3, 1e9, False, "3", "baz", 30, dense(5.0, 0.0)],
                 [4, 7.25, True, "2", "foo", 10, sparse(2)]],
    },
    "table_with_holes": {
        "columns": [["id", "int"], ["real", "double"], ["flag", "boolean"], ["word", "string"], ["label", "double"]],
        "rows": [[0, 2.5, True, "foo", 1.0], [1, None, False, None, 0.0], [2, 0.5, None, "bar", 1.0],
                 [3, NAN, True, "foo", 0.0], [4, 1.0, True, "bar", None]],
    },
    "targets": {
        "columns": [["one", "double"], ["two", "int"], ["label", "double"], ["amount", "double"]],
        "rows": [[0.0, 3, 0.0, 10.0], [1.0, 4, 0.0, 20.0], [2.0, 5, 1.0, 30.0], [0.0, 3, 1.0, 40.5], [1.0, 3, 1.0, -50.0],
                 [2.0, 4, 0.0, 60.0], [0.0, None, 0.0, 70.0], [1.0, 5, 0.0, 80.0], [2.0, 4, 1.0, 90.25]],
    },
    "targets_with_holes": {
        "columns": [["one", "double"], ["label", "double"]],
        "rows": [[0.0, 1.0], [0.0, 0.0], [1.0, None], [1.0, 1.0], [None, 0.0]],
    },
    "classes": {
        "columns": [["label", "double"], ["amount", "double"], ["features", "vector"]],
        "rows": [[0.0, 1.5, dense(0.0, 10.0, 1.7, 4.0)], [0.0, 2.5, dense(1.0, 20.0, 4.4, 4.0)],
                 [1.0, 3.0, dense(0.0, 30.0, 3.1, 4.0)], [1.0, -0.5, dense(1.0, 30.0, 1.1, 4.0)],
                 [1.0, 6.0, dense(0.0, 40.0, 9.2, 4.0)], [2.0, 4.0, sparse(4, i1=40.0, i2=5.0, i3=4.0)],
                 [2.0, 8.5, sparse(4, i0=1.0, i2=2.5, i3=4.0)], [0.0, 7.0, dense(1.0, 10.0, 0.3, 4.0)]],
    },
    "points": {
        "columns": [["id", "int"], ["features", "vector"]],
        "rows": [[0, dense(1.0, 1.0)], [1, dense(1.0, -1.0)], [2, dense(-1.0, -1.0)], [3, dense(-1.0, 1.0)],
                 [4, sparse(2, i0=3.5)]],
    },
    "sets": {
        "columns": [["id", "int"], ["features", "vector"]],
        "rows": [[0, sparse(6, i0=1.0, i1=1.0, i2=1.0)], [1, sparse(6, i2=1.0, i3=1.0, i4=1.0)],
                 [2, sparse(6, i0=1.0, i2=1.0, i4=1.0)], [3, dense(0.0, 2.0, 0.0, 0.0, 0.0, 1.0)]],
    },
    "samples": {
        "columns": [["sample", "double"]],
        "rows": [[x] for x in [0.1, 0.15, 0.2, 0.3, 0.25, -1.2, 0.9, 1.7, -0.35, 0.0]],
    },
}  # fmt: skip

METRICS = ["mean", "sum", "variance", "std", "count", "numNonZeros", "max", "min", "normL2", "normL1"]
FRUGAL = {"inputCol": "features", "outputCol": "out"}
WORDS = {"inputCol": "words", "outputCol": "out"}
FORMULAS = {
    "sum": "label ~ sepal_length + petal_width",
    "all": "label ~ . - species",
    "without_intercept": "label ~ sepal_length + 0",
}
TABLE_FORMULAS = {
    "strings": "real ~ word + number",
    "strings_without_intercept": "real ~ word + number - 1",
    "interaction": "real ~ word:number + long",
    "cross": "real ~ word * long",
    "power": "id ~ (long + word + real) ^ 2",
    "dot": "real ~ . - id - v",
    "vector": "real ~ v + long:v",
    "no_label": "~ word + long",
    "string_label": "word ~ long + real",
    "label_is_boolean": "flag ~ long + real",
}

GROUPS = {
    "feature_scale": [
        stage("robust", "RobustScaler", "vectors", ["range", "median"], **FRUGAL),
        stage("robust_centered", "RobustScaler", "vectors", ["range", "median"], withCentering=True, **FRUGAL),
        stage("robust_without_scaling", "RobustScaler", "vectors", ["range", "median"], withCentering=True,
              withScaling=False, lower=0.1, upper=0.6, **FRUGAL),
        stage("robust_nan", "RobustScaler", "vectors_with_nan", ["range", "median"], **FRUGAL),
        stage("robust_file", "RobustScaler", "regression", ["range", "median"], relativeError=0.01, **FRUGAL),
        stage("product", "ElementwiseProduct", "vectors", scalingVec=dense(2.0, -1.0, 0.5), **FRUGAL),
        stage("product_sparse", "ElementwiseProduct", "vectors", scalingVec=sparse(3, i1=2.0), **FRUGAL),
        stage("max_abs_file", "MaxAbsScaler", "regression", ["maxAbs"], **FRUGAL),
        stage("min_max_file", "MinMaxScaler", "regression", ["originalMin", "originalMax"], **FRUGAL),
        stage("min_max_nan", "MinMaxScaler", "vectors_with_nan", ["originalMin", "originalMax"], **FRUGAL),
        stage("quantiles", "QuantileDiscretizer", "estimates", ["getSplits"], inputCol="label", outputCol="out",
              numBuckets=3),
        stage("quantiles_file", "QuantileDiscretizer", "regression", ["getSplits"], inputCol="x1", outputCol="out",
              numBuckets=10, relativeError=0.01),
        stage("quantiles_exact", "QuantileDiscretizer", "regression", ["getSplits"], inputCol="x2", outputCol="out",
              numBuckets=7, relativeError=0.0),
        stage("quantiles_two", "QuantileDiscretizer", "estimates", inputCols=["label", "weight"],
              outputCols=["out1", "out2"], numBuckets=2),
        stage("quantiles_array", "QuantileDiscretizer", "regression", inputCols=["x1", "x2"],
              outputCols=["out1", "out2"], numBucketsArray=[5, 3]),
        *[stage(f"quantiles_nan_{invalid}", "QuantileDiscretizer", "mixed_with_holes", inputCol="b", outputCol="out",
                handleInvalid=invalid) for invalid in ["error", "skip", "keep"]],
        stage("quantiles_few", "QuantileDiscretizer", "categories", ["getSplits"], inputCol="two", outputCol="out",
              numBuckets=5),
        stage("pca", "PCA", "iris", k=2, tolerance=1e-9, **FRUGAL),
        stage("pca_all", "PCA", "regression", k=5, tolerance=1e-9, **FRUGAL) | FREE_SIGNS,
        stage("pca_sparse", "PCA", "vectors", k=2, tolerance=1e-9, **FRUGAL) | FREE_SIGNS,
        stage("pca_too_many", "PCA", "vectors", k=4, **FRUGAL),
    ],
    "feature_vector": [
        stage("cosine", "DCT", "vectors", **FRUGAL),
        stage("cosine_inverse", "DCT", "iris", inverse=True, **FRUGAL),
        stage("interact", "Interaction", "table", inputCols=["real", "v", "long"], outputCol="out", save=False),
        stage("interact_numbers", "Interaction", "table", inputCols=["real", "long"], outputCol="out"),
        stage("interact_named", "Interaction", "iris", inputCols=["petal_width", "features"], outputCol="out"),
        stage("size_hint", "VectorSizeHint", "vectors", inputCol="features", size=3, save=False),
        stage("size_hint_wrong", "VectorSizeHint", "vectors", inputCol="features", size=2, save=False),
        stage("size_hint_skip", "VectorSizeHint", "mixed_with_holes", inputCol="v", size=2, handleInvalid="skip",
              save=False),
        stage("size_hint_null", "VectorSizeHint", "mixed_with_holes", inputCol="v", size=2, save=False),
        stage("size_hint_other", "VectorSizeHint", "iris", inputCol="features", size=3, save=False),
        stage("index_vectors", "VectorIndexer", "few_values", ["numFeatures"], maxCategories=4, **FRUGAL),
        stage("index_vectors_all", "VectorIndexer", "few_values", ["numFeatures"], handleInvalid="keep", **FRUGAL),
        stage("index_vectors_two", "VectorIndexer", "few_values", ["numFeatures"], maxCategories=2,
              handleInvalid="skip", **FRUGAL),
        stage("index_vectors_named", "VectorIndexer", "iris", ["numFeatures"], maxCategories=25, **FRUGAL),
        stage("hash_table", "FeatureHasher", "table", inputCols=["real", "flag", "number", "word", "long"],
              outputCol="out"),
        stage("hash_categories", "FeatureHasher", "table", inputCols=["real", "long", "word"], outputCol="out",
              categoricalCols=["real", "long"], numFeatures=16),
        stage("hash_holes", "FeatureHasher", "table_with_holes", inputCols=["real", "flag", "word"], outputCol="out",
              numFeatures=32),
        stage("hash_vector", "FeatureHasher", "table", inputCols=["v"], outputCol="out"),
        stage("target_binary", "TargetEncoder", "targets", inputCols=["one", "two"], outputCols=["out1", "out2"],
              labelCol="label"),
        stage("target_smooth", "TargetEncoder", "targets", inputCol="one", outputCol="out", labelCol="label",
              smoothing=2.0, save=False),
        stage("target_mean", "TargetEncoder", "targets", inputCols=["one", "two"], outputCols=["out1", "out2"],
              labelCol="amount", targetType="continuous", smoothing=1.0),
        stage("target_holes", "TargetEncoder", "targets_with_holes", inputCol="one", outputCol="out", labelCol="label",
              save=False),
        stage("target_holes_mean", "TargetEncoder", "targets_with_holes", inputCol="one", outputCol="out",
              labelCol="label", targetType="continuous", save=False),
        stage("target_of_halves", "TargetEncoder", "targets", inputCol="amount", outputCol="out", labelCol="label"),
        stage("target_not_binary", "TargetEncoder", "targets", inputCol="one", outputCol="out", labelCol="amount"),
        stage("variance", "VarianceThresholdSelector", "classes", ["selectedFeatures"],
              featuresCol="features", outputCol="out"),
        stage("variance_ten", "VarianceThresholdSelector", "iris", ["selectedFeatures"], featuresCol="features",
              outputCol="out", varianceThreshold=0.6),
        *[stage(f"choose_{mode}", "ChiSqSelector", "classes", ["selectedFeatures"], featuresCol="features",
                labelCol="label", outputCol="out", selectorType=mode, **{parameter: value})
          for mode, parameter, value in [("numTopFeatures", "numTopFeatures", 2), ("percentile", "percentile", 0.5),
                                         ("fpr", "fpr", 0.3), ("fdr", "fdr", 0.9), ("fwe", "fwe", 0.9)]],
    ],
    "feature_words": [
        stage("grams", "NGram", "documents", **WORDS),
        stage("grams_three", "NGram", "documents", n=3, **WORDS),
        stage("stop", "StopWordsRemover", "documents", **WORDS),
        stage("stop_case", "StopWordsRemover", "documents", caseSensitive=True, **WORDS),
        stage("stop_own", "StopWordsRemover", "documents", stopWords=["SAW", "hund"], **WORDS),
        stage("regex", "RegexTokenizer", "documents", inputCol="text", outputCol="out"),
        stage("regex_words", "RegexTokenizer", "documents", inputCol="text", outputCol="out", pattern="\\W"),
        stage("regex_matches", "RegexTokenizer", "documents", inputCol="text", outputCol="out", gaps=False,
              pattern="[a-z]+", toLowercase=False, minTokenLength=2),
        stage("regex_empty", "RegexTokenizer", "documents", inputCol="text", outputCol="out", pattern="a|l",
              minTokenLength=0),
        stage("count", "CountVectorizer", "documents", inputCol="words", outputCol="out", minDF=2.0, save=False),
        stage("count_most", "CountVectorizer", "documents_of_letters", ["vocabulary"], **WORDS),
        stage("count_two", "CountVectorizer", "documents_of_letters", ["vocabulary"], vocabSize=2, minTF=2.0, **WORDS),
        stage("count_binary", "CountVectorizer", "documents_of_letters", ["vocabulary"], binary=True, minDF=0.6,
              **WORDS),
        stage("count_rare", "CountVectorizer", "documents_of_letters", ["vocabulary"], maxDF=0.7, minTF=0.2, **WORDS),
    ],
    "feature_formula": [
        *[stage(f"formula_{name}", "RFormula", "iris", ["__str__"], save=False,
                formula=formula, featuresCol="f", labelCol="y")
          for name, formula in FORMULAS.items()],
        *[stage(f"formula_{name}", "RFormula", "table", ["__str__"], save=name in ["strings", "interaction"],
                formula=formula, featuresCol="f", labelCol="y")
          for name, formula in TABLE_FORMULAS.items()],
        *[stage(f"formula_holes_{invalid}", "RFormula", "table_with_holes", save=False, formula="label ~ real + word",
                featuresCol="f", labelCol="y", handleInvalid=invalid) for invalid in ["error", "skip", "keep"]],
        stage("formula_alphabet", "RFormula", "table", save=False, formula="real ~ word", featuresCol="f",
              labelCol="y", stringIndexerOrderType="alphabetDesc"),
        stage("formula_force_index", "RFormula", "table", save=False, formula="long ~ word", featuresCol="f",
              labelCol="y", forceIndexLabel=True),
        stage("formula_bad", "RFormula", "table", save=False, formula="real ~ ~ word", featuresCol="f", labelCol="y"),
    ],
    "selectors": [
        *[stage(f"select_{name}_{mode}", "UnivariateFeatureSelector", data, ["selectedFeatures"],
                featuresCol="features", outputCol="out", labelCol=label, featureType=features, labelType=labels,
                selectionMode=mode, selectionThreshold=threshold)
          for name, data, label, features, labels in [
              ("anova", "classes", "label", "continuous", "categorical"),
              ("chi", "classes", "label", "categorical", "categorical"),
              ("regression", "regression", "y", "continuous", "continuous"),
              ("flowers", "iris", "label", "continuous", "categorical")]
          for mode, threshold in [("numTopFeatures", 2), ("percentile", 0.8), ("fpr", 0.5), ("fdr", 0.7),
                                  ("fwe", 0.9)]],
        stage("select_defaults", "UnivariateFeatureSelector", "classes", ["selectedFeatures"],
              featuresCol="features", outputCol="out", labelCol="label", featureType="continuous",
              labelType="categorical"),
        stage("select_unset", "UnivariateFeatureSelector", "classes", featuresCol="features", outputCol="out"),
    ],
    "hashing": [
        stage("projection", "BucketedRandomProjectionLSH", "points", bucketLength=2.0, numHashTables=3, seed=12345, **FRUGAL),
        stage("min_hash", "MinHashLSH", "sets", numHashTables=5, seed=12345, **FRUGAL),
    ],
    "statistics": [
        statistic("pearson", "Correlation.corr", "vectors", "features"),
        statistic("pearson_file", "Correlation.corr", "iris", "features"),
        statistic("pearson_constant", "Correlation.corr", "classes", "features"),
        statistic("spearman", "Correlation.corr", "vectors", "features", "spearman"),
        statistic("spearman_file", "Correlation.corr", "iris", "features", "spearman"),
        statistic("chi_square", "ChiSquareTest.test", "classes", "features", "label"),
        statistic("chi_square_flat", "ChiSquareTest.test", "classes", "features", "label", True),
        statistic("chi_square_file", "ChiSquareTest.test", "iris", "features", "label"),
        statistic("summary", "Summarizer.metrics", "vectors", "features", None, METRICS),
        statistic("summary_weighted", "Summarizer.metrics", "regression", "features", "w", METRICS),
        statistic("normal", "KolmogorovSmirnovTest.test", "samples", "sample", "norm", 0.0, 1.0),
        statistic("normal_moved", "KolmogorovSmirnovTest.test", "samples", "sample", "norm", 0.5, 2.0),
        statistic("normal_file", "KolmogorovSmirnovTest.test", "regression", "x1", "norm", 0.0, 1.0),
    ],
}  # fmt: skip
DATA["documents_of_letters"] = {
    "columns": [["id", "int"], ["words", "strings"]],
    "rows": [[0, list("aaabbbc")], [1, list("aabbd")], [2, list("aab")], [3, []], [4, list("aaze")]],
}  # fmt: skip
