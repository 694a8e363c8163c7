//! A session's settings: Spark's keys with Spark's defaults, and those of Brickyard.

use crate::failures;
use brickyard_error::Result;
use parking_lot::RwLock;
use std::collections::BTreeMap;

/// A setting with a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub key: &'static str,
    pub default: &'static str,
}

macro_rules! settings {
    ($($key:literal = $default:literal;)*) => {
        /// In order of the key.
        static SETTINGS: &[Setting] = &[$(Setting { key: $key, default: $default }),*];
    };
}

settings! {
    "brickyard.tracking.experiment" = "";
    "spark.connect.session.planCompression.defaultAlgorithm" = "NONE";
    "spark.connect.session.planCompression.threshold" = "-1";
    "spark.python.sql.dataFrameDebugging.enabled" = "true";
    "spark.sql.adaptive.enabled" = "true";
    "spark.sql.ansi.enabled" = "true";
    "spark.sql.autoBroadcastJoinThreshold" = "10485760b";
    "spark.sql.caseSensitive" = "false";
    "spark.sql.connect.serverStacktrace.enabled" = "false";
    "spark.sql.execution.arrow.maxRecordsPerBatch" = "10000";
    "spark.sql.execution.arrow.pyspark.enabled" = "false";
    "spark.sql.execution.arrow.pyspark.fallback.enabled" = "true";
    "spark.sql.execution.arrow.pyspark.selfDestruct.enabled" = "false";
    "spark.sql.execution.arrow.useLargeVarTypes" = "false";
    "spark.sql.execution.pandas.convertToArrowArraySafely" = "true";
    "spark.sql.execution.pandas.inferPandasDictAsMap" = "false";
    "spark.sql.execution.pandas.structHandlingMode" = "legacy";
    "spark.sql.execution.pyspark.binaryAsBytes" = "true";
    "spark.sql.execution.pythonUDF.arrow.enabled" = "true";
    "spark.sql.execution.pythonUDTF.arrow.enabled" = "true";
    "spark.sql.files.maxPartitionBytes" = "134217728b";
    "spark.sql.legacy.timeParserPolicy" = "CORRECTED";
    "spark.sql.mapKeyDedupPolicy" = "EXCEPTION";
    "spark.sql.parquet.compression.codec" = "snappy";
    "spark.sql.pyspark.inferNestedDictAsStruct.enabled" = "false";
    "spark.sql.pyspark.jvmStacktrace.enabled" = "false";
    "spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled" = "false";
    "spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled" = "false";
    "spark.sql.pyspark.plotting.max_rows" = "1000";
    "spark.sql.repl.eagerEval.enabled" = "false";
    "spark.sql.repl.eagerEval.maxNumRows" = "20";
    "spark.sql.repl.eagerEval.truncate" = "20";
    "spark.sql.session.localRelationBatchOfChunksSizeBytes" = "1073741824";
    "spark.sql.session.localRelationCacheThreshold" = "1048576";
    "spark.sql.session.localRelationChunkSizeBytes" = "16777216";
    "spark.sql.session.localRelationChunkSizeRows" = "10000";
    "spark.sql.session.localRelationSizeLimit" = "3221225472";
    "spark.sql.session.timeZone" = "UTC";
    "spark.sql.shuffle.partitions" = "200";
    "spark.sql.sources.default" = "parquet";
    "spark.sql.sources.partitionOverwriteMode" = "STATIC";
    "spark.sql.storeAssignmentPolicy" = "ANSI";
    "spark.sql.timestampType" = "TIMESTAMP_LTZ";
    "spark.sql.variable.substitute" = "true";
    "spark.sql.warehouse.dir" = "spark-warehouse";
}

/// Settings that are given at the start and cannot be changed in a session.
const STATIC_PREFIXES: [&str; 3] =
    ["spark.sql.warehouse.dir", "spark.sql.extensions", "spark.sql.catalogImplementation"];

#[derive(Debug, Default)]
pub struct Conf {
    set: RwLock<BTreeMap<String, String>>,
}

impl Conf {
    /// The value set, or the default.
    pub fn get_option(&self, key: &str) -> Option<String> {
        let set = self.set.read().get(key).cloned();
        set.or_else(|| default_of(key).map(ToOwned::to_owned))
    }

    /// # Errors
    /// `SQL_CONF_NOT_FOUND` for a key without value and default.
    pub fn get(&self, key: &str) -> Result<String> {
        self.get_option(key).ok_or_else(|| failures::setting_not_found(key))
    }

    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        if key == "spark.sql.session.timeZone" {
            brickyard_functions::time_zone(value)?;
        }
        self.set.write().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    pub fn unset(&self, key: &str) {
        self.set.write().remove(key);
    }

    pub fn unset_all(&self) {
        self.set.write().clear();
    }

    /// What was set, in order of the key.
    pub fn all_set(&self) -> BTreeMap<String, String> {
        self.set.read().clone()
    }

    /// What was set and all defaults, in order of the key.
    pub fn all(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> =
            SETTINGS.iter().map(|setting| (setting.key.to_owned(), setting.default.to_owned())).collect();
        all.extend(self.all_set());
        all
    }

    pub fn is_modifiable(&self, key: &str) -> bool {
        default_of(key).is_some() && !STATIC_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
    }

    /// The settings there are.
    pub fn settings() -> &'static [Setting] {
        SETTINGS
    }

    pub fn default_of(key: &str) -> Option<&'static str> {
        default_of(key)
    }

    /// The zone that timestamps are shown and taken apart in.
    pub fn time_zone(&self) -> String {
        self.get_option("spark.sql.session.timeZone").unwrap_or_else(|| "UTC".to_owned())
    }

    /// Whether overflow, bad casts and division by zero are errors rather than nulls.
    pub fn is_ansi(&self) -> bool {
        self.flag("spark.sql.ansi.enabled")
    }

    pub fn flag(&self, key: &str) -> bool {
        self.get_option(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

fn default_of(key: &str) -> Option<&'static str> {
    SETTINGS.iter().find(|setting| setting.key == key).map(|setting| setting.default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_values_defaults_or_an_error() {
        let conf = Conf::default();
        assert_eq!(conf.get("spark.sql.shuffle.partitions").unwrap(), "200");
        conf.set("spark.sql.shuffle.partitions", "7").unwrap();
        assert_eq!(conf.get("spark.sql.shuffle.partitions").unwrap(), "7");
        conf.unset("spark.sql.shuffle.partitions");
        assert_eq!(conf.get("spark.sql.shuffle.partitions").unwrap(), "200");
        let failure = conf.get("no.such").unwrap_err();
        assert_eq!(failure.condition().unwrap().class, "SQL_CONF_NOT_FOUND");
        assert!(conf.set("spark.sql.session.timeZone", "Mars/Olympus").is_err());
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.key), "the table is in order of the key");
    }
}
