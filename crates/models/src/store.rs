//! Saving and loading models wherever clients may name: folders and the model registry.
//!
//! Clients write pipelines themselves, piece by piece: the metadata as text, then every stage. To `models:/name` the
//! first piece begins a version that nobody can load, and the piece that completes it finishes it.

use crate::path::{Destination, Origin};
use async_trait::async_trait;
use brickyard_error::{Failure, Result, codes};
use brickyard_exchange::{Format, export};
use brickyard_layout::Files;
use brickyard_ml::Transformer;
use brickyard_ml::persist::Saved;
use brickyard_tracking::{ArtifactPath, Artifacts, ModelLocation, ModelUri, PendingVersion, Tracking};
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Mutex;

/// Who writes: pieces of one session make one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Writer {
    pub session: String,
    pub user: String,
}

/// Cloning is cheap.
#[derive(Clone)]
pub struct ModelStore {
    tracking: Tracking,
    /// Versions that have begun, by their session and model.
    pending: Arc<Mutex<HashMap<(String, String), PendingVersion>>>,
}

impl ModelStore {
    pub fn new(tracking: Tracking) -> Self {
        Self { tracking, pending: Arc::default() }
    }

    /// Saves an operator.
    ///
    /// # Errors
    /// [`codes::spark::MODEL_PATH`] when the folder is taken and must not be overwritten.
    pub async fn save(&self, writer: &Writer, path: &str, overwrite: bool, saved: &Saved) -> Result<()> {
        let files = brickyard_layout::write(saved, now_ms())?;
        match Destination::parse(path)? {
            Destination::Registered { name, folder } => self.add_to_version(writer, &name, &folder, files).await,
            Destination::Folder(folder) => {
                make_room(&folder, path, overwrite).await?;
                for (file, contents) in files {
                    write_file(&folder.join(file), &contents).await?;
                }
                Ok(())
            }
        }
    }

    /// Writes a model as another tool's file (`onnx`, `lightgbm`, `xgboost`) into a folder, and gives the file's path.
    ///
    /// # Errors
    /// The format cannot express the model, the folder is taken and must not be overwritten, or the path is a place in
    /// the registry.
    pub async fn export(
        &self,
        model: Arc<dyn Transformer>,
        format: &str,
        path: &str,
        overwrite: bool,
    ) -> Result<String> {
        let format = Format::named(format)?;
        let Destination::Folder(folder) = Destination::parse(path)? else {
            let text =
                format!("{path} is a place in the registry, which keeps models in Spark ML's layout: name a folder");
            return Err(Failure::new(&codes::spark::MODEL_PATH, text));
        };
        let work = tokio::task::spawn_blocking(move || export(model.as_ref(), None, format)).await;
        let contents = work.map_err(|error| Failure::internal("a model's export died").because(error))??;
        make_room(&folder, path, overwrite).await?;
        let file = folder.join(format.file_name());
        write_file(&file, &Bytes::from(contents)).await?;
        Ok(file.to_string_lossy().into_owned())
    }

    /// Writes a text file of a registered model; `path` is its folder, for example `models:/delays/metadata`.
    pub async fn write_text(&self, writer: &Writer, path: &str, text: String) -> Result<()> {
        let Destination::Registered { name, folder } = Destination::parse(path)? else {
            return Err(Failure::internal(format!("{path} is no place in the registry")));
        };
        let file = (format!("part-00000-{}-c000.txt", uuid::Uuid::new_v4()), Bytes::from(text));
        self.add_to_version(writer, &name, &folder, vec![file]).await
    }

    /// Loads what was saved.
    pub async fn load(&self, path: &str) -> Result<Saved> {
        brickyard_layout::read(&self.open(path).await?).await
    }

    /// Loads the model in a folder that was found by name: Spark ML files at its root, or in `sparkml/` beside an
    /// `MLmodel`, as MLflow's Spark flavour keeps them.
    pub async fn load_resolved(&self, location: ModelLocation) -> Result<Saved> {
        let files = Located::new(location, "").await?;
        let holds = |folder: &str| files.paths.iter().any(|path| path.starts_with(&format!("{folder}metadata/")));
        match (holds(""), holds("sparkml/")) {
            (true, _) => brickyard_layout::read(&files).await,
            (false, true) => brickyard_layout::read(&Located { prefix: "sparkml/".to_owned(), ..files }).await,
            (false, false) => Err(Failure::new(
                &codes::serving::NOT_A_MODEL,
                "the model's folder holds no Spark ML model; other formats are not served yet",
            )),
        }
    }

    /// The lines of the text files in a folder of a model.
    pub async fn read_text(&self, path: &str) -> Result<Vec<String>> {
        let files = self.open(path).await?;
        let mut lines = Vec::new();
        for name in files.list("").await?.into_iter().filter(|name| !name.starts_with(['_', '.'])) {
            let text = String::from_utf8_lossy(&files.read(&name).await?).into_owned();
            lines.extend(text.lines().map(ToOwned::to_owned));
        }
        if lines.is_empty() {
            return Err(Failure::new(&codes::ml::MODEL_FILES, format!("{path} has no text: it is not a saved model")));
        }
        Ok(lines)
    }

