//! Paths that users write (`/data/x.csv`, `file:/data`, `data/*.parquet`) as places on the local file system.

use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use std::path::{Path, PathBuf};
use url::Url;

/// A file, a folder or a glob on the local file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location(PathBuf);

impl Location {
    /// Accepts absolute and relative paths and `file:` URLs.
    ///
    /// # Errors
    /// A URL of another scheme is not supported.
    pub fn parse(text: &str) -> Result<Self> {
        let path = match text.split_once(':') {
            Some(("file", rest)) => format!("/{}", rest.trim_start_matches('/')),
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(Failure::unsupported(format!(
                    "paths of scheme {scheme}://; copy the data to a local folder"
                )));
            }
            _ => text.to_owned(),
        };
        let absolute = std::path::absolute(&path)
            .map_err(|error| Failure::new(&codes::data::PATH_NOT_FOUND, format!("bad path {text}")).because(error))?;
        Ok(Self(absolute))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn is_glob(&self) -> bool {
        self.0.to_string_lossy().contains(['*', '?', '['])
    }

    /// The location as DataFusion wants it: folders end in a slash.
    pub fn url(&self) -> Result<String> {
        if self.is_glob() {
            return Ok(self.0.to_string_lossy().into_owned());
        }
        let url = if self.0.is_dir() { Url::from_directory_path(&self.0) } else { Url::from_file_path(&self.0) };
        url.map(String::from).map_err(|()| Failure::internal(format!("{} is not absolute", self.0.display())))
    }

    /// Fails as Spark does when nothing is there.
    pub fn must_exist(&self) -> Result<()> {
        if self.is_glob() || self.0.exists() { Ok(()) } else { Err(path_not_found(&self.0)) }
    }

    /// The data files below, sorted by name: hidden and underscore names are skipped, as Spark does.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        self.must_exist()?;
        if self.is_glob() {
            return self.matches();
        }
        if self.0.is_file() {
            return Ok(vec![self.0.clone()]);
        }
        let mut found = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))?;
            for entry in entries {
                let path = entry.map_err(|error| unreadable(&folder, error))?.path();
                let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with(['.', '_']));
                match (hidden, path.is_dir()) {
                    (true, _) => {}
                    (false, true) => folders.push(path),
                    (false, false) => found.push(path),
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The data files of everything that a glob matches.
    fn matches(&self) -> Result<Vec<PathBuf>> {
        let pattern = self.0.to_string_lossy();
        let bad = |error: &dyn std::fmt::Display| {
            Failure::new(&codes::data::PATH_NOT_FOUND, format!("{pattern} is no pattern of paths: {error}"))
        };
        let mut found = Vec::new();
        for path in glob::glob(&pattern).map_err(|error| bad(&error))? {
            found.extend(Self(path.map_err(|error| bad(&error))?).files()?);
        }
        if found.is_empty() { Err(path_not_found(&self.0)) } else { Ok(found) }
    }
}

pub fn path_not_found(path: &Path) -> Failure {
    let path = format!("file:{}", path.display());
    let text = format!("path does not exist: {path}");
    let condition = Condition::new("PATH_NOT_FOUND", "42K03", SparkException::Analysis).with("path", path);
    Failure::new(&codes::data::PATH_NOT_FOUND, text).with_condition(condition)
}

pub fn path_exists(path: &Path) -> Failure {
    let path = format!("file:{}", path.display());
    let text = format!("path {path} already exists; set mode \"overwrite\" or \"append\"");
    let condition = Condition::new("PATH_ALREADY_EXISTS", "42K04", SparkException::Analysis).with("outputPath", path);
    Failure::new(&codes::data::PATH_EXISTS, text).with_condition(condition)
}

pub fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(&codes::data::UNREADABLE, format!("cannot read {}: {error}", path.display())).because(error)
}

pub fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(&codes::data::UNWRITABLE, format!("cannot write {}: {error}", path.display())).because(error)
}
