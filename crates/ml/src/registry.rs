//! Spark class name → operator. Families add themselves with a `register` function; nothing else lists them all.

use crate::fit::{AnyEstimator, AnyPass};
use crate::persist::Saved;
use crate::{Estimator, Evaluator, Pass, Transformer};
use brickyard_error::{Failure, Result, codes};
use std::collections::HashMap;
use std::sync::Arc;

/// What a class name stands for.
pub enum Operator {
    Estimator(Box<dyn AnyEstimator>),
    Transformer(Box<dyn Transformer>),
    Evaluator(Box<dyn Evaluator>),
}

type Make = fn(uid: &str) -> Operator;
type Load = fn(&Registry, &Saved) -> Result<Operator>;
type DecodePass = fn(&[u8]) -> Result<Arc<dyn AnyPass>>;

/// The operators and passes this binary knows.
#[derive(Default)]
pub struct Registry {
    make: HashMap<&'static str, Make>,
    load: HashMap<&'static str, Load>,
    passes: HashMap<&'static str, DecodePass>,
}

impl Registry {
    /// Every operator of the crate.
    pub fn standard() -> Self {
        let mut registry = Self::default();
        crate::feature::register(&mut registry);
        crate::pipeline::register(&mut registry);
        crate::linear::register(&mut registry);
        crate::glm::register(&mut registry);
        crate::bayes::register(&mut registry);
        crate::perceptron::register(&mut registry);
        crate::isotonic::register(&mut registry);
        crate::factorised::register(&mut registry);
        crate::survival::register(&mut registry);
        crate::evaluate::register(&mut registry);
        crate::tree::register(&mut registry);
        crate::boosting::register(&mut registry);
        crate::cluster::register(&mut registry);
        crate::factorization::register(&mut registry);
        crate::mixture::register(&mut registry);
        crate::neighbours::register(&mut registry);
        crate::patterns::register(&mut registry);
        crate::topics::register(&mut registry);
        crate::turn::register(&mut registry);
        crate::statistics::register(&mut registry);
        registry
    }

    /// An operator that clients can name: how a new one is made, and how a saved one is loaded.
    pub fn operator(&mut self, class: &'static str, make: Make, load: Load) -> &mut Self {
        self.make.insert(class, make);
        self.loadable(class, load)
    }

    /// A class that only exists fitted.
    pub fn loadable(&mut self, class: &'static str, load: Load) -> &mut Self {
        self.load.insert(class, load);
        self
    }

    /// A pass that may run in another process.
    pub fn pass<P: Pass>(&mut self) -> &mut Self {
        self.passes.insert(P::NAME, |bytes| Ok(Arc::new(P::decode(bytes)?)));
        self
    }

    /// A new operator with default parameters.
    pub fn make(&self, class: &str, uid: &str) -> Result<Operator> {
        self.make.get(class).map(|make| make(uid)).ok_or_else(|| unknown(class))
    }

    pub fn load(&self, saved: &Saved) -> Result<Operator> {
        let load = self.load.get(saved.class()).ok_or_else(|| unknown(saved.class()))?;
        load(self, saved)
    }

    pub fn decode_pass(&self, name: &str, bytes: &[u8]) -> Result<Arc<dyn AnyPass>> {
        let decode = self.passes.get(name).ok_or_else(|| Failure::internal(format!("no pass is named {name}")))?;
        decode(bytes)
    }

    /// The classes that clients can name, sorted.
    pub fn classes(&self) -> Vec<&'static str> {
        let mut classes: Vec<_> = self.make.keys().copied().collect();
        classes.sort_unstable();
        classes
    }
}

impl Operator {
    pub fn estimator<E: Estimator>(estimator: E) -> Self {
        Operator::Estimator(Box::new(estimator))
    }
    pub fn transformer(transformer: impl Transformer) -> Self {
        Operator::Transformer(Box::new(transformer))
    }
    pub fn evaluator(evaluator: impl Evaluator + 'static) -> Self {
        Operator::Evaluator(Box::new(evaluator))
    }
}

fn unknown(class: &str) -> Failure {
    Failure::new(&codes::ml::OPERATOR_UNKNOWN, format!("not supported: the operator {class}"))
}
