//! A saved operator as files, named as Spark names them.

use crate::table;
use brickyard_error::Result;
use brickyard_ml::persist::Saved;
use bytes::Bytes;
use serde_json::{Map, Value as Json, json};

/// The files of a saved operator by path relative to its folder, in the order to store them: every folder's metadata
/// comes last, so whoever sees the metadata sees a complete operator.
pub fn write(saved: &Saved, timestamp_ms: i64) -> Result<Vec<(String, Bytes)>> {
    let mut files = Vec::new();
    write_below("", saved, timestamp_ms, &mut files)?;
    Ok(files)
}

fn write_below(folder: &str, saved: &Saved, timestamp_ms: i64, files: &mut Vec<(String, Bytes)>) -> Result<()> {
    for table in &saved.tables {
        let rows = table::encode(&table.rows)?;
        files.push((format!("{folder}{}/{}", table.folder, part_name("snappy.parquet")), rows));
        files.push((format!("{folder}{}/_SUCCESS", table.folder), Bytes::new()));
    }
    for (child_folder, child) in &saved.children {
        write_below(&format!("{folder}{child_folder}/"), child, timestamp_ms, files)?;
    }
    let line = format!("{}\n", Json::Object(with_timestamp(&saved.metadata, timestamp_ms)));
    files.push((format!("{folder}metadata/{}", part_name("txt")), line.into()));
    files.push((format!("{folder}metadata/_SUCCESS"), Bytes::new()));
    Ok(())
}

/// Spark's order: the timestamp follows the class.
fn with_timestamp(metadata: &Map<String, Json>, timestamp_ms: i64) -> Map<String, Json> {
    let mut all = Map::new();
    for (key, value) in metadata {
        all.insert(key.clone(), value.clone());
        if key == "class" {
            all.insert("timestamp".to_owned(), json!(timestamp_ms));
        }
    }
    all
}

fn part_name(extension: &str) -> String {
    format!("part-00000-{}-c000.{extension}", uuid::Uuid::new_v4())
}
