//! The learners as data: Spark's class names and parameters; they share everything else.

use super::params;
use crate::ParamSpec;
use crate::param::shared::class_seed;

/// A learner and its model.
#[derive(Debug)]
pub struct Family {
    pub estimator: &'static str,
    pub model: &'static str,
    pub classification: bool,
    /// Whether each tree corrects those before it; such trees are regression trees, whatever the model predicts.
    pub boosted: bool,
    /// What a forest's trees are, with the forest's default seed; `None` for a single tree.
    pub member: Option<&'static Family>,
    pub specs: &'static [ParamSpec],
}

const TREE_CLASSIFIER: &str = "org.apache.spark.ml.classification.DecisionTreeClassifier";
const TREE_CLASSIFICATION_MODEL: &str = "org.apache.spark.ml.classification.DecisionTreeClassificationModel";
const TREE_REGRESSOR: &str = "org.apache.spark.ml.regression.DecisionTreeRegressor";
const TREE_REGRESSION_MODEL: &str = "org.apache.spark.ml.regression.DecisionTreeRegressionModel";
const FOREST_CLASSIFIER: &str = "org.apache.spark.ml.classification.RandomForestClassifier";
const FOREST_REGRESSOR: &str = "org.apache.spark.ml.regression.RandomForestRegressor";
const BOOSTED_CLASSIFIER: &str = "org.apache.spark.ml.classification.GBTClassifier";
const BOOSTED_REGRESSOR: &str = "org.apache.spark.ml.regression.GBTRegressor";

pub static TREE_CLASSIFICATION: Family = Family {
    estimator: TREE_CLASSIFIER,
    model: TREE_CLASSIFICATION_MODEL,
    classification: true,
    boosted: false,
    member: None,
    specs: &params::tree_classifier(class_seed(TREE_CLASSIFIER)),
};

pub static TREE_REGRESSION: Family = Family {
    estimator: TREE_REGRESSOR,
    model: TREE_REGRESSION_MODEL,
    classification: false,
    boosted: false,
    member: None,
    specs: &params::tree_regressor(class_seed(TREE_REGRESSOR)),
};

pub static FOREST_CLASSIFICATION: Family = Family {
    estimator: FOREST_CLASSIFIER,
    model: "org.apache.spark.ml.classification.RandomForestClassificationModel",
    classification: true,
    boosted: false,
    member: Some(&Family {
        estimator: TREE_CLASSIFIER,
        model: TREE_CLASSIFICATION_MODEL,
        classification: true,
        boosted: false,
        member: None,
        specs: &params::tree_classifier(class_seed(FOREST_CLASSIFIER)),
    }),
    specs: &params::forest_classifier(class_seed(FOREST_CLASSIFIER)),
};

pub static FOREST_REGRESSION: Family = Family {
    estimator: FOREST_REGRESSOR,
    model: "org.apache.spark.ml.regression.RandomForestRegressionModel",
    classification: false,
    boosted: false,
    member: Some(&Family {
        estimator: TREE_REGRESSOR,
        model: TREE_REGRESSION_MODEL,
        classification: false,
        boosted: false,
        member: None,
        specs: &params::tree_regressor(class_seed(FOREST_REGRESSOR)),
    }),
    specs: &params::forest_regressor(class_seed(FOREST_REGRESSOR)),
};

pub static BOOSTED_CLASSIFICATION: Family = Family {
    estimator: BOOSTED_CLASSIFIER,
    model: "org.apache.spark.ml.classification.GBTClassificationModel",
    classification: true,
    boosted: true,
    member: Some(&Family {
        estimator: TREE_REGRESSOR,
        model: TREE_REGRESSION_MODEL,
        classification: false,
        boosted: false,
        member: None,
        specs: &params::tree_regressor(class_seed(BOOSTED_CLASSIFIER)),
    }),
    specs: &params::boosted_classifier(class_seed(BOOSTED_CLASSIFIER)),
};

pub static BOOSTED_REGRESSION: Family = Family {
    estimator: BOOSTED_REGRESSOR,
    model: "org.apache.spark.ml.regression.GBTRegressionModel",
    classification: false,
    boosted: true,
    member: Some(&Family {
        estimator: TREE_REGRESSOR,
        model: TREE_REGRESSION_MODEL,
        classification: false,
        boosted: false,
        member: None,
        specs: &params::tree_regressor(class_seed(BOOSTED_REGRESSOR)),
    }),
    specs: &params::boosted_regressor(class_seed(BOOSTED_REGRESSOR)),
};

impl Family {
    /// Whether there may be many trees.
    pub fn is_ensemble(&self) -> bool {
        self.member.is_some()
    }

    /// Whether nodes hold weights of classes; else they hold sums of labels.
    pub fn has_class_nodes(&self) -> bool {
        self.classification && !self.boosted
    }

    /// The model's class without its package, as Spark prints it.
    pub fn model_name(&self) -> &'static str {
        self.model.rsplit('.').next().unwrap_or(self.model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_seeds_are_those_of_spark() {
        let rows = [
            (&TREE_CLASSIFICATION, 159_147_643),
            (&TREE_REGRESSION, 926_680_331),
            (&FOREST_CLASSIFICATION, 207_336_481),
            (&FOREST_REGRESSION, 235_498_149),
        ];
        for (family, seed) in rows {
            let params = crate::Params::new("uid", family.specs);
            assert_eq!(params.int("seed").unwrap(), seed, "{}", family.estimator);
        }
    }
}
