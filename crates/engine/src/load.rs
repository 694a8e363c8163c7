//! What a tree needs before it can be resolved: tables and files opened, models found, and the parts run whose columns
//! depend on data.

use crate::cache::Cached;
use crate::failures::{self, engine_failure};
use crate::{Session, statement};
use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use brickyard_error::{Failure, Result};
use brickyard_functions::Zone;
use brickyard_lake::{ReadRequest, Version};
use brickyard_ml::Transformer;
use brickyard_spec::{Expr, Grouping, Literal, Node, Relation, Source};
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Rows from outside, under a plan whose columns have their own names.
pub(crate) struct Loaded {
    pub plan: LogicalPlan,
    pub fields: Vec<Field>,
    /// `["spark_catalog", "default", "flights"]` for tables.
    pub qualifier: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Sources {
    reads: Vec<(Source, Loaded)>,
    computed: Vec<(Relation, Loaded)>,
    pivots: Vec<(Relation, Vec<Literal>)>,
    sized: Vec<(Relation, SchemaRef)>,
    pub models: HashMap<String, Arc<dyn Transformer>>,
}

impl Sources {
    pub fn read(&self, source: &Source) -> Result<&Loaded> {
        let found = self.reads.iter().find(|(known, _)| known == source);
        found.map(|(_, loaded)| loaded).ok_or_else(|| Failure::internal("a source was not loaded"))
    }

    /// The rows of a relation that is cached, or had to be run first.
    pub fn computed(&self, relation: &Relation) -> Option<&Loaded> {
        self.computed.iter().find(|(known, _)| known == relation).map(|(_, loaded)| loaded)
    }

    /// The values of a pivot's column that were found by a query.
    pub fn pivot_values(&self, relation: &Relation) -> Option<Vec<Literal>> {
        self.pivots.iter().find(|(known, _)| known == relation).map(|(_, values)| values.clone())
    }

