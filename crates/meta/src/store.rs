//! The connections: one writer that commits in groups, and a pool of readers.

use brickyard_error::{Failure, Result, codes};
use futures::future::BoxFuture;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor};
use std::path::Path;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Another process may hold the file for a moment (a backup, a second reader).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// `LIKE` in a filter tells letters from their capitals; `ILIKE` compares lowered text.
const LIKE_MINDS_CASE: (&str, &str) = ("case_sensitive_like", "ON");
const READERS: u32 = 8;
/// Requests that may wait for the writer before callers wait to hand theirs in.
const WRITE_QUEUE: usize = 1024;
/// Requests that share one commit at most; bounds how long the first of them waits.
const GROUP: usize = 128;

/// The store. Cloning is cheap: clones share the connections.
#[derive(Clone)]
pub struct Meta {
    writer: mpsc::Sender<Work>,
    /// None in memory, where reads go through the one connection that holds the data.
    readers: Option<SqlitePool>,
}

/// A request for the writer, and what it leaves for the time after the commit.
type Work = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Performed> + Send>;

struct Performed {
    /// Whether the request's changes belong into the commit.
    keep: bool,
    /// Called with the outcome of the commit.
    answer: Box<dyn FnOnce(Result<()>) + Send>,
}

impl Meta {
    /// Opens the store in this file, creating or migrating it.
    ///
    /// # Errors
    /// [`codes::tracking::STORE`] when the file cannot be opened or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Meta> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma(LIKE_MINDS_CASE.0, LIKE_MINDS_CASE.1)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(256);
        let writer = connect_and_migrate(&options, path).await?;
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Meta { writer: spawn_writer(writer), readers: Some(readers) })
    }

    /// A store that is gone when the last clone is dropped, for tests.
    ///
    /// # Errors
    /// [`codes::tracking::STORE`] when SQLite refuses.
    pub async fn in_memory() -> Result<Meta> {
        let options =
            SqliteConnectOptions::new().in_memory(true).foreign_keys(true).pragma(LIKE_MINDS_CASE.0, LIKE_MINDS_CASE.1);
        let writer = connect_and_migrate(&options, Path::new(":memory:")).await?;
        Ok(Meta { writer: spawn_writer(writer), readers: None })
    }

    /// Runs `work` in a transaction; when it returns an error, none of its changes stay.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Step<T>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let performed: Work = Box::new(move |connection| {
            Box::pin(async move {
                // A caller that has gone away no longer listens; its answer is dropped.
                match work(connection).await {
                    Ok(value) => Performed {
                        keep: true,
                        answer: Box::new(move |committed| drop(sender.send(committed.map(|()| value)))),
                    },
                    Err(stop) => {
                        Performed { keep: false, answer: Box::new(move |_| drop(sender.send(Err(stop.into())))) }
                    }
                }
            })
        });
        self.writer.send(performed).await.map_err(|_| stopped())?;
        receiver.await.map_err(|_| stopped())?
    }

    /// Runs `work` on one connection that sees everything acknowledged so far.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Step<T>> + Send + 'static,
    {
        match &self.readers {
            Some(pool) => {
                let mut connection = pool.acquire().await.map_err(Stop::from)?;
                Ok(work(&mut connection).await?)
            }
            None => self.write(work).await,
        }
    }
}

/// Why a step of work ends early: SQLite failed, or what is stored does not allow the request.
pub(crate) enum Stop {
    Store(sqlx::Error),
    Refused(Failure),
}

pub(crate) type Step<T> = std::result::Result<T, Stop>;

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Stop::Store(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Refused(failure)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(failure) => failure,
            Stop::Store(error) => {
                let message = format!("the metadata store failed: {error}");
                Failure::new(&codes::tracking::STORE, message).because(error)
            }
        }
    }
}

fn stopped() -> Failure {
    Failure::new(&codes::tracking::STORE, "the metadata store has stopped; restart the server")
}

async fn connect_and_migrate(options: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection> {
    let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
        let message = format!("cannot open the metadata store {}; check the folder and its free space", path.display());
        Failure::new(&codes::tracking::STORE, message).because(error)
    };
    let mut connection = options.connect().await.map_err(|error| unusable(error.into()))?;
    sqlx::migrate!("./migrations").run(&mut connection).await.map_err(|error| unusable(error.into()))?;
    Ok(connection)
}

/// Starts the task that owns the writing connection; it ends when the last [`Meta`] is dropped.
fn spawn_writer(mut connection: SqliteConnection) -> mpsc::Sender<Work> {
    let (sender, mut requests) = mpsc::channel::<Work>(WRITE_QUEUE);
    tokio::spawn(async move {
        let mut group = Vec::with_capacity(GROUP);
        while requests.recv_many(&mut group, GROUP).await > 0 {
            commit_group(&mut connection, std::mem::take(&mut group)).await;
        }
    });
    sender
}

/// One transaction for the whole group; each request has a savepoint, so one that fails takes nothing with it.
async fn commit_group(connection: &mut SqliteConnection, group: Vec<Work>) {
    if let Err(error) = connection.execute("BEGIN IMMEDIATE").await {
        // Dropping the requests tells their callers that the store has stopped answering.
        tracing::error!(%error, requests = group.len(), "no transaction could be started");
        return;
    }
    let mut answers = Vec::with_capacity(group.len());
    let mut outcome = Ok(());
    for work in group {
        outcome = connection.execute("SAVEPOINT request").await.map(drop);
        if outcome.is_err() {
            break;
        }
        let performed = work(connection).await;
        let end = if performed.keep { "RELEASE request" } else { "ROLLBACK TO request; RELEASE request" };
        outcome = connection.execute(end).await.map(drop);
        answers.push(performed.answer);
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = connection.execute("COMMIT").await.map(drop);
    }
    if let Err(error) = &outcome {
        tracing::error!(%error, "a commit failed");
        // SQLite may have rolled back already, then this is refused and changes nothing.
        drop(connection.execute("ROLLBACK").await);
    }
    for answer in answers {
        answer(match &outcome {
            Ok(()) => Ok(()),
            Err(error) => {
                let message = format!("the metadata store could not commit: {error}");
                Err(Failure::new(&codes::tracking::STORE, message))
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_request_takes_nothing_with_it_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meta.sqlite");
        let meta = Meta::open(&path).await.unwrap();
        let settings = meta.settings();
        let broken = meta.write(move |connection| {
            Box::pin(async move {
                sqlx::query("INSERT INTO settings VALUES ('bad', '1')").execute(connection).await?;
                Err::<(), _>(Failure::internal("on purpose").into())
            })
        });
        let (broken, first, second) = tokio::join!(broken, settings.put("a", "1"), settings.put("b", "2"));
        assert!(broken.is_err());
        first.and(second).unwrap();
        assert_eq!(settings.get("bad").await.unwrap(), None);
        drop((settings, meta));

        let reopened = Meta::open(&path).await.unwrap().settings();
        assert_eq!(reopened.get("a").await.unwrap().as_deref(), Some("1"));
        assert_eq!(reopened.get("b").await.unwrap().as_deref(), Some("2"));
    }
}
