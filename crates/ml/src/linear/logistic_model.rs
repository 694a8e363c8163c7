//! The fitted logistic regression.

use super::exponential::exp;
use super::logistic_params::{SPECS, binary_threshold, thresholds};
use super::margins::{margins, margins_of};
use crate::linalg::{dense_column, matrix_column, vector_column, vector_type};
use crate::persist::{Column, Saved, table};
use crate::schema::{Attr, Slots, attr_metadata, no_such_columns, slots_metadata, with_metadata};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int32Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

pub const MODEL_CLASS: &str = "org.apache.spark.ml.classification.LogisticRegressionModel";

/// Coefficients and intercepts, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct LogisticRegressionModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    classes: usize,
    multinomial: bool,
    /// `[set, feature]`, row-major: a set a class, or one set for class 1.
    coefficients: Matrix,
    intercepts: Vec<f64>,
}

impl LogisticRegressionModel {
    pub(super) fn new(
        params: Params,
        classes: usize,
        multinomial: bool,
        coefficients: Matrix,
        intercepts: Vec<f64>,
    ) -> Self {
        Self { params, learned: Arc::new(Learned { classes, multinomial, coefficients, intercepts }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let matrix = rows.matrix("coefficientMatrix")?;
        let intercepts = rows.vector("interceptVector")?.to_dense();
        let classes = rows.int("numClasses")?;
        let multinomial = rows.bool("isMultinomial")?;
        let sets = if multinomial { classes } else { 1 };
        if matrix.rows != intercepts.len() || usize::try_from(sets) != Ok(matrix.rows) {
            return Err(rows.damaged("the matrix, the intercepts and the number of classes do not fit together"));
        }
        let coefficients = Matrix::row_major(matrix.rows, matrix.columns, matrix.to_row_major());
        Ok(Self::new(saved.params(&SPECS)?, classes.unsigned_abs() as usize, multinomial, coefficients, intercepts))
    }

    pub fn classes(&self) -> usize {
        self.learned.classes
    }

    /// Length of a raw prediction; a model of one class says two.
    fn outputs_per_row(&self) -> usize {
        if self.learned.multinomial { self.learned.classes } else { 2 }
    }

    /// Raw predictions from margins, both `[row][class]`.
    fn raw(&self, margins: Vec<f64>) -> Vec<f64> {
        if self.learned.multinomial { margins } else { margins.iter().flat_map(|margin| [-margin, *margin]).collect() }
    }

    fn probability(&self, raw: &[f64], out: &mut [f64]) {
        if self.learned.multinomial {
            softmax(raw, out);
        } else if let ([raw, _], [zero, one]) = (raw, out) {
            *zero = 1.0 / (1.0 + exp(-raw));
            *one = 1.0 - *zero;
        }
    }

    fn decision(&self) -> Result<Decision> {
        if !self.learned.multinomial {
            let threshold = binary_threshold(&self.params)?;
            let margin = match threshold {
                0.0 => f64::NEG_INFINITY,
                1.0 => f64::INFINITY,
                _ => (threshold / (1.0 - threshold)).ln(),
            };
            return Ok(Decision::Threshold { margin, probability: threshold });
        }
        match thresholds(&self.params) {
            None => Ok(Decision::Highest),
            Some(thresholds) if thresholds.len() == self.learned.classes => Ok(Decision::Scaled(thresholds)),
            Some(thresholds) => {
                let text = format!("thresholds has {} values for {} classes", thresholds.len(), self.learned.classes);
                Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
            }
        }
    }

    /// The matrix's only row, sparse where Spark would store it so.
    fn coefficients(&self) -> Vector {
        let values = &self.learned.coefficients.values;
        let nonzero = values.iter().filter(|value| **value != 0.0).count();
        let (sparse_bytes, dense_bytes) = (12 * nonzero + 4 * 2 + 45, 8 * values.len() + 21);
        if dense_bytes <= sparse_bytes {
            return Vector::Dense(values.clone());
        }
        let entries = || values.iter().enumerate().filter(|(_, value)| **value != 0.0);
        Vector::Sparse {
            size: values.len(),
            indices: entries().map(|(index, _)| index as u32).collect(),
            values: entries().map(|(_, value)| *value).collect(),
        }
    }

    fn only_binomial(&self, name: &str, instead: &str) -> Result<()> {
        if !self.learned.multinomial {
            return Ok(());
        }
        let text = format!("Multinomial models contain {instead} instead of {name}.");
        Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text))
    }

    /// The raw prediction of a helper call's vector.
    fn raw_of(&self, name: &str, arguments: &[Value]) -> Result<Vec<f64>> {
        let [Value::Vector(vector)] = arguments else {
            let text = format!("{name} takes one vector");
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text));
        };
        Ok(self.raw(margins_of(vector, &self.learned.coefficients, &self.learned.intercepts)?))
    }

    fn probability_of(&self, raw: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; raw.len()];
        self.probability(raw, &mut out);
        out
    }
}

/// How a class is chosen.
enum Decision {
    Highest,
    /// The class of the highest ratio of probability to threshold.
    Scaled(Vec<f64>),
    /// Class 1 above this margin, or this probability.
    Threshold {
        margin: f64,
        probability: f64,
    },
}

impl Decision {
    fn of_raw(&self, raw: &[f64], probability: impl FnOnce() -> Vec<f64>) -> f64 {
        match self {
            Decision::Highest => highest(raw.iter().copied()),
            Decision::Scaled(_) => self.of_probability(&probability()),
            Decision::Threshold { margin, .. } => f64::from(u8::from(raw[1] > *margin)),
        }
    }

