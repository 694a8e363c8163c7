//! A run as MLflow writes it.

use crate::wire::{KeyValue, double, integer, key_values, objects, some_text, text, write_double};
use brickyard_tracking::rows::{DatasetRow, MetricEntry, MetricRow, RunDataset, RunMetricRow, RunRow, RunStatus};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct Run {
    info: RunInfo,
    data: RunData,
    inputs: RunInputs,
    outputs: RunOutputs,
}

#[derive(Serialize)]
pub(crate) struct RunInfo {
    run_id: String,
    /// The run id's first name, which old clients still read.
    run_uuid: String,
    run_name: String,
    experiment_id: String,
    user_id: String,
    status: Status,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: &'static str,
}

#[derive(Serialize)]
struct RunData {
    metrics: Vec<Metric>,
    params: Vec<KeyValue>,
    tags: Vec<KeyValue>,
}

#[derive(Serialize)]
struct RunInputs {
    dataset_inputs: Vec<DatasetInput>,
    model_inputs: Vec<ModelInput>,
}

#[derive(Serialize)]
struct RunOutputs {
    model_outputs: Vec<ModelOutput>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Metric {
    #[serde(default, deserialize_with = "text")]
    pub key: String,
    #[serde(default, deserialize_with = "double", serialize_with = "write_value")]
    pub value: Option<f64>,
    #[serde(default, deserialize_with = "integer")]
    pub timestamp: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    pub step: Option<i64>,
    #[serde(default, deserialize_with = "some_text", skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    #[serde(default, deserialize_with = "some_text", skip_serializing_if = "Option::is_none")]
    pub dataset_name: Option<String>,
    #[serde(default, deserialize_with = "some_text", skip_serializing_if = "Option::is_none")]
    pub dataset_digest: Option<String>,
    #[serde(default, deserialize_with = "some_text", skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

fn write_value<S: serde::Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    write_double(&value.unwrap_or_default(), to)
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DatasetInput {
    #[serde(default, deserialize_with = "objects")]
    tags: Vec<KeyValue>,
    dataset: Dataset,
}

#[derive(Debug, Serialize, Deserialize)]
struct Dataset {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    digest: String,
    #[serde(default, deserialize_with = "text")]
    source_type: String,
    #[serde(default, deserialize_with = "text")]
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ModelInput {
    pub model_id: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ModelOutput {
    pub model_id: String,
    #[serde(default, deserialize_with = "integer")]
    pub step: Option<i64>,
}

impl From<Status> for RunStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Running => RunStatus::Running,
            Status::Scheduled => RunStatus::Scheduled,
            Status::Finished => RunStatus::Finished,
            Status::Failed => RunStatus::Failed,
            Status::Killed => RunStatus::Killed,
        }
    }
}

impl From<RunStatus> for Status {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Running => Status::Running,
            RunStatus::Scheduled => Status::Scheduled,
            RunStatus::Finished => Status::Finished,
            RunStatus::Failed => Status::Failed,
            RunStatus::Killed => Status::Killed,
        }
    }
}

impl Metric {
    /// The metric to log; `now_ms` counts where no time is given.
    ///
    /// # Errors
    /// The name of the field that is missing.
    pub(crate) fn into_entry(self, now_ms: i64) -> Result<MetricEntry, &'static str> {
        let metric = MetricRow {
            key: Some(self.key).filter(|key| !key.is_empty()).ok_or("key")?,
            value: self.value.ok_or("value")?,
            timestamp_ms: self.timestamp.unwrap_or(now_ms),
            step: self.step.unwrap_or_default(),
        };
        let (model_id, dataset_name, dataset_digest) = (self.model_id, self.dataset_name, self.dataset_digest);
        Ok(MetricEntry { metric, model_id, dataset_name, dataset_digest })
    }
}

impl From<MetricRow> for Metric {
    fn from(row: MetricRow) -> Self {
        Metric {
            key: row.key,
            value: Some(row.value),
            timestamp: Some(row.timestamp_ms),
            step: Some(row.step),
            model_id: None,
            dataset_name: None,
            dataset_digest: None,
            run_id: None,
        }
    }
}

impl From<RunMetricRow> for Metric {
    fn from(row: RunMetricRow) -> Self {
        Metric { run_id: Some(row.run_id), ..row.metric.into() }
    }
}

impl From<RunDataset> for DatasetInput {
    fn from(row: RunDataset) -> Self {
        let DatasetRow { name, digest, source_type, source, schema, profile } = row.dataset;
        DatasetInput {
            tags: key_values(row.tags),
            dataset: Dataset { name, digest, source_type, source, schema, profile },
        }
    }
}

impl From<DatasetInput> for RunDataset {
    fn from(input: DatasetInput) -> Self {
        let Dataset { name, digest, source_type, source, schema, profile } = input.dataset;
        RunDataset {
            dataset: DatasetRow { name, digest, source_type, source, schema, profile },
            tags: crate::wire::pairs(input.tags),
        }
    }
}

impl From<RunRow> for Run {
    fn from(mut row: RunRow) -> Self {
        let metrics = std::mem::take(&mut row.metrics).into_iter().map(Metric::from).collect();
        let datasets = std::mem::take(&mut row.datasets).into_iter().map(DatasetInput::from).collect();
        let inputs = std::mem::take(&mut row.model_inputs);
        let outputs = std::mem::take(&mut row.model_outputs);
        let output = |(model_id, step)| ModelOutput { model_id, step: Some(step) };
        Run {
            data: RunData {
                metrics,
                params: key_values(std::mem::take(&mut row.params)),
                tags: key_values(std::mem::take(&mut row.tags)),
            },
            inputs: RunInputs {
                dataset_inputs: datasets,
                model_inputs: inputs.into_iter().map(|model_id| ModelInput { model_id }).collect(),
            },
            outputs: RunOutputs { model_outputs: outputs.into_iter().map(output).collect() },
            info: row.into(),
        }
    }
}

impl From<RunRow> for RunInfo {
    fn from(row: RunRow) -> Self {
        RunInfo {
            run_uuid: row.run_id.clone(),
            run_id: row.run_id,
            run_name: row.name,
            experiment_id: row.experiment_id.to_string(),
            user_id: row.user_id,
            status: row.status.into(),
            start_time: row.start_time_ms,
            end_time: row.end_time_ms,
            artifact_uri: row.artifact_uri,
            lifecycle_stage: row.lifecycle_stage.as_str(),
        }
    }
}
