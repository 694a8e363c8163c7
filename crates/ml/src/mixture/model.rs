//! A fitted Gaussian mixture: rows to their shares of the components.

use super::expect::{Mixture, largest};
use super::gaussian::{Gaussian, shares};
use super::{MIXTURE_MODEL, SPECS};
use crate::cluster::tiles::{LANES, Lanes};
use crate::instances::check_indices;
use crate::linalg::{VectorColumn, VectorRef, dense_column, matrices_of, matrix_column, vector_column};
use crate::persist::{Column, Saved, double_lists, table};
use crate::schema::{
    Attr, METADATA_KEY, OLD_PACKAGE, Slots, attr_metadata, no_such_columns, slots_metadata, with_metadata,
};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{Array, ArrayRef, Int32Array, ListArray, RecordBatch};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Spark's `GaussianMixtureModel`.
#[derive(Debug, Clone)]
pub struct GaussianMixtureModel {
    params: Params,
    mixture: Arc<Mixture>,
}

impl GaussianMixtureModel {
    pub(super) fn new(params: Params, mixture: Mixture) -> Self {
        Self { params, mixture: Arc::new(mixture) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let weights = rows.double_list("weights")?;
        let inner = |name: &str| -> Result<ArrayRef> {
            let column = rows.column(name)?;
            let list = column.as_any().downcast_ref::<ListArray>().filter(|list| list.len() == 1 && list.is_valid(0));
            Ok(list.ok_or_else(|| rows.damaged(format!("{name} is not one list")))?.value(0))
        };
        let (mus, sigmas) = (inner("mus")?, inner("sigmas")?);
        let mus = VectorColumn::new(mus.as_ref())?;
        let means: Vec<Vec<f64>> = (0..mus.rows()).map(|row| mus.get(row).to_vector().to_dense()).collect();
        let sigmas = matrices_of(sigmas.as_ref()).ok_or_else(|| rows.damaged("sigmas are not matrices"))?;
        let size = means.first().map_or(0, Vec::len);
        let fits = means.len() == weights.len()
            && sigmas.len() == weights.len()
            && size > 0
            && means.iter().all(|mean| mean.len() == size)
            && sigmas.iter().all(|sigma| sigma.rows == size && sigma.columns == size);
        if !fits {
            return Err(saved.damaged("weights, means and covariances do not fit together"));
        }
        let gaussians =
            means.into_iter().zip(&sigmas).map(|(mean, sigma)| Gaussian::new(mean, sigma.to_row_major())).collect();
        Ok(Self::new(saved.params(SPECS)?, Mixture { weights, gaussians }))
    }

    fn size(&self) -> usize {
        self.mixture.gaussians.first().map_or(0, |gaussian| gaussian.mean.len())
    }

    fn components(&self) -> usize {
        self.mixture.weights.len()
    }

    /// Predictions, and shares row by row.
    fn predict(&self, rows: usize, fill: impl Fn(usize, &mut [f64])) -> (Vec<i32>, Vec<f64>) {
        let (size, components) = (self.size(), self.components());
        let mut values = vec![0.0; size];
        let mut tile = vec![[0.0; LANES]; size];
        let mut share: Vec<Lanes> = vec![[0.0; LANES]; components];
        let mut centered = vec![[0.0; LANES]; components * size];
        let (mut predictions, mut probabilities) = (Vec::with_capacity(rows), Vec::with_capacity(rows * components));
        for first in (0..rows).step_by(LANES) {
            let count = LANES.min(rows - first);
            for lane in 0..count {
                fill(first + lane, &mut values);
                tile.iter_mut().zip(&values).for_each(|(lanes, value)| lanes[lane] = *value);
            }
            shares(&self.mixture.weights, &self.mixture.gaussians, &tile, &mut share, &mut centered);
            for lane in 0..count {
                predictions.push(largest(&share, lane) as i32);
                probabilities.extend(share.iter().map(|share| share[lane]));
            }
        }
        (predictions, probabilities)
    }

    fn check(&self, vector: VectorRef<'_>) -> Result<()> {
        let (found, expected) = (vector.size(), self.size());
        if found == expected {
            return check_indices(vector);
        }
        Err(invalid_row(format!("a feature vector has size {found}, the model was trained on {expected} features")))
    }

    fn predict_one(&self, arguments: &[Value]) -> Result<(i64, Vec<f64>)> {
        let [Value::Vector(vector)] = arguments else {
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "a prediction takes one feature vector"));
        };
        let dense = vector.to_dense();
        self.check(VectorRef::Dense(&dense))?;
        let (predictions, probabilities) = self.predict(1, |_, slots| slots.copy_from_slice(&dense));
        Ok((predictions.into_iter().map(i64::from).sum(), probabilities))
    }

    fn means(&self) -> ArrayRef {
        let means: Vec<Vector> = self.mixture.gaussians.iter().map(|one| Vector::Dense(one.mean.clone())).collect();
        vector_column(means.iter().map(Some))
    }

    fn covariances(&self) -> ArrayRef {
        let size = self.size();
        let matrix = |one: &Gaussian| Matrix::column_major(size, size, one.covariance.clone());
        matrix_column(&self.mixture.gaussians.iter().map(matrix).collect::<Vec<_>>())
    }
}

