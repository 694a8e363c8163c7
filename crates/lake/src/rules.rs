//! What a table asks of those who change its rows: features, `NOT NULL`, `CHECK`, generated columns.

use crate::TableName;
use crate::delta_scan::delta;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use deltalake_core::DeltaTable;
use deltalake_core::kernel::StructTypeExt;
use deltalake_core::kernel::transaction::{PROTOCOL, TransactionError};
use deltalake_core::table::config::TablePropertiesExt;

/// What every row of a table fulfils.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The column has a value.
    NotNull(String),
    /// The SQL expression is true.
    Check { name: String, sql: String },
    /// The column has the value of the SQL expression.
    Generated { column: String, sql: String },
}

pub(crate) fn of(table: &DeltaTable) -> Result<Vec<Rule>> {
    let state = table.snapshot().map_err(delta)?;
    let schema = state.schema();
    let unreadable = |error: deltalake_core::kernel::Error| {
        Failure::new(&codes::data::UNREADABLE, format!("the rules of the table's columns: {error}"))
    };
    let required = schema.fields().filter(|field| !field.nullable).map(|field| Rule::NotNull(field.name.clone()));
    let mut rules: Vec<Rule> = required.collect();
    let checks = state.table_config().get_constraints();
    rules.extend(checks.into_iter().map(|check| Rule::Check { name: check.name, sql: check.expr }));
    let invariants = schema.get_invariants().map_err(unreadable)?;
    rules.extend(invariants.into_iter().map(|one| Rule::Check { name: one.field_name, sql: one.invariant_sql }));
    let generated = schema.get_generated_columns().map_err(unreadable)?;
    rules.extend(generated.into_iter().map(|one| Rule::Generated { column: one.name, sql: one.generation_expr }));
    Ok(rules)
}

/// Refuses tables of which a change of rows would break a promise.
pub(crate) fn must_be_changeable(table: &DeltaTable, name: &TableName) -> Result<()> {
    must_be_writable(table, name)?;
    let config = table.snapshot().map_err(delta)?.table_config();
    if config.append_only() {
        let condition = Condition::new("DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809", SparkException::Spark)
            .with("table_name", name.to_string())
            .with("config", "delta.appendOnly");
        let text = format!(
            "the table {name} only allows appends; ALTER TABLE {name} SET TBLPROPERTIES ('delta.appendOnly' = \
             'false') permits updates and deletes"
        );
        return Err(Failure::new(&codes::data::FEATURE, text).with_condition(condition));
    }
    if config.enable_change_data_feed() {
        return Err(Failure::unsupported(format!(
            "changing rows of {name}, whose change data feed is on; set delta.enableChangeDataFeed to false"
        )));
    }
    Ok(())
}

/// Refuses tables that need features which are not kept here.
pub(crate) fn must_be_writable(table: &DeltaTable, name: &TableName) -> Result<()> {
    let state = table.snapshot().map_err(delta)?;
    PROTOCOL.can_write_to(state).map_err(|error| unsupported_features(name, &error))?;
    let mode = state.metadata().configuration().get("delta.columnMapping.mode").map(String::as_str);
    match mode {
        None | Some("none") => Ok(()),
        Some(mode) => Err(Failure::unsupported(format!("the column mapping {mode} of {name}; copy it to a new table"))),
    }
}

fn unsupported_features(name: &TableName, error: &TransactionError) -> Failure {
    let condition = Condition::new("DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "56038", SparkException::Spark)
        .with("tableNameOrPath", name.to_string())
        .with("unsupported", error.to_string());
    let text = format!("the table {name} needs features that are not supported here ({error}); copy it to a new table");
    Failure::new(&codes::data::FEATURE, text).with_condition(condition)
}
