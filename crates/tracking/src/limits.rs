//! How long, how many, which letters: the limits of MLflow 3.17 (`mlflow/utils/validation.py`).

use crate::invalid;
use brickyard_error::Result;
use brickyard_meta::tracking::{Batch, MetricRow, Pair, RunDataset};

const METRICS_PER_BATCH: usize = 1000;
const PARAMS_OR_TAGS_PER_BATCH: usize = 100;
const ENTITIES_PER_BATCH: usize = 1000;
const KEY: usize = 250;
const PARAM_VALUE: usize = 6000;
const TAG_VALUE: usize = 8000;
const EXPERIMENT_NAME: usize = 500;
const EXPERIMENT_TAG_VALUE: usize = 20_000;
const REGISTRY_TAG_VALUE: usize = 100_000;
const ALIAS: usize = 255;
const DATASET_NAME: usize = 500;
const DATASET_DIGEST: usize = 36;
const DATASET_SOURCE: usize = 65_535;
const DATASET_SCHEMA: usize = 1_048_575;
const DATASET_PROFILE: usize = 16_777_215;
const INPUT_TAG_KEY: usize = 255;
const INPUT_TAG_VALUE: usize = 500;

/// At most `limit` characters.
fn length(what: &str, text: &str, limit: usize) -> Result<()> {
    // Most texts are short: their bytes bound their characters.
    match text.len() <= limit || text.chars().count() <= limit {
        true => Ok(()),
        false => Err(invalid(format!("'{what}' exceeds the maximum length of {limit} characters"))),
    }
}

fn key(path: &str, key: &str) -> Result<()> {
    let allowed = |c: char| c.is_alphanumeric() || "/_.- :".contains(c);
    if let Some(bad) = key.chars().find(|c| !allowed(*c)) {
        return Err(invalid(format!(
            "invalid value \"{}\" for parameter '{path}' supplied: '{}' in it; names may only contain alphanumerics, \
             underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)",
            key.escape_debug(),
            bad.escape_debug()
        )));
    }
    if !is_plain_path(key) {
        return Err(invalid(format!(
            "invalid value \"{key}\" for parameter '{path}' supplied: names may be treated as files, and must be \
             relative paths without empty parts, '.' or '..'"
        )));
    }
    length(path, key, KEY)
}

/// Whether a name stays the same when it is read as a relative path.
fn is_plain_path(name: &str) -> bool {
    name.split('/').all(|part| !part.is_empty() && part != "." && part != "..") && !name.starts_with("..")
}

pub(crate) fn experiment_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(invalid("invalid experiment name: '', give it at least one letter"));
    }
    length("name", name, EXPERIMENT_NAME)
}

pub(crate) fn experiment_tag(tag: &Pair) -> Result<()> {
    key("key", &tag.key)?;
    length("value", &tag.value, EXPERIMENT_TAG_VALUE)
}

pub(crate) fn metric(path: &str, metric: &MetricRow) -> Result<()> {
    key(&format!("{path}name"), &metric.key)?;
    match metric.timestamp_ms < 0 {
        true => Err(invalid(format!(
            "invalid value {} for parameter '{path}timestamp' supplied: timestamp must be a nonnegative long (64-bit \
             integer)",
            metric.timestamp_ms
        ))),
        false => Ok(()),
    }
}

pub(crate) fn param(path: &str, param: &Pair) -> Result<()> {
    key(&format!("{path}key"), &param.key)?;
    length(&format!("{path}value"), &param.value, PARAM_VALUE)
}

pub(crate) fn tag(path: &str, tag: &Pair) -> Result<()> {
    key(&format!("{path}key"), &tag.key)?;
    length(&format!("{path}value"), &tag.value, TAG_VALUE)
}

pub(crate) fn batch(batch: &Batch) -> Result<()> {
    for (index, entry) in batch.metrics.iter().enumerate() {
        metric(&format!("metrics[{index}]."), &entry.metric)?;
    }
    for (index, pair) in batch.params.iter().enumerate() {
        param(&format!("params[{index}]."), pair)?;
    }
    for (index, pair) in batch.tags.iter().enumerate() {
        tag(&format!("tags[{index}]."), pair)?;
    }
    let (metrics, params, tags) = (batch.metrics.len(), batch.params.len(), batch.tags.len());
    count("metrics", metrics, METRICS_PER_BATCH)?;
    count("params", params, PARAMS_OR_TAGS_PER_BATCH)?;
    count("tags", tags, PARAMS_OR_TAGS_PER_BATCH)?;
    count("metrics, params, and tags", metrics + params + tags, ENTITIES_PER_BATCH)?;
    unique_params(&batch.params)
}

