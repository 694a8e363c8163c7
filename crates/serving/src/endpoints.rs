//! The endpoints of this server: their configurations in the store, their models in memory.

use crate::endpoint::{EndpointConfig, ServedEntity};
use crate::latency::{Latency, LatencySummary};
use crate::{LoadedModel, Models, Rows};
use arrow::array::RecordBatch;
use brickyard_error::{Failure, Result, codes};
use brickyard_meta::Meta;
use brickyard_ml::transform::append;
use brickyard_ml::{Input, pipeline};
use brickyard_tracking::{ModelUri, Selector};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Batches above this many rows are computed off the thread that answers requests.
const INLINE_ROWS: usize = 256;

/// Cloning shares the endpoints.
#[derive(Clone)]
pub struct Endpoints {
    meta: Meta,
    models: Models,
    live: Arc<RwLock<HashMap<String, Arc<Live>>>>,
}

/// An endpoint that answers.
struct Live {
    config: EndpointConfig,
    /// In the order of `config.served`.
    models: Vec<Served>,
    latency: Latency,
    requests: AtomicU64,
}

struct Served {
    model: LoadedModel,
    inputs: Vec<Input>,
}

/// What an endpoint is and does.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    pub config: EndpointConfig,
    /// Raw columns that the first served model reads.
    pub inputs: Vec<Input>,
    pub latency: LatencySummary,
}

/// An answer: the model's columns beside the request's.
#[derive(Debug)]
pub struct Invocation {
    pub batch: RecordBatch,
    /// Which served entity answered.
    pub served_by: String,
    pub version: u64,
}

impl Endpoints {
    /// Opens the endpoints of the store; those whose model cannot be loaded are logged, and answer with that failure.
    pub async fn open(meta: Meta, models: Models) -> Result<Self> {
        let endpoints = Self { meta, models, live: Arc::default() };
        for row in endpoints.meta.endpoints().list().await? {
            let config: EndpointConfig = serde_json::from_str(&row.config)
                .map_err(|error| Failure::internal(format!("endpoint {} in the store", row.name)).because(error))?;
            match endpoints.load(config).await {
                Ok(live) => endpoints.start(live),
                Err(failure) => tracing::warn!(endpoint = row.name, %failure, "an endpoint cannot be served"),
            }
        }
        Ok(endpoints)
    }

    /// The entity that serves all of a model's traffic, for a name such as `models:/delays@champion`.
    ///
    /// # Errors
    /// Only registered models can be served; the name must stand for a version that is ready.
    pub async fn entity(&self, model: &str) -> Result<ServedEntity> {
        let loaded = self.models.load(model).await?;
        let (Some(name), Some(version)) = (loaded.name, loaded.version) else {
            let text = format!("{model} is not a registered model; register it, then serve models:/NAME");
            return Err(Failure::new(&codes::serving::CONFIG_INVALID, text));
        };
        Ok(ServedEntity { name: format!("{name}-{version}"), model: name, version, traffic_percent: 100 })
    }

    /// Creates an endpoint; it is in the store and its models are loaded when this returns.
    pub async fn create(&self, name: &str, served: Vec<ServedEntity>, creator: &str, now_ms: i64) -> Result<Status> {
        if self.live(name).is_ok() || self.meta.endpoints().get(name).await?.is_some() {
            let text = format!("endpoint {name} exists already; update its config, or delete it first");
            return Err(Failure::new(&codes::serving::ENDPOINT_EXISTS, text));
        }
        let config = EndpointConfig {
            name: name.to_owned(),
            served,
            creator: creator.to_owned(),
            created_ms: now_ms,
            updated_ms: now_ms,
            config_version: 1,
        };
        self.put(config).await
    }

    /// Replaces what an endpoint serves: the new models are loaded first, then requests change over at once.
    pub async fn update(&self, name: &str, served: Vec<ServedEntity>, now_ms: i64) -> Result<Status> {
        let old = self.config(name).await?;
        let config_version = old.config_version + 1;
        self.put(EndpointConfig { served, updated_ms: now_ms, config_version, ..old }).await
    }

