//! Runs and what they log.

use crate::filters::{run_clauses, run_orders};
use crate::paging::{PageOf, page};
use crate::{Tracking, invalid, limits, names, new_id};
use brickyard_error::Result;
use brickyard_meta::tracking::{
    Batch, DatasetSummary, Interval, Lifecycle, MetricEntry, MetricRow, NewRun, Pair, RunChange, RunDataset,
    RunMetricRow, RunRow, RunSearch, RunStatus, View, parse_id,
};

const RUNS_A_PAGE: i64 = 1000;
const RUNS_A_PAGE_AT_MOST: i64 = 50_000;
const HISTORY_A_PAGE: i64 = 25_000;
const HISTORY_A_PAGE_AT_MOST: i64 = 100_000;
const HISTORY_RUNS_AT_MOST: usize = 100;
/// Of a sampled history, rows a run.
const SAMPLES_AT_MOST: i64 = 2500;
/// The tag in which clients look for a run's name.
const NAME_TAG: &str = "mlflow.runName";
/// The tag in which MLflow 2 clients look for the models of a run, a JSON list.
const MODEL_HISTORY_TAG: &str = "mlflow.log-model.history";

/// A run to start.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// Empty: the default experiment.
    pub experiment_id: String,
    /// Who runs it.
    pub user: String,
    /// None: a name is invented.
    pub name: Option<String>,
    /// None: now.
    pub start_time_ms: Option<i64>,
    pub tags: Vec<Pair>,
}

/// What to search runs for.
#[derive(Debug, Clone)]
pub struct RunQuery {
    pub experiment_ids: Vec<String>,
    pub filter: String,
    pub order_by: Vec<String>,
    pub view: View,
    pub max_results: Option<i64>,
    pub page_token: Option<String>,
}

impl Tracking {
    /// Starts a run.
    pub async fn create_run(&self, request: RunRequest) -> Result<RunRow> {
        let mut tags = request.tags;
        tags.iter().try_for_each(|tag| limits::tag("", tag))?;
        let tagged = tags.iter().rfind(|tag| tag.key == NAME_TAG).map(|tag| tag.value.clone());
        let given = request.name.filter(|name| !name.is_empty());
        let name = match (given, tagged.clone()) {
            (Some(given), Some(tagged)) if given != tagged => {
                return Err(invalid(format!(
                    "both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values \
                     (run_name='{given}', mlflow.runName='{tagged}')"
                )));
            }
            (given, tagged) => given.or(tagged).unwrap_or_else(names::random),
        };
        limits::tag("", &Pair { key: NAME_TAG.to_owned(), value: name.clone() })?;
        if tagged.is_none() {
            tags.push(Pair { key: NAME_TAG.to_owned(), value: name.clone() });
        }
        let experiment_id = match request.experiment_id.as_str() {
            "" => 0,
            id => parse_id(id)?,
        };
        let run = NewRun {
            run_id: new_id(),
            experiment_id,
            name,
            user_id: request.user,
            start_time_ms: request.start_time_ms.unwrap_or_else(|| self.now_ms()),
            tags,
        };
        self.meta.runs().create(run).await
    }

    pub async fn run(&self, run_id: &str) -> Result<RunRow> {
        self.meta.runs().get(run_id).await
    }

    /// How many runs there are that nobody deleted.
    pub async fn count_runs(&self) -> Result<u64> {
        self.meta.runs().count().await
    }

    pub async fn update_run(&self, run_id: &str, change: RunChange) -> Result<RunRow> {
        let change = RunChange { name: change.name.filter(|name| !name.is_empty()), ..change };
        if let Some(name) = &change.name {
            limits::tag("", &Pair { key: NAME_TAG.to_owned(), value: name.clone() })?;
        }
        self.meta.runs().update(run_id, change).await
    }

    /// Ends the run now.
    pub async fn end_run(&self, run_id: &str, status: RunStatus) -> Result<RunRow> {
        let change = RunChange { status: Some(status), end_time_ms: Some(self.now_ms()), name: None };
        self.update_run(run_id, change).await
    }

    pub async fn delete_run(&self, run_id: &str) -> Result<()> {
        self.meta.runs().set_lifecycle(run_id, Lifecycle::Deleted, self.now_ms()).await
    }

    pub async fn restore_run(&self, run_id: &str) -> Result<()> {
        self.meta.runs().set_lifecycle(run_id, Lifecycle::Active, self.now_ms()).await
    }

    /// Logs all of the batch, or nothing.
    pub async fn log(&self, run_id: &str, batch: Batch) -> Result<()> {
        limits::batch(&batch)?;
        self.meta.runs().log(run_id, batch).await
    }

    /// Logs params; each keeps its first value for ever.
    pub async fn log_params(&self, run_id: &str, params: Vec<Pair>) -> Result<()> {
        self.log(run_id, Batch { params, ..Batch::default() }).await
    }

    /// Logs values of metrics, by key, at a step, now.
    pub async fn log_metrics(&self, run_id: &str, metrics: Vec<(String, f64)>, step: i64) -> Result<()> {
        let timestamp_ms = self.now_ms();
        let entry = |(key, value)| MetricEntry {
            metric: MetricRow { key, value, timestamp_ms, step },
            model_id: None,
            dataset_name: None,
            dataset_digest: None,
        };
        self.log(run_id, Batch { metrics: metrics.into_iter().map(entry).collect(), ..Batch::default() }).await
    }

