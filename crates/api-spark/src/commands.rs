//! Commands: SQL, views, writes, machine learning.

use crate::analysis::{new_lowering, prepare};
use crate::arrow_rows;
use crate::execute::Execution;
use crate::lower::LoweredCommand;
use crate::proto::execute_plan_response::{ResponseType, SqlCommandResult};
use crate::proto::relation::RelType;
use crate::proto::{self, Command, GetResourcesCommandResult, LocalRelation};
use arrow::array::RecordBatch;
use arrow::array::cast::AsArray;
use arrow::compute::concat_batches;
use brickyard_engine::{Frame, SqlOutcome, types};
use brickyard_error::{Failure, Result, codes};
use brickyard_models::is_registry_path;
use brickyard_spec::{self as spec, FileWrite, Node, Relation};

impl Execution {
    pub async fn command(&self, command: Command) -> Result<()> {
        let mut lowering = new_lowering();
        let command = lowering.command(command)?;
        prepare(&self.state, &self.session, lowering.into_needs()).await?;
        match command {
            LoweredCommand::Plain(spec::Command::WriteFiles(write)) if is_registry_path(&write.path) => {
                self.write_model_text(write).await
            }
            LoweredCommand::Plain(command) => self.session.engine.run(&command).await,
            LoweredCommand::Sql { relation, echo } => self.sql(relation, *echo).await,
            LoweredCommand::MachineLearning(command) => self.machine_learning(*command).await,
            LoweredCommand::Resources => {
                let none = ResponseType::GetResourcesCommandResult(GetResourcesCommandResult::default());
                self.operation.send_type(none).await
            }
            LoweredCommand::RemoveFrame(id) => {
                self.session.engine.drop_frame(&id);
                Ok(())
            }
        }
    }

    /// A query is analysed and echoed, to run when its rows are asked for; a statement runs now, and its rows are sent
    /// as a local relation, which the client sends back when it wants to see them.
    async fn sql(&self, relation: Relation, echo: proto::Relation) -> Result<()> {
        let engine = &self.session.engine;
        let outcome = match *relation.node {
            Node::Sql { text, named, positional } => engine.sql(&text, named, positional).await?,
            _ => SqlOutcome::Query(engine.frame(&relation).await?),
        };
        let relation = match outcome {
            SqlOutcome::Query(_) => echo,
            SqlOutcome::Command(frame) => local_relation(&frame).await?,
        };
        let result = SqlCommandResult { relation: Some(relation) };
        self.operation.send_type(ResponseType::SqlCommandResult(result)).await
    }

    /// The metadata of a pipeline arrives as text, because clients write pipelines themselves.
    async fn write_model_text(&self, write: FileWrite) -> Result<()> {
        if write.format.as_deref() != Some("text") {
            let text = "only models are saved to models:/; write tables with saveAsTable";
            return Err(Failure::new(&codes::spark::MODEL_PATH, text));
        }
        let batches = self.session.engine.frame(&write.input).await?.collect().await?;
        let mut text = String::new();
        for batch in &batches {
            append_lines(&mut text, batch)?;
        }
        let writer = crate::machine_learning::writer(&self.session);
        self.state.models.write_text(&writer, &write.path, text).await
    }
}

fn append_lines(text: &mut String, batch: &RecordBatch) -> Result<()> {
    let column = batch.columns().first().and_then(|column| column.as_string_opt::<i32>());
    let column = column.ok_or_else(|| Failure::internal("text is written from one column of strings"))?;
    for line in column.iter() {
        text.push_str(line.unwrap_or_default());
        text.push('\n');
    }
    Ok(())
}

/// The rows of a statement as a relation of their own.
async fn local_relation(frame: &Frame) -> Result<proto::Relation> {
    let schema = frame.schema();
    let batches = frame.collect().await?;
    let rows = concat_batches(&schema, &batches)
        .map_err(|error| Failure::internal("putting the rows of a statement together").because(error))?;
    let local = LocalRelation {
        data: Some(arrow_rows::encode(&rows)?.into()),
        schema: Some(types::to_json(&schema).to_string()),
    };
    Ok(proto::Relation { common: None, rel_type: Some(RelType::LocalRelation(local)) })
}
