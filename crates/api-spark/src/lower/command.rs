//! Commands.

use super::expression::name_parts;
use super::read::lower_case_keys;
use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::proto::command::CommandType;
use crate::proto::write_operation::{SaveMode as SparkMode, SaveType, save_table::TableSaveMethod};
use crate::proto::write_operation_v2::Mode;
use crate::proto::{self, MlCommand, SqlCommand, WriteOperation, WriteOperationV2};
use brickyard_error::{Failure, Result};
use brickyard_spec::{
    Command, Expr, FileWrite, Node, ObjectName, Relation, SaveMode, TableWrite, TableWriteMode, ViewScope,
};

/// What a client commands.
pub enum LoweredCommand {
    /// Changes something; answers nothing.
    Plain(Command),
    /// SQL: a query is only analysed, a statement runs. `echo` is what a query is answered with.
    Sql { relation: Relation, echo: Box<proto::Relation> },
    /// Not lowered yet: its relations are where each command keeps them.
    MachineLearning(Box<MlCommand>),
    /// Asks for the hardware of the session; there is none to tell of.
    Resources,
    /// Forgets a frame.
    RemoveFrame(String),
}

impl Lowering {
    pub fn command(&mut self, command: proto::Command) -> Result<LoweredCommand> {
        Ok(match required(command.command_type, "a command without a kind")? {
            CommandType::SqlCommand(sql) => self.sql_command(sql)?,
            CommandType::CreateDataframeView(view) => LoweredCommand::Plain(Command::CreateView {
                name: view.name,
                scope: if view.is_global { ViewScope::Global } else { ViewScope::Session },
                replace: view.replace,
                input: self.relation(required(view.input, "a view without its relation")?)?,
            }),
            CommandType::WriteOperation(write) => LoweredCommand::Plain(self.write(write)?),
            CommandType::WriteOperationV2(write) => LoweredCommand::Plain(self.write_v2(write)?),
            CommandType::MlCommand(command) => LoweredCommand::MachineLearning(Box::new(command)),
            CommandType::GetResourcesCommand(_) => LoweredCommand::Resources,
            CommandType::RemoveCachedRemoteRelationCommand(remove) => {
                let cached = required(remove.relation, "a removal without its frame")?;
                LoweredCommand::RemoveFrame(cached.relation_id)
            }
            CommandType::RegisterFunction(call) => {
                let function = self.python_function(call.function_name, call.is_distinct, call.function)?;
                LoweredCommand::Plain(Command::RegisterFunction(function))
            }
            CommandType::RegisterTableFunction(function) => {
                return Err(Failure::unsupported(format!("user-defined table functions ({})", function.function_name)));
            }
            CommandType::RegisterDataSource(source) => {
                return Err(Failure::unsupported(format!("Python data sources ({})", source.name)));
            }
            CommandType::WriteStreamOperationStart(_)
            | CommandType::StreamingQueryCommand(_)
            | CommandType::StreamingQueryManagerCommand(_)
            | CommandType::StreamingQueryListenerBusCommand(_) => {
                return Err(Failure::unsupported("structured streaming"));
            }
            CommandType::CreateResourceProfileCommand(_) => return Err(Failure::unsupported("resource profiles")),
            CommandType::CheckpointCommand(_) => return Err(Failure::unsupported("checkpoint; use df.cache()")),
            CommandType::MergeIntoTableCommand(merge) => LoweredCommand::Plain(Command::Merge(self.merge(merge)?)),
            CommandType::ExecuteExternalCommand(_) => return Err(Failure::unsupported("commands of data sources")),
            CommandType::Extension(extension) => {
                return Err(Failure::unsupported(format!("the command extension {}", extension.type_url)));
            }
        })
    }

    #[allow(deprecated, reason = "clients before 4.0 send the text outside a relation")]
    fn sql_command(&mut self, command: SqlCommand) -> Result<LoweredCommand> {
        let echo = command.input.unwrap_or_else(|| {
            let sql = proto::Sql {
                query: command.sql,
                args: command.args,
                pos_args: command.pos_args,
                named_arguments: command.named_arguments,
                pos_arguments: command.pos_arguments,
            };
            proto::Relation { common: None, rel_type: Some(proto::relation::RelType::Sql(sql)) }
        });
        let relation = self.relation(echo.clone())?;
        match relation.node.as_ref() {
            Node::Sql { .. } | Node::WithRelations { .. } => {}
            _ => return Err(invalid_plan("a SQL command whose input is no SQL text")),
        }
        Ok(LoweredCommand::Sql { relation, echo: Box::new(echo) })
    }

    fn write(&mut self, write: WriteOperation) -> Result<Command> {
        if write.bucket_by.is_some() || !write.sort_column_names.is_empty() {
            return Err(Failure::unsupported("bucketBy and sortBy"));
        }
        if !write.clustering_columns.is_empty() {
            return Err(Failure::unsupported("clusterBy"));
        }
        let mode = match write.mode() {
            SparkMode::Append => SaveMode::Append,
            SparkMode::Overwrite => SaveMode::Overwrite,
            SparkMode::Ignore => SaveMode::Ignore,
            SparkMode::ErrorIfExists | SparkMode::Unspecified => SaveMode::ErrorIfExists,
        };
        let input = self.relation(required(write.input, "a write without its relation")?)?;
        let mut options = lower_case_keys(write.options);
        let format = write.source.filter(|source| !source.is_empty());
        let partition_by = write.partitioning_columns;
        Ok(match write.save_type {
            Some(SaveType::Table(table)) => Command::WriteTable(TableWrite {
                input,
                table: ObjectName(name_parts(&table.table_name)),
                mode: match table.save_method() {
                    TableSaveMethod::InsertInto => TableWriteMode::Insert { overwrite: mode == SaveMode::Overwrite },
                    _ => TableWriteMode::Save(mode),
                },
                partition_by,
                options,
            }),
            Some(SaveType::Path(path)) => {
                Command::WriteFiles(FileWrite { input, format, path, mode, partition_by, options })
            }
            None => {
                let path = required(options.remove("path"), "a write without a path")?;
                Command::WriteFiles(FileWrite { input, format, path, mode, partition_by, options })
            }
        })
    }

    fn write_v2(&mut self, write: WriteOperationV2) -> Result<Command> {
        let mode = match write.mode() {
            Mode::Create => TableWriteMode::Create,
            Mode::Replace => TableWriteMode::Replace,
            Mode::CreateOrReplace => TableWriteMode::CreateOrReplace,
            Mode::Append => TableWriteMode::Append,
            Mode::Overwrite => {
                let condition = required(write.overwrite_condition, "an overwrite without its condition")?;
                TableWriteMode::Overwrite(self.expression(condition)?)
            }
            Mode::OverwritePartitions => return Err(Failure::unsupported("overwritePartitions")),
            Mode::Unspecified => return Err(invalid_plan("a write without a mode")),
        };
        if !write.clustering_columns.is_empty() {
            return Err(Failure::unsupported("clusterBy"));
        }
        let partition_by = self.expressions(write.partitioning_columns)?.into_iter().map(|expr| match expr {
            Expr::Column { name, .. } => Ok(name),
            _ => Err(Failure::unsupported("partitions by an expression; use a column")),
        });
        Ok(Command::WriteTable(TableWrite {
            partition_by: partition_by.collect::<Result<_>>()?,
            input: self.relation(required(write.input, "a write without its relation")?)?,
            table: ObjectName(name_parts(&write.table_name)),
            mode,
            options: lower_case_keys(write.options),
        }))
    }
}
