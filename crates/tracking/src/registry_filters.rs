//! What keys mean in searches of registered models and versions.

use crate::filters::{Entity, Kind, attribute_or_tag, bad_key, each_order, test};
use crate::grammar::{Comparison, Literal, Predicate, parse_filter};
use brickyard_error::Result;
use brickyard_meta::filter::{Clause, Operator, Order};
use brickyard_meta::registry::{ModelColumn, ModelField, VersionColumn, VersionField};

/// Prompts are registered models with this tag; a search sees them only when its filter asks for the tag.
const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// A filter's clauses, and whether it asks for prompts.
pub(crate) fn model_clauses(filter: &str) -> Result<(Vec<Clause<ModelField>>, bool)> {
    let (comparisons, prompts) = without_prompt_tag(parse_filter(filter)?);
    let clause = |comparison: Comparison| {
        let (field, kind) = match attribute_or_tag(&comparison.name)? {
            Entity::Tag => (ModelField::Tag(comparison.name.key.clone()), Kind::Text),
            _ if comparison.name.key == "name" => (ModelField::Column(ModelColumn::Name), Kind::ListedText),
            _ => return Err(bad_key(&comparison.name.key, "name")),
        };
        Ok(Clause { field, test: test(&comparison, kind)? })
    };
    Ok((comparisons.into_iter().map(clause).collect::<Result<_>>()?, prompts))
}

pub(crate) fn model_orders(orders: &[String]) -> Result<Vec<Order<ModelColumn>>> {
    each_order(orders, |name| match (name.entity.as_deref(), name.key.as_str()) {
        (None | Some("attribute" | "attributes"), "name") => Ok(ModelColumn::Name),
        (None | Some("attribute" | "attributes"), "timestamp" | "last_updated_timestamp") => {
            Ok(ModelColumn::LastUpdateTime)
        }
        (None | Some("attribute" | "attributes"), "creation_timestamp") => Ok(ModelColumn::CreationTime),
        (_, key) => Err(bad_key(key, "name, timestamp, creation_timestamp, last_updated_timestamp")),
    })
}

/// A filter's clauses, and whether it asks for prompts.
pub(crate) fn version_clauses(filter: &str) -> Result<(Vec<Clause<VersionField>>, bool)> {
    let (comparisons, prompts) = without_prompt_tag(parse_filter(filter)?);
    let clause = |comparison: Comparison| {
        let (field, kind) = match attribute_or_tag(&comparison.name)? {
            Entity::Tag => (VersionField::Tag(comparison.name.key.clone()), Kind::Text),
            _ => {
                let (column, kind) = match comparison.name.key.as_str() {
                    "name" => (VersionColumn::Name, Kind::ListedText),
                    "run_id" => (VersionColumn::RunId, Kind::ListedText),
                    "source_path" => (VersionColumn::Source, Kind::Text),
                    "version_number" => (VersionColumn::Version, Kind::Number),
                    other => return Err(bad_key(other, "name, run_id, source_path, version_number")),
                };
                (VersionField::Column(column), kind)
            }
        };
        Ok(Clause { field, test: test(&quoted_version(comparison), kind)? })
    };
    Ok((comparisons.into_iter().map(clause).collect::<Result<_>>()?, prompts))
}

pub(crate) fn version_orders(orders: &[String]) -> Result<Vec<Order<VersionColumn>>> {
    each_order(orders, |name| match (name.entity.as_deref(), name.key.as_str()) {
        (None | Some("attribute" | "attributes"), "name") => Ok(VersionColumn::Name),
        (None | Some("attribute" | "attributes"), "version_number") => Ok(VersionColumn::Version),
        (None | Some("attribute" | "attributes"), "creation_timestamp") => Ok(VersionColumn::CreationTime),
        (None | Some("attribute" | "attributes"), "last_updated_timestamp") => Ok(VersionColumn::LastUpdateTime),
        (_, key) => Err(bad_key(key, "name, version_number, creation_timestamp, last_updated_timestamp")),
    })
}

/// `version_number = '3'` is `version_number = 3`.
fn quoted_version(comparison: Comparison) -> Comparison {
    let number = match &comparison.predicate {
        Predicate::Is(operator, Literal::Text(text)) if comparison.name.key == "version_number" => {
            text.parse().ok().map(|number| Predicate::Is(*operator, Literal::Integer(number)))
        }
        _ => None,
    };
    Comparison { predicate: number.unwrap_or(comparison.predicate), name: comparison.name }
}

fn without_prompt_tag(comparisons: Vec<Comparison>) -> (Vec<Comparison>, bool) {
    let (asked, rest): (Vec<_>, Vec<_>) = comparisons.into_iter().partition(|comparison| {
        matches!(comparison.name.entity.as_deref(), Some("tag" | "tags")) && comparison.name.key == PROMPT_TAG
    });
    let prompts = asked.first().is_some_and(|comparison| match &comparison.predicate {
        Predicate::Is(Operator::Equal, Literal::Text(text)) => text.eq_ignore_ascii_case("true"),
        Predicate::Is(Operator::NotEqual, Literal::Text(text)) => text.eq_ignore_ascii_case("false"),
        _ => false,
    });
    (rest, prompts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_show_only_when_asked_for() {
        let rows = [
            ("", false, 0),
            ("name = 'a'", false, 1),
            ("tags.`mlflow.prompt.is_prompt` = 'true' AND name LIKE 'a%'", true, 1),
            ("tags.`mlflow.prompt.is_prompt` != 'false'", true, 0),
            ("tag.mlflow.prompt.is_prompt = 'false'", false, 0),
        ];
        for (filter, prompts, clauses) in rows {
            let (read, asked) = model_clauses(filter).unwrap();
            assert_eq!((asked, read.len()), (prompts, clauses), "{filter}");
            let (read, asked) = version_clauses(filter).unwrap();
            assert_eq!((asked, read.len()), (prompts, clauses), "{filter}");
        }
    }

    #[test]
    fn keys_of_models_and_versions() {
        for bad in ["run_id = 'x'", "metrics.a = 1", "name > 'a'", "tags.a IN ('x')"] {
            assert!(model_clauses(bad).is_err(), "{bad}");
        }
        for good in ["run_id IN ('x')", "version_number > 1", "version_number = '1'", "source_path LIKE 'a%'"] {
            assert!(version_clauses(good).is_ok(), "{good}");
        }
        for bad in ["version_number = 'x'", "source_path IN ('x')", "stage = 'x'", "version_number LIKE 1"] {
            assert!(version_clauses(bad).is_err(), "{bad}");
        }
    }
}
