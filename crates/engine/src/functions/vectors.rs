//! Functions of `pyspark.ml`: vectors to arrays and back, and the metrics of `Summarizer`.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::summarizer::{aggregate_metrics, metric_type};
use brickyard_functions::types::list_of;
use brickyard_ml::linalg::{is_vector_type, vector_type};
use brickyard_ml::statistics::summary::METRICS;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr, lit};

pub(super) const FAMILY: Family =
    &[("aggregate_metrics", metrics), ("vector_to_array", vector_to_array), ("array_to_vector", array_to_vector)];

fn vector(call: &Call, index: usize) -> Result<()> {
    if is_vector_type(call.type_of(index)) { Ok(()) } else { Err(call.mismatch(index, "VECTOR")) }
}

fn vector_to_array(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    vector(call, 0)?;
    let element = call.arguments.get(1).map_or(Some("float64"), Typed::text);
    let (element, data_type) = match element {
        Some("float64") => ("float64", DataType::Float64),
        Some("float32") => ("float32", DataType::Float32),
        _ => {
            let text = "vector_to_array takes the element type \"float64\" or \"float32\": give one of them";
            return Err(failures::form(text));
        }
    };
    let vector = call.argument(0);
    let expr = call.resolver.native("spark_vector_to_array", vec![vector.expr, lit(element)])?;
    Ok(Typed::new(expr, list_of(data_type, false), vector.nullable, format!("UDF({})", vector.sql)))
}

fn array_to_vector(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    if !matches!(call.type_of(0), DataType::List(_)) {
        return Err(call.mismatch(0, "ARRAY"));
    }
    call.convert(0, &list_of(DataType::Float64, true))?;
    let sql = format!("UDF({})", call.argument(0).sql);
    Ok(Typed::new(call.native("spark_array_to_vector", &[])?, vector_type(), true, sql))
}

/// `(names of metrics, vectors, weights)` to a struct of these metrics.
fn metrics(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    vector(call, 1)?;
    let names = constant_names(&call.argument(0).expr);
    let Some(names) = names.filter(|names| names.iter().all(|name| METRICS.contains(&name.as_str()))) else {
        let known = METRICS.join(", ");
        return Err(failures::form(format!("aggregate_metrics takes an array of constant names among {known}")));
    };
    let (vectors, weight) = match call.arguments.get(2) {
        Some(_) => {
            call.convert(2, &DataType::Float64)?;
            (call.argument(1), call.argument(2))
        }
        None => (call.argument(1), Typed::new(lit(1.0), DataType::Float64, false, "1.0")),
    };
    let sql = format!("aggregate_metrics({}, {})", vectors.sql, weight.sql);
    let arguments = vec![vectors.expr, weight.expr];
    let function = AggregateFunction::new_udf(aggregate_metrics(), arguments, false, None, Vec::new(), None);
    let all = Expr::AggregateFunction(function);
    let metric = |name: String| {
        let value = Typed::new(get_field(all.clone(), name.as_str()), metric_type(&name), false, name.clone());
        (name, value)
    };
    Ok(call.resolver.struct_of(names.into_iter().map(metric).collect()).with_sql(sql))
}

/// The strings of `array('a', 'b')`.
fn constant_names(array: &Expr) -> Option<Vec<String>> {
    let Expr::ScalarFunction(call) = array else { return None };
    let text = |item: &Expr| match item {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    };
    call.args.iter().map(text).collect()
}
