//! Models by name, loaded once: a version never changes, so what was read stays good.

use brickyard_error::{Failure, Result, codes};
use brickyard_ml::registry::Operator;
use brickyard_ml::{Registry, Transformer};
use brickyard_models::ModelStore;
use brickyard_tracking::{ModelUri, ResolvedModel, Tracking};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// A model ready to answer.
#[derive(Debug, Clone)]
pub struct LoadedModel {
    /// Of a registered model.
    pub name: Option<String>,
    pub version: Option<u64>,
    pub run_id: Option<String>,
    pub transformer: Arc<dyn Transformer>,
}

/// Loads models and keeps registered versions. Cloning shares them.
#[derive(Clone)]
pub struct Models {
    tracking: Tracking,
    store: ModelStore,
    registry: Arc<Registry>,
    loaded: Arc<Mutex<HashMap<(String, u64), LoadedModel>>>,
}

impl Models {
    pub fn new(tracking: Tracking, registry: Arc<Registry>) -> Self {
        Self { store: ModelStore::new(tracking.clone()), tracking, registry, loaded: Arc::default() }
    }

    /// The model that a name stands for now: `delays@champion`, `models:/delays/3`, `runs:/…/model`, a path.
    pub async fn load(&self, name: &str) -> Result<LoadedModel> {
        self.load_uri(&ModelUri::parse(name)?).await
    }

    pub async fn load_uri(&self, uri: &ModelUri) -> Result<LoadedModel> {
        let resolved = self.tracking.resolve(uri).await?;
        let key = resolved.name.clone().zip(resolved.version);
        if let Some(model) = key.as_ref().and_then(|key| self.loaded.lock().get(key).cloned()) {
            return Ok(model);
        }
        let model = self.read(&resolved, uri).await?;
        if let Some(key) = key {
            self.loaded.lock().insert(key, model.clone());
        }
        Ok(model)
    }

    async fn read(&self, resolved: &ResolvedModel, uri: &ModelUri) -> Result<LoadedModel> {
        let saved = self.store.load_resolved(resolved.location.clone()).await?;
        let Operator::Transformer(transformer) = self.registry.load(&saved)? else {
            let text = format!("{} is not a fitted model; fit it, then save the model", saved.class());
            return Err(Failure::new(&codes::serving::NOT_A_MODEL, text));
        };
        tracing::debug!(model = ?uri, class = saved.class(), "model loaded");
        Ok(LoadedModel {
            name: resolved.name.clone(),
            version: resolved.version,
            run_id: resolved.run_id.clone(),
            transformer: transformer.into(),
        })
    }
}
