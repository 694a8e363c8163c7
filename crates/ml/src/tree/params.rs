//! The parameters of trees and forests: Spark's names, defaults and checks, and the typed settings they amount to.

use super::binned::BinSpec;
use super::grower::Growth;
use super::impurity::Impurity;
use super::split::Rules;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const MAX_DEPTH: ParamSpec = ParamSpec::new(
    "maxDepth",
    Kind::Int,
    Default::Int(5),
    "Maximum depth of the tree, in [0, 30]: depth 0 is one leaf, depth 1 is one split and two leaves",
)
.checked(|value| matches!(value, Value::Int(0..=30)));
const MAX_BINS: ParamSpec = ParamSpec::new(
    "maxBins",
    Kind::Int,
    Default::Int(32),
    "Maximum number of bins of a feature; at least 2, and at least the number of categories of any feature",
)
.checked(|value| matches!(value, Value::Int(2..)));
const MIN_INSTANCES_PER_NODE: ParamSpec = ParamSpec::new(
    "minInstancesPerNode",
    Kind::Int,
    Default::Int(1),
    "Minimum number of rows that each child must have after a split",
)
.checked(check::positive);
const MIN_WEIGHT_FRACTION_PER_NODE: ParamSpec = ParamSpec::new(
    "minWeightFractionPerNode",
    Kind::Double,
    Default::Double(0.0),
    "Minimum fraction of all rows' weight that each child must have after a split, in [0, 0.5)",
)
.checked(|value| matches!(value, Value::Double(fraction) if (0.0..0.5).contains(fraction)));
const MIN_INFO_GAIN: ParamSpec = ParamSpec::new(
    "minInfoGain",
    Kind::Double,
    Default::Double(0.0),
    "Minimum information gain for a split to be considered",
)
.checked(check::at_least_zero);
const MAX_MEMORY_IN_MB: ParamSpec = ParamSpec::new(
    "maxMemoryInMB",
    Kind::Int,
    Default::Int(256),
    "Maximum memory of a pass's histograms in MB; a level that needs more is grown in several passes",
)
.checked(check::at_least_zero);
const CACHE_NODE_IDS: ParamSpec = ParamSpec::new(
    "cacheNodeIds",
    Kind::Bool,
    Default::Bool(false),
    "Whether to keep each row's node between passes; accepted, rows' nodes are always kept",
);
const CHECKPOINT_INTERVAL: ParamSpec = ParamSpec::new(
    "checkpointInterval",
    Kind::Int,
    Default::Int(10),
    "How often Spark checkpoints node ids, or -1 for never; accepted, there is nothing to checkpoint",
)
.checked(|value| matches!(value, Value::Int(-1 | 1..)));
const LEAF_COL: ParamSpec = ParamSpec::new(
    "leafCol",
    Kind::Text,
    Default::Text(""),
    "column name for the index of the leaf that a row reaches in each tree; none when empty",
);
const VARIANCE_COL: ParamSpec = ParamSpec::new(
    "varianceCol",
    Kind::Text,
    Default::None,
    "column name for the biased sample variance of the prediction",
);
const CLASS_IMPURITY: ParamSpec =
    ParamSpec::new("impurity", Kind::Text, Default::Text("gini"), "criterion of information gain: entropy or gini")
        .checked(|value| one_of(value, &["gini", "entropy"]));
const VALUE_IMPURITY: ParamSpec =
    ParamSpec::new("impurity", Kind::Text, Default::Text("variance"), "criterion of information gain: variance")
        .checked(|value| one_of(value, &["variance"]));
const NUM_TREES: ParamSpec =
    ParamSpec::new("numTrees", Kind::Int, Default::Int(20), "Number of trees to train (at least 1)")
        .checked(check::positive);
