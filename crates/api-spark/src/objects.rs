//! The models and summaries of a session, by the ids that its client holds. Everything is behind an `Arc`, so the trees
//! of a forest are ids rather than copies.

use crate::summary::{Summary, Training};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::Transformer;
use brickyard_spec::Relation;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A client that forgets to let go should meet a limit rather than the end of memory.
const MOST_OBJECTS: usize = 100_000;

/// Something that a client can ask attributes of.
#[derive(Clone)]
pub enum Object {
    Model(ModelObject),
    Summary(Arc<Summary>),
}

#[derive(Clone)]
pub struct ModelObject {
    pub model: Arc<dyn Transformer>,
    /// How the training went; a loaded model has none.
    pub training: Option<Arc<Training>>,
}

#[derive(Default)]
pub struct ObjectCache {
    objects: Mutex<BTreeMap<String, Object>>,
    /// Copies of models with other parameters, that queries refer to by name: they go with their model.
    copies: Mutex<BTreeMap<String, Vec<String>>>,
}

impl ObjectCache {
    /// Keeps an object and gives the id for its client.
    pub fn keep(&self, object: Object) -> Result<String> {
        let mut objects = self.objects.lock();
        if objects.len() >= MOST_OBJECTS {
            let text = format!("the session holds {MOST_OBJECTS} models; delete those that are no longer needed");
            return Err(Failure::new(&codes::spark::OBJECT_CACHE_FULL, text));
        }
        let id = uuid::Uuid::new_v4().to_string();
        objects.insert(id.clone(), object);
        Ok(id)
    }

    pub fn get(&self, id: &str) -> Result<Object> {
        self.objects.lock().get(id).cloned().ok_or_else(|| unknown(id))
    }

    pub fn model(&self, id: &str) -> Result<Arc<dyn Transformer>> {
        match self.get(id)? {
            Object::Model(object) => Ok(object.model),
            Object::Summary(_) => {
                Err(Failure::new(&codes::spark::OBJECT_UNKNOWN, format!("the object {id} is a summary, not a model")))
            }
        }
    }

    /// Gives a model rows to be summarised over, where its own training is not known.
    pub fn set_training_rows(&self, id: &str, relation: Relation) -> Result<()> {
        match self.objects.lock().get_mut(id) {
            Some(Object::Model(object)) => {
                let report = object.training.as_ref().map(|training| training.report.clone()).unwrap_or_default();
                object.training = Some(Training::new(relation, report));
                Ok(())
            }
            _ => Err(unknown(id)),
        }
    }

    /// Notes that a query refers to a copy of the model by this name.
    pub fn note_copy(&self, id: &str, name: String) {
        self.copies.lock().entry(id.to_owned()).or_default().push(name);
    }

    /// The names of a forgotten model's copies.
    pub fn take_copies(&self, id: &str) -> Vec<String> {
        self.copies.lock().remove(id).unwrap_or_default()
    }

    /// Forgets objects; says which were there.
    pub fn remove(&self, ids: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut objects = self.objects.lock();
        ids.into_iter().filter(|id| objects.remove(id).is_some()).collect()
    }

    /// Forgets all; says how many there were.
    pub fn clear(&self) -> usize {
        std::mem::take(&mut *self.objects.lock()).len()
    }

    /// A line for each object.
    pub fn list(&self) -> Vec<String> {
        let line = |(id, object): (&String, &Object)| match object {
            Object::Model(object) => format!("id: {id}, obj: {}, size: unknown", object.model.class()),
            Object::Summary(_) => format!("id: {id}, obj: summary, size: unknown"),
        };
        self.objects.lock().iter().map(line).collect()
    }
}

fn unknown(id: &str) -> Failure {
    Failure::new(&codes::spark::OBJECT_UNKNOWN, format!("the session has no object {id}; fit or load the model again"))
}