    /// Makes room for a model that a client is about to write piece by piece. A version of the registry is always new.
    pub async fn overwrite(&self, path: &str) -> Result<()> {
        match Destination::parse(path)? {
            Destination::Folder(folder) => make_room(&folder, path, true).await,
            Destination::Registered { .. } => Ok(()),
        }
    }

    /// Fails the versions that a session began and did not complete.
    pub async fn abandon(&self, session: &str) -> Result<()> {
        let mut pending = self.pending.lock().await;
        let keys: Vec<_> = pending.keys().filter(|(writer, _)| writer == session).cloned().collect();
        for key in keys {
            if let Some(version) = pending.remove(&key) {
                self.tracking.fail_version(&version, "the session ended before the model was complete").await?;
            }
        }
        Ok(())
    }

    async fn add_to_version(
        &self,
        writer: &Writer,
        name: &str,
        folder: &str,
        files: Vec<(String, Bytes)>,
    ) -> Result<()> {
        let key = (writer.session.clone(), name.to_owned());
        let mut pending = self.pending.lock().await;
        let begins = folder.is_empty() || folder == "metadata";
        if begins && let Some(unfinished) = pending.remove(&key) {
            self.tracking.fail_version(&unfinished, "the model was saved again before it was complete").await?;
        }
        let version = match pending.get(&key) {
            Some(version) => version.clone(),
            None if begins => self.tracking.begin_version(name, None, &writer.user).await?,
            None => {
                let text = format!("models:/{name}/{folder} is a part of a model whose metadata was not written");
                return Err(Failure::new(&codes::spark::MODEL_PATH, text));
            }
        };
        pending.insert(key.clone(), version.clone());
        let place = version.path.join(folder)?;
        for (file, contents) in files {
            self.tracking.artifacts().put_bytes(&place.join(&file)?, contents).await?;
        }
        let stored = Located::in_store(self.tracking.artifacts(), &version.path).await?;
        if brickyard_layout::missing_folders(&stored).await?.is_empty() {
            self.tracking.finish_version(&version).await?;
            pending.remove(&key);
            tracing::info!(model = %name, version = version.version, user = %writer.user, "model registered");
        }
        Ok(())
    }

    async fn open(&self, path: &str) -> Result<Located> {
        let origin = Origin::parse(path)?;
        if let ModelUri::Local(folder) = &origin.model
            && !folder.is_dir()
        {
            let text = format!("there is no saved model at {path}; check the path");
            return Err(Failure::new(&codes::ml::MODEL_FILES, text));
        }
        let resolved = self.tracking.resolve(&origin.model).await?;
        Located::new(resolved.location, &origin.folder).await
    }
}

/// The bytes that an operator takes when it is saved.
pub fn size_bytes(saved: &Saved) -> Result<usize> {
    let files = brickyard_layout::write(saved, 0)?;
    Ok(files.iter().map(|(_, contents)| contents.len()).sum())
}

/// The files of a folder of a model, wherever the model lies.
struct Located {
    location: ModelLocation,
    /// Relative to the location; empty or ending with `/`.
    prefix: String,
    /// Relative to the location.
    paths: BTreeSet<String>,
}

impl Located {
    async fn new(location: ModelLocation, folder: &str) -> Result<Self> {
        let files = location.files().await?.into_iter().filter(|entry| !entry.is_folder);
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Ok(Self { paths: files.map(|entry| entry.path).collect(), location, prefix })
    }

    async fn in_store(artifacts: &Artifacts, folder: &ArtifactPath) -> Result<Self> {
        Self::new(ModelLocation::Stored { artifacts: artifacts.clone(), folder: folder.clone() }, "").await
    }
}

#[async_trait]
impl Files for Located {
    async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let slash = if folder.is_empty() { "" } else { "/" };
        let prefix = format!("{}{folder}{slash}", self.prefix);
        let inside = self.paths.iter().filter_map(|path| path.strip_prefix(&prefix));
        Ok(inside.filter(|name| !name.contains('/')).map(ToOwned::to_owned).collect())
    }

    async fn read(&self, path: &str) -> Result<Bytes> {
        self.location.read(&format!("{}{path}", self.prefix)).await
    }
}

/// A folder that is empty or absent, by force if that is wanted.
async fn make_room(folder: &Path, path: &str, overwrite: bool) -> Result<()> {
    let is_taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file();
    if !is_taken {
        return Ok(());
    }
    if !overwrite {
        let text = format!(
            "Path {path} already exists. To overwrite it, please use write.overwrite().save(path) for Scala and use \
             write().overwrite().save(path) for Java and Python."
        );
        return Err(Failure::new(&codes::spark::MODEL_PATH, text));
    }
    let removed =
        if folder.is_file() { tokio::fs::remove_file(folder).await } else { tokio::fs::remove_dir_all(folder).await };
    removed.map_err(|error| disk(folder, error))
}

