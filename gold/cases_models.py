"""What record_models.py saves: a model or stage of every class of pyspark.ml, and of every layout that a class has."""

from pyspark.ml import Pipeline
from pyspark.ml.param import Params
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder, TrainValidationSplit
from pyspark.ml.util import MLWritable

import ml_cases
from observe_ml import STAGES, make_stage

# name of the folder: group/case of the gold cases
CASES = {
    "als": "als/explicit",
    "als_implicit": "als/implicit",
    "binarizer": "feature_more/binarize_vectors",
    "binarizer_two": "feature_more/binarize_two",
    "bisecting_kmeans": "bisecting_kmeans/three_blobs",
    "bisecting_kmeans_cosine": "bisecting_kmeans/two_cosine",
    "bisecting_kmeans_indivisible": "bisecting_kmeans/indivisible",
    "bucketizer": "feature_more/bucketize",
    "bucketizer_two": "feature_more/bucketize_two",
    "chi_sq_selector": "feature_vector/choose_numTopFeatures",
    "count_vectorizer": "feature_words/count_most",
    "dct": "feature_vector/cosine",
    "elementwise_product": "feature_scale/product_sparse",
    "feature_hasher": "feature_vector/hash_categories",
    "fm_classifier": "factorised/linear_part_FMClassifier_gd",
    "fm_regressor": "factorised/regression",
    "fp_growth": "fp_growth/baskets",
    "fp_growth_numbers": "fp_growth/numbers",
    "gaussian_mixture": "gaussian_mixture/two_blobs",
    "generalized": "generalized/poisson_l2",
    "hashing_tf": "feature_more/hash_binary",
    "idf": "feature_more/idf",
    "imputer": "feature_more/impute_mean",
    "imputer_one": "feature_more/impute_sevens",
    "index_to_string": "feature_more/index_to_string",
    "interaction": "feature_vector/interact_numbers",
    "isotonic": "isotonic/rising",
    "lda_em": "topics/em",
    "lda_online": "topics/online",
    "linear_regression_huber": "linear_more/huber_tight",
    "linear_regression_sparse": "linear_regression/l1_tight",
    "linear_svc": "linear_svc/defaults",
    "logistic_sparse": "logistic_regression/l1_tight",
    "max_abs_scaler": "feature_more/max_abs",
    "min_hash": "hashing/min_hash",
    "min_max_scaler": "feature_more/min_max_range",
    "multinomial_sparse": "logistic_regression/multinomial_l1_tight",
    "n_gram": "feature_words/grams_three",
    "naive_bayes_bernoulli": "naive_bayes/bernoulli",
    "naive_bayes_complement": "naive_bayes/complement",
    "naive_bayes_gaussian": "naive_bayes/gaussian",
    "naive_bayes_multinomial": "naive_bayes/multinomial",
    "normalizer": "feature_more/normalize_3.0",
    "one_hot_encoder": "feature/one_hot_keep_both",
    "one_hot_encoder_two": "feature/one_hot",
    "pca": "feature_scale/pca",
    "perceptron": "perceptron/started",
    "polynomial_expansion": "feature_more/expand_three",
    "projection": "hashing/projection",
    "quantile_discretizer": "feature_scale/quantiles_two",
    "r_formula": "feature_formula/formula_strings",
    "r_formula_interaction": "feature_formula/formula_interaction",
    "r_formula_string_label": "feature_formula/formula_string_label",
    "regex_tokenizer": "feature_words/regex_matches",
    "robust_scaler": "feature_scale/robust_nan",
    "standard_scaler": "feature/scale_both",
    "stop_words_remover": "feature_words/stop_own",
    "string_indexer": "feature/index_null_keep",
    "string_indexer_two": "feature/index_two_columns",
    "survival": "survival/defaults",
    "target_encoder": "feature_vector/target_smooth",
    "target_encoder_mean": "feature_vector/target_mean",
    "target_encoder_holes": "feature_vector/target_holes",
    "tokenizer": "feature_more/tokenize",
    "univariate_feature_selector": "selectors/select_regression_fpr",
    "variance_threshold_selector": "feature_vector/variance_ten",
    "vector_assembler": "feature/assemble",
    "vector_indexer": "feature_vector/index_vectors_all",
    "vector_indexer_named": "feature_vector/index_vectors_named",
    "vector_size_hint": "feature_vector/size_hint_skip",
    "vector_slicer": "feature_more/slice_names",
}


