//! The parameters of the boosting estimators, and the typed settings they amount to.

use super::objective::Objective;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::{Failure, Result, codes};

const NUM_LEAVES: ParamSpec = ParamSpec::new("numLeaves", Kind::Int, Default::Int(31), "most leaves of a tree (>= 2)")
    .checked(|value| matches!(value, Value::Int(2..=65_536)));
const MAX_DEPTH: ParamSpec =
    ParamSpec::new("maxDepth", Kind::Int, Default::Int(0), "most edges from root to leaf; 0 is no limit")
        .checked(check::at_least_zero);
const MAX_BINS: ParamSpec = ParamSpec::new(
    "maxBins",
    Kind::Int,
    Default::Int(255),
    "most bins of a feature, in [2, 255]; missing values have one more",
)
.checked(|value| matches!(value, Value::Int(2..=255)));
const STEP_SIZE: ParamSpec =
    ParamSpec::new("stepSize", Kind::Double, Default::Double(0.1), "learning rate that shrinks each tree, in (0, 1]")
        .checked(|value| matches!(value, Value::Double(step) if *step > 0.0 && *step <= 1.0));
const MIN_INSTANCES_PER_NODE: ParamSpec =
    ParamSpec::new("minInstancesPerNode", Kind::Int, Default::Int(20), "fewest rows of a leaf (>= 1)")
        .checked(check::positive);
const MIN_CURVATURE: ParamSpec = ParamSpec::new(
    "minSumHessian",
    Kind::Double,
    Default::Double(1e-3),
    "least sum of second derivatives of a leaf (>= 0)",
)
.checked(check::at_least_zero);
const MIN_GAIN: ParamSpec =
    ParamSpec::new("minInfoGain", Kind::Double, Default::Double(0.0), "least gain of a split (>= 0)")
        .checked(check::at_least_zero);
const L1: ParamSpec =
    ParamSpec::new("regAlpha", Kind::Double, Default::Double(0.0), "L1 penalty on leaf values (>= 0)")
        .checked(check::at_least_zero);
const L2: ParamSpec =
    ParamSpec::new("regLambda", Kind::Double, Default::Double(0.0), "L2 penalty on leaf values (>= 0)")
        .checked(check::at_least_zero);
const SUBSAMPLING_RATE: ParamSpec = ParamSpec::new(
    "subsamplingRate",
    Kind::Double,
    Default::Double(1.0),
    "fraction of the rows that each iteration learns from, in (0, 1]",
)
.checked(positive_fraction);
const FEATURE_FRACTION: ParamSpec = ParamSpec::new(
    "featureFraction",
    Kind::Double,
    Default::Double(1.0),
    "fraction of the features that each tree may split by, in (0, 1]",
)
.checked(positive_fraction);
const SAMPLING: ParamSpec = ParamSpec::new(
    "sampling",
    Kind::Text,
    Default::Text("uniform"),
    "how rows are drawn: uniform, or goss (all rows of large gradient and some of the others)",
)
.checked(|value| matches!(value, Value::Text(text) if ["uniform", "goss"].contains(&text.as_str())));
const TOP_RATE: ParamSpec = ParamSpec::new(
    "topRate",
    Kind::Double,
    Default::Double(0.2),
    "with goss, the fraction of rows that are kept for their large gradients, in (0, 1)",
)
.checked(open_fraction);
const OTHER_RATE: ParamSpec = ParamSpec::new(
    "otherRate",
    Kind::Double,
    Default::Double(0.1),
    "with goss, the fraction of all rows that are drawn from the rest, in (0, 1)",
)
.checked(open_fraction);
const MONOTONE: ParamSpec = ParamSpec::new(
    "monotoneConstraints",
    Kind::Ints,
    Default::EmptyInts,
    "by feature 1 where predictions may only rise with it, -1 where they may only fall, 0 else; empty for none",
)
.checked(|value| matches!(value, Value::Ints(signs) if signs.iter().all(|sign| (-1..=1).contains(sign))));
const CATEGORICAL: ParamSpec = ParamSpec::new(
    "categoricalFeatures",
    Kind::Ints,
    Default::EmptyInts,
    "indices of features that are categories 0, 1, 2, …, beside those that the column's metadata declares",
)
.checked(|value| matches!(value, Value::Ints(features) if features.iter().all(|feature| *feature >= 0)));
const CATEGORY_SMOOTHING: ParamSpec = ParamSpec::new(
    "categorySmoothing",
    Kind::Double,
    Default::Double(10.0),
    "pseudo curvature that draws rare categories to the middle of their order (>= 0)",
)
.checked(check::at_least_zero);
const CATEGORY_L2: ParamSpec =
    ParamSpec::new("categoryRegLambda", Kind::Double, Default::Double(10.0), "L2 penalty of categorical splits (>= 0)")
        .checked(check::at_least_zero);