fn count(what: &str, count: usize, limit: usize) -> Result<()> {
    match count <= limit {
        true => Ok(()),
        false => Err(invalid(format!(
            "a batch logging request can contain at most {limit} {what}. got {count} {what}. please split up {what} \
             across multiple requests and try again"
        ))),
    }
}

fn unique_params(params: &[Pair]) -> Result<()> {
    let mut keys: Vec<&str> = params.iter().map(|param| param.key.as_str()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(twice) => Err(invalid(format!("duplicate parameter keys have been submitted: {}", twice[0]))),
    }
}

pub(crate) fn dataset_input(input: &RunDataset) -> Result<()> {
    let dataset = &input.dataset;
    for (what, text) in [("name", &dataset.name), ("digest", &dataset.digest), ("source_type", &dataset.source_type)] {
        if text.is_empty() {
            return Err(invalid(format!("missing value for required parameter 'dataset.{what}'")));
        }
    }
    length("name", &dataset.name, DATASET_NAME)?;
    length("digest", &dataset.digest, DATASET_DIGEST)?;
    length("source", &dataset.source, DATASET_SOURCE)?;
    length("schema", dataset.schema.as_deref().unwrap_or_default(), DATASET_SCHEMA)?;
    length("profile", dataset.profile.as_deref().unwrap_or_default(), DATASET_PROFILE)?;
    for tag in &input.tags {
        length("key", &tag.key, INPUT_TAG_KEY)?;
        length("value", &tag.value, INPUT_TAG_VALUE)?;
    }
    Ok(())
}

pub(crate) fn logged_model_name(name: &str) -> Result<()> {
    match name.is_empty() || name.contains(['/', ':', '.', '%', '"', '\'']) {
        true => Err(invalid(format!(
            "invalid model name ('{name}') provided. model name must be a non-empty string and cannot contain the \
             following characters: / : . % \" '"
        ))),
        false => length("name", name, EXPERIMENT_NAME),
    }
}

pub(crate) fn model_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(invalid("missing value for required parameter 'name'"));
    }
    if name.contains(['/', ':']) || !is_plain_path(name) {
        return Err(invalid(format!("invalid model name '{name}'. names cannot contain '/' or ':' or be '.' or '..'")));
    }
    length("name", name, KEY)
}

pub(crate) fn registry_tag(tag: &Pair) -> Result<()> {
    key("key", &tag.key)?;
    length("value", &tag.value, REGISTRY_TAG_VALUE)
}

pub(crate) fn alias(alias: &str) -> Result<()> {
    if alias.is_empty() {
        return Err(invalid("registered model alias name cannot be empty"));
    }
    if !alias.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        return Err(invalid(format!(
            "invalid alias name: '{alias}'. names may only contain alphanumerics, underscores (_), and dashes (-)"
        )));
    }
    length("registered model alias name", alias, ALIAS)
}

/// An alias that a user may set: not `latest`, nothing that reads as a version.
pub(crate) fn new_alias(name: &str) -> Result<()> {
    alias(name)?;
    let digits = name.strip_prefix(['v', 'V']).unwrap_or_default();
    let like_a_version = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match name.eq_ignore_ascii_case("latest") || like_a_version {
        true => Err(invalid(format!("alias name '{name}' is reserved, choose another"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for good in ["a", "train/loss", "a b", "a:b", "größe", "a.b-c_d", ".hidden"] {
            assert!(key("key", good).is_ok(), "{good}");
        }
        let long = "k".repeat(251);
        for bad in ["", "a/../b", "..", "../a", "/a", "a/", "a//b", "a$b", "a\nb", "a'b", "./a", long.as_str()] {
            assert!(key("key", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(length("x", &"ä".repeat(10), 10).is_ok());
        assert!(length("x", &"ä".repeat(11), 10).is_err());
    }

    #[test]
    fn aliases() {
        for good in ["champion", "a-b_c", "version1", "v"] {
            assert!(new_alias(good).is_ok(), "{good}");
        }
        for bad in ["", "latest", "LATEST", "v1", "V12", "a b", "a@b", "a/b"] {
            assert!(new_alias(bad).is_err(), "{bad}");
        }
    }
}
