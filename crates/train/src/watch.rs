//! What is being trained right now: a list that terminals, clients and pages read.

use brickyard_ml::fit::Progress;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// One fit in progress.
#[derive(Debug, Clone)]
pub struct Running {
    pub id: u64,
    /// The estimator's simple class name, for example `RandomForestClassifier`.
    pub name: String,
    pub uid: String,
    pub rows: u64,
    pub progress: Option<Progress>,
    pub started: Instant,
}

/// The list of running fits. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: AtomicU64,
    running: Mutex<BTreeMap<u64, Running>>,
}

/// Keeps a fit in the list until it is dropped.
pub struct Entry {
    id: u64,
    watch: Watch,
}

impl Watch {
    pub(crate) fn start(&self, class: &str, uid: &str) -> Entry {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let name = class.rsplit('.').next().unwrap_or(class).to_owned();
        let running = Running { id, name, uid: uid.to_owned(), rows: 0, progress: None, started: Instant::now() };
        self.0.running.lock().insert(id, running);
        Entry { id, watch: self.clone() }
    }

    /// The fits that run now, oldest first.
    pub fn running(&self) -> Vec<Running> {
        self.0.running.lock().values().cloned().collect()
    }

    /// The running fit of this estimator.
    pub fn of(&self, uid: &str) -> Option<Running> {
        self.0.running.lock().values().find(|running| running.uid == uid).cloned()
    }
}

impl Entry {
    pub(crate) fn rows(&self, rows: u64) {
        self.change(|running| running.rows = rows);
    }

    pub(crate) fn advance(&self, progress: Progress) {
        self.change(|running| running.progress = Some(progress));
    }

    fn change(&self, change: impl FnOnce(&mut Running)) {
        if let Some(running) = self.watch.0.running.lock().get_mut(&self.id) {
            change(running);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.watch.0.running.lock().remove(&self.id);
    }
}
