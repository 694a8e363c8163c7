//! Versions whose files this process writes: begun, then finished or failed.

use crate::{ARTIFACT_SCHEME, ArtifactPath, Tracking, limits, new_id};
use brickyard_error::Result;
use brickyard_meta::registry::{NewVersion, Place, VersionRow, VersionStatus};

/// A version that is being written. Until it is finished, nobody can load it.
#[derive(Debug, Clone)]
pub struct PendingVersion {
    pub name: String,
    pub version: u64,
    /// The folder in the artifact store to write the model's files under.
    pub path: ArtifactPath,
}

impl Tracking {
    /// Begins the next version of a registered model, which is created when absent. The folder is the version's own:
    /// no other version, past or future, has the same.
    pub async fn begin_version(&self, name: &str, source_run: Option<&str>, user: &str) -> Result<PendingVersion> {
        limits::model_name(name)?;
        let readable: String =
            name.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect();
        let version = NewVersion {
            name: name.to_owned(),
            create_model: true,
            place: Place::Own {
                root: format!("{ARTIFACT_SCHEME}/models/{readable}"),
                suffix: new_id().chars().take(12).collect(),
            },
            description: String::new(),
            user_id: user.to_owned(),
            run_id: source_run.map(str::to_owned),
            run_link: None,
            model_id: None,
            status: VersionStatus::PendingRegistration,
            tags: Vec::new(),
            now_ms: self.now_ms(),
        };
        let row = self.meta.registry().create_version(version).await?;
        let folder = row.storage_location.trim_start_matches(ARTIFACT_SCHEME).trim_start_matches('/');
        Ok(PendingVersion {
            name: row.name,
            version: u64::try_from(row.version).unwrap_or_default(),
            path: ArtifactPath::parse(folder)?,
        })
    }

    /// All files are written: the version is ready.
    pub async fn finish_version(&self, pending: &PendingVersion) -> Result<VersionRow> {
        self.set_status(pending, VersionStatus::Ready, None).await
    }

    /// The files will never be complete; what was written is deleted.
    pub async fn fail_version(&self, pending: &PendingVersion, why: &str) -> Result<()> {
        self.set_status(pending, VersionStatus::FailedRegistration, Some(why.to_owned())).await?;
        self.artifacts().delete(&pending.path).await
    }

    async fn set_status(
        &self,
        pending: &PendingVersion,
        status: VersionStatus,
        message: Option<String>,
    ) -> Result<VersionRow> {
        let number = i64::try_from(pending.version).unwrap_or_default();
        self.meta.registry().set_version_status(&pending.name, number, status, message, self.now_ms()).await
    }
}
