//! What a saved operator is, apart from files: metadata and tables in Spark ML's layout. `brickyard-layout` reads and
//! writes the folders.

mod columns;
mod folders;
mod param_json;
mod rows;

pub use columns::{Column, OLD_PACKAGE, PACKAGE_KEY, double_lists, int_lists, nested_text_lists, table, text_lists};
pub use folders::Folders;
pub use param_json::{value_from_json, value_to_json};
pub use rows::Rows;

use crate::{ParamSpec, Params, Value};
use arrow_array::RecordBatch;
use brickyard_error::{Failure, Result, codes};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The version that saved files claim; it selects Spark's readers.
pub const SPARK_VERSION: &str = "4.2.0";

/// One saved operator: `metadata/`, tables, and operators in sub-folders (pipeline stages).
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The metadata object but for `timestamp`, which the writer adds: class, uid, sparkVersion, paramMap,
    /// defaultParamMap and the class's own keys.
    pub metadata: Map<String, Json>,
    pub tables: Vec<SavedTable>,
    /// Sub-folder and operator, for example `stages/0_VectorAssembler_1a2b`.
    pub children: Vec<(String, Saved)>,
}

/// A Parquet folder of a saved operator. Its rows are one batch; vectors are VectorUDT structs, recognised by shape.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedTable {
    /// For example `data` or `treesMetadata`.
    pub folder: String,
    pub rows: RecordBatch,
}

// ---- writing ---------------------------------------------------------------------------------------------------------

impl Saved {
    /// The metadata that every operator has; Spark demands all of these keys.
    pub fn of(class: &str, params: &Params) -> Self {
        let set = params.set_values().map(|(name, value)| (name.to_owned(), value_to_json(value)));
        let defaults: BTreeMap<&str, Value> = params.defaults().collect();
        let defaults = defaults.iter().map(|(name, value)| ((*name).to_owned(), value_to_json(value)));
        let metadata = [
            ("class", json!(class)),
            ("sparkVersion", json!(SPARK_VERSION)),
            ("uid", json!(params.uid())),
            ("paramMap", Json::Object(set.collect())),
            ("defaultParamMap", Json::Object(defaults.collect())),
        ];
        let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { metadata, tables: Vec::new(), children: Vec::new() }
    }

    /// With a key of the class's own beside `paramMap`: `numFeatures`, `rank`, ….
    pub fn with_extra(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// With something that Spark keeps in `paramMap` though it is no parameter: `stageUids`, `language`.
    pub fn with_param(mut self, name: &str, value: impl Into<Json>) -> Self {
        if let Some(Json::Object(params)) = self.metadata.get_mut("paramMap") {
            params.insert(name.to_owned(), value.into());
        }
        self
    }

    pub fn with_table(mut self, folder: &str, rows: RecordBatch) -> Self {
        self.tables.push(SavedTable { folder: folder.to_owned(), rows });
        self
    }

    pub fn with_child(mut self, folder: impl Into<String>, child: Saved) -> Self {
        self.children.push((folder.into(), child));
        self
    }
}

// ---- reading ---------------------------------------------------------------------------------------------------------

impl Saved {
    /// Spark's class name, empty if the metadata has none.
    pub fn class(&self) -> &str {
        self.metadata.get("class").and_then(Json::as_str).unwrap_or_default()
    }

    pub fn uid(&self) -> &str {
        self.metadata.get("uid").and_then(Json::as_str).unwrap_or_default()
    }

    /// Major and minor version of the Spark that wrote it; it tells legacy layouts apart.
    pub fn spark_version(&self) -> (u32, u32) {
        let text = self.metadata.get("sparkVersion").and_then(Json::as_str).unwrap_or(SPARK_VERSION);
        let mut numbers = text.split('.').map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }

    pub fn table(&self, folder: &str) -> Option<&RecordBatch> {
        self.tables.iter().find(|table| table.folder == folder).map(|table| &table.rows)
    }

    /// The rows of a folder that must be there.
    pub fn rows(&self, folder: &str) -> Result<Rows> {
        let rows = self.table(folder).ok_or_else(|| self.damaged(format!("the folder {folder} is missing")))?;
        Ok(Rows::new(format!("{}/{folder}", self.uid()), rows.clone()))
    }

    /// The operator of a sub-folder that must be there.
    pub fn child(&self, folder: &str) -> Result<&Saved> {
        let child = self.children.iter().find(|(name, _)| name == folder).map(|(_, child)| child);
        child.ok_or_else(|| self.damaged(format!("the folder {folder} is missing")))
    }

    /// A whole-number key beside `paramMap`, which must be there.
    pub fn extra_int(&self, key: &str) -> Result<i64> {
        let value = self.metadata.get(key).and_then(Json::as_i64);
        value.ok_or_else(|| self.damaged(format!("its metadata lacks the number {key}")))
    }

    /// The entry of `paramMap`, whether or not it is a parameter.
    pub fn param(&self, name: &str) -> Option<&Json> {
        self.metadata.get("paramMap").and_then(|map| map.get(name))
    }