    pub async fn set_tags(&self, run_id: &str, tags: Vec<Pair>) -> Result<()> {
        self.log(run_id, Batch { tags, ..Batch::default() }).await
    }

    pub async fn delete_tag(&self, run_id: &str, key: &str) -> Result<()> {
        self.meta.runs().delete_tag(run_id, key).await
    }

    /// Notes a model in the way of MLflow 2; `model` is the JSON of its MLmodel file.
    pub async fn note_model(&self, run_id: &str, model: serde_json::Value) -> Result<()> {
        for field in ["artifact_path", "flavors", "utc_time_created", "run_id"] {
            if model.get(field).is_none() {
                return Err(invalid(format!("model json is missing mandatory field '{field}'")));
            }
        }
        let run = self.run(run_id).await?;
        let noted = run.tags.iter().find(|tag| tag.key == MODEL_HISTORY_TAG);
        let mut models: Vec<serde_json::Value> =
            noted.and_then(|tag| serde_json::from_str(&tag.value).ok()).unwrap_or_default();
        models.push(model);
        let value = serde_json::Value::from(models).to_string();
        self.set_tags(run_id, vec![Pair { key: MODEL_HISTORY_TAG.to_owned(), value }]).await
    }

    /// Adds datasets and logged models that the run reads.
    pub async fn log_inputs(&self, run_id: &str, datasets: Vec<RunDataset>, model_ids: Vec<String>) -> Result<()> {
        datasets.iter().try_for_each(limits::dataset_input)?;
        self.meta.runs().log_inputs(run_id, datasets, model_ids).await
    }

    /// Adds logged models that the run made, each with the training step.
    pub async fn log_outputs(&self, run_id: &str, models: Vec<(String, i64)>) -> Result<()> {
        self.meta.runs().log_outputs(run_id, models).await
    }

    pub async fn search_runs(&self, query: RunQuery) -> Result<PageOf<RunRow>> {
        let experiment_ids = query.experiment_ids.iter().map(|id| parse_id(id)).collect::<Result<_>>()?;
        let search = RunSearch {
            experiment_ids,
            view: query.view,
            clauses: run_clauses(&query.filter)?,
            orders: run_orders(&query.order_by)?,
            page: page(query.max_results, RUNS_A_PAGE, RUNS_A_PAGE_AT_MOST, query.page_token.as_deref())?,
        };
        Ok(self.meta.runs().search(search).await?.into())
    }

    pub async fn search_datasets(&self, experiment_ids: &[String]) -> Result<Vec<DatasetSummary>> {
        let experiment_ids = experiment_ids.iter().map(|id| parse_id(id)).collect::<Result<_>>()?;
        self.meta.runs().search_datasets(experiment_ids).await
    }

    /// All values of a metric of a run, by time.
    pub async fn metric_history(
        &self,
        run_id: &str,
        key: &str,
        max_results: Option<i64>,
        page_token: Option<&str>,
    ) -> Result<PageOf<MetricRow>> {
        self.meta.runs().get(run_id).await?;
        let page = page(max_results, HISTORY_A_PAGE, HISTORY_A_PAGE_AT_MOST, page_token)?;
        Ok(self.meta.runs().metric_history(run_id, key, page).await?.into())
    }

    /// The histories of a metric in several runs.
    pub async fn metric_histories(
        &self,
        run_ids: Vec<String>,
        key: &str,
        max_results: Option<i64>,
    ) -> Result<Vec<RunMetricRow>> {
        check_run_count(&run_ids)?;
        let max_rows = page(max_results, HISTORY_A_PAGE, HISTORY_A_PAGE_AT_MOST, None)?.limit;
        self.meta.runs().metric_histories(run_ids, key, max_rows).await
    }

    /// Evenly spaced values of a metric in several runs, for a chart.
    pub async fn metric_samples(
        &self,
        run_ids: Vec<String>,
        key: &str,
        interval: Interval,
    ) -> Result<Vec<RunMetricRow>> {
        check_run_count(&run_ids)?;
        if !(1..=SAMPLES_AT_MOST).contains(&interval.max_rows) {
            return Err(invalid(format!(
                "invalid value for request parameter max_results, expected 1 to {SAMPLES_AT_MOST}, got {}",
                interval.max_rows
            )));
        }
        if interval.steps.is_some_and(|(first, last)| first > last) {
            return Err(invalid("end_step must be greater than start_step"));
        }
        for run_id in &run_ids {
            self.meta.runs().get(run_id).await?;
        }
        self.meta.runs().metric_samples(run_ids, key, interval).await
    }
}

fn check_run_count(run_ids: &[String]) -> Result<()> {
    match run_ids.len() {
        0 => Err(invalid("request must specify at least one run_id")),
        count if count > HISTORY_RUNS_AT_MOST => {
            Err(invalid(format!("request cannot specify more than {HISTORY_RUNS_AT_MOST} run_ids, got {count}")))
        }
        _ => Ok(()),
    }
}
