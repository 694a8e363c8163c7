//! Files as a saved operator: metadata first, then the tables that are there and the sub-folders that it names.

use crate::files::Files;
use crate::table;
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::persist::{Folders, Saved, SavedTable};
use bytes::Bytes;
use serde_json::{Map, Value as Json};
use std::pin::Pin;
use std::sync::Arc;

/// Spark 4 writes `_1, _2, _3`, Spark 3 these; they count by position.
const TREES_METADATA: [&str; 3] = ["treeID", "metadata", "weights"];

/// Reads a saved operator with all operators below it.
///
/// # Errors
/// [`codes::ml::MODEL_FILES`] names the folder or file that is missing or damaged.
pub async fn read(files: &dyn Files) -> Result<Saved> {
    read_folder(files, String::new()).await
}

/// The sub-folders, relative to the root, that metadata names but that have no metadata themselves (yet): a pipeline
/// that a client writes stage by stage is complete when this is empty. The root is the empty path.
pub async fn missing_folders(files: &dyn Files) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        match read_metadata(files, &folder).await? {
            Some(metadata) => open.extend(Folders::of(&metadata).children.iter().map(|child| join(&folder, child))),
            None => missing.push(folder),
        }
    }
    missing.sort();
    Ok(missing)
}

type Reading<'a> = Pin<Box<dyn Future<Output = Result<Saved>> + Send + 'a>>;

fn read_folder(files: &dyn Files, folder: String) -> Reading<'_> {
    Box::pin(async move {
        let metadata = read_metadata(files, &folder).await?.ok_or_else(|| {
            let place = if folder.is_empty() { "the folder" } else { &folder };
            Failure::new(&codes::ml::MODEL_FILES, format!("{place} has no metadata/part-*: it is not a saved model"))
        })?;
        let mut saved = Saved { metadata, tables: Vec::new(), children: Vec::new() };
        let Folders { tables, children } = Folders::of(&saved.metadata);
        for name in tables {
            if let Some(rows) = read_table(files, &join(&folder, &name)).await? {
                let rows = if name == "treesMetadata" { named_by_position(rows) } else { rows };
                saved.tables.push(SavedTable { folder: name, rows });
            }
        }
        for child in children {
            let operator = read_folder(files, join(&folder, &child)).await?;
            saved.children.push((child, operator));
        }
        Ok(saved)
    })
}

/// The metadata object, `None` if the folder has no metadata.
async fn read_metadata(files: &dyn Files, folder: &str) -> Result<Option<Map<String, Json>>> {
    let folder = join(folder, "metadata");
    for (name, part) in read_parts(files, &folder).await? {
        let text = String::from_utf8_lossy(&part);
        let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { continue };
        let damaged =
            |why: &str| Failure::new(&codes::ml::MODEL_FILES, format!("the saved model's file {folder}/{name} {why}"));
        let json = serde_json::from_str(line).map_err(|error| damaged("is not JSON").because(error))?;
        return if let Json::Object(metadata) = json { Ok(Some(metadata)) } else { Err(damaged("is not an object")) };
    }
    Ok(None)
}

async fn read_table(files: &dyn Files, folder: &str) -> Result<Option<RecordBatch>> {
    table::decode(folder, read_parts(files, folder).await?)
}

/// The files of a folder that count, by name; side files begin with `_` or `.`, and empty files hold nothing.
async fn read_parts(files: &dyn Files, folder: &str) -> Result<Vec<(String, Bytes)>> {
    let mut names = files.list(folder).await?;
    names.retain(|name| !name.starts_with(['_', '.']));
    names.sort();
    let mut parts = Vec::with_capacity(names.len());
    for name in names {
        let part = files.read(&join(folder, &name)).await?;
        if !part.is_empty() {
            parts.push((name, part));
        }
    }
    Ok(parts)
}

fn named_by_position(rows: RecordBatch) -> RecordBatch {
    let known = TREES_METADATA.iter().all(|name| rows.column_by_name(name).is_some());
    if known || rows.num_columns() != TREES_METADATA.len() {
        return rows;
    }
    let fields = rows.schema_ref().fields().iter().zip(TREES_METADATA);
    let fields: Vec<_> = fields.map(|(field, name)| field.as_ref().clone().with_name(name)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), rows.columns().to_vec()).unwrap_or(rows)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
