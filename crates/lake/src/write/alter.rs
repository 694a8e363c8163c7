//! Changes of a table's columns, properties and rules: a commit without files.

use super::{Reads, Reason, conflicts};
use crate::catalog::stored_field;
use crate::delta_scan::delta;
use crate::{Lake, TableName, rules};
use arrow_schema::ArrowError;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_spec::{Alteration, NewColumn, Place};
use deltalake_core::DeltaTable;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::{Action, Metadata, Protocol, StructField};
use deltalake_core::protocol::DeltaOperation;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

const CONSTRAINT: &str = "delta.constraints.";

/// A table whose metadata is about to change: rows that others write from here on are a conflict where they matter.
pub struct Altering {
    table: DeltaTable,
    name: TableName,
}

impl Lake {
    pub async fn altering(&self, name: &TableName) -> Result<Altering> {
        let table = self.open_table(name, None).await?;
        rules::must_be_writable(&table, name)?;
        Ok(Altering { table, name: name.clone() })
    }
}

impl Altering {
    /// Changes the metadata. The rows there fulfil a new rule already: the caller has looked.
    pub async fn commit(self, change: &Alteration, user: &str) -> Result<()> {
        let Altering { table, name } = self;
        let name = &name;
        if let Alteration::SetProperties(properties) = change {
            return set_properties(table, properties).await;
        }
        let state = table.snapshot().map_err(delta)?;
        let mut parts = Parts::of(state.metadata())?;
        let mut actions = Vec::new();
        match change {
            Alteration::SetProperties(_) => {}
            Alteration::AddColumns(columns) => parts.add_columns(columns)?,
            Alteration::UnsetProperties { keys, if_exists } => {
                for key in keys {
                    if parts.configuration()?.remove(key).is_none() && !if_exists {
                        return Err(no_property(key, name));
                    }
                }
            }
            Alteration::Comment(comment) => parts.metadata["description"] = json!(comment),
            Alteration::ColumnComment { column, comment } => {
                parts.column(column)?["metadata"]["comment"] = json!(comment);
            }
            Alteration::Nullable { column, nullable } => parts.column(column)?["nullable"] = json!(nullable),
            Alteration::AddConstraint { name: constraint, sql } => {
                let key = format!("{CONSTRAINT}{}", constraint.to_lowercase());
                if parts.configuration()?.contains_key(&key) {
                    let condition =
                        Condition::new("DELTA_CONSTRAINT_ALREADY_EXISTS", "42710", SparkException::Analysis)
                            .with("constraintName", constraint);
                    let text = format!("the constraint {constraint} exists already; drop it first, or choose a name");
                    return Err(Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition));
                }
                parts.configuration()?.insert(key, json!(sql));
                actions.extend(with_constraints(state.protocol())?.map(Action::Protocol));
            }
            Alteration::DropConstraint { name: constraint, if_exists } => {
                let key = format!("{CONSTRAINT}{}", constraint.to_lowercase());
                if parts.configuration()?.remove(&key).is_none() {
                    return if *if_exists { Ok(()) } else { Err(no_constraint(constraint, name)) };
                }
            }
        }
        actions.push(Action::Metadata(parts.into_metadata()?));
        let is_rule = matches!(change, Alteration::AddConstraint { .. } | Alteration::Nullable { nullable: false, .. });
        let reads = if is_rule { Reads::Everything } else { Reads::Nothing };
        let reason = Reason {
            operation: DeltaOperation::SetTableProperties { properties: HashMap::new() },
            title: Some(title(change)),
            user: user.to_owned(),
            metrics: Vec::new(),
            reads,
        };
        conflicts::Commit { read: &table, actions, reason: &reason, metrics: Map::new() }.run().await
    }
}

async fn set_properties(table: DeltaTable, properties: &BTreeMap<String, String>) -> Result<()> {
    if let Some(key) = properties.keys().find(|key| key.to_lowercase().starts_with(CONSTRAINT)) {
        let text = format!("{key} is no property to set; use ALTER TABLE … ADD CONSTRAINT");
        return Err(Failure::new(&codes::data::OPTION_INVALID, text));
    }
    if properties.contains_key("delta.enableDeletionVectors") {
        return Err(Failure::unsupported("deletion vectors; leave delta.enableDeletionVectors out"));
    }
    let properties = properties.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let change = table.set_tbl_properties().with_properties(properties).with_raise_if_not_exists(false);
    change.await.map_err(delta)?;
    Ok(())
}

/// As Delta's history calls it.
fn title(change: &Alteration) -> &'static str {
    match change {
        Alteration::AddColumns(_) => "ADD COLUMNS",
        Alteration::SetProperties(_) => "SET TBLPROPERTIES",
        Alteration::UnsetProperties { .. } => "UNSET TBLPROPERTIES",
        Alteration::Comment(_) => "SET TBLPROPERTIES",
        Alteration::ColumnComment { .. } | Alteration::Nullable { .. } => "CHANGE COLUMN",
        Alteration::AddConstraint { .. } => "ADD CONSTRAINT",
        Alteration::DropConstraint { .. } => "DROP CONSTRAINT",
    }
}

