//! Where clients save and load models: a folder, or the registry. What follows a registered model's name is a folder in
//! it, because clients write and read pipelines piece by piece: `models:/delays@champion/stages/0_assembler`.

use brickyard_error::{Failure, Result, codes};
use brickyard_tracking::ModelUri;
use std::path::PathBuf;

/// Where to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Folder(PathBuf),
    /// A new version of a registered model, or a piece of one.
    Registered {
        name: String,
        /// Relative to the version; empty for the whole model.
        folder: String,
    },
}

/// Where to load from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub model: ModelUri,
    /// Relative to the model; empty for the whole of it.
    pub folder: String,
}

/// True for paths that only the registry understands.
pub fn is_registry_path(path: &str) -> bool {
    path.starts_with("models:/")
}

impl Destination {
    /// # Errors
    /// [`codes::spark::MODEL_PATH`] for paths that a model cannot be saved to.
    pub fn parse(path: &str) -> Result<Self> {
        if let Some(rest) = path.strip_prefix("models:/") {
            let (name, folder) = rest.split_once('/').unwrap_or((rest, ""));
            let plain = !name.is_empty() && !name.contains(['@', ':']);
            let next = folder.split('/').next().unwrap_or_default();
            if !plain || is_selector(next) {
                let hint = "a new version is saved to models:/name; versions and aliases are for loading";
                return Err(not_a_path(path, hint));
            }
            return Ok(Destination::Registered { name: name.to_owned(), folder: folder.to_owned() });
        }
        match ModelUri::parse(path) {
            Ok(ModelUri::Local(folder)) => Ok(Destination::Folder(folder)),
            _ => Err(not_a_path(path, "use an absolute path, file:/path or models:/name")),
        }
    }
}

impl Origin {
    /// # Errors
    /// [`codes::spark::MODEL_PATH`] for paths that a model cannot be loaded from.
    pub fn parse(path: &str) -> Result<Self> {
        let Some(rest) = path.strip_prefix("models:/") else {
            let model = ModelUri::parse(path).map_err(|failure| {
                not_a_path(path, "use an absolute path, models:/name@alias or models:/name/version").because(failure)
            })?;
            return Ok(Origin { model, folder: String::new() });
        };
        let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
        let selected = parts.get(1).is_some_and(|part| is_selector(part)) && !parts[0].contains('@');
        let (model, folder) = parts.split_at(if selected { 2 } else { 1 });
        Ok(Origin { model: ModelUri::parse(&format!("models:/{}", model.join("/")))?, folder: folder.join("/") })
    }
}

/// A version number, `latest` or a stage: what may follow a model's name when it is loaded.
fn is_selector(part: &str) -> bool {
    let number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    number || ["latest", "None", "Staging", "Production", "Archived"].contains(&part)
}

fn not_a_path(path: &str, hint: &str) -> Failure {
    Failure::new(&codes::spark::MODEL_PATH, format!("'{path}' is no path for a model: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use brickyard_tracking::Selector;

    #[test]
    fn destinations() {
        let registered =
            |folder: &str| Some(Destination::Registered { name: "delays".to_owned(), folder: folder.to_owned() });
        let rows = [
            ("models:/delays", registered("")),
            ("models:/delays/metadata", registered("metadata")),
            ("models:/delays/stages/0_a", registered("stages/0_a")),
            ("/tmp/m", Some(Destination::Folder("/tmp/m".into()))),
            ("file:///tmp/m", Some(Destination::Folder("/tmp/m".into()))),
            ("models:/delays@champion", None),
            ("models:/delays/3", None),
            ("models:/", None),
            ("s3://bucket/m", None),
            ("relative", None),
        ];
        for (path, expected) in rows {
            assert_eq!(Destination::parse(path).ok(), expected, "{path}");
        }
    }

    #[test]
    fn origins() {
        let registered = |selector| ModelUri::Registered { name: "delays".to_owned(), selector };
        let champion = || registered(Selector::Alias("champion".to_owned()));
        let rows = [
            ("models:/delays@champion", champion(), ""),
            ("models:/delays@champion/metadata", champion(), "metadata"),
            ("models:/delays@champion/stages/0_a/data", champion(), "stages/0_a/data"),
            ("models:/delays/3", registered(Selector::Version(3)), ""),
            ("models:/delays/3/stages/0_a", registered(Selector::Version(3)), "stages/0_a"),
            ("models:/delays", registered(Selector::Latest), ""),
            ("models:/delays/metadata", registered(Selector::Latest), "metadata"),
            ("/tmp/m", ModelUri::Local("/tmp/m".into()), ""),
        ];
        for (path, model, folder) in rows {
            assert_eq!(Origin::parse(path).unwrap(), Origin { model, folder: folder.to_owned() }, "{path}");
        }
    }
}
