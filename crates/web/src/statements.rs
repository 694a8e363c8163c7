//! The SQL statements that run now: who runs what since when, and a way to stop each.

use parking_lot::Mutex;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Cloning shares the statements.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<HashMap<String, Running>>>);

struct Running {
    text: String,
    user: String,
    started_ms: i64,
    stop: CancellationToken,
}

/// Something that takes time, as the page shows it.
#[derive(Debug, Serialize)]
pub struct Operation {
    pub id: String,
    pub kind: &'static str,
    pub title: String,
    pub user: String,
    pub started_ms: i64,
    pub state: &'static str,
}

/// A statement's entry; it goes when this does, however the statement ends.
pub struct Entry {
    statements: Statements,
    id: String,
    pub stop: CancellationToken,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.statements.0.lock().remove(&self.id);
    }
}

impl Statements {
    /// Enters a statement; None when one of this id runs already.
    pub fn enter(&self, id: &str, text: &str, user: &str, started_ms: i64) -> Option<Entry> {
        let mut running = self.0.lock();
        if running.contains_key(id) {
            return None;
        }
        let stop = CancellationToken::new();
        let entry = Running { text: text.to_owned(), user: user.to_owned(), started_ms, stop: stop.clone() };
        running.insert(id.to_owned(), entry);
        Some(Entry { statements: self.clone(), id: id.to_owned(), stop })
    }

    /// Asks a statement to stop; false when none of this id runs.
    pub fn stop(&self, id: &str) -> bool {
        let running = self.0.lock();
        let Some(statement) = running.get(id) else { return false };
        statement.stop.cancel();
        true
    }

    /// Oldest first.
    pub fn running(&self) -> Vec<Operation> {
        let running = self.0.lock();
        let operation = |(id, statement): (&String, &Running)| Operation {
            id: id.clone(),
            kind: "sql",
            title: statement.text.split_whitespace().collect::<Vec<_>>().join(" "),
            user: statement.user.clone(),
            started_ms: statement.started_ms,
            state: if statement.stop.is_cancelled() { "stopping" } else { "running" },
        };
        let mut operations: Vec<Operation> = running.iter().map(operation).collect();
        operations.sort_by(|a, b| a.started_ms.cmp(&b.started_ms).then_with(|| a.id.cmp(&b.id)));
        operations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_listed_until_it_ends() {
        let statements = Statements::default();
        let entry = statements.enter("a", "SELECT\n  1", "ada", 7).unwrap();
        assert!(statements.enter("a", "SELECT 2", "bob", 8).is_none(), "the id is taken");
        let listed = statements.running();
        assert_eq!((listed[0].title.as_str(), listed[0].state), ("SELECT 1", "running"));
        assert!(statements.stop("a") && entry.stop.is_cancelled());
        assert_eq!(statements.running()[0].state, "stopping");
        drop(entry);
        assert!(statements.running().is_empty() && !statements.stop("a"));
    }
}
