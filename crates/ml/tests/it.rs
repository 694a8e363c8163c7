//! The crate against what real Spark 4.2 answered (`gold/ml`), a module for each family.

#[cfg(test)]
mod it {
    mod boosting_order;
    mod boosting_own;
    mod boosting_spark;
    mod clusters;
    mod evaluators;
    mod explain;
    mod factorization;
    mod feature;
    mod gold;
    mod gold_rows;
    mod kmeans;
    mod laws;
    mod linear;
    mod logistic;
    mod neighbours;
    mod patterns;
    mod pipeline;
    mod saved_json;
    mod saved_tables;
    mod spark_saved;
    mod sparse;
    mod statistics;
    mod summaries;
    mod supervised;
    mod topics;
    mod tree;
}
