//! What keys mean in searches of runs, experiments and logged models.

use crate::grammar::{Comparison, Literal, Name, Predicate, parse_filter, parse_order};
use crate::invalid;
use brickyard_error::{Failure, Result};
use brickyard_meta::filter::{Clause, Operator, Order, Test, Value};
use brickyard_meta::tracking::{
    DatasetColumn, ExperimentColumn, ExperimentField, LoggedModelColumn, LoggedModelField, RunColumn, RunField,
    RunOrder,
};

/// SQLite joins at most 64 tables, and an order by a metric is a join.
const ORDERS_AT_MOST: usize = 30;

/// What a field holds, and so what it can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    /// Numbers as stored, any of `=`, `!=`, IN, NOT IN with quoted digits.
    Identifier,
    Text,
    /// Also IN and NOT IN.
    ListedText,
    /// Also IS NULL and IS NOT NULL.
    Keyed,
}

pub(crate) fn run_clauses(filter: &str) -> Result<Vec<Clause<RunField>>> {
    parse_filter(filter)?.into_iter().map(run_clause).collect()
}

fn run_clause(comparison: Comparison) -> Result<Clause<RunField>> {
    let (field, kind) = match entity(&comparison.name)? {
        Entity::Metric => (RunField::Metric(comparison.name.key.clone()), Kind::Number),
        Entity::Param => (RunField::Param(comparison.name.key.clone()), Kind::Keyed),
        Entity::Tag => (RunField::Tag(comparison.name.key.clone()), Kind::Keyed),
        Entity::Dataset => (RunField::Dataset(dataset_column(&comparison.name.key)?), Kind::ListedText),
        Entity::Attribute => {
            let (column, kind) = run_column(&comparison.name.key)?;
            (RunField::Column(column), kind)
        }
    };
    Ok(Clause { field, test: test(&comparison, kind)? })
}

pub(crate) fn run_orders(orders: &[String]) -> Result<Vec<Order<RunOrder>>> {
    each_order(orders, |name| {
        Ok(match entity(&name)? {
            Entity::Metric => RunOrder::Metric(name.key),
            Entity::Param => RunOrder::Param(name.key),
            Entity::Tag => RunOrder::Tag(name.key),
            Entity::Attribute => RunOrder::Column(run_column(&name.key)?.0),
            Entity::Dataset => {
                return Err(invalid("runs cannot be ordered by a dataset; order by a metric or a param"));
            }
        })
    })
}

fn run_column(key: &str) -> Result<(RunColumn, Kind)> {
    Ok(match key {
        "run_id" => (RunColumn::RunId, Kind::ListedText),
        "run_name" | "run name" | "Run name" | "Run Name" => (RunColumn::Name, Kind::Text),
        "user_id" => (RunColumn::UserId, Kind::Text),
        "status" => (RunColumn::Status, Kind::Text),
        "artifact_uri" => (RunColumn::ArtifactUri, Kind::Text),
        "start_time" | "created" | "Created" => (RunColumn::StartTime, Kind::Number),
        "end_time" => (RunColumn::EndTime, Kind::Number),
        _ => {
            return Err(bad_key(key, "run_id, run_name, user_id, status, artifact_uri, start_time, end_time, created"));
        }
    })
}

fn dataset_column(key: &str) -> Result<DatasetColumn> {
    match key {
        "name" => Ok(DatasetColumn::Name),
        "digest" => Ok(DatasetColumn::Digest),
        "context" => Ok(DatasetColumn::Context),
        _ => Err(invalid(format!("invalid dataset key '{key}' specified. valid keys are name, digest, context"))),
    }
}

pub(crate) fn experiment_clauses(filter: &str) -> Result<Vec<Clause<ExperimentField>>> {
    let clause = |comparison: Comparison| {
        let (field, kind) = match attribute_or_tag(&comparison.name)? {
            Entity::Tag => (ExperimentField::Tag(comparison.name.key.clone()), Kind::Keyed),
            _ => {
                let (column, kind) = experiment_column(&comparison.name.key)?;
                (ExperimentField::Column(column), kind)
            }
        };
        Ok(Clause { field, test: test(&comparison, kind)? })
    };
    parse_filter(filter)?.into_iter().map(clause).collect()
}

pub(crate) fn experiment_orders(orders: &[String]) -> Result<Vec<Order<ExperimentColumn>>> {
    each_order(orders, |name| match attribute_or_tag(&name)? {
        Entity::Attribute => Ok(experiment_column(&name.key)?.0),
        _ => Err(invalid("invalid order_by entity: tag; experiments are ordered by attributes")),
    })
}

fn experiment_column(key: &str) -> Result<(ExperimentColumn, Kind)> {
    Ok(match key {
        "experiment_id" => (ExperimentColumn::Id, Kind::Identifier),
        "name" => (ExperimentColumn::Name, Kind::Text),
        "creation_time" => (ExperimentColumn::CreationTime, Kind::Number),
        "last_update_time" => (ExperimentColumn::LastUpdateTime, Kind::Number),
        _ => return Err(bad_key(key, "name, experiment_id, creation_time, last_update_time")),
    })
}