const BOOTSTRAP: ParamSpec = ParamSpec::new(
    "bootstrap",
    Kind::Bool,
    Default::Bool(true),
    "Whether rows are drawn with replacement for each tree",
);
const SUBSAMPLING_RATE: ParamSpec = ParamSpec::new(
    "subsamplingRate",
    Kind::Double,
    Default::Double(1.0),
    "Fraction of the rows that each tree learns from, in (0, 1]",
)
.checked(|value| matches!(value, Value::Double(rate) if *rate > 0.0 && *rate <= 1.0));
const FEATURE_SUBSET_STRATEGY: ParamSpec = ParamSpec::new(
    "featureSubsetStrategy",
    Kind::Text,
    Default::Text("auto"),
    "How many features are candidates at each node: auto, all, onethird, sqrt, log2, a fraction in (0, 1.0], or a \
     number of features",
)
.checked(|value| matches!(value, Value::Text(text) if Subset::parse(text).is_some()));
const THRESHOLDS: ParamSpec = shared::THRESHOLDS.checked(|value| {
    let Value::Doubles(thresholds) = value else { return false };
    let zeros = thresholds.iter().filter(|threshold| **threshold == 0.0).count();
    thresholds.iter().all(|threshold| *threshold >= 0.0) && zeros <= 1
});

const BOOSTED_SUBSET_STRATEGY: ParamSpec = ParamSpec { default: Default::Text("all"), ..FEATURE_SUBSET_STRATEGY };
const STEP_SIZE: ParamSpec = ParamSpec::new(
    "stepSize",
    Kind::Double,
    Default::Double(0.1),
    "Step size (a.k.a. learning rate) in (0, 1] that shrinks the contribution of each tree but the first",
)
.checked(|value| matches!(value, Value::Double(step) if *step > 0.0 && *step <= 1.0));
const VALIDATION_TOL: ParamSpec = ParamSpec::new(
    "validationTol",
    Kind::Double,
    Default::Double(0.01),
    "Training ends when a tree lowers the validation error by less than this times the error (at least 0.01)",
)
.checked(check::at_least_zero);
const VALIDATION_INDICATOR_COL: ParamSpec = ParamSpec::new(
    "validationIndicatorCol",
    Kind::Text,
    Default::None,
    "name of the boolean column that tells validation rows from training rows",
);
const CLASS_LOSS: ParamSpec =
    ParamSpec::new("lossType", Kind::Text, Default::Text("logistic"), "loss that is minimised: logistic")
        .checked(|value| one_of(value, &["logistic"]));
const VALUE_LOSS: ParamSpec =
    ParamSpec::new("lossType", Kind::Text, Default::Text("squared"), "loss that is minimised: squared or absolute")
        .checked(|value| one_of(value, &["squared", "absolute"]));

fn one_of(value: &Value, allowed: &[&str]) -> bool {
    matches!(value, Value::Text(text) if allowed.contains(&text.to_lowercase().as_str()))
}

const fn tree(seed: i64, impurity: ParamSpec) -> [ParamSpec; 15] {
    [
        shared::FEATURES_COL,
        shared::LABEL_COL,
        shared::PREDICTION_COL,
        shared::WEIGHT_COL,
        LEAF_COL,
        MAX_DEPTH,
        MAX_BINS,
        MIN_INSTANCES_PER_NODE,
        MIN_WEIGHT_FRACTION_PER_NODE,
        MIN_INFO_GAIN,
        MAX_MEMORY_IN_MB,
        CACHE_NODE_IDS,
        CHECKPOINT_INTERVAL,
        shared::seed(seed),
        impurity,
    ]
}

/// `base` and then `extra`.
const fn extended<const N: usize>(base: [ParamSpec; 15], extra: &[ParamSpec]) -> [ParamSpec; N] {
    let mut all = [base[0]; N];
    let mut index = 0;
    while index < N {
        all[index] = if index < base.len() { base[index] } else { extra[index - base.len()] };
        index += 1;
    }
    all
}

