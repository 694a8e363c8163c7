//! The parameters of ALS: Spark's names, defaults and checks.

use crate::param::shared::class_seed;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::Result;

pub const ALS: &str = "org.apache.spark.ml.recommendation.ALS";
pub const ALS_MODEL: &str = "org.apache.spark.ml.recommendation.ALSModel";

const USER_COL: ParamSpec = ParamSpec::new(
    "userCol",
    Kind::Text,
    Default::Text("user"),
    "column name for user ids. Ids must be within the integer value range.",
);
const ITEM_COL: ParamSpec = ParamSpec::new(
    "itemCol",
    Kind::Text,
    Default::Text("item"),
    "column name for item ids. Ids must be within the integer value range.",
);
const COLD_START: ParamSpec = ParamSpec::new(
    "coldStartStrategy",
    Kind::Text,
    Default::Text("nan"),
    "what to predict for unknown users and items: nan predicts NaN, drop leaves the row out",
)
.checked(|value| matches!(value, Value::Text(text) if ["nan", "drop"].contains(&text.to_lowercase().as_str())));
const BLOCK_SIZE: ParamSpec = ParamSpec::new(
    "blockSize",
    Kind::Int,
    Default::Int(4096),
    "block size for stacking factors; accepted, blocks are chosen by the engine",
)
.checked(check::positive);

/// Of the model.
pub const MODEL_SPECS: &[ParamSpec] = &[BLOCK_SIZE, COLD_START, ITEM_COL, shared::PREDICTION_COL, USER_COL];

pub const SPECS: &[ParamSpec] = &[
    ParamSpec::new("alpha", Kind::Double, Default::Double(1.0), "alpha for implicit preference")
        .checked(check::at_least_zero),
    BLOCK_SIZE,
    ParamSpec::new(
        "checkpointInterval",
        Kind::Int,
        Default::Int(10),
        "checkpoint interval (>= 1) or -1; accepted, nothing needs checkpoints here",
    )
    .checked(|value| matches!(value, Value::Int(-1 | 1..))),
    COLD_START,
    storage_level("finalStorageLevel"),
    ParamSpec::new("implicitPrefs", Kind::Bool, Default::Bool(false), "whether to use implicit preference"),
    storage_level("intermediateStorageLevel"),
    ITEM_COL,
    shared::max_iter(10),
    ParamSpec::new(
        "nonnegative",
        Kind::Bool,
        Default::Bool(false),
        "whether to use nonnegative constraint for least squares",
    ),
    blocks("numItemBlocks"),
    blocks("numUserBlocks"),
    shared::PREDICTION_COL,
    ParamSpec::new("rank", Kind::Int, Default::Int(10), "rank of the factorization").checked(check::positive),
    ParamSpec::new("ratingCol", Kind::Text, Default::Text("rating"), "column name for ratings"),
    ParamSpec::new("regParam", Kind::Double, Default::Double(0.1), "regularization parameter (>= 0)")
        .checked(check::at_least_zero),
    shared::seed(class_seed(ALS)),
    USER_COL,
];

const fn blocks(name: &'static str) -> ParamSpec {
    ParamSpec::new(name, Kind::Int, Default::Int(10), "number of blocks; accepted, the engine chooses its own")
        .checked(check::positive)
}

const fn storage_level(name: &'static str) -> ParamSpec {
    ParamSpec::new(name, Kind::Text, Default::Text("MEMORY_AND_DISK"), "storage level; accepted, factors are in memory")
        .checked(|value| matches!(value, Value::Text(text) if STORAGE_LEVELS.contains(&text.as_str())))
}

const STORAGE_LEVELS: [&str; 13] = [
    "NONE",
    "DISK_ONLY",
    "DISK_ONLY_2",
    "DISK_ONLY_3",
    "MEMORY_ONLY",
    "MEMORY_ONLY_2",
    "MEMORY_ONLY_SER",
    "MEMORY_ONLY_SER_2",
    "MEMORY_AND_DISK",
    "MEMORY_AND_DISK_2",
    "MEMORY_AND_DISK_SER",
    "MEMORY_AND_DISK_SER_2",
    "OFF_HEAP",
];

/// The parameters of one training, read once.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub rank: usize,
    pub max_iterations: u64,
    /// Times the number of an id's ratings, as Spark scales it.
    pub regularization: f64,
    /// Of implicit preferences; `None` for explicit ratings.
    pub alpha: Option<f64>,
    pub nonnegative: bool,
    pub seed: u64,
}

impl Settings {
    pub fn of(params: &Params) -> Result<Self> {
        let alpha = params.double("alpha")?;
        Ok(Self {
            rank: params.int("rank")? as usize,
            max_iterations: params.int("maxIter")? as u64,
            regularization: params.double("regParam")?,
            alpha: params.bool("implicitPrefs")?.then_some(alpha),
            nonnegative: params.bool("nonnegative")?,
            seed: params.int("seed")? as u64,
        })
    }
}