pub(crate) fn logged_model_clauses(filter: &str) -> Result<Vec<Clause<LoggedModelField>>> {
    let clause = |comparison: Comparison| {
        let (field, kind) = match entity(&comparison.name)? {
            Entity::Metric => (LoggedModelField::Metric(comparison.name.key.clone()), Kind::Number),
            Entity::Param => (LoggedModelField::Param(comparison.name.key.clone()), Kind::ListedText),
            Entity::Tag => (LoggedModelField::Tag(comparison.name.key.clone()), Kind::ListedText),
            Entity::Attribute => {
                let (column, kind) = logged_model_column(&comparison.name.key)?;
                (LoggedModelField::Column(column), kind)
            }
            Entity::Dataset => return Err(invalid("logged models are filtered by dataset in the field 'datasets'")),
        };
        Ok(Clause { field, test: test(&comparison, kind)? })
    };
    parse_filter(filter)?.into_iter().map(clause).collect()
}

pub(crate) fn logged_model_column(key: &str) -> Result<(LoggedModelColumn, Kind)> {
    Ok(match key {
        "model_id" => (LoggedModelColumn::ModelId, Kind::ListedText),
        "experiment_id" => (LoggedModelColumn::ExperimentId, Kind::Identifier),
        "name" => (LoggedModelColumn::Name, Kind::ListedText),
        "model_type" => (LoggedModelColumn::ModelType, Kind::ListedText),
        "source_run_id" => (LoggedModelColumn::SourceRunId, Kind::ListedText),
        "status" => (LoggedModelColumn::Status, Kind::ListedText),
        "artifact_location" | "artifact_uri" => (LoggedModelColumn::ArtifactUri, Kind::ListedText),
        "creation_time" | "creation_timestamp" | "creation_timestamp_ms" => {
            (LoggedModelColumn::CreationTime, Kind::Number)
        }
        "last_updated_timestamp" | "last_updated_timestamp_ms" => (LoggedModelColumn::LastUpdateTime, Kind::Number),
        _ => {
            let valid = "name, model_id, model_type, source_run_id, status, experiment_id, creation_timestamp, \
                         last_updated_timestamp";
            return Err(bad_key(key, valid));
        }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entity {
    Metric,
    Param,
    Tag,
    Attribute,
    Dataset,
}

fn entity(name: &Name) -> Result<Entity> {
    match name.entity.as_deref() {
        None | Some("attribute" | "attributes" | "attr" | "run") => Ok(Entity::Attribute),
        Some("metric" | "metrics") => Ok(Entity::Metric),
        Some("param" | "params" | "parameter" | "parameters") => Ok(Entity::Param),
        Some("tag" | "tags") => Ok(Entity::Tag),
        Some("dataset" | "datasets") => Ok(Entity::Dataset),
        Some(other) => Err(invalid(format!(
            "invalid entity type '{other}'. valid values are metric, parameter, tag, attribute, dataset"
        ))),
    }
}

/// Of what has no metrics: experiments, registered models, versions.
pub(crate) fn attribute_or_tag(name: &Name) -> Result<Entity> {
    match name.entity.as_deref() {
        None | Some("attribute" | "attributes") => Ok(Entity::Attribute),
        Some("tag" | "tags") => Ok(Entity::Tag),
        Some(other) => {
            Err(invalid(format!("invalid entity type '{other}'. valid entity types are attribute, tag, tags")))
        }
    }
}

pub(crate) fn bad_key(key: &str, valid: &str) -> Failure {
    invalid(format!("invalid attribute key '{key}' specified. valid keys are {valid}"))
}

/// Reads orders, each field once.
pub(crate) fn each_order<Field: PartialEq>(
    orders: &[String],
    field: impl Fn(Name) -> Result<Field>,
) -> Result<Vec<Order<Field>>> {
    if orders.len() > ORDERS_AT_MOST {
        return Err(invalid(format!("order_by can have at most {ORDERS_AT_MOST} fields")));
    }
    let mut read: Vec<Order<Field>> = Vec::with_capacity(orders.len());
    for order in orders {
        let (name, descending) = parse_order(order)?;
        let field = field(name)?;
        if read.iter().any(|earlier| earlier.field == field) {
            return Err(invalid(format!("`order_by` contains duplicate fields: {}", orders.join(", "))));
        }
        read.push(Order { field, descending });
    }
    Ok(read)
}

/// The test of a comparison, when a field of this kind can be compared so.
pub(crate) fn test(comparison: &Comparison, kind: Kind) -> Result<Test> {
    let key = &comparison.name.key;
    let test = match (&comparison.predicate, kind) {
        (Predicate::Is(operator, literal), _) => is(key, *operator, literal, kind)?,
        (Predicate::In(values), Kind::ListedText) => Test::In(values.clone()),
        (Predicate::NotIn(values), Kind::ListedText) => Test::NotIn(values.clone()),
        (Predicate::In(values), Kind::Identifier) => Test::In(digits(key, values)?),
        (Predicate::NotIn(values), Kind::Identifier) => Test::NotIn(digits(key, values)?),
        (Predicate::IsNull, Kind::Keyed) => Test::IsNull,
        (Predicate::IsNotNull, Kind::Keyed) => Test::IsNotNull,
        (Predicate::IsNull | Predicate::IsNotNull, _) => {
            return Err(invalid(format!(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for '{key}'"
            )));
        }
        (Predicate::In(_) | Predicate::NotIn(_), _) => {
            return Err(invalid(format!("'{key}' does not support comparison with a list of quoted string values")));
        }
    };
    Ok(test)
}

fn is(key: &str, operator: Operator, literal: &Literal, kind: Kind) -> Result<Test> {
    let comparable = match kind {
        Kind::Number => !matches!(operator, Operator::Like | Operator::ILike),
        Kind::Identifier => matches!(operator, Operator::Equal | Operator::NotEqual),
        Kind::Text | Kind::ListedText | Kind::Keyed => {
            matches!(operator, Operator::Equal | Operator::NotEqual | Operator::Like | Operator::ILike)
        }
    };
    if !comparable {
        return Err(invalid(format!(
            "invalid comparator for '{key}': numbers compare with = != < <= > >=, strings with = != LIKE ILIKE"
        )));
    }
    let value = match (kind, literal) {
        (Kind::Number, Literal::Integer(number)) => Value::Integer(*number),
        (Kind::Number, Literal::Real(number)) => Value::Real(*number),
        (Kind::Number, Literal::Text(text)) => {
            return Err(invalid(format!("expected numeric value type for '{key}'. found '{text}'")));
        }
        (Kind::Identifier, Literal::Integer(number)) => Value::Integer(*number),
        (Kind::Identifier, Literal::Text(text)) => Value::Integer(digit(key, text)?),
        (_, Literal::Text(text)) => Value::Text(text.clone()),
        (_, Literal::Integer(_) | Literal::Real(_)) => {
            return Err(invalid(format!("expected a quoted string value for '{key}' (e.g. 'my-value')")));
        }
    };
    Ok(Test::Is(operator, value))
}

fn digit(key: &str, text: &str) -> Result<i64> {
    text.parse().map_err(|_| invalid(format!("invalid {key} '{text}', expected a number in quotes")))
}

fn digits(key: &str, values: &[String]) -> Result<Vec<String>> {
    values.iter().map(|value| digit(key, value).map(|number| number.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_tested_by_what_they_have() {
        let good = [
            "metrics.a = 1",
            "metric.a != 1.5",
            "params.a LIKE '%x%'",
            "parameters.a IS NULL",
            "tags.a ILIKE 'x'",
            "attributes.status = 'FINISHED'",
            "attr.run_id IN ('a')",
            "run.run_name = 'x'",
            "start_time > 1",
            "created <= 1.0",
            "datasets.name IN ('a', 'b')",
            "dataset.context = 'train'",
        ];
        for filter in good {
            assert!(run_clauses(filter).is_ok(), "{filter}: {:?}", run_clauses(filter));
        }
        let bad = [
            "metrics.a = '1'",
            "metrics.a LIKE 1",
            "metrics.a IS NULL",
            "params.a = 1",
            "params.a < '1'",
            "params.a IN ('x')",
            "tags.a > 'x'",
            "status > 'FINISHED'",
            "run_name IN ('x')",
            "start_time = 'x'",
            "attributes.nope = 'x'",
            "nope.a = 'x'",
            "datasets.profile = 'x'",
        ];
        for filter in bad {
            assert!(run_clauses(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn experiments_and_logged_models() {
        for good in ["name LIKE 'a%'", "tags.team = 'x'", "experiment_id IN ('1', '2')", "creation_time > 1"] {
            assert!(experiment_clauses(good).is_ok(), "{good}");
        }
        for bad in
            ["metrics.a = 1", "name IN ('a')", "experiment_id = 'x'", "experiment_id < '1'", "creation_time LIKE 1"]
        {
            assert!(experiment_clauses(bad).is_err(), "{bad}");
        }
        for good in ["name = 'clf'", "metrics.a > 1", "params.lr IN ('1')", "creation_timestamp > 5"] {
            assert!(logged_model_clauses(good).is_ok(), "{good}");
        }
        for bad in ["name > 'clf'", "datasets.name = 'x'", "size = 1"] {
            assert!(logged_model_clauses(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_order_names_a_field_once() {
        let orders = |orders: &[&str]| run_orders(&orders.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>());
        assert!(orders(&["metrics.a DESC", "params.b", "start_time"]).is_ok());
        assert!(orders(&["metrics.a DESC", "metric.a"]).is_err());
        assert!(orders(&["datasets.name"]).is_err());
        assert!(orders(&["nope"]).is_err());
    }
}
