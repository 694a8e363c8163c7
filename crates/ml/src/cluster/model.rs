//! A fitted k-means: rows to the number of their closest center.

use super::centers::Centers;
use super::params::{KMEANS_MODEL, SPECS};
use super::tiles::{Tiles, scale_to_unit};
use crate::instances::check_indices;
use crate::linalg::{VectorColumn, VectorRef, vector_column};
use crate::persist::{Column, Saved, table};
use crate::schema::{Attr, attr_metadata, no_such_columns, with_metadata};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{Int32Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Spark's `KMeansModel`.
#[derive(Debug, Clone)]
pub struct KMeansModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    /// As trained, or as saved.
    centers: Centers,
    /// Of length 1 for the cosine distance.
    scaled: Centers,
}

impl KMeansModel {
    pub(super) fn new(params: Params, centers: Centers) -> Self {
        let cosine = params.text("distanceMeasure").is_ok_and(|measure| measure == "cosine");
        let mut scaled = centers.clone();
        if cosine {
            // A saved center of length 0 has no direction; it stays, and is never the closest by much.
            scaled.values.chunks_exact_mut(centers.size.max(1)).for_each(|center| drop(scale_to_unit(center)));
        }
        Self { params, learned: Arc::new(Learned { centers, scaled }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let mut centers: Vec<(i64, Vec<f64>)> = rows
            .ints("clusterIdx")?
            .into_iter()
            .zip(rows.vectors("clusterCenter")?.iter().map(Vector::to_dense))
            .collect();
        // The rank among the ids is the cluster's number.
        centers.sort_by_key(|(id, _)| *id);
        let size = centers.first().map_or(0, |(_, center)| center.len());
        if size == 0 || centers.iter().any(|(_, center)| center.len() != size) {
            return Err(saved.damaged("its centers are missing or of different sizes"));
        }
        let values = centers.into_iter().flat_map(|(_, center)| center).collect();
        Ok(Self::new(saved.params(SPECS)?, Centers { size, values }))
    }

    fn cosine(&self) -> bool {
        self.params.text("distanceMeasure").is_ok_and(|measure| measure == "cosine")
    }

    /// The closest centers of vectors that were checked to be of the centers' size.
    fn predict(&self, rows: usize, fill: impl Fn(usize, &mut [f64])) -> Result<Vec<i32>> {
        let size = self.learned.centers.size;
        let mut predictions = Vec::with_capacity(rows);
        let mut values = vec![0.0; ROWS_AT_ONCE.min(rows) * size];
        for first in (0..rows).step_by(ROWS_AT_ONCE) {
            let count = ROWS_AT_ONCE.min(rows - first);
            for (row, slots) in values.chunks_exact_mut(size).take(count).enumerate() {
                fill(first + row, slots);
                if self.cosine() {
                    scale_to_unit(slots)?;
                }
            }
            let tiles = Tiles::of(&values[..count * size], size);
            self.learned.scaled.nearest(&tiles, |_, in_tile, _, nearest| {
                predictions.extend(nearest.centers[..in_tile].iter().map(|center| *center as i32));
            });
        }
        Ok(predictions)
    }

    fn check(&self, vector: VectorRef<'_>) -> Result<()> {
        let (found, expected) = (vector.size(), self.learned.centers.size);
        if found == expected {
            return check_indices(vector);
        }
        Err(invalid_row(format!("a feature vector has size {found}, the model was trained on {expected} features")))
    }

    fn predict_one(&self, arguments: &[Value]) -> Result<i64> {
        let [Value::Vector(vector)] = arguments else {
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "predict takes one feature vector"));
        };
        let dense = vector.to_dense();
        self.check(VectorRef::Dense(&dense))?;
        let predictions = self.predict(1, |_, slots| slots.copy_from_slice(&dense))?;
        Ok(predictions.into_iter().map(i64::from).sum())
    }

    fn text(&self) -> Result<String> {
        let (k, size) = (self.learned.centers.count(), self.learned.centers.size);
        let measure = self.params.text("distanceMeasure")?;
        Ok(format!("KMeansModel: uid={}, k={k}, distanceMeasure={measure}, numFeatures={size}", self.params.uid()))
    }
}

/// Rows that are transposed into tiles at once.
const ROWS_AT_ONCE: usize = 1024;

impl Transformer for KMeansModel {
    fn class(&self) -> &'static str {
        KMEANS_MODEL
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

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let column = self.params.text("predictionCol")?;
        no_such_columns(schema, [column.as_str()])?;
        let attr = Attr::NominalCount { name: None, count: self.learned.centers.count() };
        Ok(vec![with_metadata(Field::new(column, DataType::Int32, false), &attr_metadata(&attr))])
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
        let predictions = self.predict(vectors.rows(), |row, slots| vectors.get(row).write_dense(slots))?;
        Ok(Output::all(vec![Arc::new(Int32Array::from(predictions))]))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        let centers = &self.learned.centers;
        match name {
            "toString" => Ok(Attribute::text(self.text()?)),
            "uid" => Ok(Attribute::text(self.params.uid())),
            "numFeatures" => Ok((centers.size as i64).into()),
            "clusterCenterMatrix" => {
                let matrix = Matrix::row_major(centers.count(), centers.size, centers.values.clone());
                Ok(Value::Matrix(matrix).into())
            }
            "clusterCenters" => Ok(Value::NestedDoubles(centers.iter().map(<[f64]>::to_vec).collect()).into()),
            "predict" => Ok(self.predict_one(arguments)?.into()),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let centers: Vec<Vector> = self.learned.centers.iter().map(|center| Vector::Dense(center.to_vec())).collect();
        let data = table([
            Column::required("clusterIdx", Arc::new((0..centers.len() as i32).collect::<Int32Array>())),
            Column::optional("clusterCenter", vector_column(centers.iter().map(Some))),
        ])?;
        Ok(Saved::of(KMEANS_MODEL, &self.params).with_table("data", data))
    }
}
