//! Statements over models and endpoints, by the server's platform.

use super::{frame_of, nothing, strings};
use crate::{Frame, ModelOption, NewModel, Platform, Session, failures};
use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_ml::Value;
use brickyard_ml::search::Range;
use brickyard_spec::{Expr, Literal, Statement};
use std::sync::Arc;

pub(super) async fn run(session: &Arc<Session>, statement: Statement) -> Result<Frame> {
    let platform: Option<Arc<dyn Platform>> = session.engine().shared().platform.read().clone();
    let platform = platform.ok_or_else(|| Failure::unsupported("models and endpoints without a server"))?;
    match statement {
        Statement::CreateEndpoint { name, model, or_replace } => {
            platform.create_endpoint(&name, &model, or_replace, session.user()).await?;
            nothing(session)
        }
        Statement::DropEndpoint { name, if_exists } => {
            if !platform.drop_endpoint(&name, session.user()).await? && !if_exists {
                let condition = Condition::new("ENDPOINT_NOT_FOUND", "42704", SparkException::Analysis);
                let text = format!("there is no endpoint {name}; SHOW ENDPOINTS lists what there is");
                let failure = Failure::new(&codes::sql::UNRESOLVED, text);
                return Err(failure.with_condition(condition.with("endpointName", format!("`{name}`"))));
            }
            nothing(session)
        }
        Statement::ShowEndpoints => {
            let endpoints = platform.endpoints().await?;
            let rows = endpoints.into_iter().map(|endpoint| vec![endpoint.name, endpoint.model, endpoint.state]);
            strings(session, &["name", "model", "state"], rows.collect())
        }
        Statement::CreateModel { name, options, query, or_replace } => {
            let options = options.into_iter().map(|(key, value)| Ok((key, option(&value)?))).collect::<Result<_>>()?;
            let model = NewModel { name: name.clone(), options, query, or_replace };
            let (version, run) = platform.create_model(session, model).await?;
            strings(session, &["name", "version", "run_id"], vec![vec![name, version.to_string(), run]])
        }
        Statement::DropModel { name, if_exists } => {
            if !platform.drop_model(&name, session.user()).await? && !if_exists {
                let text = format!("there is no model {name}; SHOW MODELS lists what there is");
                return Err(Failure::new(&codes::sql::UNRESOLVED, text));
            }
            nothing(session)
        }
        Statement::DescribeModel { name } => {
            let rows = platform.describe_model(&name).await?;
            strings(session, &["property", "value"], rows.into_iter().map(|(key, value)| vec![key, value]).collect())
        }
        Statement::ExportModel { model, path, format } => {
            let file = platform.export_model(&model, &path, &format).await?;
            strings(session, &["path"], vec![vec![file]])
        }
        Statement::EvaluateModel { model, query } => {
            let metrics = platform.evaluate_model(session, &model, query).await?;
            let fields = metrics.iter().map(|(name, _)| Field::new(name, DataType::Float64, false)).collect();
            let column = |(_, value): &(String, f64)| Arc::new(Float64Array::from(vec![*value])) as ArrayRef;
            frame_of(session, fields, metrics.iter().map(column).collect(), 1)
        }
        Statement::ShowModels => {
            let models = platform.models().await?;
            let rows = models.into_iter().map(|model| {
                let version = model.latest_version.map_or(String::new(), |version| version.to_string());
                let aliases: Vec<String> =
                    model.aliases.iter().map(|(alias, version)| format!("{alias}={version}")).collect();
                vec![model.name, version, aliases.join(", ")]
            });
            strings(session, &["name", "latest_version", "aliases"], rows.collect())
        }
        _ => Err(Failure::internal("no statement over models or endpoints")),
    }
}

/// A value, or a range to search.
fn option(expr: &Expr) -> Result<ModelOption> {
    let Expr::Function { name, arguments, .. } = expr else { return constant(expr).map(ModelOption::Value) };
    let values = || arguments.iter().map(constant).collect::<Result<Vec<Value>>>();
    let range = match (name.to_lowercase().as_str(), arguments.as_slice()) {
        ("hparam_range" | "hparam_log_range", [_, _]) => {
            let values = values()?;
            let is_logarithmic = name.eq_ignore_ascii_case("hparam_log_range");
            match (&values[0], &values[1], number(&values[0]), number(&values[1])) {
                (Value::Int(low), Value::Int(high), ..) if low <= high && !is_logarithmic => {
                    Range::Integers(*low, *high)
                }
                (.., Some(low), Some(high)) if is_logarithmic && 0.0 < low && low <= high => {
                    Range::Logarithmic(low, high)
                }
                (.., Some(low), Some(high)) if !is_logarithmic && low <= high => Range::Uniform(low, high),
                _ => {
                    let text = format!("{name} takes two numbers, the smaller first, for logarithms both above 0");
                    return Err(failures::form(text));
                }
            }
        }
        ("hparam_candidates", [Expr::Function { name, arguments, .. }])
            if name.eq_ignore_ascii_case("array") && !arguments.is_empty() =>
        {
            Range::Candidates(arguments.iter().map(constant).collect::<Result<_>>()?)
        }
        ("hparam_range" | "hparam_log_range" | "hparam_candidates", _) => {
            let text = "a search is written hparam_range(low, high), hparam_log_range(low, high) or \
                        hparam_candidates(array(a, b, …))";
            return Err(failures::form(text));
        }
        _ => return constant(expr).map(ModelOption::Value),
    };
    Ok(ModelOption::Range(range))
}

/// An option's value: a number, a string, a truth, or an array of numbers or strings.
fn constant(expr: &Expr) -> Result<Value> {
    let wrong = || failures::form("the options of a model are numbers, strings, true, false, or arrays of them");
    Ok(match expr {
        Expr::Literal(literal) => match literal {
            Literal::Boolean(value) => Value::Bool(*value),
            Literal::Byte(value) => Value::Int((*value).into()),
            Literal::Short(value) => Value::Int((*value).into()),
            Literal::Int(value) => Value::Int((*value).into()),
            Literal::Long(value) => Value::Int(*value),
            Literal::Float(value) => Value::Double((*value).into()),
            Literal::Double(value) => Value::Double(*value),
            Literal::Decimal { unscaled, scale, .. } => {
                Value::Double(format!("{unscaled}e{}", -i32::from(*scale)).parse().map_err(|_| wrong())?)
            }
            Literal::String(value) => Value::Text(value.clone()),
            _ => return Err(wrong()),
        },
        Expr::Function { name, arguments, .. } if name == "negative" && arguments.len() == 1 => {
            match constant(&arguments[0])? {
                Value::Int(value) => Value::Int(-value),
                Value::Double(value) => Value::Double(-value),
                _ => return Err(wrong()),
            }
        }
        Expr::Function { name, arguments, .. } if name.eq_ignore_ascii_case("array") => {
            let items = arguments.iter().map(constant).collect::<Result<Vec<Value>>>()?;
            let text = |item: &Value| if let Value::Text(text) = item { Some(text.clone()) } else { None };
            let texts: Option<Vec<String>> = items.iter().map(text).collect();
            let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
            match (texts, numbers) {
                (Some(texts), _) => Value::Texts(texts),
                (None, Some(numbers)) => Value::Doubles(numbers),
                (None, None) => return Err(wrong()),
            }
        }
        _ => return Err(wrong()),
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}
