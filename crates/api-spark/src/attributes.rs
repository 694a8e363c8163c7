//! Attributes of models and summaries: a chain of calls, answered with a value, objects or a DataFrame.

use crate::frame_calls;
use crate::handles::invalid_plan;
use crate::helper;
use crate::lower::{FetchNeed, MethodArgument, MethodCall};
use crate::objects::{ModelObject, Object};
use crate::sessions::ClientSession;
use crate::state::SparkState;
use crate::summary::{Summary, Training, has_summary};
use arrow::array::RecordBatch;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::fit::FitReport;
use brickyard_ml::{Attribute, Value};
use brickyard_spec::Relation;
use std::sync::Arc;

/// What a chain of calls comes to.
#[derive(Debug)]
pub enum Answer {
    Value(Value),
    /// The id of a summary.
    Summary(String),
    /// The ids of models.
    Objects(Vec<String>),
    Rows(RecordBatch),
    Relation(Relation),
}

/// Asks an object of the session, or the helper that stands for functions without an object.
pub async fn ask(state: &SparkState, session: &ClientSession, need: FetchNeed) -> Result<Answer> {
    if need.object == helper::ID {
        return helper::call(state, session, need.calls).await;
    }
    let mut object = session.objects.get(&need.object)?;
    let mut calls = need.calls.into_iter().peekable();
    while let Some(call) = calls.next() {
        let is_last = calls.peek().is_none();
        match step(state, session, &need.object, object, call, is_last).await? {
            Step::Object(next) => object = next,
            Step::Answer(answer) if is_last => return Ok(answer),
            Step::Answer(_) => return Err(invalid_plan("a call on something that is no object")),
        }
    }
    match object {
        Object::Summary(_) => Ok(Answer::Summary(session.objects.keep(object)?)),
        Object::Model(_) => Ok(Answer::Objects(vec![session.objects.keep(object)?])),
    }
}

enum Step {
    Object(Object),
    Answer(Answer),
}

async fn step(
    state: &SparkState,
    session: &ClientSession,
    id: &str,
    object: Object,
    call: MethodCall,
    is_last: bool,
) -> Result<Step> {
    match (object, call.name.as_str()) {
        (Object::Model(object), "summary") => Ok(Step::Object(training_summary(id, object)?)),
        (Object::Model(object), "hasSummary") => {
            let has = object.training.is_some() && has_summary(object.model.as_ref())?;
            Ok(Step::Answer(Answer::Value(Value::Bool(has))))
        }
        (Object::Model(object), "evaluate") => {
            let summary = Object::Summary(evaluation(object, call)?);
            if is_last {
                return Ok(Step::Answer(Answer::Summary(session.objects.keep(summary)?)));
            }
            Ok(Step::Object(summary))
        }
        (Object::Model(object), "toString") => Ok(Step::Answer(Answer::Value(Value::Text(description(&object))))),
        (Object::Model(object), name) if call.arguments.iter().any(is_frame) => {
            let answer = frame_calls::of_model(state, session, object.model.as_ref(), name, call.arguments).await?;
            Ok(Step::Answer(answer))
        }
        (Object::Model(object), name) => {
            let arguments = values(call.arguments)?;
            Ok(Step::Answer(raise(session, object.model.attribute(name, &arguments)?)?))
        }
        (Object::Summary(asked), name) => {
            let arguments = values(call.arguments)?;
            Ok(Step::Answer(asked.attribute(state, session, id, name, &arguments).await?))
        }
    }
}

/// The summary of a model's own training.
fn training_summary(id: &str, object: ModelObject) -> Result<Object> {
    let training = object.training.ok_or_else(|| {
        let text = format!("No training summary available for this model ({id}); a loaded model has none");
        Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text)
    })?;
    Ok(Object::Summary(Arc::new(Summary { model: object.model, training })))
}

/// The summary of a model over other rows: `model.evaluate(df)`.
fn evaluation(object: ModelObject, call: MethodCall) -> Result<Arc<Summary>> {
    let [MethodArgument::Frame(relation)]: [MethodArgument; 1] =
        call.arguments.try_into().map_err(|_| invalid_plan("evaluate takes one DataFrame"))?
    else {
        return Err(invalid_plan("evaluate takes a DataFrame"));
    };
    let training = Training::new(relation, FitReport::default());
    Ok(Arc::new(Summary { model: object.model, training }))
}

/// As Spark's models print themselves, as far as all have it in common.
fn description(object: &ModelObject) -> String {
    if let Ok(Attribute::Value(Value::Text(text))) = object.model.attribute("toString", &[]) {
        return text;
    }
    let class = object.model.class();
    format!("{}: uid={}", class.rsplit('.').next().unwrap_or(class), object.model.params().uid())
}

fn is_frame(argument: &MethodArgument) -> bool {
    matches!(argument, MethodArgument::Frame(_))
}

fn values(arguments: Vec<MethodArgument>) -> Result<Vec<Value>> {
    let value = |argument| match argument {
        MethodArgument::Value(value) => Ok(value),
        MethodArgument::Frame(_) => Err(Failure::unsupported("this attribute of a DataFrame")),
    };
    arguments.into_iter().map(value).collect()
}

fn raise(session: &ClientSession, attribute: Attribute) -> Result<Answer> {
    let keep = |model| session.objects.keep(Object::Model(ModelObject { model: Arc::from(model), training: None }));
    Ok(match attribute {
        Attribute::Value(value) => Answer::Value(value),
        Attribute::Frame(rows) => Answer::Rows(rows),
        Attribute::Model(model) => Answer::Objects(vec![keep(model)?]),
        Attribute::Models(models) => Answer::Objects(models.into_iter().map(keep).collect::<Result<_>>()?),
    })
}
