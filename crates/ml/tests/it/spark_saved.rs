//! Every model and stage that real Spark saved (`gold/models`): it loads, predicts what it predicted in Spark, and is
//! saved again as Spark saved it.

use super::gold::{assert_close, check_output, encode, frame, read_json, repository};
use super::saved_json;
use super::saved_tables::plain_rows;
use arrow_array::RecordBatch;
use brickyard_ml::persist::{Folders, Saved};
use brickyard_ml::{Matrix, Operator, Registry, Value, transform};
use serde_json::{Map, Value as Json, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Of a number, relative; sums are added in another order than Spark's.
const TOLERANCE: f64 = 1e-12;
/// The topics of a document are searched from a start drawn by chance.
const TOLERANCE_OF_TOPICS: f64 = 1e-3;

/// What the rows of old models are told by.
const IDS: [&str; 4] = ["index", "id", "srcId", "dstId"];

/// What clients write and read themselves, stage by stage, so that no server loads it whole.
const OF_CLIENTS: [&str; 2] = ["one_vs_rest", "one_vs_rest_classic"];

/// Names and recordings.
fn recorded() -> Vec<(String, Json)> {
    let folder = std::fs::read_dir(repository().join("gold/models")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read_json(&format!("gold/models/{name}.json")))).collect()
}

/// Runs a check on every recording, and fails with all that failed.
fn each(check: impl Fn(&str, &Json, &Saved)) {
    let mut failed = Vec::new();
    for (name, json) in recorded() {
        if OF_CLIENTS.contains(&name.as_str()) {
            continue;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&name, &json, &saved_json::saved(&json["saved"]))));
        if outcome.is_err() {
            failed.push(name);
        }
    }
    assert_eq!(failed, Vec::<String>::new(), "see above");
}

#[test]
fn its_folders_are_told_by_its_metadata() {
    fn check(name: &str, saved: &Saved) {
        let told = Folders::of(&saved.metadata);
        let mut there: Vec<&String> = saved.children.iter().map(|(folder, _)| folder).collect();
        let mut expected: Vec<&String> = told.children.iter().collect();
        there.sort();
        expected.sort();
        if !name.starts_with("cross") && !name.starts_with("train") {
            assert_eq!(there, expected, "{name}");
        }
        assert!(expected.iter().all(|folder| there.contains(folder)), "{name}: {expected:?} of {there:?}");
        for table in &saved.tables {
            assert!(told.tables.contains(&table.folder), "{name}: {}", table.folder);
        }
        saved.children.iter().for_each(|(folder, child)| check(&format!("{name}/{folder}"), child));
    }
    each(|name, _, saved| check(name, saved));
}

#[test]
fn it_predicts_what_it_predicted_in_spark() {
    each(|name, json, saved| {
        if name == "unfitted" || name == "sql_transformer" {
            return;
        }
        let Operator::Transformer(model) = Registry::standard().load(saved).unwrap() else { panic!("{name}") };
        let before = frame(&json["data"]);
        let after = transform::append(model.as_ref(), &before).unwrap();
        let mut expected = json["output"].clone();
        // Spark does not tell nullability the same way before and after a save.
        for (index, field) in expected["schema"].as_array_mut().unwrap().iter_mut().enumerate() {
            let found = after.schema().field(before.num_columns() + index).is_nullable();
            field["nullable"] = json!(found);
        }
        let tolerance = if name.starts_with("lda") { TOLERANCE_OF_TOPICS } else { TOLERANCE };
        check_output(name, &expected, &before, &after, tolerance);
    });
}