const CLASSIFIER: &[ParamSpec] = &[shared::RAW_PREDICTION_COL, shared::PROBABILITY_COL, THRESHOLDS];
const FOREST: &[ParamSpec] = &[NUM_TREES, BOOTSTRAP, SUBSAMPLING_RATE, FEATURE_SUBSET_STRATEGY];
const FOREST_CLASSIFIER: &[ParamSpec] = &[
    shared::RAW_PREDICTION_COL,
    shared::PROBABILITY_COL,
    THRESHOLDS,
    NUM_TREES,
    BOOTSTRAP,
    SUBSAMPLING_RATE,
    FEATURE_SUBSET_STRATEGY,
];

const BOOSTED_REGRESSOR: &[ParamSpec] = &[
    shared::max_iter(20),
    STEP_SIZE,
    SUBSAMPLING_RATE,
    BOOSTED_SUBSET_STRATEGY,
    VALIDATION_TOL,
    VALIDATION_INDICATOR_COL,
    VALUE_LOSS,
];
const BOOSTED_CLASSIFIER: &[ParamSpec] = &[
    shared::max_iter(20),
    STEP_SIZE,
    SUBSAMPLING_RATE,
    BOOSTED_SUBSET_STRATEGY,
    VALIDATION_TOL,
    VALIDATION_INDICATOR_COL,
    CLASS_LOSS,
    shared::RAW_PREDICTION_COL,
    shared::PROBABILITY_COL,
    THRESHOLDS,
];

/// The parameters of a classification tree whose class has this default seed.
pub const fn tree_classifier(seed: i64) -> [ParamSpec; 18] {
    extended(tree(seed, CLASS_IMPURITY), CLASSIFIER)
}
pub const fn tree_regressor(seed: i64) -> [ParamSpec; 16] {
    extended(tree(seed, VALUE_IMPURITY), &[VARIANCE_COL])
}
pub const fn forest_classifier(seed: i64) -> [ParamSpec; 22] {
    extended(tree(seed, CLASS_IMPURITY), FOREST_CLASSIFIER)
}
pub const fn forest_regressor(seed: i64) -> [ParamSpec; 19] {
    extended(tree(seed, VALUE_IMPURITY), FOREST)
}

pub const fn boosted_classifier(seed: i64) -> [ParamSpec; 25] {
    extended(tree(seed, VALUE_IMPURITY), BOOSTED_CLASSIFIER)
}
pub const fn boosted_regressor(seed: i64) -> [ParamSpec; 22] {
    extended(tree(seed, VALUE_IMPURITY), BOOSTED_REGRESSOR)
}

/// How many features are candidates at a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subset {
    Auto,
    All,
    OneThird,
    Sqrt,
    Log2,
    Count(usize),
    /// In (0, 1].
    Fraction(f64),
}

impl Subset {
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_lowercase().as_str() {
            "auto" => Some(Subset::Auto),
            "all" => Some(Subset::All),
            "onethird" => Some(Subset::OneThird),
            "sqrt" => Some(Subset::Sqrt),
            "log2" => Some(Subset::Log2),
            text => match (text.parse::<i32>(), text.parse::<f64>()) {
                (Ok(count), _) if count > 0 => Some(Subset::Count(count as usize)),
                (_, Ok(fraction)) if fraction > 0.0 && fraction <= 1.0 => Some(Subset::Fraction(fraction)),
                _ => None,
            },
        }
    }

    /// Spark's rule (`DecisionTreeMetadata.buildMetadata`).
    pub fn features(self, of: usize, trees: usize, classification: bool) -> usize {
        let all = of as f64;
        let chosen = match self {
            Subset::Auto if trees == 1 => of,
            Subset::Auto if classification => Subset::Sqrt.features(of, trees, classification),
            Subset::Auto => Subset::OneThird.features(of, trees, classification),
            Subset::All => of,
            Subset::OneThird => (all / 3.0).ceil() as usize,
            Subset::Sqrt => all.sqrt().ceil() as usize,
            Subset::Log2 => (all.ln() / 2f64.ln()).ceil() as usize,
            Subset::Count(count) => count,
            Subset::Fraction(fraction) => (fraction * all).ceil() as usize,
        };
        chosen.clamp(1, of.max(1))
    }
}