    /// The parameters, for a class with these specs.
    ///
    /// A default that differs from ours (another Spark version wrote it) counts as set, so that the model behaves as
    /// it was saved.
    ///
    /// # Errors
    /// A parameter was set that the class does not know, as in Spark, or to something its kind does not allow.
    /// Unknown defaults change nothing and are let pass.
    pub fn params(&self, specs: &'static [ParamSpec]) -> Result<Params> {
        let mut params = Params::new(self.uid(), specs);
        for (name, json) in self.param_map("defaultParamMap") {
            let Some(spec) = specs.iter().find(|spec| spec.name == name) else { continue };
            let value = value_from_json(json, spec.kind).ok_or_else(|| self.bad_param(name, json))?;
            // As JSON, where NaN equals itself.
            if params.get(name).as_ref().map(value_to_json) != Some(value_to_json(&value)) {
                params.set(name, value)?;
            }
        }
        for (name, json) in self.param_map("paramMap") {
            let spec = specs.iter().find(|spec| spec.name == name);
            let spec = spec.ok_or_else(|| self.damaged(format!("{} has no parameter {name}", self.class())))?;
            let value = value_from_json(json, spec.kind).ok_or_else(|| self.bad_param(name, json))?;
            params.set(name, value)?;
        }
        Ok(params)
    }

    fn param_map(&self, key: &str) -> impl Iterator<Item = (&String, &Json)> {
        self.metadata.get(key).and_then(Json::as_object).into_iter().flatten()
    }

    fn bad_param(&self, name: &str, json: &Json) -> Failure {
        self.damaged(format!("the parameter {name} cannot be {json}"))
    }

    /// The failure for a saved operator that cannot be read; `what` says what is wrong with it.
    pub fn damaged(&self, what: impl std::fmt::Display) -> Failure {
        Failure::new(&codes::ml::MODEL_FILES, format!("the saved model {} cannot be read: {what}", self.uid()))
    }
}

/// The folder of a pipeline's stage: the number is padded to the digits of the number of stages.
pub fn stage_folder(index: usize, stages: usize, uid: &str) -> String {
    let digits = stages.to_string().len();
    format!("stages/{index:0digits$}_{uid}")
}

/// [`Saved::params`].
pub fn params_from(saved: &Saved, specs: &'static [ParamSpec]) -> Result<Params> {
    saved.params(specs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vector;
    use crate::param::{Default, Kind};

    const SPECS: &[ParamSpec] = &[
        ParamSpec::new("tol", Kind::Double, Default::Double(1e-6), ""),
        ParamSpec::new("k", Kind::Int, Default::Int(2), ""),
        ParamSpec::new("seed", Kind::Long, Default::Int(7), ""),
        ParamSpec::new("splits", Kind::Doubles, Default::None, ""),
        ParamSpec::new("scalingVec", Kind::Vector, Default::None, ""),
        ParamSpec::new("outputCol", Kind::Text, Default::Output, ""),
    ];

    fn params() -> Params {
        let mut params = Params::new("thing_1", SPECS);
        params.set("tol", Value::Int(1)).unwrap();
        params.set("seed", Value::Int(i64::MAX)).unwrap();
        params.set("splits", Value::Doubles(vec![f64::NEG_INFINITY, 0.0, f64::INFINITY])).unwrap();
        let vector = Vector::Sparse { size: 3, indices: vec![1], values: vec![2.0] };
        params.set("scalingVec", Value::Vector(vector)).unwrap();
        params
    }

    #[test]
    fn metadata_follows_sparks_json_rules() {
        let saved = Saved::of("a.Thing", &params()).with_extra("numFeatures", 3).with_param("language", "Python");
        let expected =
            r#"{"class":"a.Thing","sparkVersion":"4.2.0","uid":"thing_1","paramMap":{"scalingVec":{"type":0,"#
                .to_owned()
                + r#""size":3,"indices":[1],"values":[2.0]},"seed":9223372036854775807,"splits":["-Inf",0.0,"Inf"],"tol":1.0,"#
                + r#""language":"Python"},"defaultParamMap":{"k":2,"outputCol":"thing_1__output","seed":7,"tol":1e-6},"#
                + r#""numFeatures":3}"#;
        assert_eq!(Json::Object(saved.metadata).to_string(), expected);
    }

    #[test]
    fn parameters_come_back() {
        let read = Saved::of("a.Thing", &params()).params(SPECS).unwrap();
        assert!(read.set_values().eq(params().set_values()));
        assert_eq!(read.uid(), "thing_1");
    }

    #[test]
    fn parameters_of_other_versions_and_damaged_ones() {
        let with = |key: &str, map: Json| {
            let mut saved = Saved::of("a.Thing", &Params::new("thing_1", SPECS));
            saved.metadata.insert(key.to_owned(), map);
            saved.params(SPECS)
        };
        assert_eq!(with("defaultParamMap", json!({"k": 5, "unknown": 1})).unwrap().int("k").unwrap(), 5);
        assert_eq!(with("defaultParamMap", json!({})).unwrap().int("k").unwrap(), 2);
        assert_eq!(with("paramMap", json!({"k": 2.0})).unwrap().int("k").unwrap(), 2);
        for (map, part) in [(json!({"unknown": 1}), "no parameter unknown"), (json!({"k": "x"}), "k cannot be")] {
            assert!(with("paramMap", map).unwrap_err().to_string().contains(part));
        }
    }
}