    /// A transformer's input with the sizes of its vectors, where the first row had to tell them.
    pub fn sized(&self, relation: &Relation) -> Option<SchemaRef> {
        self.sized.iter().find(|(known, _)| known == relation).map(|(_, schema)| schema.clone())
    }
}

/// Loads what the tree needs.
pub(crate) async fn load(session: &Arc<Session>, relation: Relation) -> Result<(Relation, Sources)> {
    load_with(session, relation, Vec::new()).await
}

/// The same, with the rows of some relations at hand.
pub(crate) async fn load_with(
    session: &Arc<Session>,
    relation: Relation,
    given: Vec<(Relation, Loaded)>,
) -> Result<(Relation, Sources)> {
    let mut jobs = Jobs { given: given.iter().map(|(relation, _)| relation.clone()).collect(), ..Jobs::default() };
    jobs.collect(session, &relation, true);
    let (relation, mut sources) = work(session, relation, jobs).await?;
    sources.computed.extend(given);
    Ok((relation, sources))
}

/// The same, though the relation itself is cached: for those who compute the cached rows.
pub(crate) async fn load_below(session: &Arc<Session>, relation: Relation) -> Result<(Relation, Sources)> {
    let mut jobs = Jobs::default();
    jobs.collect(session, &relation, false);
    work(session, relation, jobs).await
}

async fn work(session: &Arc<Session>, relation: Relation, jobs: Jobs) -> Result<(Relation, Sources)> {
    let mut sources = Sources::default();
    for source in jobs.reads {
        let loaded = open(session, &source).await?;
        sources.reads.push((source, loaded));
    }
    for (relation, cached) in jobs.cached {
        let loaded = Box::pin(cached.loaded(session)).await?;
        sources.computed.push((relation, loaded));
    }
    for relation in jobs.eager {
        let batches = Box::pin(run(session, &relation)).await?;
        let loaded = in_memory(batches)?;
        sources.computed.push((relation, loaded));
    }
    for relation in jobs.pivots {
        let values = Box::pin(pivot_values(session, &relation)).await?;
        sources.pivots.push((relation, values));
    }
    for (relation, transformer) in jobs.transforms {
        if let Some(schema) = Box::pin(sized(session, &relation, transformer.as_ref())).await? {
            sources.sized.push((relation, schema));
        }
    }
    for name in jobs.models {
        let platform = session.engine().shared().platform.read().clone();
        let platform = platform.ok_or_else(|| Failure::unsupported("predict without a model registry"))?;
        let model = platform.model(&name).await?;
        sources.models.insert(name, model);
    }
    Ok((relation, sources))
}

/// What has to be done, each once.
#[derive(Default)]
struct Jobs {
    /// Needs no work.
    given: Vec<Relation>,
    reads: Vec<Source>,
    cached: Vec<(Relation, Arc<Cached>)>,
    eager: Vec<Relation>,
    pivots: Vec<Relation>,
    transforms: Vec<(Relation, Arc<dyn Transformer>)>,
    models: Vec<String>,
}

impl Jobs {
    fn collect(&mut self, session: &Session, root: &Relation, is_root_cached: bool) {
        root.walk(&mut |relation| {
            if self.given.contains(relation) {
                return false;
            }
            let may_be_cached = is_root_cached || !std::ptr::eq(relation, root);
            if let Some(cached) = session.cache.find(relation).filter(|_| may_be_cached) {
                if !self.cached.iter().any(|(known, _)| known == relation) {
                    self.cached.push((relation.clone(), cached));
                }
                return false;
            }
            match relation.node.as_ref() {
                Node::Read(source) if !self.reads.contains(source) => self.reads.push(source.clone()),
                Node::ShowString { .. }
                | Node::HtmlString { .. }
                | Node::Tail { .. }
                | Node::Crosstab { .. }
                | Node::FrequentItems { .. }
                | Node::Statement(_) => {
                    if !self.eager.contains(relation) {
                        self.eager.push(relation.clone());
                    }
                    return false;
                }
                Node::Aggregate(aggregate) => {
                    if let Grouping::Pivot { pivot, .. } = &aggregate.grouping
                        && pivot.values.is_empty()
                        && !self.pivots.contains(relation)
                    {
                        self.pivots.push(relation.clone());
                    }
                }
                Node::Transform { transformer, .. } => {
                    // A stage that never asks for sizes answers without looking at the columns.
                    let asks = |stage: &Arc<dyn Transformer>| stage.unsized_vectors(&Schema::empty()).is_err();
                    let transformer = session.transformer(transformer).filter(asks);
                    if let Some(transformer) = transformer
                        && !self.transforms.iter().any(|(known, _)| known == relation)
                    {
                        self.transforms.push((relation.clone(), transformer));
                    }
                }
                _ => {}
            }
            for expr in relation.node.exprs() {
                expr.walk(&mut |expr| self.models.extend(model_name(expr)));
            }
            true
        });
        self.models.sort();
        self.models.dedup();
    }
}

/// The model that a call of `predict` or the like names.
fn model_name(expr: &Expr) -> Option<String> {
    const FUNCTIONS: [&str; 3] = ["predict", "explain_prediction", "nearest_neighbours"];
    let Expr::Function { name, arguments, .. } = expr else { return None };
    match (FUNCTIONS.iter().any(|known| name.eq_ignore_ascii_case(known)), arguments.first()) {
        (true, Some(Expr::Literal(Literal::String(model)))) => Some(model.clone()),
        _ => None,
    }
}

async fn open(session: &Arc<Session>, source: &Source) -> Result<Loaded> {
    match source {
        Source::Table { name, options } => {
            let table = session.table_name(name)?;
            let lake = session.engine().lake();
            let version = version_of(session, options)?;
            if !lake.exists(&table).await? {
                return Err(failures::table_not_found(name, &session.place.read()));
            }
            let provider: Arc<dyn TableProvider> = lake.table(&table, version).await?;
            let catalog = failures::spark_catalog(&table.catalog).to_owned();
            from_provider(provider, vec![catalog, table.schema, table.name])
        }
        Source::Files { format, paths, schema, options } => {
            let request = ReadRequest {
                format: format.clone(),
                paths: paths.clone(),
                schema: schema.clone(),
                options: options.clone(),
            };
            let frame = brickyard_lake::read(session.context(), &request).await?;
            let plan = frame.into_unoptimized_plan();
            let fields =
                plan.schema().fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
            Ok(Loaded { plan, fields, qualifier: Vec::new() })
        }
    }
}

pub(crate) fn version_of(session: &Session, options: &BTreeMap<String, String>) -> Result<Option<Version>> {
    let option = |name: &str| options.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    if let Some(number) = option("versionAsOf") {
        let number = number.parse().map_err(|_| failures::form(format!("version {number} is no whole number")))?;
        return Ok(Some(Version::Number(number)));
    }
    let Some(text) = option("timestampAsOf") else { return Ok(None) };
    let zone = brickyard_functions::time_zone(&session.conf().time_zone()).unwrap_or(Zone::Region(chrono_tz::Tz::UTC));
    let micros = brickyard_functions::parse::timestamp(text, &zone)
        .ok_or_else(|| failures::form(format!("{text} is no timestamp")))?;
    Ok(Some(Version::TimestampMs(micros / 1000)))
}

pub(crate) fn from_provider(provider: Arc<dyn TableProvider>, qualifier: Vec<String>) -> Result<Loaded> {
    let fields = provider.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let scan = LogicalPlanBuilder::scan("source", provider_as_source(provider), None);
    let plan = scan.and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
    Ok(Loaded { plan, fields, qualifier })
}

fn in_memory(batches: Vec<RecordBatch>) -> Result<Loaded> {
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let table = datafusion::datasource::MemTable::try_new(schema, vec![batches]).map_err(engine_failure)?;
    from_provider(Arc::new(table), Vec::new())
}

/// The rows of a node whose columns depend on data, or that is a command.
async fn run(session: &Arc<Session>, relation: &Relation) -> Result<Vec<RecordBatch>> {
    let text = |name: &str, text: String| -> Result<Vec<RecordBatch>> {
        let schema = Schema::new(vec![Field::new(name, DataType::Utf8, false)]);
        let column = Arc::new(StringArray::from(vec![text]));
        let batch = RecordBatch::try_new(Arc::new(schema), vec![column]);
        Ok(vec![batch.map_err(|error| engine_failure(error.into()))?])
    };
    match relation.node.as_ref() {
        Node::ShowString { input, rows, truncate, vertical } => {
            let frame = session.closed_frame(input.clone()).await?;
            text("show_string", frame.show_string(*rows, *truncate, *vertical).await?)
        }
        Node::HtmlString { input, rows, truncate } => {
            let frame = session.closed_frame(input.clone()).await?;
            text("html_string", frame.html_string(*rows, *truncate).await?)
        }
        Node::Tail { input, count } => tail(&session.closed_frame(input.clone()).await?, *count as usize).await,
        Node::Crosstab { input, first, second } => crate::rows::crosstab(session, input, first, second).await,
        Node::FrequentItems { input, columns, support } => {
            crate::rows::frequent_items(session, input, columns, *support).await
        }
        Node::Statement(statement) => {
            let frame = statement::run(session, statement.as_ref().clone()).await?;
            let batches = frame.collect().await?;
            Ok(if batches.is_empty() { vec![RecordBatch::new_empty(frame.schema())] } else { batches })
        }
        _ => Err(Failure::internal("a node that need not be run")),
    }
}

/// The last rows in order, keeping only as many as are asked for.
async fn tail(frame: &crate::Frame, count: usize) -> Result<Vec<RecordBatch>> {
    use futures::StreamExt;
    let mut stream = frame.stream().await?;
    let mut kept = std::collections::VecDeque::new();
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(engine_failure)?;
        rows += batch.num_rows();
        kept.push_back(batch);
        while let Some(first) = kept.front().map(RecordBatch::num_rows)
            && rows - first >= count
        {
            rows -= first;
            kept.pop_front();
        }
    }
    if let Some(first) = kept.front_mut()
        && rows > count
    {
        let excess = rows - count;
        *first = first.slice(excess, first.num_rows() - excess);
    }
    let mut batches: Vec<RecordBatch> = kept.into();
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(frame.schema()));
    }
    Ok(batches)
}

