//! From a message to an analysed frame: lower it, bring what it needs into the session, let the engine resolve names.

use crate::arrow_rows;
use crate::artifacts;
use crate::attributes::{Answer, ask};
use crate::catalog;
use crate::lower::{FetchNeed, Lowering, ModelSource, Need, TransformerNeed};
use crate::proto;
use crate::sessions::ClientSession;
use crate::state::SparkState;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema};
use brickyard_engine::{Frame, types};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::{Operator, Transformer};
use brickyard_spec::{Node, Relation};
use std::sync::Arc;

/// The frame of a query.
pub async fn analysed(state: &SparkState, session: &ClientSession, relation: proto::Relation) -> Result<Frame> {
    let relation = lowered(state, session, relation).await?;
    session.engine.frame(&relation).await
}

/// The relation of a message, with all that it needs in place.
pub async fn lowered(state: &SparkState, session: &ClientSession, relation: proto::Relation) -> Result<Relation> {
    let mut lowering = new_lowering();
    let lowered = lowering.relation(relation)?;
    prepare(state, session, lowering.into_needs()).await?;
    Ok(lowered)
}

pub fn new_lowering() -> Lowering {
    Lowering::new(parse_type)
}

/// A type in Spark's JSON or in DDL.
pub fn parse_type(text: &str) -> Result<DataType> {
    let text = text.trim();
    if !text.starts_with(['{', '"']) {
        return types::ddl_parse(text);
    }
    let json = serde_json::from_str(text)
        .map_err(|error| Failure::new(&codes::sql::SYNTAX, format!("{text} is no type in JSON")).because(error))?;
    types::type_from_json(&json)
}

/// Brings what a lowered tree needs into the session. Needs come in order: a later one may rest on an earlier one.
pub async fn prepare(state: &SparkState, session: &ClientSession, needs: Vec<Need>) -> Result<()> {
    for need in needs {
        match need {
            Need::Transformer(need) => put_transformer(state, session, need)?,
            Need::Fetch(need) => Box::pin(put_fetched(state, session, need)).await?,
            Need::Catalog { name, question } => {
                let rows = Box::pin(catalog::answer(session, *question)).await?;
                put_rows(session, &name, rows)?;
            }
            Need::Rows { name, parts, schema } => put_sent_rows(session, &name, &parts, schema.as_deref())?,
            Need::Text { name, path } => {
                let lines = state.models.read_text(&path).await?;
                put_rows(session, &name, text_rows(lines)?)?;
            }
        }
    }
    Ok(())
}

fn put_transformer(state: &SparkState, session: &ClientSession, need: TransformerNeed) -> Result<()> {
    if session.engine.transformer(&need.name).is_some() {
        return Ok(());
    }
    let mut transformer: Box<dyn Transformer> = match &need.source {
        ModelSource::Object(id) => session.objects.model(id)?.boxed(),
        ModelSource::Operator { class, uid } => match state.registry.make(class, uid)? {
            Operator::Transformer(transformer) => transformer,
            Operator::Estimator(_) | Operator::Evaluator(_) => {
                let text = format!("{class} does not transform; fit it first");
                return Err(Failure::new(&codes::ml::OPERATOR_UNKNOWN, text));
            }
        },
    };
    for (parameter, value) in need.parameters {
        transformer.params_mut().set(&parameter, value)?;
    }
    session.engine.put_transformer(&need.name, Arc::from(transformer));
    if let ModelSource::Object(id) = need.source {
        session.objects.note_copy(&id, need.name);
    }
    Ok(())
}

/// The name by which queries refer to the model of a summary.
pub fn put_model(session: &ClientSession, id: &str, purpose: &str, model: &Arc<dyn Transformer>) -> String {
    let name = format!("{id}-{purpose}");
    if session.engine.transformer(&name).is_none() {
        session.engine.put_transformer(&name, Arc::clone(model));
        session.objects.note_copy(id, name.clone());
    }
    name
}

async fn put_fetched(state: &SparkState, session: &ClientSession, need: FetchNeed) -> Result<()> {
    let name = need.name.clone();
    match ask(state, session, need).await? {
        Answer::Rows(rows) => put_rows(session, &name, rows),
        Answer::Relation(relation) => session.engine.put_frame(&name, &relation),
        Answer::Value(_) | Answer::Summary(_) | Answer::Objects(_) => {
            Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "the attribute is no DataFrame"))
        }
    }
}

fn put_rows(session: &ClientSession, name: &str, rows: RecordBatch) -> Result<()> {
    let node = Node::Local { schema: rows.schema(), batches: vec![rows] };
    session.engine.put_frame(name, &node.into())
}

/// Rows that came as artifacts, put together once.
fn put_sent_rows(session: &ClientSession, name: &str, parts: &[String], schema: Option<&str>) -> Result<()> {
    if session.engine.has_frame(name) {
        return Ok(());
    }
    let declared = match schema {
        Some(hash) => {
            let text = String::from_utf8_lossy(&artifacts::kept(session, hash)?).into_owned();
            Some(new_lowering().schema(&text)?)
        }
        None => None,
    };
    let (mut sent, mut batches) = (None, Vec::new());
    for hash in parts {
        let (schema, part) = arrow_rows::decode(&artifacts::kept(session, hash)?)?;
        sent.get_or_insert(schema);
        batches.extend(part);
    }
    let schema = declared.unwrap_or_else(|| Arc::new(sent.unwrap_or_else(Schema::empty)));
    session.engine.put_frame(name, &Node::Local { schema, batches }.into())
}

/// A column `value`, as `spark.read.text` gives it.
fn text_rows(lines: Vec<String>) -> Result<RecordBatch> {
    let column: ArrayRef = Arc::new(StringArray::from(lines));
    RecordBatch::try_from_iter_with_nullable([("value", column, true)])
        .map_err(|error| Failure::internal("making rows of a text file").because(error))
}
