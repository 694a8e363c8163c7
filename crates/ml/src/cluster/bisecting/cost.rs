//! What rows cost: the sum of their distances from the centers of their clusters, squared or of cosines.

use super::BISECTING_MODEL;
use super::hierarchy::{Hierarchy, squared_distance};
use crate::cluster::tiles::{TileSpec, Tiles};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Evaluator, Input, Merge, Params, Pass};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Sums up the costs of rows; weights do not count.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CostPass {
    tiles: TileSpec,
    tree: Arc<Hierarchy>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost(f64);

impl Merge for Cost {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Pass for CostPass {
    const NAME: &'static str = "bisecting.cost";
    type View = Tiles;
    type Memo = ();
    type Acc = Cost;

    fn spec(&self) -> Arc<TileSpec> {
        Arc::new(self.tiles)
    }

    fn zero(&self) -> Cost {
        Cost::default()
    }

    fn update(&self, acc: &mut Cost, rows: &Tiles, (): &mut ()) -> Result<()> {
        if rows.rows > 0 {
            crate::instances::check_size(rows.size, self.tree.size)?;
        }
        let mut values = vec![0.0; rows.size];
        for row in 0..rows.rows {
            values.iter_mut().zip(rows.row(row)).for_each(|(slot, value)| *slot = value);
            let squared = squared_distance(&values, self.tree.center(self.tree.leaf(&values)));
            // Of two vectors of length 1, half the square is 1 less the cosine.
            acc.0 += if self.tiles.unit_length { squared / 2.0 } else { squared };
        }
        Ok(())
    }
}

/// The attribute `computeCost` of a model.
pub struct CostEvaluator {
    params: Params,
    pass: CostPass,
}

impl CostEvaluator {
    pub fn new(params: &Params, tree: &Hierarchy, cosine: bool) -> Self {
        let pass = CostPass { tiles: TileSpec { unit_length: cosine, weighted: false }, tree: Arc::new(tree.clone()) };
        Self { params: params.clone(), pass }
    }
}

impl Evaluator for CostEvaluator {
    fn class(&self) -> &'static str {
        BISECTING_MODEL
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        Ok(Arc::new(self.pass.clone()))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let cost = merged.downcast::<Cost>().map_err(|_| Failure::internal("a cost got another pass's sums"))?;
        Ok(cost.0)
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(false)
    }

    fn save(&self) -> Result<Saved> {
        Err(Failure::unsupported("saving an attribute of a model"))
    }
}