const MAX_CATEGORIES: ParamSpec = ParamSpec::new(
    "maxCategoryThreshold",
    Kind::Int,
    Default::Int(32),
    "most categories on the smaller side of a categorical split (>= 1)",
)
.checked(check::positive);
const VALIDATION_INDICATOR_COL: ParamSpec = ParamSpec::new(
    "validationIndicatorCol",
    Kind::Text,
    Default::None,
    "name of the boolean column that tells validation rows from training rows",
);
const EARLY_STOPPING_ROUNDS: ParamSpec = ParamSpec::new(
    "earlyStoppingRounds",
    Kind::Int,
    Default::Int(10),
    "with validation rows, iterations without a lower loss on them after which training ends; 0 is never",
)
.checked(check::at_least_zero);
const QUERY_COL: ParamSpec = ParamSpec::new(
    "queryCol",
    Kind::Text,
    Default::None,
    "name of the column of numbers that says to which query a row belongs",
);
const LABEL_GAIN: ParamSpec = ParamSpec::new(
    "labelGain",
    Kind::Doubles,
    Default::Doubles(&[]),
    "what a row is worth by its grade, at least 0 and never falling; empty for 2^grade - 1, of grades 0 to 30",
)
.checked(|value| matches!(value, Value::Doubles(gains) if gains.iter().all(|gain| *gain >= 0.0 && gain.is_finite())));
const TRUNCATION_LEVEL: ParamSpec = ParamSpec::new(
    "truncationLevel",
    Kind::Int,
    Default::Int(30),
    "pairs of rows count if one of them is among the first so many of its query (>= 1)",
)
.checked(check::positive);
const LAMBDA_NORM: ParamSpec = ParamSpec::new(
    "lambdaNorm",
    Kind::Bool,
    Default::Bool(true),
    "whether pairs of far margins count less, and queries of many pairs little more than those of few",
);
const NDCG_AT: ParamSpec = ParamSpec::new(
    "ndcgAt",
    Kind::Int,
    Default::Int(10),
    "the validation loss is 1 - NDCG of the first so many rows of each query (>= 1)",
)
.checked(check::positive);
const OBJECTIVE: ParamSpec = ParamSpec::new(
    "objective",
    Kind::Text,
    Default::Text("squared"),
    "loss that is minimised: squared, absolute, quantile or poisson",
)
.checked(
    |value| matches!(value, Value::Text(text) if ["squared", "absolute", "quantile", "poisson"].contains(&text.as_str())),
);
const QUANTILE: ParamSpec =
    ParamSpec::new("quantile", Kind::Double, Default::Double(0.9), "the quantile that objective quantile predicts")
        .checked(open_fraction);
const IMPORTANCE_TYPE: ParamSpec = ParamSpec::new(
    "importanceType",
    Kind::Text,
    Default::Text("gain"),
    "what featureImportances sums: gain, or split (how often a feature splits)",
)
.checked(|value| matches!(value, Value::Text(text) if ["gain", "split"].contains(&text.as_str())));

fn positive_fraction(value: &Value) -> bool {
    matches!(value, Value::Double(value) if *value > 0.0 && *value <= 1.0)
}

fn open_fraction(value: &Value) -> bool {
    matches!(value, Value::Double(value) if *value > 0.0 && *value < 1.0)
}

const LEAF_COL: ParamSpec = ParamSpec::new(
    "leafCol",
    Kind::Text,
    Default::Text(""),
    "column name for the index of the leaf that a row reaches in each tree; none when empty",
);

const BOOSTING: [ParamSpec; 30] = [
    shared::FEATURES_COL,
    shared::LABEL_COL,
    shared::PREDICTION_COL,
    shared::WEIGHT_COL,
    shared::max_iter(100),
    STEP_SIZE,
    NUM_LEAVES,
    MAX_DEPTH,
    MAX_BINS,
    MIN_INSTANCES_PER_NODE,
    MIN_CURVATURE,
    MIN_GAIN,
    L1,
    L2,
    SUBSAMPLING_RATE,
    FEATURE_FRACTION,
    SAMPLING,
    TOP_RATE,
    OTHER_RATE,
    MONOTONE,
    CATEGORICAL,
    CATEGORY_SMOOTHING,
    CATEGORY_L2,
    MAX_CATEGORIES,
    VALIDATION_INDICATOR_COL,
    EARLY_STOPPING_ROUNDS,
    IMPORTANCE_TYPE,
    LEAF_COL,
    shared::seed(0),
    shared::THRESHOLDS,
];

