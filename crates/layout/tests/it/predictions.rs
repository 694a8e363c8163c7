//! Models that real Spark saved predict what Spark predicted, and do so again after we saved them.

use super::gold::{check_output, frame, read_json, repository};
use brickyard_layout::{Files, MemoryFiles, StoredFiles, read, write};
use brickyard_ml::{Operator, Registry, Transformer, transform};

/// Of a number, relative; the sums behind probabilities are added in another order than Spark's.
const TOLERANCE: f64 = 1e-12;

async fn load(files: &dyn Files) -> Box<dyn Transformer> {
    match Registry::standard().load(&read(files).await.unwrap()).unwrap() {
        Operator::Transformer(model) => model,
        _ => panic!("not a model"),
    }
}

async fn check(name: &str) {
    let folder = repository().join("gold/models").join(name);
    let recorded = read_json(&format!("gold/models/{name}.json"));
    let before = frame(&recorded["data"]);
    let model = load(&StoredFiles::local(folder).unwrap()).await;
    let after = transform::append(model.as_ref(), &before).unwrap();
    check_output(name, &recorded["output"], &before, &after, TOLERANCE);

    let files = MemoryFiles::from_iter(write(&model.save().unwrap(), 0).unwrap());
    let again = load(&files).await;
    assert_eq!(transform::append(again.as_ref(), &before).unwrap(), after, "{name} saved by us");
}

macro_rules! saved_models {
    ($($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                check(stringify!($name)).await;
            }
        )*

        #[test]
        fn every_recorded_model_is_tested() {
            let folder = std::fs::read_dir(repository().join("gold/models")).unwrap();
            let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut recorded: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
            recorded.sort();
            assert_eq!(recorded, [$(stringify!($name)),*]);
        }
    };
}

saved_models! {
    decision_tree
    decision_tree_regression
    flights_pipeline
    flights_pipeline_classic
    kmeans
    linear_regression
    multinomial
    random_forest
    random_forest_regression
}
