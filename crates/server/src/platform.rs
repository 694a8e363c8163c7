//! What SQL reaches beyond tables: models of the registry and endpoints, composed from tracking and serving.

use async_trait::async_trait;
use brickyard_cluster::Cluster;
use brickyard_engine::{Distributor, EndpointEntry, ModelEntry, NewModel, Platform, Session};
use brickyard_error::{Failure, Result, Status, codes};
use brickyard_functions::ModelSource;
use brickyard_ml::{Registry, Transformer};
use brickyard_models::ModelStore;
use brickyard_serving::{Endpoints, Models};
use brickyard_spec::Relation;
use brickyard_tracking::{RegistryQuery, Tracking, VersionRequest};
use brickyard_train::{Declaration, EXPERIMENT_SETTING, FitRecord, SearchLog, Trainer, evaluate, record, tables_of};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

pub struct ServerPlatform {
    pub tracking: Tracking,
    pub models: Models,
    pub store: ModelStore,
    pub endpoints: Endpoints,
    pub trainer: Trainer,
    pub registry: Arc<Registry>,
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

    async fn create_model(&self, session: &Arc<Session>, model: NewModel) -> Result<(u64, String)> {
        let exists = match self.tracking.registered_model(&model.name).await {
            Ok(_) => true,
            Err(failure) if failure.status() == Status::NotFound => false,
            Err(failure) => return Err(failure),
        };
        if exists && !model.or_replace {
            let text = format!("the model {} exists; CREATE OR REPLACE MODEL gives it another version", model.name);
            return Err(Failure::new(&codes::tracking::EXISTS, text));
        }
        let started_ms = (self.clock)();
        let experiment = session.conf().get_option(EXPERIMENT_SETTING).filter(|name| !name.is_empty());
        let experiment = experiment.unwrap_or_else(|| model.name.clone());
        let search = fingerprint(&model);
        let declaration = Declaration::new(&self.registry, model.options)?;
        let log = match declaration.is_search() {
            true => Some(SearchLog::open(&self.tracking, &experiment, session.user(), &model.name, &search).await?),
            false => None,
        };
        let made = declaration.train(&self.trainer, &self.registry, session, model.query, log.as_ref()).await?;
        let fit = FitRecord {
            experiment: &experiment,
            user: session.user(),
            class: made.class,
            params: &made.params,
            model: made.fitted.model.as_ref(),
            report: &made.fitted.report,
            rows: made.fitted.rows,
            started_ms,
            ended_ms: (self.clock)(),
            run_id: log.as_ref().map(|log| log.run_id.as_str()),
        };
        let run_id = record(&self.tracking, &fit, &tables_of(&made.frame.dataframe()?)?).await?;
        if !exists {
            self.tracking.create_registered_model(&model.name, "", Vec::new()).await?;
        }
        let request = VersionRequest {
            name: model.name.clone(),
            source: format!("runs:/{run_id}/model"),
            run_id: Some(run_id.clone()),
            user: session.user().to_owned(),
            ..VersionRequest::default()
        };
        let version = self.tracking.create_version(request).await?.version.unsigned_abs();
        tracing::info!(model = model.name, version, %run_id, "model created");
        Ok((version, run_id))
    }

    async fn drop_model(&self, name: &str, principal: &str) -> Result<bool> {
        match self.tracking.delete_registered_model(name).await {
            Ok(()) => {
                tracing::info!(model = name, principal, "model dropped");
                Ok(true)
            }
            Err(failure) if failure.status() == Status::NotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn describe_model(&self, name: &str) -> Result<Vec<(String, String)>> {
        let model = self.tracking.registered_model(name).await?;
        let latest = self.tracking.latest_version(name).await?;
        let loaded = self.models.load(&format!("{name}/{}", latest.version)).await?;
        let stages: Vec<&str> = loaded.transformer.stages().iter().map(|stage| stage.class()).collect();
        let inputs: Vec<String> = loaded.transformer.raw_inputs()?.into_iter().map(|input| input.column).collect();
        let aliases: Vec<String> =
            model.aliases.iter().map(|alias| format!("{}={}", alias.alias, alias.version)).collect();
        let rows = [
            ("name", name.to_owned()),
            ("latest_version", latest.version.to_string()),
            ("aliases", aliases.join(", ")),
            ("description", model.description),
            ("created_by", latest.user_id),
            ("run_id", latest.run_id.unwrap_or_default()),
            ("inputs", inputs.join(", ")),
            ("stages", if stages.is_empty() { loaded.transformer.class().to_owned() } else { stages.join(", ") }),
        ];
        Ok(rows.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    async fn export_model(&self, model: &str, folder: &str, format: &str) -> Result<String> {
        let model = self.models.load(model).await?.transformer;
        self.store.export(model, format, folder, false).await
    }

    async fn evaluate_model(&self, session: &Arc<Session>, model: &str, query: Relation) -> Result<Vec<(String, f64)>> {
        let model = self.models.load(model).await?.transformer;
        evaluate(&self.trainer, &self.registry, session, model, query).await
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

/// The same for the same statement, so that a search that was interrupted is found again.
fn fingerprint(model: &NewModel) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{} {:?} {:?}", model.name, model.options, model.query).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
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
