//! Pipelines from the names of their stages.

use arrow_array::RecordBatch;
use brickyard_ml::pipeline::PipelineModel;
use brickyard_ml::runner::{self, Cancel, LocalRunner};
use brickyard_ml::transform::append;
use brickyard_ml::{AnyEstimator, Block, Operator, Params, Registry, Transformer, Value, Vector};
use serde_json::Value as Json;

/// A stage's class (the last part of its name) and parameters.
pub type StageSpec = (&'static str, Json);

/// Fits stage after stage.
pub fn pipeline(stages: &[StageSpec], rows: &RecordBatch) -> PipelineModel {
    let mut rows = rows.clone();
    let mut fitted: Vec<Box<dyn Transformer>> = Vec::new();
    for (number, (stage, params)) in stages.iter().enumerate() {
        let model = stage_of(stage, number, params, &rows);
        rows = append(model.as_ref(), &rows).unwrap();
        fitted.push(model);
    }
    PipelineModel::new("PipelineModel_1", fitted)
}

pub fn stage_of(stage: &str, number: usize, params: &Json, rows: &RecordBatch) -> Box<dyn Transformer> {
    let registry = Registry::standard();
    let classes = registry.classes();
    let class = classes.iter().find(|class| class.rsplit('.').next() == Some(stage));
    let made = registry.make(class.unwrap_or_else(|| panic!("no {stage}")), &format!("{stage}_{number}")).unwrap();
    match made {
        Operator::Estimator(mut estimator) => {
            set_params(estimator.params_mut(), params);
            fit(estimator.as_ref(), rows)
        }
        Operator::Transformer(mut transformer) => {
            set_params(transformer.params_mut(), params);
            transformer
        }
        Operator::Evaluator(_) => panic!("{stage} is an evaluator"),
    }
}

fn fit(estimator: &dyn AnyEstimator, rows: &RecordBatch) -> Box<dyn Transformer> {
    let inputs = estimator.inputs(rows.schema_ref()).unwrap();
    let columns = inputs.iter().map(|input| input.read(rows).unwrap()).collect();
    let block = Block { partition: 0, first_row: 0, rows: rows.num_rows(), columns };
    let runner = LocalRunner::with_threads(1, [block]).unwrap();
    let begun = estimator.begin(rows.schema_ref(), rows.num_rows() as u64).unwrap();
    runner::fit(&runner, begun, &Cancel::default(), &mut |_| {}).unwrap().0
}

pub fn set_params(params: &mut Params, json: &Json) {
    for (name, value) in json.as_object().into_iter().flatten() {
        params.set(name, value_of(value)).unwrap();
    }
}

fn value_of(json: &Json) -> Value {
    let numbers = |items: &Json| items.as_array().unwrap().iter().map(|item| item.as_f64().unwrap()).collect();
    match json {
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) if number.is_i64() => Value::Int(number.as_i64().unwrap()),
        Json::Number(number) => Value::Double(number.as_f64().unwrap()),
        Json::String(text) if text == "infinity" => Value::Double(f64::INFINITY),
        Json::String(text) => Value::Text(text.clone()),
        Json::Object(object) => Value::Vector(Vector::Dense(numbers(&object["vector"]))),
        Json::Array(items) if items.iter().all(Json::is_i64) => {
            Value::Ints(items.iter().map(|item| item.as_i64().unwrap()).collect())
        }
        Json::Array(items) if items.iter().all(Json::is_number) => Value::Doubles(numbers(json)),
        Json::Array(items) if items.iter().all(Json::is_array) => {
            Value::NestedDoubles(items.iter().map(numbers).collect())
        }
        Json::Array(items) => Value::Texts(items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()),
        other => panic!("no parameter value for {other}"),
    }
}
