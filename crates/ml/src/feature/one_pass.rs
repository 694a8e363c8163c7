//! A fit that looks at the rows once.

use crate::Transformer;
use crate::fit::{Fit, FitReport, Pass, Progress, Step};
use brickyard_error::Result;

type Finish<A> = Box<dyn FnOnce(A) -> Result<Box<dyn Transformer>> + Send>;

/// One pass and the model made of its result.
pub struct OnePass<P: Pass> {
    pass: P,
    finish: Finish<P::Acc>,
}

impl<P: Pass + Clone> OnePass<P> {
    pub fn new(pass: P, finish: impl FnOnce(P::Acc) -> Result<Box<dyn Transformer>> + Send + 'static) -> Self {
        Self { pass, finish: Box::new(finish) }
    }
}

impl<P: Pass + Clone> Fit for OnePass<P> {
    type Pass = P;

    fn pass(&self) -> P {
        self.pass.clone()
    }

    fn absorb(self, merged: P::Acc) -> Result<Step<Self>> {
        Ok(Step::Done((self.finish)(merged)?, FitReport::default()))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "passes" }
    }
}