const fn with<const N: usize>(extra: &[ParamSpec]) -> [ParamSpec; N] {
    // Only a classifier has thresholds: they stand last and are left out.
    let shared = N - extra.len();
    let mut all = [BOOSTING[0]; N];
    let mut index = 0;
    while index < N {
        all[index] = if index < shared { BOOSTING[index] } else { extra[index - shared] };
        index += 1;
    }
    all
}

pub const CLASSIFIER: &[ParamSpec] = &with::<32>(&[shared::RAW_PREDICTION_COL, shared::PROBABILITY_COL]);
pub const REGRESSOR: &[ParamSpec] = &with::<31>(&[OBJECTIVE, QUANTILE]);
pub const RANKER: &[ParamSpec] = &with::<34>(&[QUERY_COL, LABEL_GAIN, TRUNCATION_LEVEL, LAMBDA_NORM, NDCG_AT]);

/// Gradient-based one-side sampling (Ke et al. 2017).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goss {
    pub top_rate: f64,
    pub other_rate: f64,
}

/// What a split must satisfy, and what it is worth.
#[derive(Debug, Clone)]
pub struct Rules {
    pub min_rows: i64,
    pub min_curvature: f64,
    pub min_gain: f64,
    pub l1: f64,
    pub l2: f64,
    /// By feature; empty for none.
    pub monotone: Vec<i8>,
    pub category_smoothing: f64,
    pub category_l2: f64,
    pub max_categories: usize,
}

/// The parameters of one training, read once.
#[derive(Debug, Clone)]
pub struct Settings {
    pub rules: Rules,
    pub iterations: usize,
    pub step_size: f64,
    pub leaves: usize,
    /// 0 for no limit.
    pub max_depth: usize,
    pub max_bins: usize,
    pub subsampling_rate: f64,
    pub feature_fraction: f64,
    pub goss: Option<Goss>,
    pub categorical: Vec<i64>,
    pub seed: u64,
    /// `None` without validation rows; 0 for never.
    pub early_stopping_rounds: Option<usize>,
}

impl Settings {
    pub fn of(params: &Params) -> Result<Self> {
        let ints = |name: &str| match params.get(name) {
            Some(Value::Ints(values)) => values,
            _ => Vec::new(),
        };
        let goss = params.text("sampling")? == "goss";
        let goss =
            goss.then(|| Ok::<_, Failure>((params.double("topRate")?, params.double("otherRate")?))).transpose()?;
        if goss.is_some_and(|(top, other)| top + other > 1.0) {
            let text = format!("{} has topRate and otherRate that sum to more than 1", params.uid());
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        let rounds = params.int("earlyStoppingRounds")? as usize;
        Ok(Self {
            rules: Rules {
                min_rows: params.int("minInstancesPerNode")?,
                min_curvature: params.double("minSumHessian")?,
                min_gain: params.double("minInfoGain")?,
                l1: params.double("regAlpha")?,
                l2: params.double("regLambda")?,
                monotone: ints("monotoneConstraints").into_iter().map(|sign| sign as i8).collect(),
                category_smoothing: params.double("categorySmoothing")?,
                category_l2: params.double("categoryRegLambda")?,
                max_categories: params.int("maxCategoryThreshold")? as usize,
            },
            iterations: params.int("maxIter")? as usize,
            step_size: params.double("stepSize")?,
            leaves: params.int("numLeaves")? as usize,
            max_depth: params.int("maxDepth")? as usize,
            max_bins: params.int("maxBins")? as usize,
            subsampling_rate: params.double("subsamplingRate")?,
            feature_fraction: params.double("featureFraction")?,
            goss: goss.map(|(top_rate, other_rate)| Goss { top_rate, other_rate }),
            categorical: ints("categoricalFeatures"),
            seed: params.int("seed")? as u64,
            early_stopping_rounds: params.optional_text("validationIndicatorCol").map(|_| rounds),
        })
    }
}

/// What a regression minimises.
pub fn regression_objective(params: &Params) -> Result<Objective> {
    Ok(match params.text("objective")?.as_str() {
        "absolute" => Objective::Quantile { level: 0.5 },
        "quantile" => Objective::Quantile { level: params.double("quantile")? },
        "poisson" => Objective::Poisson,
        _ => Objective::Squared,
    })
}
