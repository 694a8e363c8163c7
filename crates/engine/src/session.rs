//! A session: settings, views, where names are looked up, cached frames and fitted models of one client.

use crate::cache::Cache;
use crate::conf::Conf;
use crate::engine::Engine;
use crate::failures::engine_failure;
use crate::resolve::Resolver;
use crate::{Frame, expand, failures, load, sql, statement};
use brickyard_error::{Failure, Result};
use brickyard_ml::Transformer;
use brickyard_python::Workers;
use brickyard_spec::{Command, Expr, ObjectName, PythonFunction, Relation, Statement};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::{SessionConfig, SessionContext};
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What SQL text came to.
pub enum SqlOutcome {
    /// A query: not run yet.
    Query(Frame),
    /// A statement that has been run, with its rows.
    Command(Frame),
}

/// Where unqualified names are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub catalog: String,
    pub schema: String,
}

pub struct Session {
    engine: Engine,
    user: String,
    id: String,
    conf: Conf,
    context: SessionContext,
    pub(crate) place: RwLock<Place>,
    /// Temporary views by lower-case name: closed trees, in which names of views are replaced already.
    pub(crate) views: RwLock<BTreeMap<String, Relation>>,
    pub(crate) cache: Cache,
    frames: RwLock<HashMap<String, Relation>>,
    transformers: RwLock<HashMap<String, Arc<dyn Transformer>>>,
    /// Registered functions by lower-case name.
    functions: RwLock<HashMap<String, Arc<PythonFunction>>>,
    workers: Arc<Workers>,
}