/// All of a column as one list.
fn one_list(items: ArrayRef) -> ArrayRef {
    let element = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Arc::new(ListArray::new(element, OffsetBuffer::from_lengths([items.len()]), items, None))
}

impl Transformer for GaussianMixtureModel {
    fn class(&self) -> &'static str {
        MIXTURE_MODEL
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    /// The probability, then the prediction, each where its column has a name.
    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let (probability, prediction) =
            (self.params.optional_text("probabilityCol"), self.params.optional_text("predictionCol"));
        no_such_columns(schema, [&prediction, &probability].into_iter().flatten().map(String::as_str))?;
        let probability = probability.map(|column| {
            let field = Field::new(column, crate::linalg::vector_type(), true);
            with_metadata(field, &slots_metadata(&Slots::Size(self.components())))
        });
        let prediction = prediction.map(|column| {
            let attr = Attr::NominalCount { name: None, count: self.components() };
            with_metadata(Field::new(column, DataType::Int32, false), &attr_metadata(&attr))
        });
        Ok(probability.into_iter().chain(prediction).collect())
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let column = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop such rows first"));
            }
            self.check(vectors.get(row))?;
        }
        let (predictions, probabilities) =
            self.predict(vectors.rows(), |row, slots| vectors.get(row).write_dense(slots));
        let mut columns: Vec<ArrayRef> = Vec::new();
        if self.params.optional_text("probabilityCol").is_some() {
            columns.push(dense_column(self.components(), probabilities));
        }
        if self.params.optional_text("predictionCol").is_some() {
            columns.push(Arc::new(Int32Array::from(predictions)));
        }
        Ok(Output::all(columns))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => {
                let (uid, k, size) = (self.params.uid(), self.components(), self.size());
                Ok(Attribute::text(format!("GaussianMixtureModel: uid={uid}, k={k}, numFeatures={size}")))
            }
            "uid" => Ok(Attribute::text(self.params.uid())),
            "numFeatures" => Ok((self.size() as i64).into()),
            "weights" => Ok(self.mixture.weights.clone().into()),
            "gaussiansDF" => {
                let columns = vec![self.means(), self.covariances()];
                let field = |(name, column): (&str, &ArrayRef)| {
                    let metadata = [(METADATA_KEY.to_owned(), OLD_PACKAGE.to_owned())];
                    Field::new(name, column.data_type().clone(), true).with_metadata(metadata.into())
                };
                let fields: Vec<Field> = ["mean", "cov"].into_iter().zip(&columns).map(field).collect();
                let frame = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
                frame.map(Attribute::Frame).map_err(|error| Failure::internal("building Gaussians").because(error))
            }
            "predict" => Ok(self.predict_one(arguments)?.0.into()),
            "predictProbability" => Ok(Value::Vector(Vector::Dense(self.predict_one(arguments)?.1)).into()),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let data = table([
            Column::optional("weights", double_lists([&self.mixture.weights])),
            Column::optional("mus", one_list(self.means())).of_old_package(),
            Column::optional("sigmas", one_list(self.covariances())).of_old_package(),
        ])?;
        Ok(Saved::of(MIXTURE_MODEL, &self.params).with_table("data", data))
    }
}
