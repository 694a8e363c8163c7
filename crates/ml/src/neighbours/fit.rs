//! Gathering the points.

use super::model::NearestNeighboursModel;
use super::search::Points;
use crate::cluster::scale_to_unit;
use crate::fit::{Estimator, Fit, FitReport, Merge, Pass, Progress, Step};
use crate::instances::{Features, empty_dataset};
use crate::schema;
use crate::{Block, Input, Params};
use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Remembers rows; the model finds the nearest of them.
#[derive(Debug, Clone)]
pub struct NearestNeighbours {
    params: Params,
}

impl NearestNeighbours {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Estimator for NearestNeighbours {
    type Fit = PointsFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        let Some(id) = self.params.optional_text("idCol") else { return Ok(vec![features]) };
        let found = schema::field(schema, &id)?.data_type();
        if !found.is_integer() {
            let text = format!("the id column {id} is {found}, expected whole numbers");
            return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
        }
        Ok(vec![features, Input::any(&id)])
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<PointsFit> {
        let cosine = self.params.text("distanceMeasure")? == "cosine";
        let named = self.params.optional_text("idCol").is_some();
        Ok(PointsFit { params: self.params.clone(), pass: PointsPass { cosine, named } })
    }
}

/// Gathers rows. Inputs: features, and ids if rows are named.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PointsPass {
    cosine: bool,
    named: bool,
}

/// Rows in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Gathered {
    size: u64,
    ids: Vec<i64>,
    values: Vec<f64>,
    is_ragged: bool,
}

impl Merge for Gathered {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        if self.ids.is_empty() {
            *self = other;
        } else if !other.ids.is_empty() {
            self.is_ragged |= other.is_ragged || self.size != other.size;
            self.ids.extend(other.ids);
            self.values.extend(other.values);
        }
    }
}

impl Pass for PointsPass {
    const NAME: &'static str = "neighbours.points";
    type View = Block;
    type Memo = ();
    type Acc = Gathered;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Gathered {
        Gathered::default()
    }

    fn update(&self, acc: &mut Gathered, block: &Block, (): &mut ()) -> Result<()> {
        if block.rows == 0 {
            return Ok(());
        }
        let features = Features::of(block, 0)?;
        let size = features.size();
        let mut values = vec![0.0; block.rows * size];
        for (row, slots) in values.chunks_exact_mut(size.max(1)).enumerate() {
            features.row(row).write_dense(slots);
            if self.cosine {
                scale_to_unit(slots)?;
            }
        }
        let ids = if self.named {
            let ids = arrow_cast::cast(block.column(1)?, &DataType::Int64).ok().filter(|ids| ids.null_count() == 0);
            let ids = ids.ok_or_else(|| Failure::new(&codes::ml::INVALID_ROW, "an id is null; drop such rows"))?;
            ids.as_primitive::<Int64Type>().values().to_vec()
        } else {
            (0..block.rows as i64).map(|row| block.first_row as i64 + row).collect()
        };
        acc.merge(Gathered { size: size as u64, ids, values, is_ragged: false });
        Ok(())
    }
}

/// The only phase.
pub struct PointsFit {
    params: Params,
    pass: PointsPass,
}

impl Fit for PointsFit {
    type Pass = PointsPass;

    fn pass(&self) -> PointsPass {
        self.pass
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "passes" }
    }

    fn absorb(self, gathered: Gathered) -> Result<Step<Self>> {
        if gathered.ids.is_empty() || gathered.size == 0 {
            return Err(empty_dataset());
        }
        if gathered.is_ragged {
            let text = format!("feature vectors have different sizes, the first {}", gathered.size);
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        let points = Points::new(gathered.size as usize, gathered.values);
        let model = NearestNeighboursModel::new(self.params, gathered.ids, points)?;
        Ok(Step::Done(Box::new(model), FitReport::default()))
    }
}
