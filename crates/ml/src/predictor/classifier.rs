//! Classifiers: raw predictions become probabilities and a class, as columns of a batch or for one vector.

use crate::linalg::{dense_column, vector_column, vector_type};
use crate::schema::{Attr, Slots, attr_metadata, no_such_columns, slots_metadata, with_metadata};
use crate::{Attribute, Input, Output, Params, Transformer, Value, Vector};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// What a fitted classifier adds to the common part.
pub trait Classifier: Transformer {
    /// Length of a raw prediction.
    fn classes(&self) -> usize;

    /// Size of the vectors it reads.
    fn width(&self) -> usize;

    /// Raw predictions of every row, `[row][class]`. A row gets the same bits alone as in a batch.
    fn raw(&self, features: &dyn Array) -> Result<Vec<f64>>;

    /// Turns one row's raw prediction into probabilities, where the class has any.
    fn probability(&self, raw: &mut [f64]);

    /// False for classifiers that know no probabilities (Spark's `Classifier` beside `ProbabilisticClassifier`).
    fn is_probabilistic(&self) -> bool {
        true
    }

    /// The class that a raw prediction stands for where no thresholds are set.
    fn class_of_raw(&self, raw: &[f64]) -> Result<f64> {
        Ok(highest(raw.iter().copied()))
    }
}

/// The features column.
pub fn inputs(model: &dyn Classifier, schema: &Schema) -> Result<Vec<Input>> {
    let features = Input::vector(&model.params().text("featuresCol")?);
    features.find(schema)?;
    Ok(vec![features])
}

/// Raw prediction, probability and prediction, those that have a name.
pub fn outputs(model: &dyn Classifier, schema: &Schema) -> Result<Vec<Field>> {
    let vectors = slots_metadata(&Slots::Size(model.classes()));
    let class = attr_metadata(&Attr::NominalCount { name: None, count: model.classes() });
    let named = |param: &str| model.params().optional_text(param);
    let vector = |name: String| with_metadata(Field::new(name, vector_type(), true), &vectors);
    let raw = named("rawPredictionCol").map(vector);
    let probability = named("probabilityCol").filter(|_| model.is_probabilistic()).map(vector);
    let prediction = named("predictionCol");
    let prediction = prediction.map(|name| with_metadata(Field::new(name, DataType::Float64, false), &class));
    let fields: Vec<Field> = [raw, probability, prediction].into_iter().flatten().collect();
    no_such_columns(schema, fields.iter().map(|field| field.name().as_str()))?;
    Ok(fields)
}

/// The columns of [`outputs`].
pub fn transform(model: &dyn Classifier, batch: &RecordBatch) -> Result<Output> {
    let features = Input::vector(&model.params().text("featuresCol")?).read(batch)?;
    let wants = |param: &str| model.params().optional_text(param).is_some();
    let raw = model.raw(features.as_ref())?;
    let size = model.classes();
    let thresholds = thresholds(model)?;
    let is_probability_wanted = model.is_probabilistic() && (wants("probabilityCol") || thresholds.is_some());
    let probability = is_probability_wanted.then(|| probabilities(model, &raw));
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(3);
    let prediction = wants("predictionCol").then(|| {
        let rows = raw.chunks_exact(size);
        let classes: Result<Vec<f64>> = match (&thresholds, &probability) {
            (Some(thresholds), Some(probability)) => {
                Ok(probability.chunks_exact(size).map(|row| scaled(row, thresholds)).collect())
            }
            // As Spark: from the raw predictions where they are an output, otherwise from the probabilities.
            (None, Some(probability)) if !wants("rawPredictionCol") => {
                Ok(probability.chunks_exact(size).map(|row| highest(row.iter().copied())).collect())
            }
            _ => rows.map(|row| model.class_of_raw(row)).collect(),
        };
        classes.map(|classes| Arc::new(Float64Array::from(classes)) as ArrayRef)
    });
    if wants("rawPredictionCol") {
        columns.push(dense_column(size, raw));
    }
    if let Some(probability) = probability.filter(|_| wants("probabilityCol")) {
        columns.push(dense_column(size, probability));
    }
    columns.extend(prediction.transpose()?);
    Ok(Output::all(columns))
}

/// The attributes that all classifiers have; `None` for others.
pub fn attribute(model: &dyn Classifier, name: &str, arguments: &[Value]) -> Result<Option<Attribute>> {
    Ok(Some(match name {
        "numClasses" => (model.classes() as i64).into(),
        "numFeatures" => (model.width() as i64).into(),
        "predictRaw" => Vector::Dense(raw_of(model, name, arguments)?).into(),
        "predictProbability" if model.is_probabilistic() => {
            Vector::Dense(probabilities(model, &raw_of(model, name, arguments)?)).into()
        }
        "predict" => {
            let raw = raw_of(model, name, arguments)?;
            match thresholds(model)? {
                Some(thresholds) => scaled(&probabilities(model, &raw), &thresholds).into(),
                None => model.class_of_raw(&raw)?.into(),
            }
        }
        _ => return Ok(None),
    }))
}

fn raw_of(model: &dyn Classifier, name: &str, arguments: &[Value]) -> Result<Vec<f64>> {
    let [Value::Vector(vector)] = arguments else {
        return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, format!("{name} takes one vector")));
    };
    model.raw(vector_column([Some(vector)]).as_ref())
}

fn probabilities(model: &dyn Classifier, raw: &[f64]) -> Vec<f64> {
    let mut probability = raw.to_vec();
    probability.chunks_exact_mut(model.classes().max(1)).for_each(|row| model.probability(row));
    probability
}

/// Thresholds of a probabilistic classifier's classes, if set.
fn thresholds(model: &dyn Classifier) -> Result<Option<Vec<f64>>> {
    if !model.is_probabilistic() {
        return Ok(None);
    }
    let Some(thresholds) = thresholds_of(model.params()) else { return Ok(None) };
    if thresholds.len() == model.classes() {
        return Ok(Some(thresholds));
    }
    let short = model.class().rsplit('.').next().unwrap_or_default();
    let text = format!(
        "requirement failed: {short}.transform() called with non-matching numClasses and thresholds.length. \
         numClasses={}, but thresholds has length {}",
        model.classes(),
        thresholds.len()
    );
    Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
}

/// The parameter `thresholds`, if set.
pub fn thresholds_of(params: &Params) -> Option<Vec<f64>> {
    if let Some(Value::Doubles(thresholds)) = params.get("thresholds") { Some(thresholds) } else { None }
}

/// The class of the highest ratio of probability to threshold.
fn scaled(probability: &[f64], thresholds: &[f64]) -> f64 {
    highest(probability.iter().zip(thresholds).map(|(probability, threshold)| probability / threshold))
}

/// The index of the first highest value.
pub fn highest(values: impl Iterator<Item = f64>) -> f64 {
    let (mut best, mut index_of_best) = (f64::NEG_INFINITY, 0);
    for (index, value) in values.enumerate() {
        if value > best {
            (best, index_of_best) = (value, index);
        }
    }
    f64::from(index_of_best as u32)
}
