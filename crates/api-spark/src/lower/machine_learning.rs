//! Models in the tree: a transformation by a cached or a named operator, and attributes that are DataFrames.
//!
//! Neither can be analysed as it stands, so each becomes a [`Need`] with a name, and the tree refers to the name. Names
//! are a hash of what is asked for: the same plan gives the same names, and what was computed once is found again.

use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::ml_values::lower_parameters;
use crate::proto::catalog::CatType;
use crate::proto::ml_relation::{MlType, Transform, transform::Operator};
use crate::proto::{self, Fetch, MlRelation, fetch::method::args::ArgsType};
use brickyard_error::Result;
use brickyard_ml::Value;
use brickyard_spec::{Node, Relation};
use prost::Message;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Something that must be in the session before the lowered tree can be analysed.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    Transformer(TransformerNeed),
    Fetch(FetchNeed),
    /// A frame of this name: what the catalog answers.
    Catalog {
        name: String,
        question: Box<CatType>,
    },
    /// A frame of this name: rows sent before, each part an Arrow stream under its hash; the schema's text under its.
    Rows {
        name: String,
        parts: Vec<String>,
        schema: Option<String>,
    },
    /// A frame of this name: the lines of a text file of a registered model.
    Text {
        name: String,
        path: String,
    },
}

/// A transformer of this name: a model or stage with these parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformerNeed {
    pub name: String,
    pub source: ModelSource,
    pub parameters: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ModelSource {
    /// The id of a fitted model of the session.
    Object(String),
    /// A stateless stage, by its class.
    Operator { class: String, uid: String },
}

/// A frame of this name: what a chain of calls on an object answers.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchNeed {
    pub name: String,
    pub object: String,
    pub calls: Vec<MethodCall>,
    /// The training rows, in case the summary must be made again.
    pub training: Option<Relation>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MethodCall {
    pub name: String,
    pub arguments: Vec<MethodArgument>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum MethodArgument {
    Value(Value),
    Frame(Relation),
}

impl Lowering {
    pub(super) fn ml_relation(&mut self, relation: MlRelation) -> Result<Node> {
        let training = relation.model_summary_dataset;
        match required(relation.ml_type, "a machine-learning relation without a kind")? {
            MlType::Transform(transform) => self.transform(*transform),
            MlType::Fetch(fetch) => {
                let name = format!("fetch-{:016x}", hash_of(&fetch.encode_to_vec()));
                let training = training.map(|training| self.relation(*training)).transpose()?;
                let need = self.fetch(name.clone(), fetch, training)?;
                self.needs.push(Need::Fetch(need));
                Ok(Node::Frame { id: name })
            }
        }
    }

    fn transform(&mut self, transform: Transform) -> Result<Node> {
        let parameters = lower_parameters(transform.params.unwrap_or_default())?;
        let source = match required(transform.operator, "a transformation without its model")? {
            Operator::ObjRef(object) => ModelSource::Object(object.id),
            Operator::Transformer(operator) => ModelSource::Operator { class: operator.name, uid: operator.uid },
        };
        let (ModelSource::Object(label) | ModelSource::Operator { uid: label, .. }) = &source;
        let asked_for = format!("{source:?} {parameters:?}");
        let name = format!("{label}-{:016x}", hash_of(asked_for.as_bytes()));
        self.needs.push(Need::Transformer(TransformerNeed { name: name.clone(), source, parameters }));
        Ok(Node::Transform { input: self.input(transform.input)?, transformer: name })
    }

    /// The calls of a fetch, outside a tree or in it.
    pub fn fetch(&mut self, name: String, fetch: Fetch, training: Option<Relation>) -> Result<FetchNeed> {
        let object = required(fetch.obj_ref, "a fetch without its object")?.id;
        let calls = fetch.methods.into_iter().map(|method| self.method_call(method)).collect::<Result<Vec<_>>>()?;
        if calls.is_empty() {
            return Err(invalid_plan("a fetch without a method"));
        }
        Ok(FetchNeed { name, object, calls, training })
    }

    fn method_call(&mut self, method: proto::fetch::Method) -> Result<MethodCall> {
        let arguments = method.args.into_iter().map(|argument| {
            Ok(match required(argument.args_type, "an argument without a value")? {
                ArgsType::Param(literal) => MethodArgument::Value(crate::ml_values::lower_value(literal)?),
                ArgsType::Input(relation) => MethodArgument::Frame(self.relation(relation)?),
            })
        });
        Ok(MethodCall { arguments: arguments.collect::<Result<_>>()?, name: method.method })
    }
}

fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
