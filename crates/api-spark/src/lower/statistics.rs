//! `df.stat`, `describe` and `summary`.

use super::literal::lower_literal;
use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::proto;
use brickyard_error::Result;
use brickyard_spec::Node;

impl Lowering {
    pub(super) fn summary(&mut self, summary: proto::StatSummary) -> Result<Node> {
        Ok(Node::Summary { input: self.input(summary.input)?, statistics: summary.statistics })
    }

    pub(super) fn describe(&mut self, describe: proto::StatDescribe) -> Result<Node> {
        Ok(Node::Describe { input: self.input(describe.input)?, columns: describe.cols })
    }

    pub(super) fn crosstab(&mut self, crosstab: proto::StatCrosstab) -> Result<Node> {
        Ok(Node::Crosstab { input: self.input(crosstab.input)?, first: crosstab.col1, second: crosstab.col2 })
    }

    pub(super) fn covariance(&mut self, covariance: proto::StatCov) -> Result<Node> {
        Ok(Node::Covariance { input: self.input(covariance.input)?, first: covariance.col1, second: covariance.col2 })
    }

    pub(super) fn correlation(&mut self, correlation: proto::StatCorr) -> Result<Node> {
        match correlation.method.as_deref() {
            None | Some("pearson") => Ok(Node::Correlation {
                input: self.input(correlation.input)?,
                first: correlation.col1,
                second: correlation.col2,
            }),
            Some(other) => Err(invalid_plan(format!("correlation by {other}; only pearson is defined"))),
        }
    }

    pub(super) fn approx_quantile(&mut self, quantile: proto::StatApproxQuantile) -> Result<Node> {
        Ok(Node::ApproxQuantile {
            input: self.input(quantile.input)?,
            columns: quantile.cols,
            probabilities: quantile.probabilities,
            relative_error: quantile.relative_error,
        })
    }

    pub(super) fn frequent_items(&mut self, items: proto::StatFreqItems) -> Result<Node> {
        let support = items.support.unwrap_or(0.01);
        Ok(Node::FrequentItems { input: self.input(items.input)?, columns: items.cols, support })
    }

    pub(super) fn sample_by(&mut self, sample: proto::StatSampleBy) -> Result<Node> {
        let mut fractions = Vec::new();
        for part in sample.fractions {
            let stratum = required(part.stratum, "a stratum without its value")?;
            fractions.push((lower_literal(stratum, self.parse_type)?, part.fraction));
        }
        let column = self.expression(required(sample.col, "a stratified sample without its column")?)?;
        Ok(Node::SampleBy { input: self.input(sample.input)?, column, fractions, seed: sample.seed.unwrap_or(0) })
    }
}
