//! Folders of saved models: Spark's and ours.

mod it {
    mod folders;
    #[path = "../../../ml/tests/it/gold.rs"]
    #[allow(dead_code)]
    mod gold;
    mod predictions;
}