    pub async fn delete(&self, name: &str) -> Result<()> {
        let known = self.meta.endpoints().delete(name).await?;
        self.live.write().remove(name);
        if known { Ok(()) } else { Err(no_endpoint(name)) }
    }

    pub fn get(&self, name: &str) -> Result<Status> {
        Ok(self.live(name)?.status())
    }

    /// All endpoints that answer, by name.
    pub fn list(&self) -> Vec<Status> {
        let mut all: Vec<Status> = self.live.read().values().map(|live| live.status()).collect();
        all.sort_by(|a, b| a.config.name.cmp(&b.config.name));
        all
    }

    /// The raw columns an endpoint reads.
    pub fn inputs(&self, name: &str) -> Result<Vec<Input>> {
        Ok(self.live(name)?.status().inputs)
    }

    /// Answers rows with one of the endpoint's models.
    pub async fn invoke(&self, name: &str, rows: Rows) -> Result<Invocation> {
        let started = Instant::now();
        let live = self.live(name)?;
        let count = rows.count;
        let outcome = if count <= INLINE_ROWS {
            live.answer(&rows)
        } else {
            let live = live.clone();
            let work = tokio::task::spawn_blocking(move || live.answer(&rows)).await;
            work.map_err(|error| Failure::internal("a prediction died").because(error))?
        };
        match &outcome {
            Ok(_) => live.latency.record(started.elapsed(), count),
            Err(_) => live.latency.record_error(),
        }
        outcome
    }

    // ---- inside ----------------------------------------------------------------------------------------------------

    async fn put(&self, config: EndpointConfig) -> Result<Status> {
        config.check()?;
        let live = self.load(config).await?;
        let text = serde_json::to_string(&live.config)
            .map_err(|error| Failure::internal("writing an endpoint's configuration").because(error))?;
        self.meta.endpoints().put(&live.config.name, &text, live.config.updated_ms).await?;
        let status = live.status();
        self.start(live);
        Ok(status)
    }

    async fn load(&self, config: EndpointConfig) -> Result<Live> {
        let mut models = Vec::with_capacity(config.served.len());
        for entity in &config.served {
            let selector = Selector::Version(entity.version);
            let model = self.models.load_uri(&ModelUri::Registered { name: entity.model.clone(), selector }).await?;
            let inputs = pipeline::raw_inputs(model.transformer.as_ref())?;
            models.push(Served { model, inputs });
        }
        Ok(Live { config, models, latency: Latency::default(), requests: AtomicU64::new(0) })
    }

    fn start(&self, live: Live) {
        self.live.write().insert(live.config.name.clone(), Arc::new(live));
    }

    fn live(&self, name: &str) -> Result<Arc<Live>> {
        self.live.read().get(name).cloned().ok_or_else(|| no_endpoint(name))
    }

    async fn config(&self, name: &str) -> Result<EndpointConfig> {
        let row = self.meta.endpoints().get(name).await?.ok_or_else(|| no_endpoint(name))?;
        serde_json::from_str(&row.config)
            .map_err(|error| Failure::internal(format!("endpoint {name} in the store")).because(error))
    }
}

impl Live {
    fn status(&self) -> Status {
        Status {
            config: self.config.clone(),
            inputs: self.models.first().map(|served| served.inputs.clone()).unwrap_or_default(),
            latency: self.latency.summary(),
        }
    }

    fn answer(&self, rows: &Rows) -> Result<Invocation> {
        let index = self.config.route(self.requests.fetch_add(1, Ordering::Relaxed));
        let served = self.models.get(index).ok_or_else(|| no_endpoint(&self.config.name))?;
        let batch = rows.to_batch(&served.inputs)?;
        let batch = append(served.model.transformer.as_ref(), &batch)?;
        let entity = &self.config.served[index];
        Ok(Invocation { batch, served_by: entity.name.clone(), version: entity.version })
    }
}

fn no_endpoint(name: &str) -> Failure {
    Failure::new(&codes::serving::ENDPOINT_NOT_FOUND, format!("there is no endpoint {name}"))
}
