//! The object that is none: functions of Spark's ML that belong to no model.

use crate::attributes::Answer;
use crate::frame_calls;
use crate::handles::invalid_plan;
use crate::lower::{MethodArgument, MethodCall};
use crate::objects::{ModelObject, Object};
use crate::sessions::ClientSession;
use crate::state::SparkState;
use brickyard_error::{Failure, Result};
use brickyard_ml::feature::{CountVectorizerModel, default_stop_words};
use brickyard_ml::persist::{Column, Saved, nested_text_lists, table};
use brickyard_ml::{Operator, Transformer, Value};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// By this id clients call it.
pub const ID: &str = "______ML_CONNECT_HELPER______";

pub async fn call(state: &SparkState, session: &ClientSession, calls: Vec<MethodCall>) -> Result<Answer> {
    let [call]: [MethodCall; 1] = calls.try_into().map_err(|_| invalid_plan("the helper takes one call"))?;
    let (mut frame, mut arguments) = (None, Vec::new());
    for argument in call.arguments {
        match argument {
            MethodArgument::Value(value) => arguments.push(value),
            MethodArgument::Frame(relation) => frame = Some(relation),
        }
    }
    if let Some(relation) = frame {
        return frame_calls::of_helper(state, session, &call.name, &relation, &arguments).await;
    }
    match (call.name.as_str(), arguments.as_slice()) {
        ("handleOverwrite", [Value::Text(path), Value::Bool(overwrite)]) => {
            if *overwrite {
                state.models.overwrite(path).await?;
            }
            Ok(Answer::Value(Value::Bool(true)))
        }
        ("stringIndexerModelFromLabels", [Value::Text(uid), Value::Texts(labels)]) => {
            string_indexer(state, session, uid, std::slice::from_ref(labels))
        }
        ("stringIndexerModelFromLabelsArray", [Value::Text(uid), Value::NestedTexts(labels)]) => {
            string_indexer(state, session, uid, labels)
        }
        ("countVectorizerModelFromVocabulary", [Value::Text(uid), Value::Texts(words)]) => {
            keep(session, CountVectorizerModel::from_vocabulary(uid, words.clone())?)
        }
        ("stopWordsRemoverGetDefaultOrUS", []) => Ok(Answer::Value(Value::Text("en_US".to_owned()))),
        ("stopWordsRemoverLoadDefaultStopWords", [Value::Text(language)]) => {
            Ok(Answer::Value(Value::Texts(default_stop_words(language)?)))
        }
        (name, _) => Err(Failure::unsupported(format!("the function {name} of Spark ML"))),
    }
}

fn keep(session: &ClientSession, model: Box<dyn Transformer>) -> Result<Answer> {
    let object = ModelObject { model: Arc::from(model), training: None };
    Ok(Answer::Objects(vec![session.objects.keep(Object::Model(object))?]))
}

/// A model made of labels, by way of the files that it would be saved to.
fn string_indexer(state: &SparkState, session: &ClientSession, uid: &str, labels: &[Vec<String>]) -> Result<Answer> {
    const CLASS: &str = "org.apache.spark.ml.feature.StringIndexerModel";
    let metadata = [
        ("class", json!(CLASS)),
        ("uid", json!(uid)),
        ("sparkVersion", json!(brickyard_ml::persist::SPARK_VERSION)),
        ("paramMap", json!({})),
        ("defaultParamMap", json!({})),
    ];
    let metadata: Map<String, Json> = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let saved = Saved { metadata, tables: Vec::new(), children: Vec::new() }
        .with_table("data", table([Column::optional("labelsArray", nested_text_lists([labels]))])?);
    let Operator::Transformer(model) = state.registry.load(&saved)? else {
        return Err(Failure::internal(format!("{CLASS} is no model")));
    };
    keep(session, model)
}
