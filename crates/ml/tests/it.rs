//! The crate against what real Spark 4.2 answered (`gold/ml`), a module for each family.

#[cfg(test)]
mod it {
    mod evaluators;
    mod feature;
    mod gold;
    mod kmeans;
    mod laws;
    mod linear;
    mod logistic;
    mod pipeline;
    mod sparse;
    mod summaries;
    mod supervised;
    mod testkit;
    mod tree;
}
