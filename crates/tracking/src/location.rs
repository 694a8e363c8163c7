//! From the name of a model to the folder its files lie in.

use crate::artifacts::ArtifactEntry;
use crate::model_uri::{ModelUri, Selector};
use crate::registry::parse_stage;
use crate::{ARTIFACT_SCHEME, ArtifactPath, Artifacts, Tracking, invalid};
use brickyard_error::{Failure, Result, codes};
use brickyard_meta::filter::{Clause, Operator, Page, Test, Value};
use brickyard_meta::registry::{VersionRow, VersionStatus};
use brickyard_meta::tracking::{LoggedModelColumn, LoggedModelField, LoggedModelSearch};
use bytes::Bytes;
use std::path::{Path, PathBuf};

/// A model found.
#[derive(Debug, Clone)]
pub struct ResolvedModel {
    /// Of a registered model.
    pub name: Option<String>,
    pub version: Option<u64>,
    /// The run that made it, where known.
    pub run_id: Option<String>,
    pub location: ModelLocation,
}

/// A model's folder.
#[derive(Debug, Clone)]
pub enum ModelLocation {
    /// In the artifact store.
    Stored { artifacts: Artifacts, folder: ArtifactPath },
    /// On this machine's disk.
    Local(PathBuf),
}

impl ModelLocation {
    /// All files below the folder, by path relative to it.
    pub async fn files(&self) -> Result<Vec<ArtifactEntry>> {
        match self {
            ModelLocation::Stored { artifacts, folder } => artifacts.walk(folder).await,
            ModelLocation::Local(folder) => Artifacts::open_existing(folder)?.walk(&ArtifactPath::parse("")?).await,
        }
    }

    /// A file by its path relative to the folder.
    ///
    /// # Errors
    /// [`codes::tracking::NOT_FOUND`] when there is no such file.
    pub async fn read(&self, path: &str) -> Result<Bytes> {
        match self {
            ModelLocation::Stored { artifacts, folder } => artifacts.read(&folder.join(path)?).await,
            ModelLocation::Local(folder) => Artifacts::open_existing(folder)?.read(&ArtifactPath::parse(path)?).await,
        }
    }

    /// The folder as the operating system names it.
    pub fn local_path(&self) -> PathBuf {
        match self {
            ModelLocation::Stored { artifacts, folder } => artifacts.local_path(folder),
            ModelLocation::Local(folder) => folder.clone(),
        }
    }
}

impl Artifacts {
    /// The files of a folder that must be there.
    fn open_existing(folder: &Path) -> Result<Artifacts> {
        match folder.is_dir() {
            true => Artifacts::open(folder),
            false => Err(Failure::new(
                &codes::tracking::NOT_FOUND,
                format!("no model folder at {}; check the path", folder.display()),
            )),
        }
    }
}

impl Tracking {
    /// Finds the model's folder. Whether files are in it is seen when they are read.
    ///
    /// # Errors
    /// [`codes::tracking::NOT_FOUND`] for unknown names, [`codes::tracking::NOT_READY`] for a version still being
    /// written.
    pub async fn resolve(&self, uri: &ModelUri) -> Result<ResolvedModel> {
        let unnamed = |run_id, location| ResolvedModel { name: None, version: None, run_id, location };
        match uri {
            ModelUri::Registered { name, selector } => {
                let version = self.select(name, selector).await?;
                if version.status != VersionStatus::Ready {
                    return Err(not_ready(&version));
                }
                let location = self.stored_or_local(&version.storage_location)?;
                let number = u64::try_from(version.version).ok();
                Ok(ResolvedModel { name: Some(version.name), version: number, run_id: version.run_id, location })
            }
            ModelUri::Run { run_id, path } => {
                let uri = self.run_folder(run_id, path).await?;
                Ok(unnamed(Some(run_id.clone()), self.stored_or_local(&uri)?))
            }
            ModelUri::Logged { model_id } => {
                let model = self.logged_model(model_id).await?;
                Ok(unnamed(model.source_run_id, self.stored_or_local(&model.artifact_uri)?))
            }
            ModelUri::Artifacts { path } => Ok(unnamed(None, self.stored(path)?)),
            ModelUri::Local(folder) => Ok(unnamed(None, ModelLocation::Local(folder.clone()))),
        }
    }

