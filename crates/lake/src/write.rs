//! `df.write`: files in a folder, or a commit to a Delta table. What was there stays until the new data is complete.

use crate::catalog::{folder_url, open_delta, stored_schema, table_exists};
use crate::delta_scan::delta;
use crate::names::{SaveMode, TableName};
use crate::paths::{path_exists, unwritable};
use crate::spark_types::{conform, engine};
use crate::{Lake, Location};
use brickyard_error::{Failure, Result, codes};
use datafusion::config::{CsvOptions, JsonOptions, TableParquetOptions};
use datafusion::dataframe::{DataFrame, DataFrameWriteOptions};
use datafusion::logical_expr::LogicalPlan;
use deltalake_core::operations::write::SchemaMode;
use deltalake_core::protocol::SaveMode as DeltaSaveMode;
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod alter;
mod conflicts;
mod rewrite;
mod stream_table;

pub use alter::Altering;
pub use rewrite::{Reads, Reason, Rewrite};

/// Where and how to write files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriteRequest {
    /// `csv`, `json`, `parquet`, `text`, `delta`.
    pub format: String,
    pub path: String,
    pub mode: SaveMode,
    pub partition_by: Vec<String>,
    pub options: BTreeMap<String, String>,
}

impl WriteRequest {
    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn flag(&self, name: &str) -> bool {
        self.option(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl Lake {
    /// Writes a frame as files below a folder, with Spark's `_SUCCESS` when complete.
    pub async fn write_files(&self, frame: DataFrame, request: &WriteRequest) -> Result<()> {
        let location = Location::parse(&request.path)?;
        let target = location.path();
        if request.format.eq_ignore_ascii_case("delta") {
            let overwrite_schema = request.flag("overwriteSchema");
            return self.write_delta_path(frame, target, request.mode, &request.partition_by, overwrite_schema).await;
        }
        let exists = target.exists();
        match request.mode {
            SaveMode::ErrorIfExists if exists => return Err(path_exists(target)),
            SaveMode::Ignore if exists => return Ok(()),
            _ => {}
        }
        let staging = staging_beside(target)?;
        let written = write_into(&staging, frame, request).await;
        let finished = written.and_then(|()| publish(&staging, target, request.mode));
        if staging.exists() {
            std::fs::remove_dir_all(&staging).map_err(|error| unwritable(&staging, error))?;
        }
        finished
    }

    /// Writes a frame into a catalog table, creating it when it is not there.
    pub async fn write_table(
        &self,
        frame: DataFrame,
        name: &TableName,
        mode: SaveMode,
        partition_by: &[String],
    ) -> Result<()> {
        self.must_have_schema(name).await?;
        if !self.exists(name).await? {
            // One commit makes the table and fills it: a reader never sees it empty.
            let location = self.new_location(name);
            std::fs::create_dir_all(&location).map_err(|error| unwritable(&location, error))?;
            let table = DeltaTableBuilder::from_url(folder_url(&location)?).and_then(DeltaTableBuilder::build);
            let committed = commit(table.map_err(delta)?, frame, DeltaSaveMode::Append, partition_by, false).await;
            return match committed {
                Ok(()) => self.enter(name, &location, None).await,
                Err(failure) => {
                    let _ = std::fs::remove_dir_all(&location);
                    Err(failure)
                }
            };
        }
        match mode {
            SaveMode::ErrorIfExists => Err(table_exists(name)),
            SaveMode::Ignore => Ok(()),
            SaveMode::Append => {
                let table = self.open_table(name, None).await?;
                commit(table, frame, DeltaSaveMode::Append, &[], false).await
            }
            SaveMode::Overwrite => {
                let table = self.open_table(name, None).await?;
                commit(table, frame, DeltaSaveMode::Overwrite, partition_by, true).await
            }
        }
    }

    async fn write_delta_path(
        &self,
        frame: DataFrame,
        target: &Path,
        mode: SaveMode,
        partition_by: &[String],
        overwrite_schema: bool,
    ) -> Result<()> {
        let is_table = target.join("_delta_log").is_dir();
        match mode {
            SaveMode::ErrorIfExists if target.exists() => Err(path_exists(target)),
            SaveMode::Ignore if target.exists() => Ok(()),
            SaveMode::Append | SaveMode::Overwrite if is_table => {
                let overwrite = mode == SaveMode::Overwrite;
                let save = if overwrite { DeltaSaveMode::Overwrite } else { DeltaSaveMode::Append };
                commit(open_delta(target, None).await?, frame, save, partition_by, overwrite && overwrite_schema).await
            }
            _ => {
                std::fs::create_dir_all(target).map_err(|error| unwritable(target, error))?;
                let table = DeltaTableBuilder::from_url(folder_url(target)?).and_then(DeltaTableBuilder::build);
                commit(table.map_err(delta)?, frame, DeltaSaveMode::Append, partition_by, false).await
            }
        }
    }
}

/// One commit to a Delta table: the frame is executed by its own session and streamed into files.
async fn commit(
    table: DeltaTable,
    frame: DataFrame,
    mode: DeltaSaveMode,
    partition_by: &[String],
    overwrite_schema: bool,
) -> Result<()> {
    let frame = conform(frame)?;
    let schema = stored_schema(frame.schema().as_arrow());
    let plan: LogicalPlan = stream_table::scan(frame, schema).await?;
    let mut write = table.write(Vec::new()).with_input_plan(plan).with_save_mode(mode);
    if !partition_by.is_empty() {
        write = write.with_partition_columns(partition_by.to_vec());
    }
    if overwrite_schema {
        write = write.with_schema_mode(SchemaMode::Overwrite);
    }
    write.await.map_err(delta)?;
    Ok(())
}

async fn write_into(staging: &Path, frame: DataFrame, request: &WriteRequest) -> Result<()> {
    let folder = format!("{}/", staging.display());
    let options =
        || DataFrameWriteOptions::new().with_partition_by(request.partition_by.clone()).with_single_file_output(false);
    let frame = conform(frame)?;
    match request.format.to_lowercase().as_str() {
        "parquet" | "" => {
            let mut parquet = TableParquetOptions::new();
            parquet.global.compression = Some(parquet_compression(request)?);
            frame.write_parquet(&folder, options(), Some(parquet)).await.map_err(engine)?;
        }
        "csv" => {
            let separator = request.option("sep").or_else(|| request.option("delimiter")).unwrap_or(",");
            let &[separator] = separator.as_bytes() else {
                return Err(Failure::new(&codes::data::OPTION_INVALID, "option sep is one ASCII character"));
            };
            let csv = CsvOptions::default().with_has_header(request.flag("header")).with_delimiter(separator);
            frame.write_csv(&folder, options(), Some(csv)).await.map_err(engine)?;
        }
        "json" => {
            frame.write_json(&folder, options(), Some(JsonOptions::default())).await.map_err(engine)?;
        }
        "text" => write_text(staging, frame).await?,
        other => {
            return Err(Failure::unsupported(format!(
                "writing format {other}; there are csv, json, parquet, text and delta"
            )));
        }
    }
    Ok(())
}

fn parquet_compression(request: &WriteRequest) -> Result<String> {
    match request.option("compression").unwrap_or("snappy").to_lowercase().as_str() {
        "snappy" => Ok("snappy".to_owned()),
        "zstd" => Ok("zstd(3)".to_owned()),
        "none" | "uncompressed" => Ok("uncompressed".to_owned()),
        other => Err(Failure::unsupported(format!("Parquet compression {other}; there are snappy, zstd and none"))),
    }
}

async fn write_text(staging: &Path, frame: DataFrame) -> Result<()> {
    use datafusion::arrow::array::AsArray;
    use std::fmt::Write;
    if frame.schema().fields().len() != 1 {
        let count = frame.schema().fields().len();
        let text = format!("text files hold one string column, and there are {count}; select one");
        return Err(Failure::new(&codes::data::SCHEMA_MISMATCH, text));
    }
    let mut lines = String::new();
    for batch in frame.collect().await.map_err(engine)? {
        let column = batch.column(0).as_string_opt::<i32>().ok_or_else(|| {
            Failure::new(&codes::data::SCHEMA_MISMATCH, "text files hold a string column; cast it to string")
        })?;
        for line in column.iter() {
            let _ = writeln!(lines, "{}", line.unwrap_or_default());
        }
    }
    let part = staging.join(format!("part-00000-{}-c000.txt", uuid::Uuid::new_v4()));
    tokio::fs::write(&part, lines).await.map_err(|error| unwritable(&part, error))
}

/// A fresh hidden folder on the target's own file system, so that publishing is a rename.
fn staging_beside(target: &Path) -> Result<PathBuf> {
    let parent = target.parent().unwrap_or(Path::new("/"));
    let staging = parent.join(format!(".brickyard-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir_all(&staging).map_err(|error| unwritable(&staging, error))?;
    Ok(staging)
}

fn publish(staging: &Path, target: &Path, mode: SaveMode) -> Result<()> {
    let moved = |from: &Path, to: &Path| std::fs::rename(from, to).map_err(|error| unwritable(to, error));
    if mode == SaveMode::Append && target.is_dir() {
        let entries = std::fs::read_dir(staging).map_err(|error| unwritable(staging, error))?;
        for entry in entries {
            let from = entry.map_err(|error| unwritable(staging, error))?.path();
            append_entry(&from, target)?;
        }
    } else {
        if target.is_dir() {
            std::fs::remove_dir_all(target).map_err(|error| unwritable(target, error))?;
        } else if target.exists() {
            std::fs::remove_file(target).map_err(|error| unwritable(target, error))?;
        }
        moved(staging, target)?;
    }
    let success = target.join("_SUCCESS");
    std::fs::write(&success, b"").map_err(|error| unwritable(&success, error))
}

/// Moves a file, or the files of a partition folder, below `target`.
fn append_entry(from: &Path, target: &Path) -> Result<()> {
    let Some(name) = from.file_name() else { return Ok(()) };
    let to = target.join(name);
    if from.is_dir() && to.is_dir() {
        for entry in std::fs::read_dir(from).map_err(|error| unwritable(from, error))? {
            append_entry(&entry.map_err(|error| unwritable(from, error))?.path(), &to)?;
        }
        return Ok(());
    }
    std::fs::rename(from, &to).map_err(|error| unwritable(&to, error))
}
