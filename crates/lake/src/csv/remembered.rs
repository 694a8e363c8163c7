//! Schemas that were inferred, by the files they came from. A client names a file, not its columns, in every query that it
//! builds on a read; the files are looked at again once one of them has changed.

use super::dialect::Dialect;
use crate::paths::unreadable;
use arrow_schema::SchemaRef;
use brickyard_error::Result;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

/// Reads that are remembered; the oldest is forgotten first.
const MOST: usize = 256;

static INFERRED: LazyLock<Mutex<VecDeque<(Read, SchemaRef)>>> = LazyLock::new(Mutex::default);

/// What a schema was inferred from: how the files are written, and each file with its size in bytes and its last change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    dialect: Dialect,
    files: Vec<(PathBuf, u64, SystemTime)>,
}

impl Read {
    pub(super) fn of(dialect: &Dialect, files: &[PathBuf]) -> Result<Self> {
        let state = |path: &PathBuf| {
            let metadata = path.metadata().map_err(|error| unreadable(path, error))?;
            let modified = metadata.modified().map_err(|error| unreadable(path, error))?;
            Ok((path.clone(), metadata.len(), modified))
        };
        Ok(Self { dialect: dialect.clone(), files: files.iter().map(state).collect::<Result<_>>()? })
    }

    pub(super) fn schema(&self) -> Option<SchemaRef> {
        let inferred = INFERRED.lock().unwrap_or_else(PoisonError::into_inner);
        inferred.iter().find(|(read, _)| read == self).map(|(_, schema)| schema.clone())
    }

    pub(super) fn remember(self, schema: SchemaRef) {
        let mut inferred = INFERRED.lock().unwrap_or_else(PoisonError::into_inner);
        inferred.retain(|(read, _)| *read != self);
        inferred.truncate(MOST - 1);
        inferred.push_front((self, schema));
    }
}
