//! Registered models and their versions, as users manage them.

use crate::paging::{PageOf, page};
use crate::registry_filters::{model_clauses, model_orders, version_clauses, version_orders};
use crate::{ModelUri, Tracking, invalid, limits};
use brickyard_error::{Failure, Result, codes};
use brickyard_meta::filter::Order;
use brickyard_meta::registry::{
    ModelSearch, NewVersion, Place, RegisteredModelRow, Stage, VersionColumn, VersionRow, VersionSearch, VersionStatus,
};
use brickyard_meta::tracking::Pair;

const MODELS_A_PAGE: i64 = 100;
const MODELS_A_PAGE_AT_MOST: i64 = 1000;
const VERSIONS_A_PAGE: i64 = 10_000;
const VERSIONS_A_PAGE_AT_MOST: i64 = 200_000;

/// What to search models or versions for.
#[derive(Debug, Clone, Default)]
pub struct RegistryQuery {
    pub filter: String,
    pub order_by: Vec<String>,
    pub max_results: Option<i64>,
    pub page_token: Option<String>,
}

/// A version to register from files that exist.
#[derive(Debug, Clone, Default)]
pub struct VersionRequest {
    pub name: String,
    /// Any model URI, `mlflow-artifacts:/…`, an absolute path or another URL.
    pub source: String,
    pub run_id: Option<String>,
    pub run_link: Option<String>,
    pub model_id: Option<String>,
    pub description: String,
    pub user: String,
    pub tags: Vec<Pair>,
}

impl Tracking {
    pub async fn create_registered_model(
        &self,
        name: &str,
        description: &str,
        tags: Vec<Pair>,
    ) -> Result<RegisteredModelRow> {
        limits::model_name(name)?;
        tags.iter().try_for_each(limits::registry_tag)?;
        self.meta.registry().create_model(name, description, tags, self.now_ms()).await
    }

    pub async fn registered_model(&self, name: &str) -> Result<RegisteredModelRow> {
        limits::model_name(name)?;
        self.meta.registry().get_model(name).await
    }

    pub async fn describe_registered_model(&self, name: &str, description: &str) -> Result<RegisteredModelRow> {
        self.meta.registry().describe_model(name, description, self.now_ms()).await
    }

    pub async fn rename_registered_model(&self, name: &str, new_name: &str) -> Result<RegisteredModelRow> {
        limits::model_name(new_name)?;
        self.meta.registry().rename_model(name, new_name, self.now_ms()).await
    }

    /// Deletes the model with all its versions.
    pub async fn delete_registered_model(&self, name: &str) -> Result<()> {
        self.meta.registry().delete_model(name).await
    }

    pub async fn set_registered_model_tag(&self, name: &str, tag: Pair) -> Result<()> {
        limits::registry_tag(&tag)?;
        self.meta.registry().set_model_tag(name, tag).await
    }

    pub async fn delete_registered_model_tag(&self, name: &str, key: &str) -> Result<()> {
        self.meta.registry().delete_model_tag(name, key).await
    }

    pub async fn set_alias(&self, name: &str, alias: &str, version: i64) -> Result<()> {
        limits::model_name(name)?;
        limits::new_alias(alias)?;
        self.meta.registry().set_alias(name, alias, version).await
    }

    pub async fn delete_alias(&self, name: &str, alias: &str) -> Result<()> {
        limits::alias(alias)?;
        self.meta.registry().delete_alias(name, alias).await
    }

    /// The version an alias points to; `latest` is always the newest that is ready.
    ///
    /// # Errors
    /// [`codes::tracking::INVALID`] when the model has no such alias, as MLflow answers.
    pub async fn version_by_alias(&self, name: &str, alias: &str) -> Result<VersionRow> {
        limits::model_name(name)?;
        limits::alias(alias)?;
        if alias.eq_ignore_ascii_case("latest") {
            return self.latest_version(name).await;
        }
        match self.meta.registry().alias(name, alias).await? {
            Some(version) => self.meta.registry().get_version(name, version).await,
            None => Err(invalid(format!("registered model alias {alias} not found"))),
        }
    }

    /// The newest version that is ready.
    pub async fn latest_version(&self, name: &str) -> Result<VersionRow> {
        let latest = self.meta.registry().latest_ready_version(name).await?;
        latest.ok_or_else(|| {
            let message = format!("registered model '{name}' has no version that is ready; register one first");
            Failure::new(&codes::tracking::NOT_FOUND, message)
        })
    }

