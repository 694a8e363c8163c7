//! Cached relations: their rows stay in memory from the first time they are read, within the engine's memory.

use crate::failures::engine_failure;
use crate::load::{Loaded, from_provider};
use crate::resolve::{Column, Resolved};
use crate::{Frame, Session};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use brickyard_error::{Failure, Result};
use brickyard_spec::Relation;
use datafusion::catalog::Session as PlanSession;
use datafusion::common::DataFusionError;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use parking_lot::RwLock;
use std::sync::{Arc, Weak};
use tokio::sync::OnceCell;

/// The cached relations of a session.
#[derive(Default)]
pub(crate) struct Cache {
    entries: RwLock<Vec<(Relation, Arc<Cached>)>>,
}

impl Cache {
    /// Marks a closed relation as cached.
    pub fn add(&self, relation: Relation) {
        let mut entries = self.entries.write();
        if !entries.iter().any(|(known, _)| known == &relation) {
            let cached = Arc::new(Cached { relation: relation.clone(), rows: Arc::new(OnceCell::new()) });
            entries.push((relation, cached));
        }
    }

    pub fn remove(&self, relation: &Relation) -> bool {
        let mut entries = self.entries.write();
        let before = entries.len();
        entries.retain(|(known, _)| known != relation);
        entries.len() < before
    }

    pub fn clear(&self) {
        self.entries.write().clear();
    }

    pub fn contains(&self, relation: &Relation) -> bool {
        self.find(relation).is_some()
    }

    pub fn find(&self, relation: &Relation) -> Option<Arc<Cached>> {
        let entries = self.entries.read();
        entries.iter().find(|(known, _)| known == relation).map(|(_, cached)| Arc::clone(cached))
    }
}

pub(crate) struct Cached {
    relation: Relation,
    rows: Arc<OnceCell<Rows>>,
}

/// The rows by partition, and the memory they take.
#[derive(Debug)]
struct Rows {
    partitions: Vec<Vec<RecordBatch>>,
    _memory: MemoryReservation,
}

impl Cached {
    /// The relation as a table; its rows are computed when a plan first scans it.
    pub async fn loaded(&self, session: &Arc<Session>) -> Result<Loaded> {
        // Below itself the relation is not cached, or it would wait for itself.
        let (prepared, sources) = Box::pin(crate::load::load_below(session, self.relation.clone())).await?;
        let resolved = crate::resolve::Resolver::new(session, &sources).resolve(&prepared)?;
        let fields = resolved.columns.iter().map(Column::field).collect();
        let frame = Frame::new(Arc::clone(session), resolved)?;
        let table = CachedTable {
            schema: frame.schema(),
            frame: FrameSource { session: Arc::downgrade(session), resolved: frame.resolved().clone() },
            rows: Arc::clone(&self.rows),
        };
        Ok(Loaded { fields, ..from_provider(Arc::new(table), Vec::new())? })
    }
}

/// What computes the rows. The session is not kept alive by its own cache.
#[derive(Clone)]
struct FrameSource {
    session: Weak<Session>,
    resolved: Resolved,
}

struct CachedTable {
    schema: SchemaRef,
    frame: FrameSource,
    rows: Arc<OnceCell<Rows>>,
}

impl std::fmt::Debug for CachedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CachedTable")
    }
}

impl CachedTable {
    async fn compute(&self) -> Result<Rows> {
        let session = self.frame.session.upgrade().ok_or_else(|| Failure::internal("the session has ended"))?;
        let frame = Frame::new(Arc::clone(&session), self.frame.resolved.clone())?;
        let pool = &session.engine().shared().runtime.memory_pool;
        let memory = MemoryConsumer::new("cached rows").register(pool);
        let mut running = tokio::task::JoinSet::new();
        for (index, mut stream) in frame.partitions().await?.into_iter().enumerate() {
            let memory = memory.new_empty();
            running.spawn(async move {
                let mut batches = Vec::new();
                while let Some(batch) = stream.next().await {
                    let batch = batch?;
                    memory.try_grow(batch.get_array_memory_size())?;
                    batches.push(batch);
                }
                Ok::<_, DataFusionError>((index, batches, memory))
            });
        }
        let mut partitions = Vec::new();
        while let Some(finished) = running.join_next().await {
            let finished = finished.map_err(|error| Failure::internal("a cached partition was lost").because(error))?;
            let (index, batches, part) = finished.map_err(engine_failure)?;
            memory.grow(part.free());
            partitions.push((index, batches));
        }
        partitions.sort_by_key(|(index, _)| *index);
        let partitions = partitions.into_iter().map(|(_, batches)| batches).collect();
        Ok(Rows { partitions, _memory: memory })
    }
}

#[async_trait]
impl TableProvider for CachedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _state: &dyn PlanSession,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let rows = self.rows.get_or_try_init(|| self.compute()).await;
        let rows = rows.map_err(brickyard_functions::failures::external)?;
        let source = MemorySourceConfig::try_new_exec(&rows.partitions, Arc::clone(&self.schema), projection.cloned())?;
        Ok(source)
    }
}