impl Session {
    pub(crate) fn new(engine: Engine, user: &str, id: &str) -> Arc<Self> {
        let context = SessionContext::new_with_state(session_state(&engine));
        let workers = Arc::new(Workers::new(engine.shared().python.clone(), user));
        Arc::new(Self {
            engine,
            user: user.to_owned(),
            id: id.to_owned(),
            conf: Conf::default(),
            context,
            place: RwLock::new(Place {
                catalog: brickyard_lake::DEFAULT_CATALOG.to_owned(),
                schema: brickyard_lake::DEFAULT_SCHEMA.to_owned(),
            }),
            views: RwLock::new(BTreeMap::new()),
            cache: Cache::default(),
            frames: RwLock::new(HashMap::new()),
            transformers: RwLock::new(HashMap::new()),
            functions: RwLock::new(HashMap::new()),
            workers,
        })
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn user(&self) -> &str {
        &self.user
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn conf(&self) -> &Conf {
        &self.conf
    }

    /// DataFusion's view of the session: runtime, options, registered functions.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    pub fn current_catalog(&self) -> String {
        self.place.read().catalog.clone()
    }

    pub fn current_schema(&self) -> String {
        self.place.read().schema.clone()
    }

    /// Analyses a relation: names, types, nullability. Nothing runs, but for parts whose columns depend on data.
    pub async fn frame(self: &Arc<Self>, relation: &Relation) -> Result<Frame> {
        let closed = expand::expand(self, relation)?;
        self.closed_frame(closed).await
    }

    /// Analyses a relation in which views and SQL text have been replaced already.
    pub(crate) async fn closed_frame(self: &Arc<Self>, closed: Relation) -> Result<Frame> {
        let (prepared, sources) = load::load(self, closed).await?;
        let resolved = Resolver::new(self, &sources).resolve(&prepared)?;
        Frame::new(Arc::clone(self), resolved)
    }

    /// Analyses a query, or runs a statement.
    pub async fn sql(
        self: &Arc<Self>,
        text: &str,
        named: Vec<(String, Expr)>,
        positional: Vec<Expr>,
    ) -> Result<SqlOutcome> {
        let statement = sql::parse_statement(text, &sql::Bindings { named, positional })?;
        match statement {
            Statement::Query(relation) => Ok(SqlOutcome::Query(self.frame(&relation).await?)),
            other => Ok(SqlOutcome::Command(statement::run(self, other).await?)),
        }
    }

    /// Runs a client's command: views and writes.
    pub async fn run(self: &Arc<Self>, command: &Command) -> Result<()> {
        statement::run_command(self, command).await
    }

    // ---- frames kept by id -----------------------------------------------------------------------------------------

    /// Keeps a relation under an id, for `Node::Frame`.
    pub fn put_frame(self: &Arc<Self>, id: &str, relation: &Relation) -> Result<()> {
        let closed = expand::expand(self, relation)?;
        self.frames.write().insert(id.to_owned(), closed);
        Ok(())
    }

    pub(crate) fn kept_frame(&self, id: &str) -> Result<Relation> {
        self.frames.read().get(id).cloned().ok_or_else(|| Failure::internal(format!("there is no frame {id}")))
    }

    pub fn has_frame(&self, id: &str) -> bool {
        self.frames.read().contains_key(id)
    }

    pub fn drop_frame(&self, id: &str) {
        self.frames.write().remove(id);
    }

    /// Marks a relation as cached: the first action over it keeps its rows in memory.
    pub async fn persist(self: &Arc<Self>, relation: &Relation) -> Result<()> {
        let closed = expand::expand(self, relation)?;
        self.cache.add(closed);
        Ok(())
    }

    /// Forgets the rows; false when the relation was not cached.
    pub fn unpersist(self: &Arc<Self>, relation: &Relation) -> Result<bool> {
        let closed = expand::expand(self, relation)?;
        Ok(self.cache.remove(&closed))
    }

    pub fn is_persisted(self: &Arc<Self>, relation: &Relation) -> Result<bool> {
        let closed = expand::expand(self, relation)?;
        Ok(self.cache.contains(&closed))
    }

    // ---- fitted models ---------------------------------------------------------------------------------------------

    pub fn put_transformer(&self, id: &str, transformer: Arc<dyn Transformer>) {
        self.transformers.write().insert(id.to_owned(), transformer);
    }

    pub fn transformer(&self, id: &str) -> Option<Arc<dyn Transformer>> {
        self.transformers.read().get(id).cloned()
    }

    /// False when there was none.
    pub fn drop_transformer(&self, id: &str) -> bool {
        self.transformers.write().remove(id).is_some()
    }

    // ---- functions of the client ------------------------------------------------------------------------------------

    /// Lets SQL text call the function by its name.
    pub(crate) fn register_function(&self, function: PythonFunction) -> Result<()> {
        self.workers.check_user()?;
        self.functions.write().insert(function.name.to_lowercase(), Arc::new(function));
        Ok(())
    }

    /// The registered function of this lower-case name.
    pub(crate) fn function(&self, name: &str) -> Option<Arc<PythonFunction>> {
        self.functions.read().get(name).cloned()
    }

    /// What runs the client's functions.
    pub fn workers(&self) -> Arc<Workers> {
        Arc::clone(&self.workers)
    }

    // ---- names -----------------------------------------------------------------------------------------------------

    /// The full name of a table: catalog, schema, name.
    pub(crate) fn table_name(&self, name: &ObjectName) -> Result<brickyard_lake::TableName> {
        let place = self.place.read().clone();
        match name.parts() {
            [table] => Ok(brickyard_lake::TableName::new(&place.catalog, &place.schema, table)),
            [schema, table] => Ok(brickyard_lake::TableName::new(&place.catalog, schema, table)),
            // Spark's own name for the session catalog stands for ours.
            [catalog, schema, table] if catalog.eq_ignore_ascii_case("spark_catalog") => {
                Ok(brickyard_lake::TableName::new(brickyard_lake::DEFAULT_CATALOG, schema, table))
            }
            [catalog, schema, table] => Ok(brickyard_lake::TableName::new(catalog, schema, table)),
            _ => Err(failures::table_not_found(name, &place)),
        }
    }

    /// The view of this name: temporary, or of `global_temp`.
    pub(crate) fn view(&self, name: &ObjectName) -> Option<Relation> {
        match name.parts() {
            [view] => self.views.read().get(&view.to_lowercase()).cloned(),
            [schema, view] if schema.eq_ignore_ascii_case("global_temp") => {
                self.engine.shared().global_views.read().get(&view.to_lowercase()).cloned()
            }
            _ => None,
        }
    }
}

fn session_state(engine: &Engine) -> SessionState {
    let mut config =
        SessionConfig::new().with_target_partitions(engine.shared().threads).with_information_schema(false);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    options.execution.enable_ansi_mode = true;
    options.execution.time_zone = Some("UTC".to_owned());
    // Rows keep the order of their source where no operator asks for another, as people expect of `show`.
    options.optimizer.enable_round_robin_repartition = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(&engine.shared().runtime))
        .with_default_features()
        .with_optimizer_rules(crate::compute_late::logical_rules())
        .with_query_planner(Arc::new(crate::planner::Planner))
        .with_physical_optimizer_rules(crate::compute_late::physical_rules())
        .build();
    if let Err(error) = brickyard_functions::register(&mut state) {
        tracing::error!(error = %engine_failure(error), "functions could not be registered");
    }
    state
}