    fn of_probability(&self, probability: &[f64]) -> f64 {
        match self {
            Decision::Highest => highest(probability.iter().copied()),
            Decision::Scaled(thresholds) => highest(probability.iter().zip(thresholds).map(|(p, t)| p / t)),
            Decision::Threshold { probability: above, .. } => f64::from(u8::from(probability[1] > *above)),
        }
    }
}

/// The index of the first highest value.
fn highest(values: impl Iterator<Item = f64>) -> f64 {
    let (mut best, mut index_of_best) = (f64::NEG_INFINITY, 0);
    for (index, value) in values.enumerate() {
        if value > best {
            (best, index_of_best) = (value, index);
        }
    }
    f64::from(index_of_best as u32)
}

fn softmax(raw: &[f64], out: &mut [f64]) {
    if let Some(certain) = raw.iter().position(|value| *value == f64::INFINITY) {
        out.fill(0.0);
        out[certain] = 1.0;
        return;
    }
    let most = raw.iter().copied().fold(f64::MIN, f64::max);
    let mut sum = 0.0;
    for (out, raw) in out.iter_mut().zip(raw) {
        *out = exp(raw - most);
        sum += *out;
    }
    let scale = 1.0 / sum;
    out.iter_mut().for_each(|value| *value *= scale);
}

impl Transformer for LogisticRegressionModel {
    fn class(&self) -> &'static str {
        MODEL_CLASS
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
        let classes = self.learned.classes;
        let vectors = slots_metadata(&Slots::Size(classes));
        let class = attr_metadata(&Attr::NominalCount { name: None, count: classes });
        let named = |param: &str, data_type: DataType, nullable: bool| {
            self.params.optional_text(param).map(|name| Field::new(name, data_type, nullable))
        };
        let fields: Vec<Field> = [
            named("rawPredictionCol", vector_type(), true).map(|field| with_metadata(field, &vectors)),
            named("probabilityCol", vector_type(), true).map(|field| with_metadata(field, &vectors)),
            named("predictionCol", DataType::Float64, false).map(|field| with_metadata(field, &class)),
        ]
        .into_iter()
        .flatten()
        .collect();
        no_such_columns(schema, fields.iter().map(|field| field.name().as_str()))?;
        Ok(fields)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let features = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let raw = self.raw(margins(features.as_ref(), &self.learned.coefficients, &self.learned.intercepts)?);
        let size = self.outputs_per_row();
        let wants = |param: &str| self.params.optional_text(param).is_some();
        let (wants_raw, wants_probability) = (wants("rawPredictionCol"), wants("probabilityCol"));

        let mut probability = Vec::new();
        if wants_probability {
            probability.resize(raw.len(), 0.0);
            for (raw, out) in raw.chunks_exact(size).zip(probability.chunks_exact_mut(size)) {
                self.probability(raw, out);
            }
        }
        let mut prediction = None;
        if wants("predictionCol") {
            // As Spark: from the raw predictions where they are an output, otherwise from the probabilities.
            let decision = self.decision()?;
            let values: Float64Array = if wants_raw || !wants_probability {
                raw.chunks_exact(size).map(|raw| decision.of_raw(raw, || self.probability_of(raw))).collect()
            } else {
                probability.chunks_exact(size).map(|row| decision.of_probability(row)).collect()
            };
            prediction = Some(Arc::new(values) as ArrayRef);
        }
        let raw = wants_raw.then(|| dense_column(size, raw));
        let probability = wants_probability.then(|| dense_column(size, probability));
        Ok(Output::all([raw, probability, prediction].into_iter().flatten().collect()))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        let learned = &self.learned;
        match name {
            "coefficients" => {
                self.only_binomial(name, "a matrix of coefficients, use coefficientMatrix")?;
                Ok(self.coefficients().into())
            }
            "intercept" => {
                self.only_binomial(name, "a vector of intercepts, use interceptVector")?;
                Ok(learned.intercepts[0].into())
            }
            "coefficientMatrix" => Ok(learned.coefficients.clone().into()),
            "interceptVector" => Ok(Vector::compressed(learned.intercepts.clone()).into()),
            "numClasses" => Ok((learned.classes as i64).into()),
            "numFeatures" => Ok((learned.coefficients.columns as i64).into()),
            "predictRaw" => Ok(Vector::Dense(self.raw_of(name, arguments)?).into()),
            "predictProbability" => Ok(Vector::Dense(self.probability_of(&self.raw_of(name, arguments)?)).into()),
            "predict" => {
                let raw = self.raw_of(name, arguments)?;
                Ok(self.decision()?.of_raw(&raw, || self.probability_of(&raw)).into())
            }
            "toString" => Ok(Attribute::text(format!(
                "LogisticRegressionModel: uid={}, numClasses={}, numFeatures={}",
                self.params.uid(),
                learned.classes,
                learned.coefficients.columns
            ))),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let learned = &self.learned;
        let int = |value: usize| Arc::new(Int32Array::from(vec![value as i32])) as ArrayRef;
        let intercepts = Vector::compressed(learned.intercepts.clone());
        let data = table([
            Column::required("numClasses", int(learned.classes)),
            Column::required("numFeatures", int(learned.coefficients.columns)),
            Column::optional("interceptVector", vector_column([Some(&intercepts)])),
            Column::optional("coefficientMatrix", matrix_column([&learned.coefficients])),
            Column::required("isMultinomial", Arc::new(BooleanArray::from(vec![learned.multinomial]))),
        ])?;
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", data))
    }
}
