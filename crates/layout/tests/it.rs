//! Folders of saved models: Spark's and ours.

#[cfg(test)]
mod it {
    mod folders;
    #[path = "../../../ml/tests/it/gold.rs"]
    #[allow(dead_code)]
    mod gold;
    mod predictions;
}