async fn write_file(file: &Path, contents: &[u8]) -> Result<()> {
    if let Some(folder) = file.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(|error| disk(folder, error))?;
    }
    tokio::fs::write(file, contents).await.map_err(|error| disk(file, error))
}

fn disk(path: &Path, error: std::io::Error) -> Failure {
    let text = format!("{} cannot be written: {error}; check the folder and its permissions", path.display());
    Failure::new(&codes::spark::MODEL_PATH, text).because(error)
}

fn now_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use brickyard_meta::Meta;
    use serde_json::{Value as Json, json};

    async fn store(folder: &Path) -> ModelStore {
        let meta = Meta::in_memory().await.unwrap();
        ModelStore::new(Tracking::open(meta, folder).await.unwrap())
    }

    fn writer() -> Writer {
        Writer { session: "s".to_owned(), user: "ada".to_owned() }
    }

    fn stage(uid: &str) -> Saved {
        let metadata = json!({
            "class": "org.apache.spark.ml.feature.VectorAssembler", "uid": uid, "sparkVersion": "4.2.0",
            "paramMap": {}, "defaultParamMap": {},
        });
        let Json::Object(metadata) = metadata else { unreachable!() };
        Saved { metadata, tables: Vec::new(), children: Vec::new() }
    }

    fn pipeline(stages: &[&str]) -> String {
        let class = "pyspark.ml.pipeline.PipelineModel";
        json!({"class": class, "uid": "p", "paramMap": {"stageUids": stages}, "defaultParamMap": {}}).to_string()
    }

    async fn versions(store: &ModelStore) -> Vec<String> {
        let mut found = Vec::new();
        for version in 1..4 {
            match store.read_text(&format!("models:/m/{version}/metadata")).await {
                Ok(lines) => found.push(format!("{version}: {} line", lines.len())),
                Err(failure) => found.push(format!("{version}: {}", failure.code().id)),
            }
        }
        found
    }

    #[tokio::test]
    async fn a_pipeline_in_pieces_becomes_a_version_with_its_last_stage() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let writer = writer();
        store.write_text(&writer, "models:/m/metadata", pipeline(&["a", "b"])).await.unwrap();
        store.save(&writer, "models:/m/stages/0_a", false, &stage("a")).await.unwrap();
        assert_eq!(versions(&store).await[0], "1: BY-TRACKING-0005", "it must not be loaded before it is complete");
        store.save(&writer, "models:/m/stages/1_b", false, &stage("b")).await.unwrap();
        assert_eq!(versions(&store).await, ["1: 1 line", "2: BY-TRACKING-0003", "3: BY-TRACKING-0003"]);
        assert_eq!(store.load("models:/m/1/stages/1_b").await.unwrap().uid(), "b");
        let whole = store.load("models:/m").await.unwrap();
        assert_eq!(
            whole.children.iter().map(|(folder, _)| folder.as_str()).collect::<Vec<_>>(),
            ["stages/0_a", "stages/1_b"]
        );
    }

    #[tokio::test]
    async fn saving_again_before_the_end_fails_the_first_version() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let writer = writer();
        store.write_text(&writer, "models:/m/metadata", pipeline(&["a"])).await.unwrap();
        store.write_text(&writer, "models:/m/metadata", pipeline(&["a"])).await.unwrap();
        store.save(&writer, "models:/m/stages/0_a", false, &stage("a")).await.unwrap();
        assert_eq!(versions(&store).await[..2], ["1: BY-TRACKING-0005", "2: 1 line"]);
        let alone = store.save(&writer, "models:/m/stages/0_a", false, &stage("a")).await;
        assert_eq!(alone.unwrap_err().code().id, "BY-SPARK-0006", "a stage without its pipeline");
    }

    #[tokio::test]
    async fn one_operator_is_complete_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        store.save(&writer(), "models:/m", false, &stage("a")).await.unwrap();
        assert_eq!(store.load("models:/m/1").await.unwrap().uid(), "a");
        store.abandon("s").await.unwrap();
        assert_eq!(store.load("models:/m/latest").await.unwrap().uid(), "a");
    }

    #[tokio::test]
    async fn a_folder_is_replaced_only_on_demand() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder.path().join("store")).await;
        let path = folder.path().join("model").display().to_string();
        store.save(&writer(), &path, false, &stage("a")).await.unwrap();
        let again = store.save(&writer(), &path, false, &stage("b")).await.unwrap_err();
        assert!(again.message().contains("already exists"), "{again}");
        store.save(&writer(), &format!("file://{path}"), true, &stage("b")).await.unwrap();
        assert_eq!(store.load(&path).await.unwrap().uid(), "b");
        assert_eq!(store.load("/no/such/model").await.unwrap_err().code().id, "BY-ML-0012");
    }
}
