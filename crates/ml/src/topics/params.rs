//! The parameters of LDA: Spark's names, defaults and checks.

use crate::instances::illegal;
use crate::param::shared::class_seed;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::{Result, codes};

pub const LDA: &str = "org.apache.spark.ml.clustering.LDA";
pub const LOCAL_MODEL: &str = "org.apache.spark.ml.clustering.LocalLDAModel";
pub const DISTRIBUTED_MODEL: &str = "org.apache.spark.ml.clustering.DistributedLDAModel";

pub const SPECS: &[ParamSpec] = &[
    ParamSpec::new("checkpointInterval", Kind::Int, Default::Int(10), "checkpoint interval (>= 1) or -1; accepted")
        .checked(|value| matches!(value, Value::Int(-1 | 1..))),
    ParamSpec::new(
        "docConcentration",
        Kind::Doubles,
        Default::None,
        "concentration of the prior of documents over topics (alpha): one value, or one a topic",
    )
    .checked(|value| matches!(value, Value::Doubles(alpha) if alpha.iter().all(|alpha| *alpha >= 0.0))),
    shared::FEATURES_COL,
    ParamSpec::new("k", Kind::Int, Default::Int(10), "The number of topics (clusters) to infer (> 1)")
        .checked(|value| matches!(value, Value::Int(2..))),
    ParamSpec::new("keepLastCheckpoint", Kind::Bool, Default::Bool(true), "accepted; there are no checkpoints"),
    ParamSpec::new("learningDecay", Kind::Double, Default::Double(0.51), "learning rate, as an exponential decay rate")
        .checked(check::positive),
    ParamSpec::new("learningOffset", Kind::Double, Default::Double(1024.0), "downweights early iterations (> 0)")
        .checked(check::positive),
    shared::max_iter(20),
    ParamSpec::new(
        "optimizeDocConcentration",
        Kind::Bool,
        Default::Bool(true),
        "whether docConcentration is optimized during training, by the online optimizer",
    ),
    ParamSpec::new("optimizer", Kind::Text, Default::Text("online"), "online or em").checked(
        |value| matches!(value, Value::Text(text) if ["online", "em"].contains(&text.to_lowercase().as_str())),
    ),
    shared::seed(class_seed(LDA)),
    ParamSpec::new(
        "subsamplingRate",
        Kind::Double,
        Default::Double(0.05),
        "fraction of the corpus used in each iteration of the online optimizer, in (0, 1]",
    )
    .checked(|value| matches!(value, Value::Double(rate) if *rate > 0.0 && *rate <= 1.0)),
    ParamSpec::new("topicConcentration", Kind::Double, Default::None, "concentration of the prior of topics (eta)")
        .checked(check::at_least_zero),
    ParamSpec::new(
        "topicDistributionCol",
        Kind::Text,
        Default::Text("topicDistribution"),
        "output column with the topics of each document; zeros for an empty document",
    ),
];

/// The parameters of one training, read once.
#[derive(Debug, Clone)]
pub struct Settings {
    pub topics: usize,
    pub is_online: bool,
    pub max_iterations: u64,
    /// By topic.
    pub alpha: Vec<f64>,
    pub eta: f64,
    pub optimizes_alpha: bool,
    pub decay: f64,
    pub offset: f64,
    pub fraction: f64,
    pub seed: u64,
}

impl Settings {
    /// Unset concentrations are Spark's: 1/k, or for the EM optimizer 50/k + 1 and 1.1.
    pub fn of(params: &Params) -> Result<Self> {
        let topics = params.int("k")? as usize;
        let is_online = params.text("optimizer")?.to_lowercase() == "online";
        let given = match params.get("docConcentration") {
            Some(Value::Doubles(alpha)) => alpha,
            _ => vec![if is_online { 1.0 / topics as f64 } else { 50.0 / topics as f64 + 1.0 }],
        };
        let alpha = match given[..] {
            [one] => vec![one; topics],
            _ if given.len() == topics => given,
            _ => {
                let text = format!(
                    "requirement failed: LDA docConcentration was of length {}, but k = {topics}.  docConcentration \
                     must be an array of length either 1 (scalar) or k (num topics).",
                    given.len()
                );
                return Err(illegal(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
            }
        };
        let eta = match params.get("topicConcentration") {
            Some(Value::Double(eta)) => eta,
            _ if is_online => 1.0 / topics as f64,
            _ => 1.1,
        };
        if !is_online && (alpha.iter().any(|one| *one <= 1.0 || *one != alpha[0]) || eta <= 1.0) {
            let text = "the EM optimizer wants one docConcentration for all topics and both concentrations above 1; \
                        raise them, or use the online optimizer";
            return Err(illegal(&codes::ml::PARAMETER_OUT_OF_RANGE, text.to_owned()));
        }
        Ok(Self {
            topics,
            is_online,
            max_iterations: params.int("maxIter")? as u64,
            alpha,
            eta,
            optimizes_alpha: params.bool("optimizeDocConcentration")?,
            decay: params.double("learningDecay")?,
            offset: params.double("learningOffset")?,
            fraction: params.double("subsamplingRate")?,
            seed: params.int("seed")? as u64,
        })
    }
}
