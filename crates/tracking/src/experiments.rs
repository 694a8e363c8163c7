//! Experiments.

use crate::filters::{experiment_clauses, experiment_orders};
use crate::paging::{PageOf, page};
use crate::{ARTIFACT_SCHEME, Tracking, invalid, limits};
use brickyard_error::Result;
use brickyard_meta::filter::Order;
use brickyard_meta::tracking::{ExperimentColumn, ExperimentRow, ExperimentSearch, Lifecycle, Pair, View, parse_id};

const EXPERIMENTS_A_PAGE: i64 = 1000;
const EXPERIMENTS_A_PAGE_AT_MOST: i64 = 50_000;

/// What to search experiments for; empty: all that are active, newest first.
#[derive(Debug, Clone)]
pub struct ExperimentQuery {
    pub filter: String,
    pub order_by: Vec<String>,
    pub view: View,
    pub max_results: Option<i64>,
    pub page_token: Option<String>,
}

impl Tracking {
    /// The new experiment's id. Without a location, artifacts are kept by this server.
    pub async fn create_experiment(
        &self,
        name: &str,
        artifact_location: Option<String>,
        tags: Vec<Pair>,
    ) -> Result<i64> {
        limits::experiment_name(name)?;
        tags.iter().try_for_each(limits::experiment_tag)?;
        let artifact_location = artifact_location.filter(|location| !location.is_empty());
        if artifact_location.as_deref().is_some_and(|location| location.starts_with("runs:")) {
            return Err(invalid("an experiment's artifact location cannot be a runs:/ URI"));
        }
        self.meta.experiments().create(name, artifact_location, ARTIFACT_SCHEME, tags, self.now_ms()).await
    }

    pub async fn experiment(&self, experiment_id: &str) -> Result<ExperimentRow> {
        self.meta.experiments().get(parse_id(experiment_id)?).await
    }

    pub async fn experiment_by_name(&self, name: &str) -> Result<ExperimentRow> {
        self.meta.experiments().get_by_name(name).await
    }

    /// The active experiment of this name, made when there is none.
    pub async fn ensure_experiment(&self, name: &str) -> Result<i64> {
        match self.create_experiment(name, None, Vec::new()).await {
            Err(failure) if failure.code() == &brickyard_error::codes::tracking::EXISTS => {
                Ok(self.experiment_by_name(name).await?.experiment_id)
            }
            created => created,
        }
    }

    /// Deletes the experiment with its runs; [`Tracking::restore_experiment`] brings both back.
    pub async fn delete_experiment(&self, experiment_id: &str) -> Result<()> {
        self.meta.experiments().set_lifecycle(parse_id(experiment_id)?, Lifecycle::Deleted, self.now_ms()).await
    }

    pub async fn restore_experiment(&self, experiment_id: &str) -> Result<()> {
        self.meta.experiments().set_lifecycle(parse_id(experiment_id)?, Lifecycle::Active, self.now_ms()).await
    }

    pub async fn rename_experiment(&self, experiment_id: &str, new_name: &str) -> Result<()> {
        limits::experiment_name(new_name)?;
        self.meta.experiments().rename(parse_id(experiment_id)?, new_name, self.now_ms()).await
    }

    pub async fn set_experiment_tag(&self, experiment_id: &str, tag: Pair) -> Result<()> {
        limits::experiment_tag(&tag)?;
        self.meta.experiments().set_tag(parse_id(experiment_id)?, tag).await
    }

    pub async fn delete_experiment_tag(&self, experiment_id: &str, key: &str) -> Result<()> {
        self.meta.experiments().delete_tag(parse_id(experiment_id)?, key).await
    }

    pub async fn search_experiments(&self, query: ExperimentQuery) -> Result<PageOf<ExperimentRow>> {
        let mut orders = experiment_orders(&query.order_by)?;
        if orders.is_empty() {
            orders.push(Order { field: ExperimentColumn::CreationTime, descending: true });
        }
        let search = ExperimentSearch {
            view: query.view,
            clauses: experiment_clauses(&query.filter)?,
            orders,
            page: page(query.max_results, EXPERIMENTS_A_PAGE, EXPERIMENTS_A_PAGE_AT_MOST, query.page_token.as_deref())?,
        };
        Ok(self.meta.experiments().search(search).await?.into())
    }
}