#[test]
fn it_is_saved_again_as_spark_saved_it() {
    fn check(name: &str, spark: &Saved, ours: &Saved) {
        // A pipeline that a client wrote has the client's class; here it is one of Spark's.
        if spark.class() != "pyspark.ml.pipeline.PipelineModel" {
            let [spark, ours] = [spark, ours].map(|saved| Json::Object(saved.metadata.clone()));
            assert_close(&format!("{name} metadata"), &spark, &ours, TOLERANCE);
        }
        let folders = |saved: &Saved| {
            let mut folders: Vec<String> = saved.children.iter().map(|(folder, _)| folder.clone()).collect();
            folders.extend(saved.tables.iter().map(|table| table.folder.clone()));
            folders.sort();
            folders
        };
        assert_eq!(folders(spark), folders(ours), "{name}");
        for table in &spark.tables {
            let found = ours.table(&table.folder).unwrap();
            let place = format!("{name}/{}", table.folder);
            if table.folder == "treesMetadata" {
                let rows = [&table.rows, found].map(|rows| json!(by_position(rows)));
                assert_close(&place, &rows[0], &rows[1], TOLERANCE);
                continue;
            }
            assert_eq!(schema(&table.rows), schema(found), "{place}");
            let rows = [&table.rows, found].map(|rows| {
                let mut rows: Vec<Json> = plain_rows(rows).iter().map(plain_matrices).collect();
                // Nodes of a tree and of a graph come in any order.
                rows.sort_by_key(|row| IDS.map(|id| row[id].as_i64()));
                json!(rows)
            });
            assert_close(&place, &rows[0], &rows[1], TOLERANCE);
        }
        for (folder, child) in &spark.children {
            check(&format!("{name}/{folder}"), child, ours.child(folder).unwrap());
        }
    }
    each(|name, _, saved| {
        if saved.class().ends_with(".CrossValidatorModel") || saved.class().ends_with(".TrainValidationSplitModel") {
            return; // The search is the client's own; the model it found is another recording's kind.
        }
        if name == "unfitted" {
            let of_clients = |class: &str| class.ends_with(".OneVsRest") || class.ends_with(".SQLTransformer");
            for (folder, child) in saved.children.iter().filter(|(_, child)| !of_clients(child.class())) {
                let again = match Registry::standard().load(child).unwrap() {
                    Operator::Transformer(stage) => stage.save().unwrap(),
                    Operator::Estimator(stage) => Saved::of(child.class(), stage.params()),
                    Operator::Evaluator(stage) => Saved::of(child.class(), stage.params()),
                };
                check(folder, child, &again);
            }
            return;
        }
        let Operator::Transformer(model) = Registry::standard().load(saved).unwrap() else { panic!("{name}") };
        check(name, saved, &model.save().unwrap());
    });
}

/// Rows of a table whose columns Spark 4 and Spark 3 name differently; the time of writing does not count.
fn by_position(rows: &RecordBatch) -> Vec<Json> {
    let row = |row: Json| -> Json {
        let cells = row.as_object().unwrap().values().cloned();
        let cell = |cell: Json| match cell.as_str().map(serde_json::from_str::<Map<String, Json>>) {
            Some(Ok(mut metadata)) => {
                metadata.remove("timestamp");
                Json::Object(metadata)
            }
            _ => cell,
        };
        cells.map(cell).collect()
    };
    plain_rows(rows).into_iter().map(row).collect()
}

/// Matrices by their rows: Spark takes them dense or sparse, by rows or by columns.
fn plain_matrices(json: &Json) -> Json {
    match json {
        Json::Object(matrix) if matrix.contains_key("numCols") => {
            let whole = |key: &str| json[key].as_u64().unwrap() as usize;
            let list = |key: &str| -> Vec<i64> { serde_json::from_value(json[key].clone()).unwrap() };
            let (rows, columns, transposed) = (whole("numRows"), whole("numCols"), json["isTransposed"] == true);
            let values: Vec<f64> = serde_json::from_value(json["values"].clone()).unwrap();
            let matrix = match json["type"] == 1 {
                true => Some(Matrix { rows, columns, values, transposed }),
                false => {
                    let (starts, indices) = (list("colPtrs"), list("rowIndices"));
                    Matrix::from_compressed(rows, columns, transposed, &starts, &indices, &values)
                }
            };
            encode(&Value::Matrix(matrix.unwrap()))
        }
        Json::Object(object) => object.iter().map(|(key, part)| (key.clone(), plain_matrices(part))).collect(),
        Json::Array(items) => items.iter().map(plain_matrices).collect(),
        other => other.clone(),
    }
}

/// Names, types and nullability, and which columns are of Spark's old package.
fn schema(rows: &RecordBatch) -> Json {
    let column = |field: &arrow_schema::FieldRef| {
        let metadata: Map<String, Json> = field.metadata().iter().map(|(key, of)| (key.clone(), json!(of))).collect();
        json!([field.name(), field.data_type().to_string(), field.is_nullable(), metadata])
    };
    rows.schema().fields().iter().map(column).collect()
}
