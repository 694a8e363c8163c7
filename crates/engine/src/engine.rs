//! The engine: what all sessions share. Memory, threads, the lake, the platform.

use crate::failures::engine_failure;
use crate::{Distributor, Platform, Session};
use brickyard_error::Result;
use brickyard_lake::Lake;
use brickyard_python::PythonOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// How much of the machine queries may use.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Partitions of a query that run at the same time; 0: one a core.
    pub threads: usize,
    /// Memory of sorts, joins, aggregates and cached frames together; none: no limit.
    pub memory_limit_bytes: Option<usize>,
    /// Where sorts and joins spill; none: the system's.
    pub temp_dir: Option<PathBuf>,
    /// What runs functions of users.
    pub python: PythonOptions,
}

/// Cloning is cheap.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

pub(crate) struct Shared {
    pub threads: usize,
    pub python: PythonOptions,
    pub runtime: Arc<RuntimeEnv>,
    pub lake: Lake,
    pub platform: RwLock<Option<Arc<dyn Platform>>>,
    pub distributor: RwLock<Option<Arc<dyn Distributor>>>,
    /// Views of `global_temp`, by lower-case name.
    pub global_views: RwLock<HashMap<String, brickyard_spec::Relation>>,
    sessions: Mutex<HashMap<(String, String), Arc<Session>>>,
}

impl Engine {
    pub fn new(options: EngineOptions, lake: Lake) -> Result<Self> {
        let mut builder = RuntimeEnvBuilder::new();
        if let Some(limit) = options.memory_limit_bytes {
            builder = builder.with_memory_pool(Arc::new(FairSpillPool::new(limit)));
        }
        if let Some(folder) = options.temp_dir {
            let spill = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![folder]));
            builder = builder.with_disk_manager_builder(spill);
        }
        let runtime = builder.build_arc().map_err(engine_failure)?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self(Arc::new(Shared {
            threads: if options.threads == 0 { cores() } else { options.threads },
            python: options.python,
            runtime,
            lake,
            platform: RwLock::new(None),
            distributor: RwLock::new(None),
            global_views: RwLock::new(HashMap::new()),
            sessions: Mutex::new(HashMap::new()),
        })))
    }

    /// Gives SQL the models and endpoints of the server.
    pub fn set_platform(&self, platform: Arc<dyn Platform>) {
        *self.0.platform.write() = Some(platform);
    }

    /// Offers every query to a cluster first.
    pub fn set_distributor(&self, distributor: Arc<dyn Distributor>) {
        *self.0.distributor.write() = Some(distributor);
    }

    pub fn lake(&self) -> &Lake {
        &self.0.lake
    }

    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// The session of this user and id, made on first use.
    pub fn session(&self, user: &str, id: &str) -> Arc<Session> {
        let mut sessions = self.0.sessions.lock();
        let key = (user.to_owned(), id.to_owned());
        Arc::clone(sessions.entry(key).or_insert_with(|| Session::new(self.clone(), user, id)))
    }

    /// The session, when there is one.
    pub fn existing_session(&self, user: &str, id: &str) -> Option<Arc<Session>> {
        self.0.sessions.lock().get(&(user.to_owned(), id.to_owned())).cloned()
    }

    /// Forgets a session with its views, cached frames and models; false when there was none.
    pub fn close_session(&self, user: &str, id: &str) -> bool {
        self.0.sessions.lock().remove(&(user.to_owned(), id.to_owned())).is_some()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}
