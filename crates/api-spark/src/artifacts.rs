//! Files that a client brings along: Python modules and archives of such for its functions to import, and rows too many
//! to stand in a plan.

use crate::handles::invalid_plan;
use crate::proto::AddArtifactsRequest;
use crate::proto::add_artifacts_request::{ArtifactChunk, Payload};
use crate::sessions::ClientSession;
use brickyard_error::{Failure, Result, codes};
use std::path::PathBuf;

/// A file with its name, for example `pyfiles/helpers.py`.
#[derive(Debug, PartialEq)]
pub struct Artifact {
    pub name: String,
    pub bytes: Vec<u8>,
    /// What arrived is what was sent.
    pub is_whole: bool,
}

/// Puts artifacts together from the messages of an upload.
#[derive(Default)]
pub struct Upload {
    /// One in pieces, with the number of those to come.
    open: Option<(Artifact, i64)>,
}

impl Upload {
    /// The artifacts that this message completes.
    pub fn add(&mut self, message: AddArtifactsRequest) -> Result<Vec<Artifact>> {
        match message.payload {
            Some(Payload::Batch(batch)) => batch
                .artifacts
                .into_iter()
                .map(|artifact| {
                    let chunk = artifact.data.ok_or_else(|| invalid_plan("an artifact without its bytes"))?;
                    Ok(Artifact { name: artifact.name, is_whole: is_whole(&chunk), bytes: chunk.data })
                })
                .collect(),
            Some(Payload::BeginChunk(begin)) => {
                let artifact = Artifact { name: begin.name, bytes: Vec::new(), is_whole: true };
                self.open = Some((artifact, begin.num_chunks));
                self.chunk(begin.initial_chunk.ok_or_else(|| invalid_plan("an artifact without its bytes"))?)
            }
            Some(Payload::Chunk(chunk)) => self.chunk(chunk),
            None => Ok(Vec::new()),
        }
    }

    fn chunk(&mut self, chunk: ArtifactChunk) -> Result<Vec<Artifact>> {
        let Some((mut artifact, to_come)) = self.open.take() else {
            return Err(invalid_plan("a piece of an artifact that was not begun"));
        };
        artifact.is_whole &= is_whole(&chunk);
        artifact.bytes.extend(chunk.data);
        if to_come > 1 {
            self.open = Some((artifact, to_come - 1));
            return Ok(Vec::new());
        }
        Ok(vec![artifact])
    }

    /// # Errors
    /// The upload ended within an artifact.
    pub fn end(self) -> Result<()> {
        match self.open {
            Some((artifact, _)) => Err(invalid_plan(format!("the end of {} is missing", artifact.name))),
            None => Ok(()),
        }
    }
}

fn is_whole(chunk: &ArtifactChunk) -> bool {
    i64::from(crc32fast::hash(&chunk.data)) == chunk.crc
}

/// Keeps an artifact for the session.
pub fn keep(session: &ClientSession, name: &str, bytes: &[u8]) -> Result<()> {
    match home(name)? {
        Home::Python(file) => session.engine.workers().add_file(file, bytes),
        Home::Rows(hash) => {
            let path = rows_path(session, hash)?;
            std::fs::write(path, bytes).map_err(|error| Failure::internal("keeping rows of a client").because(error))
        }
    }
}

/// Whether rows of this name are there; files are sent anew.
pub fn is_kept(session: &ClientSession, name: &str) -> bool {
    matches!(home(name), Ok(Home::Rows(hash)) if rows_path(session, hash).is_ok_and(|path| path.exists()))
}

/// What was kept under the hash.
pub fn kept(session: &ClientSession, hash: &str) -> Result<Vec<u8>> {
    let gone =
        || Failure::new(&codes::spark::INVALID_HANDLE, format!("the rows {hash} were not sent; send them again"));
    std::fs::read(rows_path(session, hash)?).map_err(|error| gone().because(error))
}

fn rows_path(session: &ClientSession, hash: &str) -> Result<PathBuf> {
    if hash.is_empty() || !hash.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(invalid_plan(format!("{hash} is no hash")));
    }
    let folder = session.engine.workers().folder()?.path().join("rows");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::internal("a folder for rows").because(error))?;
    Ok(folder.join(hash))
}

/// Where an artifact goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Home<'a> {
    /// Files that functions find by this name.
    Python(&'a str),
    /// Rows by their hash.
    Rows(&'a str),
}

/// # Errors
/// Artifacts of the JVM, archives to unpack and files of the server's own have no home.
pub fn home(name: &str) -> Result<Home<'_>> {
    match name.split_once('/') {
        Some(("pyfiles" | "files", file)) => Ok(Home::Python(file)),
        Some(("cache", hash)) => Ok(Home::Rows(hash)),
        _ => Err(Failure::unsupported(format!(
            "the artifact {name}; Python files go by addArtifacts(path, pyfile=True), data by spark.read"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::add_artifacts_request::{Batch, BeginChunkedArtifact, SingleChunkArtifact};

    fn chunk(text: &str) -> ArtifactChunk {
        ArtifactChunk { data: text.as_bytes().to_vec(), crc: crc32fast::hash(text.as_bytes()).into() }
    }

    fn message(payload: Payload) -> AddArtifactsRequest {
        AddArtifactsRequest { payload: Some(payload), ..Default::default() }
    }

    #[test]
    fn pieces_become_artifacts() {
        let mut upload = Upload::default();
        let one = |name: &str, text| SingleChunkArtifact { name: name.to_owned(), data: Some(chunk(text)) };
        let batch = Batch { artifacts: vec![one("pyfiles/a.py", "a"), one("pyfiles/b.py", "b")] };
        let begin = |num_chunks, text| {
            let initial_chunk = Some(chunk(text));
            Payload::BeginChunk(BeginChunkedArtifact {
                name: "cache/x".into(),
                total_bytes: 0,
                num_chunks,
                initial_chunk,
            })
        };
        let torn = ArtifactChunk { crc: 1, ..chunk("ef") };
        let rows = [
            ("two at once", Payload::Batch(batch), vec![("pyfiles/a.py", "a", true), ("pyfiles/b.py", "b", true)]),
            ("a single piece", begin(1, "whole"), vec![("cache/x", "whole", true)]),
            ("a first piece", begin(3, "ab"), Vec::new()),
            ("a second", Payload::Chunk(chunk("cd")), Vec::new()),
            ("a torn third", Payload::Chunk(torn), vec![("cache/x", "abcdef", false)]),
        ];
        for (case, payload, expected) in rows {
            let done = upload.add(message(payload)).unwrap();
            let done: Vec<(&str, &[u8], bool)> =
                done.iter().map(|one| (one.name.as_str(), one.bytes.as_slice(), one.is_whole)).collect();
            let expected: Vec<_> =
                expected.iter().map(|(name, text, whole)| (*name, text.as_bytes(), *whole)).collect();
            assert_eq!(done, expected, "{case}");
        }
        assert!(upload.add(message(Payload::Chunk(chunk("more")))).is_err(), "a piece of nothing");
        upload.add(message(begin(2, "half"))).unwrap();
        assert!(upload.end().is_err(), "an upload that ends early");
    }

    #[test]
    fn where_artifacts_go() {
        let rows = [
            ("pyfiles/a.py", Some(Home::Python("a.py"))),
            ("files/words.txt", Some(Home::Python("words.txt"))),
            ("cache/0af3", Some(Home::Rows("0af3"))),
            ("jars/x.jar", None),
            ("forward_to_fs//etc/passwd", None),
        ];
        for (name, expected) in rows {
            assert_eq!(home(name).ok(), expected, "{name}");
        }
    }
}
