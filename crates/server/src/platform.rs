//! What SQL reaches beyond tables: models of the registry and endpoints, composed from tracking and serving.

use async_trait::async_trait;
use brickyard_cluster::Cluster;
use brickyard_engine::{Distributor, EndpointEntry, ModelEntry, Platform};
use brickyard_error::{Result, codes};
use brickyard_functions::ModelSource;
use brickyard_ml::Transformer;
use brickyard_serving::{Endpoints, Models};
use brickyard_tracking::{RegistryQuery, Tracking};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

pub struct ServerPlatform {
    pub tracking: Tracking,
    pub models: Models,
    pub endpoints: Endpoints,
    pub clock: fn() -> i64,
}

#[async_trait]
impl ModelSource for ServerPlatform {
    async fn model(&self, name: &str) -> Result<Arc<dyn Transformer>> {
        Ok(self.models.load(name).await?.transformer)
    }
}

#[async_trait]
impl Platform for ServerPlatform {
    async fn create_endpoint(&self, name: &str, model: &str, or_replace: bool, principal: &str) -> Result<()> {
        let served = vec![self.endpoints.entity(model).await?];
        let now_ms = (self.clock)();
        let exists = self.endpoints.get(name).is_ok();
        if or_replace && exists {
            self.endpoints.update(name, served, now_ms).await?;
        } else {
            self.endpoints.create(name, served, principal, now_ms).await?;
        }
        tracing::info!(endpoint = name, model, principal, "endpoint deployed");
        Ok(())
    }

    async fn drop_endpoint(&self, name: &str, principal: &str) -> Result<bool> {
        match self.endpoints.delete(name).await {
            Ok(()) => {
                tracing::info!(endpoint = name, principal, "endpoint dropped");
                Ok(true)
            }
            Err(failure) if std::ptr::eq(failure.code(), &codes::serving::ENDPOINT_NOT_FOUND) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn endpoints(&self) -> Result<Vec<EndpointEntry>> {
        let entry = |status: brickyard_serving::Status| {
            let served = status.config.served.iter().map(|entity| format!("{}/{}", entity.model, entity.version));
            EndpointEntry {
                name: status.config.name.clone(),
                model: served.collect::<Vec<_>>().join(", "),
                state: "READY".to_owned(),
            }
        };
        Ok(self.endpoints.list().into_iter().map(entry).collect())
    }

    async fn models(&self) -> Result<Vec<ModelEntry>> {
        let mut entries = Vec::new();
        let mut token = None;
        loop {
            let query = RegistryQuery { page_token: token, ..RegistryQuery::default() };
            let page = self.tracking.search_registered_models(query).await?;
            entries.extend(page.rows.into_iter().map(|model| ModelEntry {
                latest_version: model.latest_versions.iter().filter_map(|row| u64::try_from(row.version).ok()).max(),
                aliases: model.aliases.into_iter().map(|alias| (alias.alias, alias.version.unsigned_abs())).collect(),
                name: model.name,
            }));
            token = page.next_token;
            if token.is_none() {
                return Ok(entries);
            }
        }
    }
}

/// The executors, as the web page lists them.
pub struct ClusterPage(pub Cluster);

#[async_trait]
impl brickyard_web::Cluster for ClusterPage {
    async fn executors(&self) -> Result<Vec<brickyard_web::Executor>> {
        let page = |executor: brickyard_cluster::ExecutorInfo| brickyard_web::Executor {
            state: (if executor.alive { "active" } else { "lost" }).to_owned(),
            id: executor.id,
            address: executor.address,
            cores: executor.cores,
            started_ms: executor.started_ms,
            running_tasks: executor.running_tasks,
            memory_bytes: None,
        };
        Ok(self.0.executors().await.into_iter().map(page).collect())
    }
}

/// Offers queries to the executors.
pub struct ClusterQueries(pub Cluster);

#[async_trait]
impl Distributor for ClusterQueries {
    async fn run(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<Option<SendableRecordBatchStream>> {
        self.0.run_if_eligible(plan).await
    }
}
