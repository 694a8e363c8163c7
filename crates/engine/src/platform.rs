//! What SQL statements beyond tables call: models and endpoints. The server implements it.

use async_trait::async_trait;
use brickyard_error::Result;
use brickyard_functions::ModelSource;

/// A row of `SHOW MODELS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    pub name: String,
    pub latest_version: Option<u64>,
    /// (alias, version)
    pub aliases: Vec<(String, u64)>,
}

/// A row of `SHOW ENDPOINTS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointEntry {
    pub name: String,
    pub model: String,
    pub state: String,
}

#[async_trait]
pub trait Platform: ModelSource {
    /// `CREATE [OR REPLACE] ENDPOINT name USING MODEL model`; `model` is `delays@champion`, `delays/3` or `delays`.
    async fn create_endpoint(&self, name: &str, model: &str, or_replace: bool, principal: &str) -> Result<()>;
    /// False when there was none.
    async fn drop_endpoint(&self, name: &str, principal: &str) -> Result<bool>;
    async fn endpoints(&self) -> Result<Vec<EndpointEntry>>;
    async fn models(&self) -> Result<Vec<ModelEntry>>;
}