/// The metadata of a table, taken apart.
struct Parts {
    metadata: Value,
    /// The schema's fields.
    fields: Vec<Value>,
}

impl Parts {
    fn of(metadata: &Metadata) -> Result<Self> {
        let unreadable = |error: serde_json::Error| Failure::internal(format!("the metadata of a table: {error}"));
        let metadata = serde_json::to_value(metadata).map_err(unreadable)?;
        let schema = metadata["schemaString"].as_str().unwrap_or_default();
        let schema: Value = serde_json::from_str(schema).map_err(unreadable)?;
        let fields = schema["fields"].as_array().cloned().unwrap_or_default();
        Ok(Self { metadata, fields })
    }

    fn into_metadata(mut self) -> Result<Metadata> {
        let schema = json!({ "type": "struct", "fields": self.fields });
        self.metadata["schemaString"] = json!(schema.to_string());
        serde_json::from_value(self.metadata)
            .map_err(|error| Failure::internal(format!("the new metadata of a table: {error}")))
    }

    fn configuration(&mut self) -> Result<&mut Map<String, Value>> {
        let configuration = self.metadata["configuration"].as_object_mut();
        configuration.ok_or_else(|| Failure::internal("a table's metadata without configuration"))
    }

    fn position(&self, name: &str) -> Option<usize> {
        let is_it = |field: &Value| field["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
        self.fields.iter().position(is_it)
    }

    fn column(&mut self, name: &str) -> Result<&mut Value> {
        match self.position(name) {
            Some(place) => Ok(&mut self.fields[place]),
            None => Err(no_column(name, &self.fields)),
        }
    }

    fn add_columns(&mut self, columns: &[NewColumn]) -> Result<()> {
        for column in columns {
            let name = column.field.name();
            if self.position(name).is_some() {
                let condition = Condition::new("FIELD_ALREADY_EXISTS", "42710", SparkException::Analysis)
                    .with("op", "add")
                    .with("fieldNames", format!("`{name}`"));
                let text = format!("cannot add column {name}: it exists already; choose another name");
                return Err(Failure::new(&codes::data::SCHEMA_MISMATCH, text).with_condition(condition));
            }
            let field: StructField =
                (&stored_field(&column.field)).try_into_kernel().map_err(|error: ArrowError| {
                    Failure::new(&codes::data::SCHEMA_MISMATCH, format!("{name} has a type Delta cannot hold: {error}"))
                })?;
            let mut field =
                serde_json::to_value(field).map_err(|error| Failure::internal(format!("a column's form: {error}")))?;
            if field.to_string().contains("timestamp_ntz") {
                return Err(Failure::unsupported("adding columns of type TIMESTAMP_NTZ; create the table with them"));
            }
            if let Some(comment) = &column.comment {
                field["metadata"]["comment"] = json!(comment);
            }
            let place = match &column.place {
                Place::Last => self.fields.len(),
                Place::First => 0,
                Place::After(other) => 1 + self.position(other).ok_or_else(|| no_column(other, &self.fields))?,
            };
            self.fields.insert(place, field);
        }
        Ok(())
    }
}

/// The protocol that knows of constraints, if the present one does not.
fn with_constraints(protocol: &Protocol) -> Result<Option<Protocol>> {
    const FEATURE: &str = "checkConstraints";
    let unreadable = |error: serde_json::Error| Failure::internal(format!("the protocol of a table: {error}"));
    let mut form = serde_json::to_value(protocol).map_err(unreadable)?;
    let writer = protocol.min_writer_version();
    if writer < 3 {
        form["minWriterVersion"] = json!(3);
    } else if writer >= 7 {
        let features = form["writerFeatures"].as_array_mut();
        let features = features.ok_or_else(|| Failure::internal("a table of features without their list"))?;
        if features.iter().any(|feature| feature == FEATURE) {
            return Ok(None);
        }
        features.push(json!(FEATURE));
    } else {
        return Ok(None);
    }
    serde_json::from_value(form).map(Some).map_err(unreadable)
}

fn no_column(name: &str, fields: &[Value]) -> Failure {
    let names: Vec<String> =
        fields.iter().filter_map(|field| field["name"].as_str()).map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    let condition = Condition::new("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", SparkException::Analysis)
        .with("objectName", format!("`{name}`"))
        .with("proposal", &names);
    let text = format!("a column with name `{name}` cannot be resolved; did you mean one of the following? [{names}]");
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

fn no_property(key: &str, table: &TableName) -> Failure {
    let condition = Condition::new("DELTA_UNSET_NON_EXISTENT_PROPERTY", "42616", SparkException::Analysis)
        .with("property", key)
        .with("tableName", table.to_string());
    let text = format!("attempted to unset the property {key}, which {table} does not have; use IF EXISTS");
    Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition)
}

fn no_constraint(name: &str, table: &TableName) -> Failure {
    let condition = Condition::new("DELTA_CONSTRAINT_DOES_NOT_EXIST", "42704", SparkException::Analysis)
        .with("constraintName", name)
        .with("tableName", table.to_string());
    let text = format!("cannot drop the constraint {name} of {table}: there is none; use IF EXISTS");
    Failure::new(&codes::data::OPTION_INVALID, text).with_condition(condition)
}