def find(name: str) -> dict:
    group, case = name.split("/")
    return next(one for one in ml_cases.GROUPS[group] if one["name"] == case)


def from_case(name: str):
    """The stage of a gold case, and the data it is fitted and asked about."""
    case = find(name)
    return (lambda: make_stage(case), ml_cases.DATA[case["data"]])


def make(stage: str, **params):
    return make_stage({"stage": stage, "params": params})


def categories(stage: str, label: str, **params):
    """A tree model that splits by categories, behind the indexer that finds them."""

    def pipeline():
        index = make("VectorIndexer", inputCol="features", outputCol="indexed", maxCategories=12)
        return Pipeline(stages=[index, make(stage, labelCol=label, featuresCol="indexed", maxDepth=3, **params)])

    return pipeline


def nested():
    """A pipeline in a pipeline."""
    index = make("StringIndexer", inputCol="kind", outputCol="index")
    encode = make("OneHotEncoder", inputCols=["index"], outputCols=["encoded"])
    slot = make("VectorSlicer", inputCol="encoded", outputCol="out", indices=[1])
    return Pipeline(stages=[Pipeline(stages=[index, encode]), slot])


def one_against_rest():
    return make("OneVsRest", labelCol="label").setClassifier(make("LogisticRegression", regParam=0.1, maxIter=20))


def validated(kind, **params):
    """A search over a pipeline's stages."""

    def search():
        scale = make("StandardScaler", inputCol="features", outputCol="scaled")
        regress = make("LinearRegression", labelCol="y", featuresCol="scaled")
        grid = ParamGridBuilder().addGrid(regress.regParam, [0.0, 0.5]).addGrid(scale.withMean, [True]).build()
        evaluator = make("RegressionEvaluator", labelCol="y")
        stages = Pipeline(stages=[scale, regress])
        return kind(estimator=stages, estimatorParamMaps=grid, evaluator=evaluator, seed=1, **params)

    return search


GRID, IRIS = ml_cases.DATA["grid"], ml_cases.DATA["iris"]
SENTENCES, WORDS = ml_cases.DATA["documents_of_letters"], ml_cases.DATA["words"]
REGRESSION = ml_cases.DATA["regression"]
BINARY_GRID = GRID | {"columns": {"large": "CAST(value > 5 AS DOUBLE)"}}
OTHERS = {
    "boosting_categories": (categories("GBTClassifier", "large", maxIter=3, seed=17), BINARY_GRID),
    "boosting_regression": (categories("GBTRegressor", "value", maxIter=3, seed=17), GRID),
    "cross_validator": (validated(CrossValidator, numFolds=2), REGRESSION),
    "forest_categories": (categories("RandomForestClassifier", "kind", numTrees=2, seed=17), GRID),
    "nested_pipeline": (nested, WORDS),
    "one_vs_rest": (one_against_rest, IRIS),
    "sql_transformer": (lambda: make("SQLTransformer", statement="SELECT *, id + 1 AS next FROM __THIS__"), WORDS),
    "train_validation_split": (validated(TrainValidationSplit), REGRESSION),
    "tree_categories": (categories("DecisionTreeClassifier", "kind"), GRID),
    "word2vec": (
        lambda: make("Word2Vec", inputCol="words", outputCol="out", vectorSize=3, minCount=1, seed=1),
        SENTENCES,
    ),
}
MODELS = {name: from_case(case) for name, case in CASES.items()} | OTHERS


def unfitted() -> list:
    """Every estimator, transformer and evaluator that saves, with the parameters of a gold case, or none."""
    groups = [group for name, group in ml_cases.GROUPS.items() if "errors" not in name]
    cases = [case for group in groups for case in group if "stage" in case]
    stages = []
    for name in sorted(STAGES):
        saves = issubclass(STAGES[name], MLWritable) and issubclass(STAGES[name], Params)
        if not saves or name[0] == "_" or name.endswith("Model"):
            continue
        chosen = [case for case in cases if case["stage"] == name and case.get("save")] or [{"stage": name}]
        stages.append(one_against_rest() if name == "OneVsRest" else make_stage(chosen[-1]))
    return stages
