//! Which folders belong to a saved operator: its metadata alone tells. Folders are never listed, as leftovers of an
//! overwritten model may lie beside them.

use super::stage_folder;
use serde_json::{Map, Value as Json};

/// The folders of one saved operator, relative to its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Those that may hold Parquet; most operators have some of them only.
    pub tables: Vec<String>,
    /// Those that hold an operator with metadata of its own; all of them must be there.
    pub children: Vec<String>,
}

impl Folders {
    /// The folders of the operator that this metadata describes.
    pub fn of(metadata: &Map<String, Json>) -> Self {
        let class = metadata.get("class").and_then(Json::as_str).unwrap_or_default();
        let (package, name) = class.rsplit_once('.').unwrap_or(("", class));
        let is_old = package.starts_with("org.apache.spark.mllib");
        let (tables, children): (&[&str], &[&str]) = match name {
            "DistributedLDAModel" if is_old => {
                (&["data/globalTopicTotals", "data/topicCounts", "data/tokenCounts"], &[])
            }
            "DistributedLDAModel" => (&[], &["oldModel"]),
            "BisectingKMeansModel" if !is_old => (&[], &["data"]),
            "CrossValidatorModel" | "TrainValidationSplitModel" => (&[], &["bestModel"]),
            "OneVsRest" | "OneVsRestModel" => (&[], &["classifier"]),
            "RFormulaModel" => (&["data"], &["pipelineModel"]),
            "ALSModel" => (&["userFactors", "itemFactors"], &[]),
            "NearestNeighboursModel" => (&["data", "graph"], &[]),
            _ => (&["data", "treesMetadata"], &[]),
        };
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let uids = metadata.get("paramMap").and_then(|params| params.get("stageUids")).and_then(Json::as_array);
        let uids: Vec<&str> = uids.into_iter().flatten().filter_map(Json::as_str).collect();
        let stages = uids.iter().enumerate().map(|(index, uid)| stage_folder(index, uids.len(), uid));
        let classes = metadata.get("numClasses").and_then(Json::as_u64).filter(|_| name == "OneVsRestModel");
        let classifiers = (0..classes.unwrap_or(0)).map(|class| format!("model_{class}"));
        let children = owned(children).into_iter().chain(stages).chain(classifiers).collect();
        Self { tables: owned(tables), children }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_class_tells_its_folders() {
        let data: &[&str] = &["data", "treesMetadata"];
        let graph: &[&str] = &["data/globalTopicTotals", "data/topicCounts", "data/tokenCounts"];
        let cases: [(&str, &[&str], &[&str]); 8] = [
            ("org.apache.spark.ml.clustering.KMeansModel", data, &[]),
            ("org.apache.spark.ml.clustering.BisectingKMeansModel", &[], &["data"]),
            ("org.apache.spark.mllib.clustering.BisectingKMeansModel", data, &[]),
            ("org.apache.spark.ml.clustering.DistributedLDAModel", &[], &["oldModel"]),
            ("org.apache.spark.mllib.clustering.DistributedLDAModel", graph, &[]),
            ("org.apache.spark.ml.feature.RFormulaModel", &["data"], &["pipelineModel"]),
            ("pyspark.ml.tuning.CrossValidatorModel", &[], &["bestModel"]),
            ("", data, &[]),
        ];
        for (class, tables, children) in cases {
            let json = json!({"class": class});
            let found = Folders::of(json.as_object().unwrap());
            assert_eq!((found.tables, found.children), (owned(tables), owned(children)), "{class}");
        }
        let rest = json!({"class": "pyspark.ml.classification.OneVsRestModel", "numClasses": 2});
        assert_eq!(Folders::of(rest.as_object().unwrap()).children, ["classifier", "model_0", "model_1"]);
        let pipeline = json!({"class": "org.apache.spark.ml.PipelineModel", "paramMap": {"stageUids": ["a", "b"]}});
        assert_eq!(Folders::of(pipeline.as_object().unwrap()).children, ["stages/0_a", "stages/1_b"]);
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}
