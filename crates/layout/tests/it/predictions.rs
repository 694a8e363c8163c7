//! Models that real Spark saved predict what Spark predicted, and do so again after we saved them, with Spark's schemas
//! in the footers of our files.

use super::gold::{check_output, frame, read_json, repository};
use brickyard_layout::{MemoryFiles, StoredFiles, read, write};
use brickyard_ml::persist::Saved;
use brickyard_ml::{Operator, Registry, Transformer, transform};
use bytes::Bytes;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Of a number, relative; the sums behind probabilities are added in another order than Spark's.
const TOLERANCE: f64 = 1e-12;
/// The topics of a document are searched from a start drawn by chance.
const TOLERANCE_OF_TOPICS: f64 = 1e-3;

/// What clients write and read themselves, stage by stage, and what only a session runs.
const NOT_LOADED_WHOLE: [&str; 4] = ["one_vs_rest", "one_vs_rest_classic", "sql_transformer", "unfitted"];

fn names() -> Vec<String> {
    let folder = std::fs::read_dir(repository().join("gold/models")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

fn model(saved: &Saved) -> Box<dyn Transformer> {
    match Registry::standard().load(saved).unwrap() {
        Operator::Transformer(model) => model,
        _ => panic!("{} is not a model", saved.class()),
    }
}

/// By folder, the schema that Spark reads in the footer.
fn footers(files: &[(String, Bytes)]) -> BTreeMap<String, Json> {
    let parts = files.iter().filter(|(name, _)| name.ends_with(".parquet"));
    let footer = |(name, file): &(String, Bytes)| {
        let reader = SerializedFileReader::new(file.clone()).unwrap();
        let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
        let schema = pairs.into_iter().find(|pair| pair.key == "org.apache.spark.sql.parquet.row.metadata").unwrap();
        let folder = name.rsplit_once('/').unwrap().0.to_owned();
        (folder, serde_json::from_str(&schema.value.unwrap()).unwrap())
    };
    parts.map(footer).collect()
}

/// The same from the recording.
fn recorded_footers(folder: &str, saved: &Json, found: &mut BTreeMap<String, Json>) {
    for (name, table) in saved["tables"].as_object().unwrap() {
        if name != "treesMetadata" {
            found.insert(format!("{folder}{name}"), table["schema"].clone());
        }
    }
    for (name, child) in saved["children"].as_object().unwrap() {
        recorded_footers(&format!("{folder}{name}/"), child, found);
    }
}

#[tokio::test]
async fn models_that_spark_saved_predict_the_same_before_and_after_we_save_them() {
    for name in names().iter().filter(|name| !NOT_LOADED_WHOLE.contains(&name.as_str())) {
        let recorded = read_json(&format!("gold/models/{name}.json"));
        let before = frame(&recorded["data"]);
        let files = StoredFiles::local(repository().join("gold/models").join(name)).unwrap();
        let spark = model(&read(&files).await.unwrap());
        let after = transform::append(spark.as_ref(), &before).unwrap();
        let mut expected = recorded["output"].clone();
        for (index, field) in expected["schema"].as_array_mut().unwrap().iter_mut().enumerate() {
            // Spark tells nullability otherwise than we do.
            field["nullable"] = after.schema().field(before.num_columns() + index).is_nullable().into();
        }
        let tolerance = if name.starts_with("lda") { TOLERANCE_OF_TOPICS } else { TOLERANCE };
        check_output(name, &expected, &before, &after, tolerance);

        let written = write(&spark.save().unwrap(), 0).unwrap();
        let again = model(&read(&MemoryFiles::from_iter(written.clone())).await.unwrap());
        assert_eq!(transform::append(again.as_ref(), &before).unwrap(), after, "{name} saved by us");

        if !name.starts_with("cross_validator") && !name.starts_with("train_validation_split") {
            let (mut expected, mut found) = (BTreeMap::new(), footers(&written));
            recorded_footers("", &recorded["saved"], &mut expected);
            found.retain(|folder, _| !folder.ends_with("treesMetadata"));
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn everything_that_spark_saved_is_read() {
    for name in names() {
        let files = StoredFiles::local(repository().join("gold/models").join(&name)).unwrap();
        assert!(!read(&files).await.unwrap().class().is_empty(), "{name}");
    }
}
