//! What SQL statements beyond tables call: models and endpoints. The server implements it.

use crate::Session;
use async_trait::async_trait;
use brickyard_error::Result;
use brickyard_functions::ModelSource;
use brickyard_ml::Value;
use brickyard_ml::search::Range;
use brickyard_spec::Relation;
use std::sync::Arc;

/// What an option of a model is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelOption {
    Value(Value),
    /// To be searched: `hparam_range(1, 9)`, `hparam_log_range(1e-4, 1)`, `hparam_candidates(array(3, 5))`.
    Range(Range),
}

/// `CREATE [OR REPLACE] MODEL name OPTIONS (…) AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct NewModel {
    pub name: String,
    /// Names in lower case.
    pub options: Vec<(String, ModelOption)>,
    pub query: Relation,
    /// A model of that name gets another version.
    pub or_replace: bool,
}

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
    /// Trains and registers a model; the version made, and the run that tells how.
    async fn create_model(&self, session: &Arc<Session>, model: NewModel) -> Result<(u64, String)>;
    /// False when there was none.
    async fn drop_model(&self, name: &str, principal: &str) -> Result<bool>;
    /// What is known of a model, by name.
    async fn describe_model(&self, name: &str) -> Result<Vec<(String, String)>>;
    /// Writes a model as another tool's file into a new folder; the path of the file.
    async fn export_model(&self, model: &str, folder: &str, format: &str) -> Result<String>;
    /// Metrics of a model's predictions over a query's rows, by name.
    async fn evaluate_model(&self, session: &Arc<Session>, model: &str, query: Relation) -> Result<Vec<(String, f64)>>;
}