/// The columns of a transformer's input, with the sizes of vectors from the first row where their metadata does not tell.
async fn sized(
    session: &Arc<Session>,
    relation: &Relation,
    transformer: &dyn Transformer,
) -> Result<Option<SchemaRef>> {
    let Node::Transform { input, .. } = relation.node.as_ref() else { return Ok(None) };
    let frame = session.closed_frame(input.clone()).await?;
    // What is wrong with the columns is said when they are resolved.
    if transformer.unsized_vectors(&frame.schema()).unwrap_or_default().is_empty() {
        return Ok(None);
    }
    let rows = frame.take(1).await?;
    let first = rows.iter().find(|batch| batch.num_rows() > 0);
    first.map(|batch| brickyard_ml::transform::sized(transformer, batch)).transpose()
}

/// The distinct values of the pivot's column, in order, without null.
async fn pivot_values(session: &Arc<Session>, relation: &Relation) -> Result<Vec<Literal>> {
    let Node::Aggregate(aggregate) = relation.node.as_ref() else { return Ok(Vec::new()) };
    let Grouping::Pivot { pivot, .. } = &aggregate.grouping else { return Ok(Vec::new()) };
    let column = pivot.column.clone().alias("value");
    let project = Relation::new(Node::Project { input: aggregate.input.clone(), exprs: vec![column] });
    let distinct = Relation::new(Node::Deduplicate { input: project, columns: Vec::new() });
    let frame = session.closed_frame(distinct).await?;
    let mut values = Vec::new();
    for batch in frame.collect().await? {
        let column = batch.column(0);
        for row in 0..column.len() {
            if !column.is_null(row) {
                values.push(crate::rows::literal_at(column, row)?);
            }
        }
    }
    const MOST: usize = 10_000;
    if values.len() > MOST {
        return Err(failures::form(format!(
            "the pivot column has more than {MOST} distinct values; name the ones wanted"
        )));
    }
    crate::rows::sort_literals(&mut values);
    Ok(values)
}
