//! Logged models.

use crate::filters::{each_order, logged_model_clauses, logged_model_column};
use crate::grammar::parse_order;
use crate::paging::{PageOf, page};
use crate::{Tracking, invalid, limits, names, new_id};
use brickyard_error::Result;
use brickyard_meta::filter::Order;
use brickyard_meta::tracking::{
    DatasetName, LoggedModelOrder, LoggedModelRow, LoggedModelSearch, LoggedModelStatus, NewLoggedModel, Pair, parse_id,
};

const MODELS_A_PAGE: i64 = 100;
const MODELS_A_PAGE_AT_MOST: i64 = 1000;

/// A model to log.
#[derive(Debug, Clone, Default)]
pub struct LoggedModelRequest {
    pub experiment_id: String,
    /// None: a name is invented.
    pub name: Option<String>,
    pub model_type: Option<String>,
    pub source_run_id: Option<String>,
    pub params: Vec<Pair>,
    pub tags: Vec<Pair>,
}

/// One field to order models by: an attribute, or `metrics.<key>`, perhaps on one dataset.
#[derive(Debug, Clone)]
pub struct MetricOrder {
    pub field_name: String,
    pub descending: bool,
    pub dataset: Option<DatasetName>,
}

/// What to search logged models for.
#[derive(Debug, Clone, Default)]
pub struct LoggedModelQuery {
    pub experiment_ids: Vec<String>,
    pub filter: String,
    pub datasets: Vec<DatasetName>,
    pub order_by: Vec<MetricOrder>,
    pub max_results: Option<i64>,
    pub page_token: Option<String>,
}

impl Tracking {
    /// A pending model, whose files are then written and which is then finalized.
    pub async fn create_logged_model(&self, request: LoggedModelRequest) -> Result<LoggedModelRow> {
        let name = request.name.unwrap_or_else(names::random);
        limits::logged_model_name(&name)?;
        request.params.iter().try_for_each(|param| limits::param("", param))?;
        request.tags.iter().try_for_each(|tag| limits::tag("", tag))?;
        let model = NewLoggedModel {
            model_id: format!("m-{}", new_id()),
            experiment_id: parse_id(&request.experiment_id)?,
            name,
            model_type: request.model_type.filter(|text| !text.is_empty()),
            source_run_id: request.source_run_id.filter(|text| !text.is_empty()),
            params: request.params,
            tags: request.tags,
            now_ms: self.now_ms(),
        };
        self.meta.logged_models().create(model).await
    }

    pub async fn logged_model(&self, model_id: &str) -> Result<LoggedModelRow> {
        self.meta.logged_models().get(model_id).await
    }

    /// Says that the model's files are complete, or that writing them failed.
    pub async fn finalize_logged_model(&self, model_id: &str, status: LoggedModelStatus) -> Result<LoggedModelRow> {
        self.meta.logged_models().set_status(model_id, status, self.now_ms()).await
    }

    pub async fn delete_logged_model(&self, model_id: &str) -> Result<()> {
        self.meta.logged_models().delete(model_id, self.now_ms()).await
    }

    pub async fn log_logged_model_params(&self, model_id: &str, params: Vec<Pair>) -> Result<()> {
        params.iter().try_for_each(|param| limits::param("", param))?;
        self.meta.logged_models().set_params(model_id, params).await
    }

    pub async fn set_logged_model_tags(&self, model_id: &str, tags: Vec<Pair>) -> Result<LoggedModelRow> {
        tags.iter().try_for_each(|tag| limits::tag("", tag))?;
        self.meta.logged_models().set_tags(model_id, tags).await
    }

    pub async fn delete_logged_model_tag(&self, model_id: &str, key: &str) -> Result<()> {
        self.meta.logged_models().delete_tag(model_id, key).await
    }

    pub async fn search_logged_models(&self, query: LoggedModelQuery) -> Result<PageOf<LoggedModelRow>> {
        if query.datasets.iter().any(|(name, _)| name.is_empty()) {
            return Err(invalid("`dataset_name` in the `datasets` clause must be specified"));
        }
        let experiment_ids = query.experiment_ids.iter().map(|id| parse_id(id)).collect::<Result<_>>()?;
        let search = LoggedModelSearch {
            experiment_ids,
            clauses: logged_model_clauses(&query.filter)?,
            datasets: query.datasets,
            orders: orders(query.order_by)?,
            page: page(query.max_results, MODELS_A_PAGE, MODELS_A_PAGE_AT_MOST, query.page_token.as_deref())?,
        };
        Ok(self.meta.logged_models().search(search).await?.into())
    }
}

fn orders(asked: Vec<MetricOrder>) -> Result<Vec<Order<LoggedModelOrder>>> {
    // The limit on the number of fields, and the refusal of doubles, are the same as everywhere.
    let fields: Vec<String> = asked.iter().map(|order| order.field_name.clone()).collect();
    each_order(&fields, |name| Ok((name.entity, name.key)))?;
    let order = |order: MetricOrder| {
        let (name, _) = parse_order(&order.field_name)?;
        let field = match name.entity.as_deref() {
            None | Some("attributes") => LoggedModelOrder::Column(logged_model_column(&name.key)?.0),
            Some("metrics") => LoggedModelOrder::Metric { key: name.key, dataset: order.dataset },
            Some(_) => {
                return Err(invalid(format!(
                    "invalid order by field name: {}. only attributes and metrics are supported",
                    order.field_name
                )));
            }
        };
        Ok(Order { field, descending: order.descending })
    };
    asked.into_iter().map(order).collect()
}
