//! Files and tables, written and read back through one session.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

use brickyard_lake::{Lake, ReadRequest, SaveMode, TableName, Version, WriteRequest, read};
use brickyard_meta::Meta;
use datafusion::arrow::array::{Float64Array, Int32Array, RecordBatch, StringArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use std::path::Path;
use std::sync::Arc;

struct House {
    folder: tempfile::TempDir,
    lake: Lake,
    context: SessionContext,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let meta = Meta::in_memory().await.unwrap();
    let lake = Lake::open(meta, &folder.path().join("tables")).await.unwrap();
    House { folder, lake, context: SessionContext::new() }
}

impl House {
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }

    async fn read(&self, format: &str, path: &str, options: &[(&str, &str)]) -> brickyard_error::Result<DataFrame> {
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let request = ReadRequest { format: format.to_owned(), paths: vec![path.to_owned()], schema: None, options };
        read(&self.context, &request).await
    }

    fn people(&self, from: i32, to: i32) -> DataFrame {
        let ids = Int32Array::from_iter_values(from..to);
        let names = StringArray::from_iter_values((from..to).map(|id| format!("p{id}")));
        let scores = Float64Array::from_iter((from..to).map(|id| (id % 3 != 0).then_some(f64::from(id) / 2.0)));
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(ids) as _, true),
            ("name", Arc::new(names) as _, true),
            ("score", Arc::new(scores) as _, true),
        ]);
        self.context.read_batch(batch.unwrap()).unwrap()
    }

    async fn rows(&self, name: &TableName) -> usize {
        let table = self.lake.table(name, None).await.unwrap();
        self.context.read_table(table).unwrap().count().await.unwrap()
    }
}

