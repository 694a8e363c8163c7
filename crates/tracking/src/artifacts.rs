//! The artifact store: files streamed in and out in bounded memory, whole or not at all.

use crate::ArtifactPath;
use brickyard_error::{Failure, Result, codes};
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as StorePath;
use object_store::{Error, GetResultPayload, ObjectStore, ObjectStoreExt, WriteMultipart};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::io::ReaderStream;

const CHUNK_BYTES: usize = 1 << 20;
/// Chunks of an upload that may wait for the disk.
const CHUNKS_IN_FLIGHT: usize = 4;
const READ_BYTES: usize = 256 << 10;

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Artifacts {
    store: Arc<LocalFileSystem>,
    root: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactEntry {
    /// The last name of a listed entry, or the path relative to a walked folder.
    pub path: String,
    pub is_folder: bool,
    /// 0 for folders.
    pub size_bytes: u64,
}

/// A file being read.
pub struct ArtifactBytes {
    pub size_bytes: u64,
    pub stream: BoxStream<'static, Result<Bytes>>,
}

impl Artifacts {
    /// Artifacts in this folder, which is created when absent.
    ///
    /// # Errors
    /// [`codes::tracking::ARTIFACTS`] when the folder cannot be made.
    pub fn open(root: &Path) -> Result<Artifacts> {
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            let message = format!("cannot use the artifact folder {}; check its permissions", root.display());
            Failure::new(&codes::tracking::ARTIFACTS, message).because(error)
        };
        std::fs::create_dir_all(root).map_err(|error| unusable(error.into()))?;
        let root = root.canonicalize().map_err(|error| unusable(error.into()))?;
        let store = LocalFileSystem::new_with_prefix(&root).map_err(|error| unusable(error.into()))?;
        Ok(Artifacts { store: Arc::new(store.with_automatic_cleanup(true)), root })
    }

    /// Writes a file, replacing one that is there. Until the stream has ended well, readers see the old one.
    ///
    /// # Errors
    /// The stream's own failure, or the store's; then nothing is written.
    pub async fn put<Body, E>(&self, path: &ArtifactPath, mut body: Body) -> Result<u64>
    where
        Body: futures::Stream<Item = Result<Bytes, E>> + Unpin + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let upload = self.store.put_multipart(&store_path(path)?).await.map_err(failed)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, CHUNK_BYTES);
        let mut size_bytes = 0;
        while let Some(chunk) = body.next().await {
            let written = match chunk {
                Ok(chunk) => {
                    size_bytes += chunk.len() as u64;
                    writer.put(chunk);
                    writer.wait_for_capacity(CHUNKS_IN_FLIGHT).await.map_err(failed)
                }
                Err(error) => Err(Failure::new(
                    &codes::tracking::INVALID,
                    "the upload broke off before its end; send the file again",
                )
                .because(error)),
            };
            if let Err(failure) = written {
                writer.abort().await.map_err(failed)?;
                return Err(failure);
            }
        }
        writer.finish().await.map_err(failed)?;
        Ok(size_bytes)
    }

    /// Writes a small file.
    pub async fn put_bytes(&self, path: &ArtifactPath, bytes: Bytes) -> Result<()> {
        self.store.put(&store_path(path)?, bytes.into()).await.map_err(failed)?;
        Ok(())
    }

    /// # Errors
    /// [`codes::tracking::NOT_FOUND`] when there is no such file.
    pub async fn get(&self, path: &ArtifactPath) -> Result<ArtifactBytes> {
        let found = self.store.get(&store_path(path)?).await.map_err(|error| not_found_or_failed(error, path))?;
        let size_bytes = found.meta.size;
        let stream = match found.payload {
            GetResultPayload::File(file, _) => {
                let file = tokio::fs::File::from_std(file);
                ReaderStream::with_capacity(file, READ_BYTES).map_err(read_failed).boxed()
            }
            GetResultPayload::Stream(stream) => stream.map_err(failed).boxed(),
        };
        Ok(ArtifactBytes { size_bytes, stream })
    }

    /// A small file as a whole.
    pub async fn read(&self, path: &ArtifactPath) -> Result<Bytes> {
        let found = self.store.get(&store_path(path)?).await.map_err(|error| not_found_or_failed(error, path))?;
        found.bytes().await.map_err(failed)
    }

    /// What lies directly in a folder, by name; nothing when it is not there.
    pub async fn list(&self, folder: &ArtifactPath) -> Result<Vec<ArtifactEntry>> {
        let found = self.store.list_with_delimiter(Some(&store_path(folder)?)).await.map_err(failed)?;
        let last_name = |path: &StorePath| path.filename().unwrap_or_default().to_owned();
        let folders = found.common_prefixes.iter().map(|path| ArtifactEntry {
            path: last_name(path),
            is_folder: true,
            size_bytes: 0,
        });
        let files = found.objects.iter().map(|file| ArtifactEntry {
            path: last_name(&file.location),
            is_folder: false,
            size_bytes: file.size,
        });
        let mut entries: Vec<ArtifactEntry> = folders.chain(files).collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// All files below a folder, by path relative to it.
    pub async fn walk(&self, folder: &ArtifactPath) -> Result<Vec<ArtifactEntry>> {
        let folder = store_path(folder)?;
        let files: Vec<_> = self.store.list(Some(&folder)).try_collect().await.map_err(failed)?;
        let mut entries = Vec::with_capacity(files.len());
        for file in files {
            let Some(below) = file.location.prefix_match(&folder) else { continue };
            let path = below.collect::<StorePath>().to_string();
            entries.push(ArtifactEntry { path, is_folder: false, size_bytes: file.size });
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// Deletes a file, or a folder with everything in it; nothing there is fine.
    pub async fn delete(&self, path: &ArtifactPath) -> Result<()> {
        let whole = store_path(path)?;
        match self.store.delete(&whole).await {
            // A folder cannot be deleted as a file; what says so differs by platform.
            Ok(()) | Err(_) => {}
        }
        let files: Vec<_> = self.store.list(Some(&whole)).try_collect().await.map_err(failed)?;
        for file in files {
            match self.store.delete(&file.location).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// Where a file or folder lies on this machine's disk.
    pub fn local_path(&self, path: &ArtifactPath) -> PathBuf {
        self.root.join(path.as_str())
    }
}

fn store_path(path: &ArtifactPath) -> Result<StorePath> {
    StorePath::parse(path.as_str()).map_err(|error| {
        Failure::new(&codes::tracking::INVALID, format!("invalid path '{}'", path.as_str())).because(error)
    })
}

fn not_found_or_failed(error: Error, path: &ArtifactPath) -> Failure {
    match error {
        Error::NotFound { .. } => {
            Failure::new(&codes::tracking::NOT_FOUND, format!("no such artifact: '{}'", path.as_str()))
        }
        error if is_folder_error(&error) => {
            Failure::new(&codes::tracking::NOT_FOUND, format!("'{}' is a folder, name a file in it", path.as_str()))
        }
        error => failed(error),
    }
}

/// Whether a folder was opened as if it were a file.
fn is_folder_error(error: &Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return matches!(io.kind(), std::io::ErrorKind::IsADirectory | std::io::ErrorKind::NotADirectory);
        }
        next = error.source();
    }
    false
}

fn failed(error: Error) -> Failure {
    Failure::new(&codes::tracking::ARTIFACTS, format!("the artifact store failed: {error}")).because(error)
}

fn read_failed(error: std::io::Error) -> Failure {
    Failure::new(&codes::tracking::ARTIFACTS, format!("reading an artifact failed: {error}")).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    fn at(path: &str) -> ArtifactPath {
        ArtifactPath::parse(path).unwrap()
    }

    fn names(entries: &[ArtifactEntry]) -> Vec<(&str, bool, u64)> {
        entries.iter().map(|entry| (entry.path.as_str(), entry.is_folder, entry.size_bytes)).collect()
    }

    #[tokio::test]
    async fn files_go_in_and_come_out() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(folder.path()).unwrap();
        let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"ab")), Ok(Bytes::from_static(b"c"))]);
        assert_eq!(artifacts.put(&at("0/run/a.txt"), chunks).await.unwrap(), 3);
        artifacts.put_bytes(&at("0/run/sub/50% ä.txt"), Bytes::from_static(b"z")).await.unwrap();
        assert_eq!(artifacts.read(&at("0/run/a.txt")).await.unwrap(), "abc");
        assert_eq!(artifacts.read(&at("0/run/sub/50% ä.txt")).await.unwrap(), "z");

        let listed = artifacts.list(&at("0/run")).await.unwrap();
        assert_eq!(names(&listed), [("a.txt", false, 3), ("sub", true, 0)]);
        assert_eq!(names(&artifacts.list(&at("nothing/here")).await.unwrap()), []);
        assert_eq!(names(&artifacts.list(&at("")).await.unwrap()), [("0", true, 0)]);
        let walked = artifacts.walk(&at("0")).await.unwrap();
        assert_eq!(names(&walked), [("run/a.txt", false, 3), ("run/sub/50% ä.txt", false, 1)]);

        for absent in ["0/run/b.txt", "0/run", "0/run/a.txt/below"] {
            let failure = artifacts.get(&at(absent)).await.err().unwrap();
            assert_eq!(failure.code(), &codes::tracking::NOT_FOUND, "{absent}");
        }
        artifacts.delete(&at("0/run/sub")).await.unwrap();
        assert_eq!(names(&artifacts.list(&at("0/run")).await.unwrap()), [("a.txt", false, 3)]);
        artifacts.delete(&at("0")).await.unwrap();
        assert_eq!(names(&artifacts.walk(&at("")).await.unwrap()), []);
    }

    #[tokio::test]
    async fn a_broken_upload_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(folder.path()).unwrap();
        artifacts.put_bytes(&at("a"), Bytes::from_static(b"old")).await.unwrap();
        let broken = stream::iter([Ok(Bytes::from_static(b"new")), Err(std::io::Error::other("gone"))]);
        assert!(artifacts.put(&at("a"), broken).await.is_err());
        assert_eq!(artifacts.read(&at("a")).await.unwrap(), "old");
        assert_eq!(names(&artifacts.list(&at("")).await.unwrap()), [("a", false, 3)]);
    }
}
