//! The crate against what real Spark 4.2 answered (`gold/ml`), a module for each family.

mod it {
    mod feature;
    mod gold;
    mod laws;
    mod logistic;
    mod pipeline;
    mod tree;
}
