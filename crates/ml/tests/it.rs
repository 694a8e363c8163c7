//! The crate against what real Spark 4.2 answered (`gold/ml`), a module for each family.

#[cfg(test)]
mod it {
    mod boosting_own;
    mod boosting_spark;
    mod evaluators;
    mod explain;
    mod feature;
    mod gold;
    mod kmeans;
    mod laws;
    mod linear;
    mod logistic;
    mod pipeline;
    mod sparse;
    mod summaries;
    mod testkit;
    mod tree;
}