    pub async fn search_registered_models(&self, query: RegistryQuery) -> Result<PageOf<RegisteredModelRow>> {
        let (clauses, prompts) = model_clauses(&query.filter)?;
        let search = ModelSearch {
            clauses,
            prompts,
            orders: model_orders(&query.order_by)?,
            page: page(query.max_results, MODELS_A_PAGE, MODELS_A_PAGE_AT_MOST, query.page_token.as_deref())?,
        };
        Ok(self.meta.registry().search_models(search).await?.into())
    }

    /// Registers files that exist as the next version, ready at once.
    pub async fn create_version(&self, request: VersionRequest) -> Result<VersionRow> {
        limits::model_name(&request.name)?;
        request.tags.iter().try_for_each(limits::registry_tag)?;
        if request.source.is_empty() {
            return Err(invalid("missing value for required parameter 'source'"));
        }
        let (storage_location, source_run) = self.storage_location(&request.source).await?;
        let model_run = match (&request.model_id, &request.run_id, &source_run) {
            (Some(model_id), None, None) => self.logged_model(model_id).await?.source_run_id,
            _ => None,
        };
        let model_id = request.model_id.or_else(|| match ModelUri::parse(&request.source) {
            Ok(ModelUri::Logged { model_id }) => Some(model_id),
            _ => None,
        });
        let version = NewVersion {
            name: request.name,
            create_model: false,
            place: Place::Existing { source: request.source, storage_location },
            description: request.description,
            user_id: request.user,
            run_id: request.run_id.or(source_run).or(model_run),
            run_link: request.run_link,
            model_id,
            status: VersionStatus::Ready,
            tags: request.tags,
            now_ms: self.now_ms(),
        };
        self.meta.registry().create_version(version).await
    }

    pub async fn version(&self, name: &str, version: i64) -> Result<VersionRow> {
        limits::model_name(name)?;
        self.meta.registry().get_version(name, version).await
    }

    pub async fn describe_version(&self, name: &str, version: i64, description: &str) -> Result<VersionRow> {
        self.meta.registry().describe_version(name, version, description, self.now_ms()).await
    }

    pub async fn delete_version(&self, name: &str, version: i64) -> Result<()> {
        self.meta.registry().delete_version(name, version, self.now_ms()).await
    }

    pub async fn set_version_tag(&self, name: &str, version: i64, tag: Pair) -> Result<()> {
        limits::registry_tag(&tag)?;
        self.meta.registry().set_version_tag(name, version, tag).await
    }

    pub async fn delete_version_tag(&self, name: &str, version: i64, key: &str) -> Result<()> {
        self.meta.registry().delete_version_tag(name, version, key).await
    }

    /// Moves a version to a stage; with `archive_others`, what was there goes to the archive.
    pub async fn set_stage(&self, name: &str, version: i64, stage: &str, archive_others: bool) -> Result<VersionRow> {
        let to = parse_stage(stage)?;
        if archive_others && !matches!(to, Stage::Staging | Stage::Production) {
            return Err(invalid(format!(
                "model version transition cannot archive existing model versions because '{stage}' is not an active \
                 stage. valid stages are Staging, Production"
            )));
        }
        self.meta.registry().set_stage(name, version, to, archive_others, self.now_ms()).await
    }

    /// The newest version of each of these stages; of every stage when none is named.
    pub async fn latest_of_stages(&self, name: &str, stages: &[String]) -> Result<Vec<VersionRow>> {
        let wanted = stages.iter().map(|stage| parse_stage(stage)).collect::<Result<Vec<_>>>()?;
        let model = self.registered_model(name).await?;
        let keep = |version: &VersionRow| wanted.is_empty() || wanted.contains(&version.stage);
        Ok(model.latest_versions.into_iter().filter(keep).collect())
    }

    pub async fn search_versions(&self, query: RegistryQuery) -> Result<PageOf<VersionRow>> {
        let (clauses, prompts) = version_clauses(&query.filter)?;
        let mut orders = version_orders(&query.order_by)?;
        if orders.is_empty() {
            orders.push(Order { field: VersionColumn::LastUpdateTime, descending: true });
        }
        let search = VersionSearch {
            clauses,
            prompts,
            orders,
            page: page(query.max_results, VERSIONS_A_PAGE, VERSIONS_A_PAGE_AT_MOST, query.page_token.as_deref())?,
        };
        Ok(self.meta.registry().search_versions(search).await?.into())
    }
}

/// A stage by its name in any letter case.
pub(crate) fn parse_stage(stage: &str) -> Result<Stage> {
    match stage.to_ascii_lowercase().as_str() {
        "none" => Ok(Stage::None),
        "staging" => Ok(Stage::Staging),
        "production" => Ok(Stage::Production),
        "archived" => Ok(Stage::Archived),
        _ => Err(invalid(format!(
            "invalid model version stage: {stage}. value must be one of None, Staging, Production, Archived"
        ))),
    }
}