    async fn select(&self, name: &str, selector: &Selector) -> Result<VersionRow> {
        match selector {
            Selector::Latest => self.latest_version(name).await,
            Selector::Version(number) => self.version(name, i64::try_from(*number).unwrap_or(i64::MAX)).await,
            Selector::Alias(alias) => self.version_by_alias(name, alias).await,
            Selector::Stage(stage) => {
                let stage = parse_stage(stage)?;
                let model = self.registered_model(name).await?;
                let found = model.latest_versions.into_iter().find(|version| version.stage == stage);
                found.ok_or_else(|| {
                    let message = format!("registered model '{name}' has no version in stage {}", stage.as_str());
                    Failure::new(&codes::tracking::NOT_FOUND, message)
                })
            }
        }
    }

    /// Where a source's files lie, as a URI that clients can open, and the run that made them, where known.
    pub(crate) async fn storage_location(&self, source: &str) -> Result<(String, Option<String>)> {
        let invalid_source = |failure: Failure| match failure.code() == &codes::tracking::NOT_FOUND {
            true => invalid(format!("unable to register from source '{source}': {}", failure.message())),
            false => failure,
        };
        if source.starts_with("models:") || source.starts_with("runs:") {
            return match ModelUri::parse(source)? {
                ModelUri::Registered { name, selector } => {
                    let version = self.select(&name, &selector).await.map_err(invalid_source)?;
                    Ok((version.storage_location, version.run_id))
                }
                ModelUri::Run { run_id, path } => {
                    let uri = self.run_folder(&run_id, &path).await.map_err(invalid_source)?;
                    Ok((uri, Some(run_id)))
                }
                ModelUri::Logged { model_id } => {
                    let model = self.logged_model(&model_id).await.map_err(invalid_source)?;
                    Ok((model.artifact_uri, model.source_run_id))
                }
                ModelUri::Artifacts { .. } | ModelUri::Local(_) => Ok((source.to_owned(), None)),
            };
        }
        let climbs = source.split(['/', '\\']).any(|part| part == ".." || part.eq_ignore_ascii_case("%2e%2e"));
        if climbs {
            return Err(invalid(format!("invalid model version source: '{source}', it must not contain '..'")));
        }
        if source.starts_with(ARTIFACT_SCHEME) {
            self.stored_or_local(source)?;
        }
        Ok((source.to_owned(), None))
    }

    /// The URI of a folder of a run; when a model of that name was logged by the run, the model's.
    async fn run_folder(&self, run_id: &str, path: &str) -> Result<String> {
        let run = self.run(run_id).await?;
        let name = path.split('/').next().unwrap_or_default();
        let text = |field, value: &str| Clause {
            field: LoggedModelField::Column(field),
            test: Test::Is(Operator::Equal, Value::Text(value.to_owned())),
        };
        let search = LoggedModelSearch {
            experiment_ids: vec![run.experiment_id],
            clauses: vec![text(LoggedModelColumn::Name, name), text(LoggedModelColumn::SourceRunId, run_id)],
            datasets: Vec::new(),
            orders: Vec::new(),
            page: Page { offset: 0, limit: 1 },
        };
        let logged = self.meta.logged_models().search(search).await?;
        let (base, below) = match logged.rows.first() {
            Some(model) => (model.artifact_uri.as_str(), path[name.len()..].trim_start_matches('/')),
            None => (run.artifact_uri.as_str(), path),
        };
        ArtifactPath::parse(below)?;
        Ok(if below.is_empty() { base.to_owned() } else { format!("{base}/{below}") })
    }

    fn stored_or_local(&self, uri: &str) -> Result<ModelLocation> {
        match ModelUri::parse(uri) {
            Ok(ModelUri::Artifacts { path }) => self.stored(&path),
            Ok(ModelUri::Local(folder)) => Ok(ModelLocation::Local(folder)),
            _ => Err(Failure::unsupported(format!("models that lie at {uri}; keep artifacts in this server's store"))),
        }
    }

    fn stored(&self, path: &str) -> Result<ModelLocation> {
        Ok(ModelLocation::Stored { artifacts: self.artifacts().clone(), folder: ArtifactPath::parse(path)? })
    }
}

fn not_ready(version: &VersionRow) -> Failure {
    let (name, number) = (&version.name, version.version);
    let message = match version.status {
        VersionStatus::FailedRegistration => {
            let why = version.status_message.as_deref().unwrap_or("unknown");
            format!("version {number} of '{name}' could not be written ({why}); use another version")
        }
        _ => format!("version {number} of '{name}' is still being written; wait until its status is READY"),
    };
    Failure::new(&codes::tracking::NOT_READY, message)
}
