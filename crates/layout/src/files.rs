//! Where the files of a saved operator are: a folder of an object store, a local folder, or memory.

use async_trait::async_trait;
use brickyard_error::{Failure, Result, codes};
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Files below one folder, by relative path with `/` between the parts.
#[async_trait]
pub trait Files: Send + Sync {
    /// The names of the files directly in `folder`; nothing if there is no such folder.
    async fn list(&self, folder: &str) -> Result<Vec<String>>;
    async fn read(&self, path: &str) -> Result<Bytes>;
}

/// A folder of an object store.
#[derive(Debug, Clone)]
pub struct StoredFiles {
    store: Arc<dyn ObjectStore>,
    folder: Path,
}

impl StoredFiles {
    pub fn new(store: Arc<dyn ObjectStore>, folder: Path) -> Self {
        Self { store, folder }
    }

    /// A folder of this machine.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn local(folder: impl AsRef<std::path::Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| {
            let text = format!("the folder {} cannot be read; check the path", folder.display());
            Failure::new(&codes::ml::MODEL_FILES, text).because(error)
        })?;
        Ok(Self::new(Arc::new(store), Path::default()))
    }

    fn path(&self, relative: &str) -> Path {
        relative.split('/').filter(|part| !part.is_empty()).fold(self.folder.clone(), |path, part| path.join(part))
    }
}

#[async_trait]
impl Files for StoredFiles {
    async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let listed = self.store.list_with_delimiter(Some(&self.path(folder))).await;
        let objects = match listed {
            Ok(listed) => listed.objects,
            Err(object_store::Error::NotFound { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(folder).because(error)),
        };
        Ok(objects.iter().filter_map(|object| object.location.filename().map(ToOwned::to_owned)).collect())
    }

    async fn read(&self, path: &str) -> Result<Bytes> {
        let wrong = |error| unreadable(path).because(error);
        self.store.get(&self.path(path)).await.map_err(wrong)?.bytes().await.map_err(wrong)
    }
}

/// Files in memory: what [`write`](crate::write()) gives, before it is stored.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(BTreeMap<String, Bytes>);

impl FromIterator<(String, Bytes)> for MemoryFiles {
    fn from_iter<T: IntoIterator<Item = (String, Bytes)>>(files: T) -> Self {
        Self(files.into_iter().collect())
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let inside = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let names: BTreeSet<&str> = inside.filter(|name| !name.contains('/')).collect();
        Ok(names.into_iter().map(ToOwned::to_owned).collect())
    }

    async fn read(&self, path: &str) -> Result<Bytes> {
        self.0.get(path).cloned().ok_or_else(|| unreadable(path))
    }
}

fn unreadable(path: &str) -> Failure {
    Failure::new(&codes::ml::MODEL_FILES, format!("the file {path} of a saved model cannot be read"))
}
