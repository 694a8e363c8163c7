//! A fit that logs itself: a run with the estimator's parameters, what training told, which version of which table it
//! read, and the model.

use brickyard_error::Result;
use brickyard_lake::ResolvedDelta;
use brickyard_ml::fit::FitReport;
use brickyard_ml::{Params, Transformer, Value};
use brickyard_tracking::rows::{Batch, DatasetRow, MetricEntry, MetricRow, Pair, RunDataset, RunStatus};
use brickyard_tracking::{ARTIFACT_SCHEME, ArtifactPath, RunRequest, Tracking};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use serde_json::json;

/// The session setting that turns recording on: the name of an experiment.
pub const EXPERIMENT_SETTING: &str = "brickyard.tracking.experiment";

/// One finished fit.
pub struct FitRecord<'a> {
    /// Name of the experiment, created when absent.
    pub experiment: &'a str,
    pub user: &'a str,
    /// The estimator's class, for example `org.apache.spark.ml.classification.LogisticRegression`.
    pub class: &'a str,
    pub params: &'a Params,
    pub model: &'a dyn Transformer,
    pub report: &'a FitReport,
    pub rows: u64,
    pub started_ms: i64,
    pub ended_ms: i64,
    /// A run that was begun for it.
    pub run_id: Option<&'a str>,
}

/// A Delta table that a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableVersion {
    pub root: String,
    pub version: u64,
}

/// The Delta tables below a query, each once, in the order of the plan.
pub fn tables_of(frame: &DataFrame) -> Result<Vec<TableVersion>> {
    let mut tables: Vec<TableVersion> = Vec::new();
    let visited = frame.logical_plan().apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = provider.downcast_ref::<ResolvedDelta>()
        {
            let table = TableVersion { root: table.root.clone(), version: table.version };
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_err(crate::training_set::engine)?;
    Ok(tables)
}

/// Logs a fit as a finished run, and answers the run's id. The model lies in the run's folder `model`, so
/// `runs:/<id>/model` can be registered.
pub async fn record(tracking: &Tracking, fit: &FitRecord<'_>, tables: &[TableVersion]) -> Result<String> {
    let experiment_id = tracking.ensure_experiment(fit.experiment).await?;
    let name = fit.class.rsplit('.').next().unwrap_or(fit.class);
    let run = match fit.run_id {
        Some(run_id) => tracking.run(run_id).await?,
        None => {
            let request = RunRequest {
                experiment_id: experiment_id.to_string(),
                user: fit.user.to_owned(),
                name: None,
                start_time_ms: Some(fit.started_ms),
                tags: Vec::new(),
            };
            tracking.create_run(request).await?
        }
    };
    let tags =
        vec![pair("estimator_name", name), pair("estimator_class", fit.class), pair("estimator_uid", fit.params.uid())];
    let batch = Batch { params: params(fit.params), metrics: metrics(fit), tags };
    tracking.log(&run.run_id, batch).await?;
    tracking.log_inputs(&run.run_id, tables.iter().map(dataset).collect(), Vec::new()).await?;

    let folder = run.artifact_uri.trim_start_matches(ARTIFACT_SCHEME).trim_start_matches('/');
    let folder = ArtifactPath::parse(folder)?.join("model")?;
    for (file, contents) in brickyard_layout::write(&fit.model.save()?, fit.ended_ms)? {
        tracking.artifacts().put_bytes(&folder.join(&file)?, contents).await?;
    }
    tracking.end_run(&run.run_id, RunStatus::Finished).await?;
    Ok(run.run_id)
}

/// Every parameter that has a value, defaults too: a run says what was trained without Spark's tables at hand.
fn params(params: &Params) -> Vec<Pair> {
    let valued = params.specs().iter().filter_map(|spec| Some((spec.name, params.get(spec.name)?)));
    valued.map(|(name, value)| pair(name, &value.to_string())).collect()
}

/// Rows, seconds, the objective by iteration, and the numbers that training told.
fn metrics(fit: &FitRecord<'_>) -> Vec<MetricEntry> {
    let entry = |key: &str, value: f64, step: usize| MetricEntry {
        metric: MetricRow { key: key.to_owned(), value, timestamp_ms: fit.ended_ms, step: step as i64 },
        model_id: None,
        dataset_name: None,
        dataset_digest: None,
    };
    const KEPT_POINTS: usize = 900;
    let seconds = (fit.ended_ms - fit.started_ms) as f64 / 1e3;
    let mut metrics = vec![entry("training_rows", fit.rows as f64, 0), entry("training_seconds", seconds, 0)];
    let history = fit.report.objective_history.iter().enumerate().take(KEPT_POINTS);
    metrics.extend(history.map(|(step, value)| entry("objective", *value, step)));
    metrics.extend(fit.report.values.iter().filter_map(|(name, value)| match value {
        Value::Double(value) => Some(entry(name, *value, 0)),
        Value::Int(value) => Some(entry(name, *value as f64, 0)),
        _ => None,
    }));
    metrics
}

fn dataset(table: &TableVersion) -> RunDataset {
    let name = table.root.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let source = json!({ "path": table.root, "delta_table_version": table.version }).to_string();
    RunDataset {
        dataset: DatasetRow {
            name,
            digest: format!("version-{}", table.version),
            source_type: "delta_table".to_owned(),
            source,
            schema: None,
            profile: None,
        },
        tags: vec![pair("mlflow.data.context", "training")],
    }
}

pub(crate) fn pair(key: &str, value: &str) -> Pair {
    Pair { key: key.to_owned(), value: value.to_owned() }
}
