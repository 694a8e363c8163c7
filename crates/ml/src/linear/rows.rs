//! Training rows of linear models: features, label and weight of a block, checked as Spark checks them.

use crate::instances::{Features, LabelKind, check_weight, number};
use crate::linalg::VectorRef;
use crate::{Block, Input, Params};
use arrow_schema::Schema;
use brickyard_error::{Code, Failure, Result, codes};

/// Features, label and weight columns, in the order in which [`LabelledRows`] reads them.
pub fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
    let mut inputs = vec![Input::vector(&params.text("featuresCol")?), Input::number(&params.text("labelCol")?)];
    inputs.extend(params.optional_text("weightCol").map(|weight| Input::number(&weight)));
    inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
    Ok(inputs)
}

/// The rows of one block, all of them good to train on.
pub struct LabelledRows<'a> {
    features: Features<'a>,
    pub labels: Vec<f64>,
    /// `None` where every row weighs 1.
    pub weights: Option<Vec<f64>>,
}

impl<'a> LabelledRows<'a> {
    /// # Errors
    /// A row has a null, a NaN, an impossible label or weight, or another vector size than the rows before it.
    pub fn of(block: &'a Block, kind: LabelKind) -> Result<Self> {
        let labels = block.numbers(1)?;
        let labels = (0..block.rows).map(|row| kind.check(number(labels, row))).collect::<Result<_>>()?;
        let weights = match block.columns.len() {
            0..=2 => None,
            _ => {
                let weights = block.numbers(2)?;
                Some((0..block.rows).map(|row| check_weight(number(weights, row))).collect::<Result<_>>()?)
            }
        };
        let features = Features::of(block, 0)?;
        for row in 0..block.rows {
            if let VectorRef::Sparse { size, indices, values } = features.row(row) {
                let fits = indices.iter().all(|index| usize::try_from(*index).is_ok_and(|index| index < size));
                if !fits || indices.len() != values.len() {
                    let text = "a sparse vector has indices outside its size";
                    return Err(Failure::new(&codes::ml::INVALID_ROW, text));
                }
            }
        }
        Ok(Self { features, labels, weights })
    }

    pub fn count(&self) -> usize {
        self.labels.len()
    }

    pub fn vector(&self, row: usize) -> VectorRef<'a> {
        self.features.row(row)
    }

    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// Vector size; `None` without rows.
    pub fn width(&self) -> Option<usize> {
        (self.count() > 0).then(|| self.features.size())
    }
}

/// `requirement failed: …`, Spark's words for an argument that does not suit the data.
pub fn requirement_failed(code: &'static Code, text: &str) -> Failure {
    crate::instances::illegal(code, format!("requirement failed: {text}"))
}
