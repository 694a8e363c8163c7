//! A pass over nothing, for fits that work where they are: between two of its turns a fit can be cancelled and tells
//! how far it has come, as between two passes over rows.

use crate::fit::{Merge, Pass};
use crate::{Block, Registry};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Looks at no row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TurnPass;

/// Nothing, merged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Nothing;

/// Adds the pass.
pub fn register(registry: &mut Registry) {
    registry.pass::<TurnPass>();
}

impl Merge for Nothing {
    const EXACT: bool = true;

    fn merge(&mut self, _: Self) {}
}

impl Pass for TurnPass {
    const NAME: &'static str = "turn";
    type View = Block;
    type Memo = ();
    type Acc = Nothing;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Nothing {
        Nothing
    }

    fn update(&self, _: &mut Nothing, _: &Block, (): &mut ()) -> Result<()> {
        Ok(())
    }
}
