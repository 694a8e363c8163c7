//! Frequent patterns: itemsets with their association rules (FP-growth), and sequences of itemsets (PrefixSpan).

mod counts;
mod growth;
mod items;
mod model;
mod prefix_span;
mod rules;
mod sequences;
mod transactions;
mod tree;

pub use growth::FpGrowth;
pub use model::FpGrowthModel;
pub use prefix_span::PrefixSpan;

use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Operator, Params, Registry};

const GROWTH: &str = "org.apache.spark.ml.fpm.FPGrowth";
const GROWTH_MODEL: &str = "org.apache.spark.ml.fpm.FPGrowthModel";
const PREFIX_SPAN: &str = "org.apache.spark.ml.fpm.PrefixSpan";

const GROWTH_SPECS: &[ParamSpec] = &[
    ParamSpec::new("itemsCol", Kind::Text, Default::Text("items"), "items column name"),
    ParamSpec::new(
        "minConfidence",
        Kind::Double,
        Default::Double(0.8),
        "minimal confidence of association rules, in [0, 1]",
    )
    .checked(check::fraction),
    ParamSpec::new(
        "minSupport",
        Kind::Double,
        Default::Double(0.3),
        "the minimal support of a frequent pattern, in [0, 1]",
    )
    .checked(check::fraction),
    ParamSpec::new(
        "numPartitions",
        Kind::Int,
        Default::None,
        "number of partitions; accepted, the engine chooses its own",
    )
    .checked(check::positive),
    shared::PREDICTION_COL,
];

const PREFIX_SPAN_SPECS: &[ParamSpec] = &[
    ParamSpec::new(
        "maxLocalProjDBSize",
        Kind::Long,
        Default::Int(32_000_000),
        "maximum items of a projected database; accepted, projections are not copied here",
    )
    .checked(check::positive),
    ParamSpec::new("maxPatternLength", Kind::Int, Default::Int(10), "the maximum length of a pattern, in items")
        .checked(check::positive),
    ParamSpec::new("minSupport", Kind::Double, Default::Double(0.1), "the minimal support of a pattern (>= 0)")
        .checked(check::at_least_zero),
    ParamSpec::new(
        "sequenceCol",
        Kind::Text,
        Default::Text("sequence"),
        "sequence column name; rows with nulls are ignored",
    ),
];

/// Adds the estimators, the model and the passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            GROWTH,
            |uid| Operator::estimator(FpGrowth::new(Params::new(uid, GROWTH_SPECS))),
            |_, saved| Ok(Operator::estimator(FpGrowth::new(saved.params(GROWTH_SPECS)?))),
        )
        .operator(
            PREFIX_SPAN,
            |uid| Operator::estimator(PrefixSpan::new(Params::new(uid, PREFIX_SPAN_SPECS))),
            |_, saved| Ok(Operator::estimator(PrefixSpan::new(saved.params(PREFIX_SPAN_SPECS)?))),
        )
        .loadable(GROWTH_MODEL, |_, saved| Ok(Operator::transformer(FpGrowthModel::load(saved)?)))
        .pass::<counts::CountPass>()
        .pass::<transactions::TransactionPass>()
        .pass::<sequences::SequencePass>();
}