/// The parameters of one training, read once.
#[derive(Debug, Clone)]
pub struct Settings {
    pub max_depth: usize,
    pub max_bins: usize,
    pub min_instances_per_node: i64,
    pub min_weight_fraction_per_node: f64,
    pub min_info_gain: f64,
    pub impurity: Impurity,
    pub seed: u64,
    pub memory_bytes: usize,
    pub trees: usize,
    pub bootstrap: bool,
    pub subsampling_rate: f64,
    pub subset: Subset,
}

impl Settings {
    /// What a learner has no parameter for is as for a single tree: one tree of all rows and features.
    pub fn of(params: &Params) -> Result<Self> {
        let has = |name: &str| params.get(name).is_some();
        let impurity = match params.text("impurity")?.to_lowercase().as_str() {
            "entropy" => Impurity::Entropy,
            "variance" => Impurity::Variance,
            _ => Impurity::Gini,
        };
        let subset = params.optional_text("featureSubsetStrategy").unwrap_or_else(|| "all".to_owned());
        let subset = Subset::parse(&subset).ok_or_else(|| {
            let text = format!("featureSubsetStrategy given invalid value {subset}");
            Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
        })?;
        Ok(Self {
            max_depth: params.int("maxDepth")? as usize,
            max_bins: params.int("maxBins")? as usize,
            min_instances_per_node: params.int("minInstancesPerNode")?,
            min_weight_fraction_per_node: params.double("minWeightFractionPerNode")?,
            min_info_gain: params.double("minInfoGain")?,
            impurity,
            seed: params.int("seed")? as u64,
            memory_bytes: (params.int("maxMemoryInMB")? as usize) << 20,
            trees: if has("numTrees") { params.int("numTrees")? as usize } else { 1 },
            bootstrap: has("bootstrap") && params.bool("bootstrap")?,
            subsampling_rate: if has("subsamplingRate") { params.double("subsamplingRate")? } else { 1.0 },
            subset,
        })
    }
}

impl Settings {
    /// How trees grow on rows of this total weight.
    pub fn growth(&self, spec: BinSpec, weight: f64, classification: bool) -> Growth {
        Growth {
            rules: Rules {
                impurity: self.impurity,
                min_rows: self.min_instances_per_node,
                min_weight: self.min_weight_fraction_per_node * weight,
                min_gain: self.min_info_gain,
            },
            seed: self.seed,
            max_depth: self.max_depth,
            features_per_node: self.subset.features(spec.features.len(), self.trees, classification),
            memory_bytes: self.memory_bytes,
            spec: Arc::new(spec),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_subsets_follow_spark() {
        let rows = [
            ("auto", 11, 20, true, 4),
            ("auto", 11, 20, false, 4),
            ("auto", 11, 1, true, 11),
            ("ALL", 11, 20, true, 11),
            ("log2", 11, 20, true, 4),
            ("log2", 1, 20, true, 1),
            ("3", 11, 20, true, 3),
            ("300", 11, 20, true, 11),
            ("0.5", 11, 20, true, 6),
            ("1", 11, 20, true, 1),
            ("1.0", 11, 20, true, 11),
        ];
        for (text, of, trees, classification, expected) in rows {
            let subset = Subset::parse(text).unwrap();
            assert_eq!(subset.features(of, trees, classification), expected, "{text} of {of}");
        }
        for text in ["", "0", "-1", "1.5", "half"] {
            assert_eq!(Subset::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_parameter_is_listed_once() {
        for specs in [&tree_classifier(1)[..], &tree_regressor(1), &forest_classifier(1), &forest_regressor(1)] {
            let mut names: Vec<_> = specs.iter().map(|spec| spec.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), specs.len());
        }
    }
}
