//! Model files of other tools. A model of ours is, apart from its code, what it saves of itself
//! ([`Saved`](brickyard_ml::persist::Saved)); writers turn that into another tool's file, and a reader would turn such a
//! file into it.

mod forest;
mod lightgbm;
mod names;
pub mod onnx;
mod stage;
mod xgboost;

use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::Transformer;
use std::path::{Path, PathBuf};

/// A tool's kind of model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Any fitted pipeline, as one graph from raw columns to predictions.
    Onnx,
    /// Models of trees, in LightGBM's text.
    LightGbm,
    /// Models of trees, in XGBoost's JSON.
    XgBoost,
}

impl Format {
    const ALL: [Format; 3] = [Format::Onnx, Format::LightGbm, Format::XgBoost];

    /// The format that a user names, in any case.
    ///
    /// # Errors
    /// There is no such format.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Failure::unsupported(format!("the model format {name}; there are {known}"))
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Onnx => "onnx",
            Format::LightGbm => "lightgbm",
            Format::XgBoost => "xgboost",
        }
    }

    /// What a model's file is called in a folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Onnx => "model.onnx",
            Format::LightGbm => "model.txt",
            Format::XgBoost => "model.json",
        }
    }
}

/// The bytes of a model's file.
///
/// `schema` tells the types of the columns that come from outside, and the names of a vector's slots. Without it numbers
/// are doubles, and slots are numbered.
///
/// # Errors
/// The format cannot express the model; the failure says which part of it.
pub fn export(model: &dyn Transformer, schema: Option<&Schema>, format: Format) -> Result<Vec<u8>> {
    match format {
        Format::Onnx => onnx::export(model, schema),
        Format::LightGbm => lightgbm::export(model, schema),
        Format::XgBoost => xgboost::export(model, schema),
    }
}

/// Writes a model's file into a folder, which is made if it is not there, and gives the file's path.
///
/// # Errors
/// Those of [`export`], after which nothing was written; or the folder cannot be written to.
pub fn write(model: &dyn Transformer, schema: Option<&Schema>, format: Format, folder: &Path) -> Result<PathBuf> {
    let bytes = export(model, schema, format)?;
    let path = folder.join(format.file_name());
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
    written.map_err(|error| {
        let text = format!("the model cannot be written to {}: {error}", path.display());
        Failure::new(&codes::ml::MODEL_FILES, text).because(error)
    })?;
    Ok(path)
}
