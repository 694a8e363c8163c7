//! The FP-growth estimator: items are counted, then transactions, and the tree is mined where the fit is.

use super::counts::{CountPass, Counts, Rows};
use super::items::{Item, item_type};
use super::model::FpGrowthModel;
use super::transactions::{TransactionPass, Transactions};
use super::tree::frequent_itemsets;
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::schema::{self, no_such_columns, spark_name};
use crate::{Input, Params};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Spark's `FPGrowth`.
#[derive(Debug, Clone)]
pub struct FpGrowth {
    params: Params,
}

impl FpGrowth {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

/// The items column, which must hold lists.
pub(super) fn items_input(params: &Params, schema: &Schema) -> Result<(Input, DataType)> {
    let column = params.text("itemsCol")?;
    let found = schema::field(schema, &column)?.data_type();
    match item_type(found) {
        Some(item) => Ok((Input::any(&column), item.clone())),
        None => {
            let text = format!("requirement failed: The input column must be array, but got {}.", spark_name(found));
            Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
        }
    }
}

impl Estimator for FpGrowth {
    type Fit = CountFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let (input, _) = items_input(&self.params, schema)?;
        no_such_columns(schema, [self.params.text("predictionCol")?.as_str()])?;
        Ok(vec![input])
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<CountFit> {
        let (_, item_type) = items_input(&self.params, schema)?;
        Ok(CountFit { params: self.params.clone(), item_type })
    }
}

/// The first phase.
pub struct CountFit {
    params: Params,
    item_type: DataType,
}

impl Fit for CountFit {
    type Pass = CountPass;

    fn pass(&self) -> CountPass {
        CountPass { rows: Rows::Transactions }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 2, unit: "passes" }
    }

    fn absorb(self, counts: Counts) -> Result<Step<Self>> {
        let rows = counts.rows;
        let min_count = (self.params.double("minSupport")? * rows as f64).ceil() as u64;
        let items = Arc::new(counts.frequent(min_count).into_iter().map(|(item, _)| item).collect());
        Ok(Step::Then(Box::new(TransactionFit {
            params: self.params,
            item_type: self.item_type,
            rows,
            min_count,
            items,
        })))
    }
}

/// The second phase.
pub struct TransactionFit {
    params: Params,
    item_type: DataType,
    rows: u64,
    min_count: u64,
    items: Arc<Vec<Item>>,
}

impl Fit for TransactionFit {
    type Pass = TransactionPass;

    fn pass(&self) -> TransactionPass {
        TransactionPass { items: self.items.clone() }
    }

    fn progress(&self) -> Progress {
        Progress { done: 1, total: 2, unit: "passes" }
    }

    fn absorb(self, transactions: Transactions) -> Result<Step<Self>> {
        let sorted: Vec<(&[u32], u64)> =
            transactions.0.iter().map(|(items, count)| (items.as_slice(), *count)).collect();
        let found = frequent_itemsets(&sorted, self.items.len(), self.min_count);
        let model = FpGrowthModel::new(self.params, self.item_type, self.rows, Arc::unwrap_or_clone(self.items), found);
        Ok(Step::Done(Box::new(model), FitReport::default()))
    }
}
