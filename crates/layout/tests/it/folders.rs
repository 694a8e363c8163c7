//! Folders that real Spark saved, read and written again; folders that are damaged.

use arrow_array::{Float64Array, Int32Array, RecordBatch, StringArray};
use brickyard_layout::{Files, MemoryFiles, StoredFiles, missing_folders, read, write};
use brickyard_ml::linalg::{matrix_column, vector_column};
use brickyard_ml::persist::{Column, Saved, double_lists, nested_text_lists, stage_folder, table};
use brickyard_ml::{Matrix, Params, Vector};
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;

fn gold(name: &str) -> StoredFiles {
    StoredFiles::local(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../gold/models").join(name)).unwrap()
}

fn small_table() -> RecordBatch {
    let labels = vec![vec!["a".to_owned(), "b".to_owned()], vec![]];
    let vectors =
        [Vector::Dense(vec![1.0, -0.0]), Vector::Sparse { size: 9, indices: vec![1, 7], values: vec![0.5, 2.0] }];
    let matrices = [Matrix::row_major(1, 2, vec![1.0, 2.0]), Matrix::column_major(2, 1, vec![3.0, f64::NAN])];
    table([
        Column::required("k", Arc::new(Int32Array::from(vec![3, -1]))),
        Column::required("x", Arc::new(Float64Array::from(vec![0.1, f64::MIN_POSITIVE]))),
        Column::optional("t", Arc::new(StringArray::from(vec![Some("Zürich"), None]))),
        Column::optional("v", vector_column(vectors.iter().map(Some))),
        Column::optional("m", matrix_column(&matrices)),
        Column::optional("l", double_lists([vec![1.0, 2.0], vec![]])),
        Column::optional("n", nested_text_lists([&labels, &vec![]])),
    ])
    .unwrap()
}

fn stage(uid: &str) -> Saved {
    Saved::of("org.apache.spark.ml.feature.Thing", &Params::new(uid, &[])).with_table("data", small_table())
}

fn pipeline(stages: usize) -> Saved {
    let uids: Vec<String> = (0..stages).map(|index| format!("Thing_{index:012}")).collect();
    let saved = Saved::of("org.apache.spark.ml.PipelineModel", &Params::new("PipelineModel_1", &[]));
    let saved = saved.with_param("stageUids", uids.clone());
    let children = uids.iter().enumerate();
    children.fold(saved, |saved, (index, uid)| saved.with_child(stage_folder(index, stages, uid), stage(uid)))
}

/// Everything but the timestamp, which only the files have; NaN makes `==` useless.
fn shown(saved: &Saved) -> String {
    let mut saved = saved.clone();
    saved.metadata.retain(|key, _| key != "timestamp");
    saved.children.iter_mut().for_each(|(_, child)| child.metadata.retain(|key, _| key != "timestamp"));
    let tables: Vec<_> = saved.tables.iter().map(|table| (&table.folder, table.rows.columns())).collect();
    let children: Vec<_> = saved.children.iter().map(|(folder, child)| (folder, shown(child))).collect();
    format!("{:?} {tables:?} {children:?}", saved.metadata)
}

#[tokio::test]
async fn what_is_written_is_read_again() {
    for stages in [0, 1, 3, 11] {
        let saved = pipeline(stages);
        let files = MemoryFiles::from_iter(write(&saved, 1_700_000_000_000).unwrap());
        let again = read(&files).await.unwrap();
        assert_eq!(again.metadata["timestamp"], 1_700_000_000_000_i64);
        assert_eq!(shown(&again), shown(&saved), "{stages} stages");
        assert_eq!(missing_folders(&files).await.unwrap(), Vec::<String>::new());
    }
}

#[test]
fn files_are_named_and_ordered_as_in_spark() {
    let mut names: Vec<String> = write(&pipeline(1), 0).unwrap().into_iter().map(|(name, _)| name).collect();
    for name in &mut names {
        if let Some(start) = name.find("part-00000-") {
            name.replace_range(start + 11..start + 47, "{uuid}");
        }
    }
    let expected = [
        "stages/0_Thing_000000000000/data/part-00000-{uuid}-c000.snappy.parquet",
        "stages/0_Thing_000000000000/data/_SUCCESS",
        "stages/0_Thing_000000000000/metadata/part-00000-{uuid}-c000.txt",
        "stages/0_Thing_000000000000/metadata/_SUCCESS",
        "metadata/part-00000-{uuid}-c000.txt",
        "metadata/_SUCCESS",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_pipeline_that_arrives_stage_by_stage_says_what_is_missing() {
    let (last, rest): (Vec<_>, Vec<_>) =
        write(&pipeline(2), 0).unwrap().into_iter().partition(|(name, _)| name.contains("000001/metadata"));
    let files = MemoryFiles::from_iter(rest.clone());
    assert_eq!(missing_folders(&files).await.unwrap(), ["stages/1_Thing_000000000001"]);
    let failure = read(&files).await.unwrap_err().to_string();
    assert!(failure.contains("stages/1_Thing_000000000001 has no metadata"), "{failure}");
    let complete = MemoryFiles::from_iter(rest.into_iter().chain(last));
    assert_eq!(missing_folders(&complete).await.unwrap(), Vec::<String>::new());
    assert_eq!(missing_folders(&MemoryFiles::default()).await.unwrap(), [""]);
}

#[tokio::test]
async fn several_parts_are_one_table_and_side_files_are_none() {
    let mut files = write(&stage("Thing_1"), 0).unwrap();
    let (_, part) = files.iter().find(|(name, _)| name.ends_with(".parquet")).cloned().unwrap();
    files.push(("data/part-00001.parquet".to_owned(), part));
    files.push(("data/part-00002.parquet".to_owned(), Bytes::new()));
    files.push(("data/.part-00001.parquet.crc".to_owned(), Bytes::from_static(b"crc")));
    files.push(("metadata/part-00001.txt".to_owned(), Bytes::from_static(b"\n")));
    let saved = read(&MemoryFiles::from_iter(files)).await.unwrap();
    assert_eq!(saved.rows("data").unwrap().ints("k").unwrap(), [3, -1, 3, -1]);
}

#[tokio::test]
async fn damaged_files_are_named() {
    let rows = [
        ("metadata/part-0", "{not json", "metadata/part-0 is not JSON"),
        ("metadata/part-0", "[1]", "metadata/part-0 is not an object"),
        ("data/part-0", "not parquet", "data/part-0 is not readable Parquet"),
    ];
    for (name, content, text) in rows {
        let mut files: Vec<_> = vec![("metadata/part-1".to_owned(), Bytes::from_static(b"{\"class\":\"x\"}"))];
        files.push((name.to_owned(), Bytes::from(content)));
        let failure = read(&MemoryFiles::from_iter(files)).await.unwrap_err().to_string();
        assert!(failure.contains(text) && failure.contains("BY-ML-0012"), "{failure}");
    }
    assert!(StoredFiles::local("/no/such/folder").unwrap_err().to_string().contains("/no/such/folder"));
}

#[tokio::test]
async fn folders_that_spark_saved_are_read() {
    for name in ["flights_pipeline", "flights_pipeline_classic"] {
        let saved = read(&gold(name)).await.unwrap();
        assert!(saved.class().ends_with("PipelineModel"), "{}", saved.class());
        let classes: Vec<&str> = saved.children.iter().map(|(_, child)| child.class()).collect();
        assert_eq!(classes.len(), 5);
        assert_eq!(classes[0], "org.apache.spark.ml.feature.StringIndexerModel");
        let labels = saved.children[0].1.rows("data").unwrap().nested_text_list("labelsArray").unwrap();
        assert_eq!(labels[1], ["EWR", "JFK", "LGA"]);
        let scaler = saved.children[3].1.rows("data").unwrap();
        assert_eq!(scaler.vector("std").unwrap().size(), 23);
        let classifier = saved.children[4].1.rows("data").unwrap();
        let coefficients = classifier.matrix("coefficientMatrix").unwrap();
        assert_eq!((coefficients.rows, coefficients.columns, coefficients.transposed), (1, 23, true));
    }
    let forest = read(&gold("random_forest")).await.unwrap();
    assert_eq!(forest.extra_int("numTrees").unwrap(), 3);
    let trees = forest.rows("treesMetadata").unwrap();
    assert_eq!(trees.ints("treeID").unwrap().len(), 3);
    assert_eq!(trees.doubles("weights").unwrap(), [1.0, 1.0, 1.0]);
    let nodes = forest.rows("data").unwrap().fields("nodeData").unwrap();
    assert_eq!(nodes.fields("split").unwrap().double_lists("leftCategoriesOrThreshold").unwrap().len(), nodes.count());
}

/// The schema that Spark keeps in the footer of its own files, for the same rows.
#[tokio::test]
async fn the_footer_schema_is_sparks() {
    const KEY: &str = "org.apache.spark.sql.parquet.row.metadata";
    let footer = |file: Bytes| {
        let reader = parquet::file::serialized_reader::SerializedFileReader::new(file).unwrap();
        let metadata = parquet::file::reader::FileReader::metadata(&reader).file_metadata().clone();
        let value = metadata.key_value_metadata().unwrap().iter().find(|pair| pair.key == KEY).unwrap().value.clone();
        let physical = format!("{:#?}", metadata.schema());
        (serde_json::from_str::<serde_json::Value>(&value.unwrap()).unwrap(), physical)
    };
    let folders = [
        ("decision_tree", "data"),
        ("kmeans", "data"),
        ("multinomial", "data"),
        ("random_forest", "data"),
        ("flights_pipeline/stages/0_StringIndexer_f1f6733e5bd2", "data"),
        ("flights_pipeline/stages/1_OneHotEncoder_6b5b94a41551", "data"),
        ("flights_pipeline/stages/3_StandardScaler_a7daffe7b520", "data"),
    ];
    for (name, folder) in folders {
        let files = gold(name);
        let names = files.list(folder).await.unwrap();
        let part = names.iter().find(|name| name.ends_with(".parquet")).unwrap();
        let (expected, physical) = footer(files.read(&format!("{folder}/{part}")).await.unwrap());
        let mut saved = read(&files).await.unwrap();
        saved.tables.retain(|table| table.folder == folder);
        for table in &mut saved.tables {
            table.rows = with_nullability(&table.rows, &expected);
        }
        let written = write(&saved, 0).unwrap();
        let (_, part) = written.into_iter().find(|(name, _)| name.starts_with("data/part")).unwrap();
        let found = footer(part);
        assert_eq!(found.0, expected, "{name}");
        assert_eq!(found.1, physical, "{name}");
    }
}

/// Readers make every column nullable; writers say what Spark declares NOT NULL.
fn with_nullability(rows: &RecordBatch, schema: &serde_json::Value) -> RecordBatch {
    let fields = schema["fields"].as_array().unwrap().iter().map(|field| {
        let found = rows.schema_ref().field_with_name(field["name"].as_str().unwrap()).unwrap().clone();
        found.with_nullable(field["nullable"].as_bool().unwrap())
    });
    let schema = arrow_schema::Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), rows.columns().to_vec()).unwrap()
}
