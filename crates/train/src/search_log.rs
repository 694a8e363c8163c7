//! A search for hyper-parameters as runs: one for the search, one nested in it for each trial. A search that was
//! interrupted finds its runs again and goes on after its last trial.

use crate::record::pair;
use brickyard_error::{Failure, Result};
use brickyard_ml::search::Proposal;
use brickyard_tracking::rows::{RunRow, RunStatus, View};
use brickyard_tracking::{RunQuery, RunRequest, Tracking};

const PARENT: &str = "mlflow.parentRunId";
/// What is searched, as a text that only the same search has.
const SEARCH: &str = "brickyard.search";
/// The number of a trial, from 0.
const TRIAL: &str = "brickyard.search.trial";
const FAILURE: &str = "brickyard.search.failure";
/// Share of the training rows of a trial.
const ROWS_SHARE: &str = "rows_share";
/// More than any search has.
const MOST_TRIALS: i64 = 10_000;

/// The run of a search.
pub struct SearchLog {
    tracking: Tracking,
    experiment_id: String,
    user: String,
    /// Of the search itself.
    pub run_id: String,
}

impl SearchLog {
    /// The run of this search: the one that was interrupted, or a new one. `search` tells one search from
    /// another; it is a word.
    pub async fn open(tracking: &Tracking, experiment: &str, user: &str, name: &str, search: &str) -> Result<Self> {
        let experiment_id = tracking.ensure_experiment(experiment).await?.to_string();
        let mut log = Self {
            tracking: tracking.clone(),
            experiment_id: experiment_id.clone(),
            user: user.to_owned(),
            run_id: String::new(),
        };
        let filter = format!("tags.`{SEARCH}` = '{search}' AND attributes.status = 'RUNNING'");
        if let Some(run) = log.runs(filter).await?.into_iter().next() {
            log.run_id = run.run_id;
            log.clear_away().await?;
            return Ok(log);
        }
        let request = RunRequest {
            experiment_id,
            user: user.to_owned(),
            name: Some(name.to_owned()),
            start_time_ms: None,
            tags: vec![pair(SEARCH, search)],
        };
        log.run_id = tracking.create_run(request).await?.run_id;
        Ok(log)
    }

    async fn runs(&self, filter: String) -> Result<Vec<RunRow>> {
        let query = RunQuery {
            experiment_ids: vec![self.experiment_id.clone()],
            filter,
            order_by: vec!["attributes.start_time ASC".to_owned()],
            view: View::ActiveOnly,
            max_results: Some(MOST_TRIALS),
            page_token: None,
        };
        Ok(self.tracking.search_runs(query).await?.rows)
    }

    /// Deletes the run of a trial that was being logged when the search was interrupted: the trial is made again.
    async fn clear_away(&self) -> Result<()> {
        for run in self.runs(format!("tags.`{PARENT}` = '{}'", self.run_id)).await? {
            if run.status == RunStatus::Running {
                self.tracking.delete_run(&run.run_id).await?;
            }
        }
        Ok(())
    }

    pub fn now_ms(&self) -> i64 {
        self.tracking.now_ms()
    }

    /// The metric of each trial that ended, by number; NaN for those that failed.
    pub async fn metrics(&self, metric: &str) -> Result<Vec<f64>> {
        let runs = self.runs(format!("tags.`{PARENT}` = '{}'", self.run_id)).await?;
        let mut ended = Vec::new();
        while let Some(run) = runs.iter().find(|run| {
            let number = run.tags.iter().find(|tag| tag.key == TRIAL).map(|tag| tag.value.as_str());
            number == Some(ended.len().to_string().as_str()) && run.status != RunStatus::Running
        }) {
            let found = run.metrics.iter().find(|row| row.key == metric).map(|row| row.value);
            ended.push(found.filter(|_| run.status == RunStatus::Finished).unwrap_or(f64::NAN));
        }
        Ok(ended)
    }

    /// Logs a trial that ended.
    pub async fn log(
        &self,
        number: usize,
        names: &[&str],
        proposal: &Proposal,
        metric: &str,
        result: &Result<f64>,
        started_ms: i64,
    ) -> Result<()> {
        let tags = vec![pair(PARENT, &self.run_id), pair(TRIAL, &number.to_string())];
        let run = self
            .tracking
            .create_run(RunRequest {
                experiment_id: self.experiment_id.clone(),
                user: self.user.clone(),
                name: Some(format!("trial-{number}")),
                start_time_ms: Some(started_ms),
                tags,
            })
            .await?;
        let params = names.iter().zip(&proposal.values).map(|(name, value)| pair(name, &value.to_string())).collect();
        let mut metrics = vec![(ROWS_SHARE.to_owned(), proposal.share)];
        let (mut tags, mut status) = (Vec::new(), RunStatus::Finished);
        match result {
            Ok(value) => metrics.push((metric.to_owned(), *value)),
            Err(failure) => {
                tags.push(pair(FAILURE, &failure.to_string()));
                status = RunStatus::Failed;
            }
        }
        self.tracking.log_params(&run.run_id, params).await?;
        self.tracking.log_metrics(&run.run_id, metrics, 0).await?;
        self.tracking.set_tags(&run.run_id, tags).await?;
        self.tracking.end_run(&run.run_id, status).await.map(drop)
    }

    /// The search gave nothing: its run says so, and is not taken up again.
    pub async fn fail(&self, failure: Failure) -> Failure {
        match self.tracking.end_run(&self.run_id, RunStatus::Failed).await {
            Ok(_) => failure,
            Err(other) => failure.because(other),
        }
    }
}