fn types(frame: &DataFrame) -> String {
    let fields = frame.schema().fields().iter();
    fields.map(|field| format!("{} {}", field.name(), field.data_type())).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn csv_as_spark_reads_it() {
    let house = house().await;
    let text = "id,big,x,day,at,ok,word\n1,3000000000,1.5,2013-01-01,2013-01-01 10:00:00,true,a\n2,,NA,,,,\n3,4\n";
    let path = house.file("a.csv", text);
    let plain = house.read("csv", &path, &[]).await.unwrap();
    assert_eq!(plain.schema().fields()[0].name(), "_c0");
    assert_eq!(plain.count().await.unwrap(), 4);

    let options = [("header", "true"), ("inferSchema", "true"), ("nullValue", "NA")];
    let frame = house.read("csv", &path, &options).await.unwrap();
    assert_eq!(
        types(&frame),
        "id Int32, big Int64, x Float64, day Date32, at Timestamp(µs, \"UTC\"), ok Boolean, word Utf8"
    );
    let shown = pretty_format_batches(&frame.collect().await.unwrap()).unwrap().to_string();
    assert!(shown.contains("| 3  | 4          |     |            |                      |      |      |"), "{shown}");
}

#[tokio::test]
async fn bad_files_are_failures_with_codes() {
    let house = house().await;
    let ragged = house.file("ragged.csv", "a,b\n1,2\n1,2,3\n");
    let not_parquet = house.file("x.parquet", "hello");
    let empty = house.file("empty.csv", "");
    let rows: [(&str, &str, &str); 5] = [
        ("csv", "/nowhere/at/all.csv", "BY-DATA-0001"),
        ("csv", &ragged, "BY-DATA-0005"),
        ("parquet", &not_parquet, "BY-DATA-0003"),
        ("csv", &empty, "BY-DATA-0013"),
        ("xml", &ragged, "BY-SERVER-0002"),
    ];
    for (format, path, code) in rows {
        let options = [("header", "true"), ("inferSchema", "true"), ("mode", "FAILFAST")];
        let outcome = match house.read(format, path, &options).await {
            Ok(frame) => frame.collect().await.map(|_| ()).map_err(|error| error.to_string()),
            Err(failure) => Err(failure.to_string()),
        };
        let message = outcome.expect_err(path);
        assert!(message.contains(code), "{path}: {message}");
    }
}

#[tokio::test]
async fn files_written_are_read_back_and_modes_are_kept() {
    let house = house().await;
    for format in ["parquet", "csv", "json"] {
        let path = house.folder.path().join(format).to_string_lossy().into_owned();
        let write = |mode| WriteRequest {
            format: format.to_owned(),
            path: path.clone(),
            mode,
            options: [("header".to_owned(), "true".to_owned())].into(),
            ..WriteRequest::default()
        };
        let options = [("header", "true"), ("inferSchema", "true")];
        let count = async || house.read(format, &path, &options).await.unwrap().count().await.unwrap();
        house.lake.write_files(house.people(0, 10), &write(SaveMode::ErrorIfExists)).await.unwrap();
        assert!(Path::new(&path).join("_SUCCESS").is_file());
        assert_eq!(count().await, 10, "{format}");
        let again = house.lake.write_files(house.people(0, 1), &write(SaveMode::ErrorIfExists)).await.unwrap_err();
        assert!(again.to_string().ends_with("[BY-DATA-0002]"), "{again}");
        house.lake.write_files(house.people(0, 1), &write(SaveMode::Ignore)).await.unwrap();
        house.lake.write_files(house.people(10, 15), &write(SaveMode::Append)).await.unwrap();
        assert_eq!(count().await, 15, "{format}");
        house.lake.write_files(house.people(0, 3), &write(SaveMode::Overwrite)).await.unwrap();
        assert_eq!(count().await, 3, "{format}");
    }
}

#[tokio::test]
async fn tables_are_created_appended_overwritten_and_dropped() {
    let house = house().await;
    let name = TableName::new("main", "default", "People");
    let missing = house.lake.table(&name, None).await.unwrap_err();
    assert!(missing.to_string().contains("`main`.`default`.`people` cannot be found"), "{missing}");

    house.lake.write_table(house.people(0, 10), &name, SaveMode::ErrorIfExists, &[]).await.unwrap();
    assert!(house.lake.write_table(house.people(0, 1), &name, SaveMode::ErrorIfExists, &[]).await.is_err());
    house.lake.write_table(house.people(10, 14), &name, SaveMode::Append, &[]).await.unwrap();
    assert_eq!(house.rows(&name).await, 14);
    house.lake.write_table(house.people(0, 2), &name, SaveMode::Overwrite, &[]).await.unwrap();
    assert_eq!(house.rows(&name).await, 2);

    let first = house.lake.table(&name, Some(Version::Number(0))).await.unwrap();
    assert_eq!((first.rows(), first.version), (Some(10), 0));
    let history = house.lake.history(&name, None).await.unwrap();
    let versions: Vec<_> = history.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, [2, 1, 0]);
    assert_eq!(history[0].operation.as_deref(), Some("WRITE"));

    assert_eq!(house.lake.table_names("main", "default").await.unwrap(), std::slice::from_ref(&name));
    assert_eq!(house.lake.tables().await.unwrap()[0].rows, Some(2));
    house.lake.drop_table(&name, false).await.unwrap();
    assert!(house.lake.drop_table(&name, false).await.is_err());
    house.lake.drop_table(&name, true).await.unwrap();
}

#[tokio::test]
async fn partitioned_tables_keep_their_columns() {
    let house = house().await;
    let name = TableName::new("main", "default", "parts");
    house.lake.write_table(house.people(0, 4), &name, SaveMode::ErrorIfExists, &["name".to_owned()]).await.unwrap();
    let frame = house.context.read_table(house.lake.table(&name, None).await.unwrap()).unwrap();
    assert_eq!(types(&frame), "id Int32, score Float64, name Utf8");
    let batches = frame.sort_by(vec![datafusion::prelude::col("id")]).unwrap().collect().await.unwrap();
    let shown = pretty_format_batches(&batches).unwrap().to_string();
    assert!(shown.contains("| 2  | 1.0   | p2   |"), "{shown}");
}
