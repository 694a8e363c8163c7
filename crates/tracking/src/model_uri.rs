//! The ways to name a model: by registry name, alias or version, by run, by logged model, by folder.

use crate::invalid;
use brickyard_error::Result;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelUri {
    /// `models:/delays@champion`, `models:/delays/3`, `models:/delays`; also without `models:/`.
    Registered { name: String, selector: Selector },
    /// `runs:/<run id>/<path>`.
    Run { run_id: String, path: String },
    /// `models:/m-<32 hexadecimal digits>`.
    Logged { model_id: String },
    /// `mlflow-artifacts:/<path>`: a folder of the artifact store.
    Artifacts { path: String },
    /// `file:///abs/path` or `/abs/path`.
    Local(PathBuf),
}

/// Which version of a registered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The newest that is ready.
    Latest,
    Version(u64),
    Alias(String),
    /// The newest in a stage.
    Stage(String),
}

impl ModelUri {
    /// # Errors
    /// [`brickyard_error::codes::tracking::INVALID`] with the forms that are understood.
    pub fn parse(text: &str) -> Result<ModelUri> {
        let parsed = if let Some(rest) = text.strip_prefix("models:") {
            registered_or_logged(rest.trim_start_matches('/'))
        } else if let Some(rest) = text.strip_prefix("runs:") {
            run(rest.trim_start_matches('/'))
        } else if let Some(rest) = text.strip_prefix("mlflow-artifacts:") {
            Some(ModelUri::Artifacts { path: without_authority(rest).to_owned() })
        } else if let Some(rest) = text.strip_prefix("file:") {
            let path = rest.strip_prefix("//localhost").or_else(|| rest.strip_prefix("//")).unwrap_or(rest);
            path.starts_with('/').then(|| ModelUri::Local(PathBuf::from(path)))
        } else if text.starts_with('/') {
            Some(ModelUri::Local(PathBuf::from(text)))
        } else if text.contains("://") {
            None
        } else {
            registered_or_logged(text)
        };
        parsed.ok_or_else(|| {
            invalid(format!(
                "not a model: '{text}', expected models:/name, models:/name/version, models:/name@alias, \
                 models:/m-<id>, runs:/<run id>/<path> or an absolute path"
            ))
        })
    }
}

/// `/path` and `//host:port/path` are the same path of this server.
fn without_authority(rest: &str) -> &str {
    match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None => rest.trim_start_matches('/'),
    }
}

fn registered_or_logged(rest: &str) -> Option<ModelUri> {
    if is_logged_model_id(rest) {
        return Some(ModelUri::Logged { model_id: rest.to_owned() });
    }
    let registered = |name: &str, selector| {
        let plain = !name.is_empty() && !name.contains(['/', ':']);
        plain.then(|| ModelUri::Registered { name: name.to_owned(), selector })
    };
    if let Some((name, alias)) = rest.rsplit_once('@') {
        return (!alias.is_empty()).then(|| registered(name, Selector::Alias(alias.to_owned())))?;
    }
    match rest.split_once('/') {
        None => registered(rest, Selector::Latest),
        Some((name, "latest")) => registered(name, Selector::Latest),
        Some((_, "")) => None,
        Some((name, version)) => match version.parse() {
            Ok(number) => registered(name, Selector::Version(number)),
            Err(_) if version.contains('/') => None,
            Err(_) => registered(name, Selector::Stage(version.to_owned())),
        },
    }
}

fn is_logged_model_id(text: &str) -> bool {
    text.strip_prefix("m-").is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn run(rest: &str) -> Option<ModelUri> {
    let (run_id, path) = rest.split_once('/').unwrap_or((rest, ""));
    let run_id = (!run_id.is_empty()).then(|| run_id.to_owned())?;
    Some(ModelUri::Run { run_id, path: path.trim_matches('/').to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let registered = |name: &str, selector| ModelUri::Registered { name: name.into(), selector };
        let champion = || Selector::Alias("champion".into());
        let id = "m-0123456789abcdef0123456789abcdef";
        let rows = [
            ("models:/delays@champion", registered("delays", champion())),
            ("delays@champion", registered("delays", champion())),
            ("models:/delays/3", registered("delays", Selector::Version(3))),
            ("delays/3", registered("delays", Selector::Version(3))),
            ("models:/delays", registered("delays", Selector::Latest)),
            ("models:/delays/latest", registered("delays", Selector::Latest)),
            ("delays", registered("delays", Selector::Latest)),
            ("models:/delays/Production", registered("delays", Selector::Stage("Production".into()))),
            (&format!("models:/{id}"), ModelUri::Logged { model_id: id.into() }),
            ("m-short", registered("m-short", Selector::Latest)),
            ("runs:/r1/a/b", ModelUri::Run { run_id: "r1".into(), path: "a/b".into() }),
            ("mlflow-artifacts:/0/r/artifacts", ModelUri::Artifacts { path: "0/r/artifacts".into() }),
            ("mlflow-artifacts://host:5000/0/r", ModelUri::Artifacts { path: "0/r".into() }),
            ("file:///tmp/m", ModelUri::Local("/tmp/m".into())),
            ("file:/tmp/m", ModelUri::Local("/tmp/m".into())),
            ("/tmp/m", ModelUri::Local("/tmp/m".into())),
        ];
        for (text, expected) in rows {
            assert_eq!(ModelUri::parse(text).unwrap(), expected, "{text}");
        }
        for bad in ["", "models:/", "models:/a@", "models:/@b", "a/b/c", "runs:/", "s3://b/k", "file://host/x", "a/"] {
            assert!(ModelUri::parse(bad).is_err(), "{bad}");
        }
    }
}
